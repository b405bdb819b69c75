//! Pixels that are not compressed (PS3.5, 8.1 and annex D).
//!
//! Promises: bits that do not belong to the value are cut off, so that nothing that hides in them is drawn. Leaves out:
//! what values mean.

use super::Samples;
use super::color::from_ybr;
use super::shape::{Photometric, Shape};
use crate::Refused;

const BROKEN: Refused = Refused::Broken {
    format: "DICOM image",
};

/// The samples of a frame. `number` counts for frames of single bits alone.
pub(super) fn samples(
    frame: &[u8],
    number: usize,
    shape: &Shape,
    big_endian: bool,
) -> Result<Samples, Refused> {
    if shape.samples == 1 {
        return values(frame, number, shape, big_endian).map(Samples::Values);
    }
    let mut colors = if shape.halved {
        doubled(frame, shape)?
    } else {
        colors(frame, shape, big_endian)?
    };
    if shape.photometric == Photometric::Ybr {
        from_ybr(&mut colors);
    }
    Ok(Samples::Colors(colors))
}

fn values(frame: &[u8], number: usize, shape: &Shape, big_endian: bool) -> Result<Vec<i32>, Refused> {
    let pixels = shape.pixels();
    if shape.allocated == 1 {
        return bits(frame, number, pixels).ok_or(BROKEN);
    }
    let width = shape.allocated as usize / 8;
    if frame.len() < pixels * width {
        return Err(BROKEN);
    }
    let value = |bytes: &[u8]| value(unsigned(bytes, big_endian), shape);
    Ok(frame.chunks_exact(width).take(pixels).map(value).collect())
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u32 {
    let add = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
    if big_endian {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// The bits that count, with their sign. Of 32 bits without a sign, the upper half of the range is cut to its border.
pub(super) fn value(bits: u32, shape: &Shape) -> i32 {
    let unused = 32 - shape.stored;
    if shape.signed {
        return ((bits << unused) as i32) >> unused;
    }
    i32::try_from((bits << unused) >> unused).unwrap_or(i32::MAX)
}

/// The highest eight of the bits that count.
pub(super) fn narrowed(bits: u32, shape: &Shape) -> u8 {
    match shape.stored {
        8.. => (bits >> (shape.stored - 8)) as u8,
        fewer => (bits << (8 - fewer)) as u8,
    }
}

/// Single bits, the lowest of a byte first, all frames without a gap between them.
fn bits(bytes: &[u8], number: usize, pixels: usize) -> Option<Vec<i32>> {
    let start = number.checked_mul(pixels)?;
    let end = start.checked_add(pixels)?;
    if end.div_ceil(8) > bytes.len() {
        return None;
    }
    Some(
        (start..end)
            .map(|bit| i32::from(bytes[bit / 8] >> (bit % 8) & 1))
            .collect(),
    )
}

fn colors(frame: &[u8], shape: &Shape, big_endian: bool) -> Result<Vec<u8>, Refused> {
    let (pixels, width) = (shape.pixels(), shape.allocated as usize / 8);
    let frame = frame.get(..pixels * 3 * width).ok_or(BROKEN)?;
    let byte = |place: usize| {
        narrowed(
            unsigned(&frame[place * width..(place + 1) * width], big_endian),
            shape,
        )
    };
    if width == 1 && !shape.planar && shape.stored == 8 {
        return Ok(frame.to_vec());
    }
    let place = |pixel: usize, sample: usize| {
        if shape.planar {
            sample * pixels + pixel
        } else {
            pixel * 3 + sample
        }
    };
    Ok((0..pixels)
        .flat_map(|pixel| (0..3).map(move |sample| place(pixel, sample)))
        .map(byte)
        .collect())
}

/// Two pixels in four bytes: two of lightness, and one of each colour for both (PS3.3, C.7.6.3.1.2).
fn doubled(frame: &[u8], shape: &Shape) -> Result<Vec<u8>, Refused> {
    if shape.allocated != 8 || shape.columns % 2 == 1 {
        return Err(Refused::Unsupported {
            what: "an image of a rare shape",
        });
    }
    let frame = frame.get(..shape.pixels() * 2).ok_or(BROKEN)?;
    Ok(frame
        .chunks_exact(4)
        .flat_map(|two| [two[0], two[2], two[3], two[1], two[2], two[3]])
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(allocated: u32, stored: u32, signed: bool) -> Shape {
        Shape {
            columns: 2,
            rows: 1,
            frames: 1,
            samples: 1,
            allocated,
            stored,
            signed,
            planar: false,
            halved: false,
            photometric: Photometric::Plain,
        }
    }

    #[test]
    fn bits_that_do_not_count_are_cut_off_and_signs_kept() {
        let read = |bytes: &[u8], shape: Shape, big| values(bytes, 0, &shape, big).unwrap();
        assert_eq!(
            read(&[0x34, 0xF2, 0x01, 0x00], shape(16, 12, false), false),
            [0x234, 1]
        );
        assert_eq!(
            read(&[0xFF, 0x0F, 0x00, 0xF8], shape(16, 12, true), false),
            [-1, -2048]
        );
        assert_eq!(
            read(&[0x12, 0x34, 0x00, 0x01], shape(16, 16, false), true),
            [0x1234, 1]
        );
        assert_eq!(read(&[255, 128], shape(8, 8, true), false), [-1, -128]);
        assert_eq!(read(&[0xFF; 8], shape(32, 32, false), false), [i32::MAX; 2]);
        assert!(values(&[0; 3], 0, &shape(16, 12, false), false).is_err());
    }

    #[test]
    fn single_bits_run_on_from_frame_to_frame() {
        assert_eq!(bits(&[0b0000_0110], 1, 3), Some(vec![0, 0, 0]));
        assert_eq!(bits(&[0b0000_1110], 1, 3), Some(vec![1, 0, 0]));
        assert_eq!(bits(&[0xFF], 2, 3), None);
    }
}
