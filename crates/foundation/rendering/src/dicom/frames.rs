//! Where a frame stands among the pixels.
//!
//! Promises: frames that cannot be told apart for certain are refused and not guessed. Leaves out: what is in them.

use std::borrow::Cow;

use redaction::dicom::{Held, Image};

use super::shape::Shape;
use crate::Refused;

const BROKEN: Refused = Refused::Broken {
    format: "DICOM image",
};

/// The bytes of a frame. Of frames of single bits, those around it too, for they begin in the middle of bytes.
pub(super) fn find<'a>(image: &Image<'a>, shape: &Shape, number: usize) -> Result<Cow<'a, [u8]>, Refused> {
    match &image.pixels {
        Some(Held::Whole(bytes)) => among_whole(bytes, shape, number).map(Cow::Borrowed),
        Some(Held::Pieces(pieces)) => among_pieces(pieces, shape.frames as usize, number),
        _ => Err(BROKEN),
    }
}

fn among_whole<'a>(bytes: &'a [u8], shape: &Shape, number: usize) -> Result<&'a [u8], Refused> {
    if shape.allocated == 1 {
        return Ok(bytes);
    }
    let length = shape.bits() / 8;
    let start = number.checked_mul(length).ok_or(BROKEN)?;
    let end = start.checked_add(length).ok_or(BROKEN)?;
    bytes.get(start..end).ok_or(BROKEN)
}

fn among_pieces<'a>(pieces: &[&'a [u8]], frames: usize, number: usize) -> Result<Cow<'a, [u8]>, Refused> {
    let (table, pieces) = pieces.split_first().ok_or(BROKEN)?;
    let starts = starts(table, pieces, frames)?;
    let start = *starts.get(number).ok_or(BROKEN)?;
    let end = starts.get(number + 1).copied().unwrap_or(pieces.len());
    match pieces.get(start..end).ok_or(BROKEN)? {
        [] => Err(BROKEN),
        [one] => Ok(Cow::Borrowed(one)),
        several => Ok(Cow::Owned(several.concat())),
    }
}

/// With which piece each frame begins.
fn starts(table: &[u8], pieces: &[&[u8]], frames: usize) -> Result<Vec<usize>, Refused> {
    if frames == 1 {
        return Ok(vec![0]);
    }
    if pieces.len() == frames {
        return Ok((0..frames).collect());
    }
    let found = if table.is_empty() {
        by_first_bytes(pieces)
    } else {
        by_table(table, pieces)?
    };
    if found.len() == frames && found.first() == Some(&0) {
        Ok(found)
    } else {
        Err(Refused::Unsupported {
            what: "a DICOM file whose frames cannot be told apart",
        })
    }
}

/// Offsets are counted from the first piece, each with the eight bytes before it.
fn by_table(table: &[u8], pieces: &[&[u8]]) -> Result<Vec<usize>, Refused> {
    let mut offset = 0u64;
    let mut begins = Vec::with_capacity(pieces.len());
    for piece in pieces {
        begins.push(offset);
        offset += piece.len() as u64 + 8;
    }
    let wanted = table
        .chunks_exact(4)
        .map(|four| u64::from(u32::from_le_bytes([four[0], four[1], four[2], four[3]])));
    wanted
        .map(|offset| begins.binary_search(&offset).map_err(|_| BROKEN))
        .collect()
}

/// JPEG and JPEG 2000 streams begin in a way of their own.
fn by_first_bytes(pieces: &[&[u8]]) -> Vec<usize> {
    let begins =
        |piece: &[u8]| piece.starts_with(&[0xFF, 0xD8]) || piece.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]);
    (0..pieces.len()).filter(|&place| begins(pieces[place])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_several_pieces_are_found_by_table_and_by_first_bytes() {
        let (first, more, second) = (&[0xFF, 0xD8, 1, 1][..], &[2, 2][..], &[0xFF, 0xD8, 3, 3][..]);
        let table = [0u32.to_le_bytes(), 22u32.to_le_bytes()].concat();
        for table in [&[][..], &table] {
            let pieces = [table, first, more, second];
            assert_eq!(among_pieces(&pieces, 2, 0).unwrap(), [first, more].concat());
            assert_eq!(among_pieces(&pieces, 2, 1).unwrap(), second);
        }
        let wrong = [0u32.to_le_bytes(), 21u32.to_le_bytes()].concat();
        assert!(among_pieces(&[&wrong, first, more, second], 2, 1).is_err());
        assert!(among_pieces(&[&[], more, more, second], 2, 0).is_err());
        assert!(among_pieces(&[&[]], 1, 0).is_err());
    }
}
