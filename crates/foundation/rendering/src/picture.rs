//! Pictures: PNG, JPEG, WebP, GIF, TIFF and BMP.
//!
//! Promises: dimensions are held against the limits before anything is unpacked; a picture is shown the way up that it says.
//! Of films and stacks the first picture is shown. Leaves out: profiles of colour.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::canvas::cut_out;
use crate::view::{Size, cut, turned};
use crate::{Format, Limits, Refused, Seen, Sort, View};

/// The format that the first bytes show, if it is one of those that are drawn.
pub(crate) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes)
        .ok()
        .filter(|format| name(*format).is_some())
}

fn name(format: ImageFormat) -> Option<&'static str> {
    Some(match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Bmp => "BMP",
        _ => return None,
    })
}

/// How large it is, as shown.
pub(crate) fn probe(bytes: &[u8], limits: &Limits) -> Result<Seen, Refused> {
    let opened = Opened::open(bytes, limits)?;
    let shown = turned(opened.stored, opened.turn);
    Ok(Seen {
        sort: Sort::Picture,
        width: shown.width,
        height: shown.height,
        frames: 1,
        pages: Vec::new(),
        duration: None,
        not_drawn: None,
        risk: None,
    })
}

/// The view of it. What was exact and is small stays exact.
pub(crate) fn draw(bytes: &[u8], view: &View, limits: &Limits) -> Result<(DynamicImage, Format), Refused> {
    if view.frame > 0 {
        return Err(Refused::outside("frame", "a picture has one, number 0"));
    }
    let opened = Opened::open(bytes, limits)?;
    let cut = cut(view, opened.stored, opened.turn, limits)?;
    let format = opened.format();
    let whole = opened.decode()?;
    Ok((cut_out(whole, &cut)?, format))
}

struct Opened<'a> {
    decoder: Box<dyn ImageDecoder + 'a>,
    name: &'static str,
    exact: bool,
    stored: Size,
    turn: Orientation,
}

impl<'a> Opened<'a> {
    fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Refused> {
        let format = format(bytes).ok_or(Refused::Broken { format: "picture" })?;
        let name = name(format).unwrap_or("picture");
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut allowed = image::Limits::default();
        allowed.max_alloc = Some(limits.unpacked_bytes);
        reader.limits(allowed);
        let mut decoder = reader
            .into_decoder()
            .map_err(|error| refused(error, name, limits))?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > limits.pixels {
            return Err(Refused::TooLarge {
                what: "pixels",
                limit: limits.pixels,
            });
        }
        if decoder.total_bytes() > limits.unpacked_bytes {
            return Err(Refused::TooLarge {
                what: "unpacked bytes",
                limit: limits.unpacked_bytes,
            });
        }
        // What says nothing understandable about it is shown as it is.
        let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let exact = matches!(format, ImageFormat::Png | ImageFormat::Gif | ImageFormat::Bmp);
        let stored = Size { width, height };
        Ok(Self {
            decoder: Box::new(decoder),
            name,
            exact,
            stored,
            turn,
        })
    }

    /// Drawings and screens exactly, photographs small.
    fn format(&self) -> Format {
        if self.exact {
            Format::of_exact(self.stored)
        } else {
            Format::Jpeg
        }
    }

    fn decode(self) -> Result<DynamicImage, Refused> {
        DynamicImage::from_decoder(self.decoder).map_err(|_| Refused::Broken { format: self.name })
    }
}

fn refused(error: ImageError, format: &'static str, limits: &Limits) -> Refused {
    match error {
        ImageError::Limits(_) => Refused::TooLarge {
            what: "unpacked bytes",
            limit: limits.unpacked_bytes,
        },
        ImageError::Unsupported(_) => Refused::Unsupported {
            what: "a rare form of picture",
        },
        _ => Refused::Broken { format },
    }
}
