//! Tags: what an attribute is called in the bytes.
//!
//! Promises: names for the tags that the rest of the module treats by name. Leaves out: what is done with them.

use std::fmt;

/// Group and element of an attribute (PS3.5, 7.1), the group in the upper half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tag(pub(super) u32);

impl Tag {
    pub(super) const DIRECTORY_RECORDS: Self = Self(0x0004_1220);
    pub(super) const IMAGE_TYPE: Self = Self(0x0008_0008);
    pub(super) const SOP_CLASS: Self = Self(0x0008_0016);
    pub(super) const SOP_INSTANCE: Self = Self(0x0008_0018);
    pub(super) const MODALITY: Self = Self(0x0008_0060);
    pub(super) const CONVERSION_TYPE: Self = Self(0x0008_0064);
    pub(super) const CODE_VALUE: Self = Self(0x0008_0100);
    pub(super) const CODING_SCHEME: Self = Self(0x0008_0102);
    pub(super) const CODE_MEANING: Self = Self(0x0008_0104);
    pub(super) const PATIENT_ID: Self = Self(0x0010_0020);
    pub(super) const IDENTITY_REMOVED: Self = Self(0x0012_0062);
    pub(super) const METHOD: Self = Self(0x0012_0063);
    pub(super) const METHOD_CODES: Self = Self(0x0012_0064);
    pub(super) const STUDY: Self = Self(0x0020_000D);
    pub(super) const BURNED_IN: Self = Self(0x0028_0301);
    pub(super) const RECOGNIZABLE: Self = Self(0x0028_0302);
    pub(super) const LONGITUDINAL: Self = Self(0x0028_0303);
    pub(super) const ITEM: Self = Self(0xFFFE_E000);
    pub(super) const ITEM_END: Self = Self(0xFFFE_E00D);
    pub(super) const SEQUENCE_END: Self = Self(0xFFFE_E0DD);

    pub(super) const fn new(group: u16, element: u16) -> Self {
        Self((group as u32) << 16 | element as u32)
    }

    pub(super) const fn group(self) -> u16 {
        (self.0 >> 16) as u16
    }

    pub(super) const fn element(self) -> u16 {
        self.0 as u16
    }

    /// Odd groups are private (PS3.5, 7.8).
    pub(super) const fn is_private(self) -> bool {
        self.group() & 1 == 1
    }

    /// Names the owner of a block of private elements.
    pub(super) const fn is_private_creator(self) -> bool {
        self.is_private() && matches!(self.element(), 0x10..=0xFF)
    }

    /// Retired lengths of groups; they are wrong as soon as anything changed.
    pub(super) const fn is_group_length(self) -> bool {
        self.element() == 0
    }

    /// Items and their ends, which have no value representation (PS3.5, 7.5).
    pub(super) const fn is_delimiter(self) -> bool {
        matches!(self, Self::ITEM | Self::ITEM_END | Self::SEQUENCE_END)
    }

    /// Curves and sound (50xx) and overlays (60xx).
    pub(super) const fn is_drawn_over(self) -> bool {
        matches!(self.group(), 0x5000..=0x50FF | 0x6000..=0x60FF)
    }

    /// Pixels, whole or as numbers.
    pub(super) const fn is_pixels(self) -> bool {
        matches!(self.0, 0x7FE0_0008..=0x7FE0_0010)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.group(), self.element())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
