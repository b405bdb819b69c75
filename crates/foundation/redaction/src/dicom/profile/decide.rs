//! What happens to one attribute.
//!
//! Promises: one answer for every attribute at every depth, the same for cleaning and for searching. Attributes that
//! neither the profile nor the dictionary names are removed; of kinds that often identify (dates, names, unique
//! identifiers, prose, addresses) also those are treated that the table does not list. Leaves out: values.

use super::private::Blocks;
use super::row::{self, Code, MODIFIED_DATES, Row};
use super::{Profile, iod, unlisted};
use crate::dicom::reader::Header;
use crate::dicom::tag::Tag;
use crate::dicom::vr::{Vr, known};

/// What is done with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dicom) enum Action {
    /// It goes. Sequences go with all they hold.
    Remove,
    /// It goes, and nobody needs to hear of it: lengths and paddings that hold nothing.
    Drop,
    /// It stays without a value.
    Empty,
    /// It gets a value that says nothing.
    Replace,
    /// It stays; what a sequence holds is decided one by one.
    Keep,
    /// Its unique identifiers are mapped; what a sequence holds is decided one by one.
    Map,
    /// Its dates move.
    Shift,
    /// What is known to be harmless stays; what a sequence holds is decided one by one.
    Clean,
}

/// An attribute and where it stands.
#[derive(Clone, Copy)]
pub(in crate::dicom) struct Subject<'a> {
    pub(in crate::dicom) header: &'a Header,
    /// The class of the whole object.
    pub(in crate::dicom) class: &'a [u8],
    /// Whether it stands in the data set itself rather than in an item.
    pub(in crate::dicom) top: bool,
    pub(in crate::dicom) blocks: &'a Blocks,
}

/// What the profile says of an attribute.
pub(in crate::dicom) fn decide(profile: &Profile, subject: &Subject<'_>) -> Action {
    let header = subject.header;
    let tag = header.tag;
    if tag.is_group_length() {
        return Action::Drop;
    }
    if tag.is_private() {
        return private(profile, subject);
    }
    // The whole group, not the named elements alone: without its data, the rest of an overlay is invalid.
    if tag.is_drawn_over() || tag.group() == 0 {
        return Action::Remove;
    }
    let Some(known) = known(tag) else {
        return Action::Remove;
    };
    // Items were expected and something else is there: whoever reads it by the dictionary sees the items.
    if known.vr == Vr::SQ && !header.has_items() {
        return Action::Remove;
    }
    match row::find(tag) {
        Some(row) => listed(profile, row, subject),
        None => unlisted::action(profile, tag, known.vr, header.vr),
    }
}

fn private(profile: &Profile, subject: &Subject<'_>) -> Action {
    let header = subject.header;
    // A creator was looked up when its block was reserved: safe() of it finds nothing, the walker keeps it.
    if !profile.retain_safe_private || header.length.is_none() {
        return Action::Remove;
    }
    match subject.blocks.safe(header.tag, &profile.further_safe_private) {
        Some(vr) if header.vr == vr || header.vr == Vr::UN => Action::Keep,
        _ => Action::Remove,
    }
}

fn listed(profile: &Profile, row: &Row, subject: &Subject<'_>) -> Action {
    let options = profile.options();
    if row.clean & options & MODIFIED_DATES != 0 {
        return Action::Shift;
    }
    if row.clean & options != 0 {
        return Action::Clean;
    }
    if row.keep & options != 0 {
        return Action::Keep;
    }
    // One name for a patient in everything that is released, so that studies stay together.
    if row.tag == Tag::PATIENT_ID {
        return Action::Replace;
    }
    let need = if subject.top {
        iod::need(subject.class, row.tag)
    } else {
        iod::Need::Value
    };
    let action = basic(row.code, need);
    if action == Action::Replace && subject.header.effective_vr() == Vr::UI {
        Action::Map
    } else {
        action
    }
}

fn basic(code: Code, need: iod::Need) -> Action {
    use iod::Need;
    match (code, need) {
        (Code::X, _) | (Code::XZ | Code::XD | Code::XZD, Need::Nothing) => Action::Remove,
        (Code::Z | Code::XZ, _)
        | (Code::ZD, Need::Presence | Need::Nothing)
        | (Code::XZD, Need::Presence) => Action::Empty,
        (Code::D, _) | (Code::ZD | Code::XZD, Need::Value) | (Code::XD, Need::Presence | Need::Value) => {
            Action::Replace
        }
        (Code::U | Code::XZU, _) => Action::Map,
    }
}
