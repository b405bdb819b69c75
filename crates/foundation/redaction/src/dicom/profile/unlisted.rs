//! Attributes that the standard knows and the profile's table does not name.
//!
//! Promises: what is a date, a time, a person, an address, prose or a unique identifier by its kind is treated as such,
//! and so are some that are known by what they mean. Leaves out: everything else stays; names and numbers that were taken
//! out elsewhere are searched for in it afterwards.

use super::decide::Action;
use super::{Dates, Profile};
use crate::dicom::tag::Tag;
use crate::dicom::vr::{Kind, Vr};

/// What happens to an attribute whose kind is `vr` by the dictionary and `written` by the file.
pub(super) fn action(profile: &Profile, tag: Tag, vr: Vr, written: Vr) -> Action {
    if tag.0 == LENGTH_TO_END {
        return Action::Drop;
    }
    if IDENTIFYING.contains(&tag.0) {
        return Action::Remove;
    }
    let is = |wanted: fn(Vr) -> bool| wanted(vr) || wanted(written);
    if is(Vr::is_date_or_time) {
        return match profile.dates {
            Dates::Removed => Action::Replace,
            Dates::Full => Action::Keep,
            Dates::Modified => Action::Shift,
        };
    }
    match (vr.kind(), &vr.0) {
        (_, b"PN") => Action::Replace,
        (_, b"UR" | b"AE") => Action::Remove,
        (Some(Kind::Uid), _) if profile.retain_uids || NAMES_OF_KINDS.contains(&tag.0) => Action::Keep,
        (Some(Kind::Uid), _) => Action::Map,
        _ if FREE_TEXT.contains(&tag.0) => Action::Clean,
        _ if is(Vr::is_prose) && !HARMLESS_PROSE.contains(&tag.0) => Action::Clean,
        _ => Action::Keep,
    }
}

const LENGTH_TO_END: u32 = 0x0008_0001;

#[rustfmt::skip]
const IDENTIFYING: &[u32] = &[
    // Who issued an accession number; record keys of archives.
    0x0008_0051, 0x0008_041B, 0x0008_041C,
    // Birth and death in another calendar; issuers and groups of patients; the register of a breed.
    0x0010_0024, 0x0010_0026, 0x0010_0027, 0x0010_0033, 0x0010_0034, 0x0010_2295,
    // A time server in the house; who asked for a procedure; who is to be asked.
    0x0018_1803, 0x0032_1031, 0x0074_100C,
    // Identifiers in bytes; a drawing of an implant; a group of users; the owner of a print job.
    0x0040_A074, 0x0040_A089, 0x0068_6300, 0x0072_0010, 0x2100_0160,
    // Encrypted originals, signatures of what has changed, and how they were made.
    0x0400_0120, 0x0400_0500, 0x0400_0520, 0x4FFE_0001,
];

/// Comments and descriptions that people type, in short text.
#[rustfmt::skip]
const FREE_TEXT: &[u32] = &[
    0x0028_6022, 0x0028_7007, 0x0028_702A, 0x0038_0102, 0x0040_0255, 0x0040_1060, 0x0040_A492, 0x0070_0081, 0x3004_0006,
    0x3006_00C8, 0x300A_0183,
];

/// Unique identifiers of kinds of things, not of things: classes, syntaxes, coding schemes, contexts.
#[rustfmt::skip]
const NAMES_OF_KINDS: &[u32] = &[
    0x0004_1510, 0x0004_1512, 0x0004_151A, 0x0008_0016, 0x0008_001A, 0x0008_001B, 0x0008_0062, 0x0008_010C,
    0x0008_0117, 0x0008_0118, 0x0008_040E, 0x0008_1150, 0x0008_115A, 0x0008_3002, 0x0034_0003, 0x0400_0010,
    0x3010_0052, 0x3010_0053,
];

/// Names of coding schemes, and the layout of printed pages.
const HARMLESS_PROSE: &[u32] = &[0x0008_0114, 0x0008_0115, 0x0008_0116, 0x2010_0010];
