//! The one thing in EXIF that belongs to the picture: which way is up.

/// The value of `Orientation` (TIFF 6.0, 274) in the first directory, if it says something else than "as it is".
pub(super) fn orientation(exif: &[u8]) -> Option<u8> {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_big = match exif.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = exif.get(at..at.checked_add(length)?)?;
        let fold = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        Some(if is_big {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    };
    let directory = number(4, 4)?;
    let count = number(directory, 2)?;
    let entry = (0..count)
        .map(|entry| directory + 2 + entry * 12)
        .find(|&at| number(at, 2) == Some(0x0112))?;
    let value = u8::try_from(number(entry + 8, 2)?).ok()?;
    (2..=8).contains(&value).then_some(value)
}

/// A directory that says which way is up, and nothing else.
pub(super) fn minimal(orientation: u8) -> [u8; 26] {
    [
        b'I',
        b'I',
        b'*',
        0,
        8,
        0,
        0,
        0,
        1,
        0,
        0x12,
        0x01,
        3,
        0,
        1,
        0,
        0,
        0,
        orientation,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]
}

/// Whether a block is one of ours.
pub(super) fn is_minimal(exif: &[u8]) -> bool {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    orientation(exif).is_some_and(|value| exif == minimal(value))
}
