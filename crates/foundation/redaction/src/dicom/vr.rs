//! Value representations: what kind of value an attribute has.
//!
//! Promises: the two letters and what follows from them (PS3.5, 6.2 and 7.1.2); what the standard's dictionary says
//! of a tag. Leaves out: values.

use dicom_core::dictionary::{DataDictionary, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use super::tag::Tag;

/// Two letters, for example `PN` for the name of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vr(pub(super) [u8; 2]);

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in which anything may be written.
    Text,
    /// Characters with a narrow grammar: codes, numbers, addresses, dates.
    Code,
    /// Unique identifiers.
    Uid,
    /// Numbers of this many bytes.
    Binary(usize),
    /// Sequences of items.
    Sequence,
}

impl Vr {
    pub(super) const SQ: Self = Self(*b"SQ");
    pub(super) const UI: Self = Self(*b"UI");
    pub(super) const UN: Self = Self(*b"UN");
    pub(super) const CS: Self = Self(*b"CS");
    pub(super) const LO: Self = Self(*b"LO");
    pub(super) const PN: Self = Self(*b"PN");
    pub(super) const OB: Self = Self(*b"OB");

    /// What its values are made of; nothing for letters that the standard does not know.
    pub(super) const fn kind(self) -> Option<Kind> {
        Some(match &self.0 {
            b"LO" | b"LT" | b"PN" | b"SH" | b"ST" | b"UC" | b"UT" => Kind::Text,
            b"AE" | b"AS" | b"CS" | b"DA" | b"DS" | b"DT" | b"IS" | b"TM" | b"UR" => Kind::Code,
            b"UI" => Kind::Uid,
            b"OB" | b"UN" => Kind::Binary(1),
            b"OW" | b"SS" | b"US" => Kind::Binary(2),
            b"AT" | b"FL" | b"OF" | b"OL" | b"SL" | b"UL" => Kind::Binary(4),
            b"FD" | b"OD" | b"OV" | b"SV" | b"UV" => Kind::Binary(8),
            b"SQ" => Kind::Sequence,
            _ => return None,
        })
    }

    /// Whether the explicit form has two reserved bytes and a length of four (PS3.5, table 7.1-1).
    pub(super) const fn has_long_length(self) -> bool {
        matches!(
            &self.0,
            b"OB"
                | b"OD"
                | b"OF"
                | b"OL"
                | b"OV"
                | b"OW"
                | b"SQ"
                | b"SV"
                | b"UC"
                | b"UN"
                | b"UR"
                | b"UT"
                | b"UV"
        )
    }

    pub(super) const fn is_date_or_time(self) -> bool {
        matches!(&self.0, b"DA" | b"DT" | b"TM")
    }

    /// Text without a grammar and almost without a limit.
    pub(super) const fn is_prose(self) -> bool {
        matches!(&self.0, b"LT" | b"ST" | b"UT")
    }

    /// Letters or spaces at the end make a value's length even; identifiers and bytes take zeros (PS3.5, 6.2).
    pub(super) const fn padding(self) -> u8 {
        match self.kind() {
            Some(Kind::Text | Kind::Code) => b' ',
            _ => 0,
        }
    }
}

/// What the standard's dictionary (PS3.6) says of an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) vr: Vr,
    pub(super) name: &'static str,
}

/// Looks an attribute up; nothing for what the dictionary does not list.
pub(super) fn known(tag: Tag) -> Option<Known> {
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.group(), tag.element()))?;
    let vr = match entry.vr {
        VirtualVr::Exact(vr) => *vr.to_string().as_bytes().first_chunk()?,
        VirtualVr::Xs => *b"US",
        VirtualVr::Ox | VirtualVr::Px | VirtualVr::Lt => *b"OW",
        _ => return None,
    };
    Some(Known {
        vr: Vr(vr),
        name: entry.alias,
    })
}
