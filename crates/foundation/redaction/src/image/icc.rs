//! Colour profiles without texts (ICC.1, 7).
//!
//! Promises: what converts colours stays at its place; descriptions, makers, models, copyrights, unknown tags and what lies
//! between them become zeros. Cleaning twice changes no more.

/// Types of tags that hold numbers about colours and nothing else.
const NUMBERS: &[&[u8; 4]] = &[
    b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"sf32", b"uf32", b"view", b"meas",
    b"sig ", b"chrm", b"vcgt", b"ndin", b"ui08", b"ui16", b"ui32", b"cicp",
];

const HEADER: usize = 128;
/// No profile has more tags.
const MOST_TAGS: usize = 200;

/// The profile without texts; nothing if it is not understood.
pub(super) fn cleaned(profile: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| -> Option<usize> {
        let bytes: [u8; 4] = profile.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let count = number(HEADER).filter(|&count| count <= MOST_TAGS)?;
    let table = HEADER + 4..HEADER + 4 + 12 * count;
    let mut clean = vec![0; profile.len()];
    let copy = |range: std::ops::Range<usize>, clean: &mut Vec<u8>| -> Option<()> {
        clean.get_mut(range.clone())?.copy_from_slice(profile.get(range)?);
        Some(())
    };
    copy(0..table.end, &mut clean)?;
    // Preferred program, maker and model, creator, the digest of what it was, and what is reserved.
    for zero in [4..8, 48..56, 80..HEADER] {
        clean.get_mut(zero)?.fill(0);
    }
    for entry in table.step_by(12) {
        let (start, length) = (number(entry + 4)?, number(entry + 8)?);
        let end = start
            .checked_add(length)
            .filter(|_| start >= HEADER && length >= 8)?;
        let kind = profile.get(start..start.checked_add(4)?)?;
        let is_number = NUMBERS.iter().any(|it| kind == *it);
        copy(start..if is_number { end } else { start + 4 }, &mut clean)?;
        profile.get(start..end)?;
    }
    Some(clean)
}
