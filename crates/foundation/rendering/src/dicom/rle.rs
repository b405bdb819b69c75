//! Runs of equal bytes (PS3.5, annex G).
//!
//! Promises: never more than the frame's own bytes are unpacked. Leaves out: frames whose segments are not one for each byte
//! of a pixel.

use super::shape::Shape;
use crate::Refused;

const BROKEN: Refused = Refused::Broken {
    format: "DICOM image",
};
const HEADER: usize = 64;

/// A frame without compression: all values of one colour first, the lowest byte of each first.
pub(super) fn unpack(frame: &[u8], shape: &Shape) -> Result<Vec<u8>, Refused> {
    let (pixels, width) = (shape.pixels(), shape.allocated as usize / 8);
    let numbers: Vec<usize> = frame
        .get(..HEADER)
        .ok_or(BROKEN)?
        .chunks_exact(4)
        .map(number)
        .collect();
    let segments = shape.samples as usize * width;
    if width == 0 || numbers.first() != Some(&segments) || segments >= numbers.len() {
        return Err(BROKEN);
    }
    let mut unpacked = vec![0; pixels * segments];
    for segment in 0..segments {
        let end = if segment + 1 < segments {
            numbers[segment + 2]
        } else {
            frame.len()
        };
        let packed = frame.get(numbers[segment + 1]..end).ok_or(BROKEN)?;
        // Segments begin with the highest byte of a value.
        let (sample, byte) = (segment / width, width - 1 - segment % width);
        let plane = &mut unpacked[sample * pixels * width..(sample + 1) * pixels * width];
        let mut places = plane.iter_mut().skip(byte).step_by(width);
        runs(packed, &mut places)?;
    }
    Ok(unpacked)
}

fn number(four: &[u8]) -> usize {
    four.iter()
        .rev()
        .fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Fills all places. Bytes behind the last are padding.
fn runs<'a>(packed: &[u8], places: &mut impl ExactSizeIterator<Item = &'a mut u8>) -> Result<(), Refused> {
    let mut rest = packed.iter();
    while places.len() > 0 {
        let head = *rest.next().ok_or(BROKEN)?;
        match head {
            0..=127 => {
                for place in places.take(usize::from(head) + 1) {
                    *place = *rest.next().ok_or(BROKEN)?;
                }
            }
            128 => {}
            129.. => {
                let byte = *rest.next().ok_or(BROKEN)?;
                places
                    .take(257 - usize::from(head))
                    .for_each(|place| *place = byte);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_copies_fill_all_places_or_are_refused() {
        let unpacked = |packed: &[u8]| {
            let mut bytes = [0; 5];
            runs(packed, &mut bytes.iter_mut()).map(|()| bytes)
        };
        assert_eq!(unpacked(&[1, 7, 8, 254, 9]), Ok([7, 8, 9, 9, 9]));
        assert_eq!(unpacked(&[128, 129, 4, 0, 0]), Ok([4; 5]));
        assert!(unpacked(&[1, 7, 8]).is_err());
        assert!(unpacked(&[]).is_err());
    }
}
