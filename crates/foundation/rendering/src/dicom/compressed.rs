//! Pixels in the form of other formats (PS3.5, 8.2).
//!
//! Promises: what a stream says of its own size must agree with the file before it is unpacked. Leaves out: JPEG XL and
//! films.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::Samples;
use super::color::from_ybr;
use super::jpeg_ls;
use super::native::{narrowed, value};
use super::shape::{Photometric, Shape};
use crate::Refused;

/// How pixels are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Native,
    RunLength,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

impl Coding {
    /// What the transfer syntax says.
    pub(super) fn of(syntax: &str) -> Result<Self, Refused> {
        Ok(match syntax {
            "1.2.840.10008.1.2"
            | "1.2.840.10008.1.2.1"
            | "1.2.840.10008.1.2.2"
            | "1.2.840.10008.1.2.1.99" => Self::Native,
            "1.2.840.10008.1.2.5" => Self::RunLength,
            "1.2.840.10008.1.2.4.50"
            | "1.2.840.10008.1.2.4.51"
            | "1.2.840.10008.1.2.4.57"
            | "1.2.840.10008.1.2.4.70" => Self::Jpeg,
            "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => Self::Jpeg2000,
            "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => Self::JpegLs,
            _ => {
                return Err(Refused::Unsupported {
                    what: "an image of a rare compression",
                });
            }
        })
    }
}

const BROKEN: Refused = Refused::Broken {
    format: "JPEG in the DICOM file",
};

/// Baseline, extended and lossless JPEG.
pub(super) fn jpeg(frame: &[u8], shape: &Shape) -> Result<Samples, Refused> {
    let mut decoder = Decoder::new(frame);
    decoder.set_max_decoding_buffer_size(shape.values() * 2);
    decoder.read_info().map_err(jpeg_refused)?;
    let info = decoder.info().ok_or(BROKEN)?;
    if (u32::from(info.width), u32::from(info.height)) != (shape.columns, shape.rows) {
        return Err(BROKEN);
    }
    // A stream that says nothing of its colours is taken at the file's word.
    if shape.photometric == Photometric::Color && !says_its_colors(frame) {
        decoder.set_color_transform(ColorTransform::None);
    }
    let bytes = decoder.decode().map_err(jpeg_refused)?;
    match (info.pixel_format, shape.samples) {
        (PixelFormat::L8, 1) => Ok(Samples::Values(
            bytes.iter().map(|&byte| value(byte.into(), shape)).collect(),
        )),
        (PixelFormat::L16, 1) => {
            let numbers = bytes
                .chunks_exact(2)
                .map(|two| u16::from_ne_bytes([two[0], two[1]]));
            Ok(Samples::Values(
                numbers.map(|number| value(number.into(), shape)).collect(),
            ))
        }
        (PixelFormat::RGB24, 3) => Ok(Samples::Colors(bytes)),
        _ => Err(BROKEN),
    }
}

fn jpeg_refused(error: jpeg_decoder::Error) -> Refused {
    match error {
        jpeg_decoder::Error::Unsupported(_) => Refused::Unsupported {
            what: "an image in a rare form of JPEG",
        },
        _ => BROKEN,
    }
}

/// Whether the stream has one of the two headers that say what its colours are.
fn says_its_colors(frame: &[u8]) -> bool {
    let head = frame.get(..4096).unwrap_or(frame);
    head.windows(5).any(|five| five == b"JFIF\0" || five == b"Adobe")
}

/// JPEG-LS, lossless or nearly.
pub(super) fn jpeg_ls(frame: &[u8], shape: &Shape) -> Result<Samples, Refused> {
    let unpacked = jpeg_ls::unpack(frame, shape.columns as usize, shape.rows as usize).map_err(|_| BROKEN)?;
    let (values, pixels) = (unpacked.values, shape.pixels());
    match (unpacked.components, shape.samples) {
        (1, 1) => {
            let values = values.iter().map(|&number| value(number.into(), shape));
            Ok(Samples::Values(values.collect()))
        }
        (3, 3) => {
            let part = |place: usize| narrowed(u32::from(values[place]), shape);
            let pixel = |place| [part(place), part(pixels + place), part(2 * pixels + place)];
            let mut colors: Vec<u8> = (0..pixels).flat_map(pixel).collect();
            if shape.photometric == Photometric::Ybr {
                from_ybr(&mut colors);
            }
            Ok(Samples::Colors(colors))
        }
        _ => Err(BROKEN),
    }
}

/// JPEG 2000, lossless or not.
pub(super) fn jpeg_2000(frame: &[u8], shape: &Shape) -> Result<Samples, Refused> {
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        strict: false,
        target_resolution: None,
    };
    let image = Image::new(frame, &settings).map_err(|_| BROKEN)?;
    if (image.width(), image.height()) != (shape.columns, shape.rows) {
        return Err(BROKEN);
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|_| BROKEN)?;
    let parts = decoded.components();
    let whole = parts.len() >= shape.samples as usize
        && parts.iter().all(|part| part.samples().len() >= shape.pixels());
    match (parts, shape.samples, whole) {
        ([one, ..], 1, true) => {
            // The decoder lifts signed values into the range without a sign.
            let lowest = if is_signed(frame) {
                1i32 << (one.bit_depth().clamp(1, 31) - 1)
            } else {
                0
            };
            let read = |sample: &f32| {
                let number = sample.round() as i32;
                if lowest > 0 {
                    number.saturating_sub(lowest)
                } else {
                    value(number.max(0) as u32, shape)
                }
            };
            Ok(Samples::Values(
                one.samples().iter().take(shape.pixels()).map(read).collect(),
            ))
        }
        ([red, green, blue, ..], 3, true) => {
            let byte = |part: &hayro_jpeg2000::ComponentData, place: usize| {
                let most = ((1u64 << part.bit_depth().clamp(1, 31)) - 1) as f32;
                (part.samples()[place] * 255.0 / most).round().clamp(0.0, 255.0) as u8
            };
            let pixel = |place| [byte(red, place), byte(green, place), byte(blue, place)];
            let mut colors: Vec<u8> = (0..shape.pixels()).flat_map(pixel).collect();
            // The transforms of JPEG 2000's own are undone by the decoder; one that was applied before is not.
            if shape.photometric == Photometric::Ybr && !transforms_colors(frame) {
                from_ybr(&mut colors);
            }
            Ok(Samples::Colors(colors))
        }
        _ => Err(BROKEN),
    }
}

/// Whether the first component has signed values: `Ssiz` of the marker `SIZ`, which comes first (ISO/IEC 15444-1, A.5.1).
fn is_signed(frame: &[u8]) -> bool {
    frame.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) && frame.get(42).is_some_and(|sign| sign & 0x80 != 0)
}

/// Whether the stream transforms its colours by itself: the marker `COD` says so (A.6.1).
fn transforms_colors(frame: &[u8]) -> bool {
    let head = frame.get(..4096).unwrap_or(frame);
    let found = head.windows(9).find(|bytes| bytes.starts_with(&[0xFF, 0x52]));
    found.is_some_and(|cod| cod[8] != 0)
}
