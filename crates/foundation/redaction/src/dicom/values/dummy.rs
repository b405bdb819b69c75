//! Values that say nothing.
//!
//! Promises: one for every value representation, valid for it (PS3.5, 6.2), and for the sequences that an object may
//! need with something in it. Leaves out: unique identifiers, which are mapped.

use crate::dicom::refused::Refused;
use crate::dicom::syntax::Encoding;
use crate::dicom::tag::Tag;
use crate::dicom::vr::{Kind, Vr};
use crate::dicom::writer::Writer;

const ZEROS: [u8; 8] = [0; 8];

/// The value that says nothing, of even length.
pub(in crate::dicom) fn dummy(vr: Vr) -> &'static [u8] {
    match (&vr.0, vr.kind()) {
        (b"AS", _) => b"000Y",
        (b"DA", _) => b"19000101",
        (b"DT", _) => b"19000101000000",
        (b"TM", _) => b"000000",
        (b"DS" | b"IS", _) => b"0 ",
        (b"UR", _) => b"urn:removed ",
        (_, Some(Kind::Text | Kind::Code)) => b"REMOVED ",
        (_, Some(Kind::Binary(1))) => b"\0\0",
        (_, Some(Kind::Binary(size))) => ZEROS.get(..size).unwrap_or_default(),
        _ => b"",
    }
}

/// Whether each of the values is the one that says nothing, or none.
pub(in crate::dicom) fn is_dummy(vr: Vr, value: &[u8]) -> bool {
    value.is_empty() || value == dummy(vr)
}

/// Names of specimens, containers and subjects: other things hang on them, so each keeps a name of its own.
pub(in crate::dicom) fn has_pseudonym(tag: Tag) -> bool {
    matches!(
        tag.0,
        0x0010_0020 | 0x0012_0040 | 0x0012_0042 | 0x0040_0512 | 0x0040_0551
    )
}

type Inside = &'static [(u32, &'static [u8; 2], &'static [u8])];

const CODE: Inside = &[
    (0x0008_0100, b"SH", b"REMOVED"),
    (0x0008_0102, b"SH", b"99REMOVED"),
    (0x0008_0104, b"LO", b"REMOVED"),
];
const TEXT: Inside = &[
    (0x0040_A010, b"CS", b"CONTAINS"),
    (0x0040_A040, b"CS", b"TEXT"),
    (0x0040_A160, b"UT", b"REMOVED "),
];
const OBSERVER: Inside = &[
    (0x0040_A027, b"LO", b"REMOVED"),
    (0x0040_A030, b"DT", b"19000101000000"),
    (0x0040_A075, b"PN", b"REMOVED"),
];
const NOTHING: Inside = &[];

/// What the one item of a sequence holds that says nothing.
fn inside(sequence: Tag) -> Inside {
    match sequence.0 {
        0x0008_0082 | 0x0040_1101 => CODE,
        0x0040_A730 => TEXT,
        0x0040_A073 => OBSERVER,
        _ => NOTHING,
    }
}

/// Writes the items, without the sequence around them, of a sequence that says nothing.
pub(in crate::dicom) fn write_items(
    writer: &mut Writer,
    encoding: Encoding,
    sequence: Tag,
) -> Result<(), Refused> {
    let item = writer.item(encoding, true);
    for (tag, vr, value) in inside(sequence) {
        writer.element(encoding, Tag(*tag), Vr(**vr), value)?;
    }
    writer.close(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_representation_has_one_of_even_length() {
        for vr in
            b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UL UN UR US UT UV"
                .split(|&byte| byte == b' ')
        {
            let vr = Vr(*vr.first_chunk().unwrap());
            let value = dummy(vr);
            assert!(!value.is_empty() && value.len().is_multiple_of(2), "{vr:?}");
            assert!(is_dummy(vr, value) && !is_dummy(vr, b"19991231"), "{vr:?}");
        }
    }
}
