//! Which attributes a kind of object needs, as far as a code of the profile depends on it.
//!
//! Promises: only what is certain for the single-frame image objects most files are (PS3.3, A.2 to A.8). Leaves out:
//! every other kind; there the attribute counts as needed, so that the object stays valid.

use crate::dicom::tag::Tag;

/// How an object needs an attribute (PS3.5, 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Type 1, or not known: it must be there with a value.
    Value,
    /// Type 2: it must be there and may be empty.
    Presence,
    /// Type 3: it may be absent.
    Nothing,
}

/// Computed radiography, CT, MR, ultrasound (one and several frames), secondary capture.
const PLAIN_IMAGES: &[&[u8]] = &[
    b"1.2.840.10008.5.1.4.1.1.1",
    b"1.2.840.10008.5.1.4.1.1.2",
    b"1.2.840.10008.5.1.4.1.1.4",
    b"1.2.840.10008.5.1.4.1.1.3.1",
    b"1.2.840.10008.5.1.4.1.1.6.1",
    b"1.2.840.10008.5.1.4.1.1.7",
];

/// How objects of this class need an attribute of their own data set.
pub(super) fn need(class: &[u8], tag: Tag) -> Need {
    if !PLAIN_IMAGES.contains(&class) {
        return Need::Value;
    }
    match tag.0 {
        // SOP Common, General Series, General Acquisition, General Equipment, General Study.
        0x0008_0012 | 0x0008_0013 | 0x0008_0021 | 0x0008_0022 | 0x0008_002A | 0x0008_0031 | 0x0008_0032 => {
            Need::Nothing
        }
        0x0008_0080 | 0x0008_0082 | 0x0008_1010 | 0x0008_1070 | 0x0008_1072 | 0x0018_1000 => Need::Nothing,
        0x0008_1110 | 0x0008_1111 | 0x0018_1030 | 0x0018_1400 | 0x0032_1060 => Need::Nothing,
        // General Image, Contrast/Bolus.
        0x0008_0023 | 0x0008_0033 | 0x0018_0010 => Need::Presence,
        _ => Need::Value,
    }
}
