//! What the caller wants: the basic profile, and which of its options.
//!
//! Promises: every option of PS3.15, annex E.3 that concerns attributes, each with its code of CID 7050 (PS3.16).
//! Leaves out: how each is carried out (`decide.rs`), and judging what is right for a purpose.

mod decide;
mod iod;
mod private;
mod row;
mod table;
mod unlisted;

pub(super) use decide::{Action, Subject, decide};
pub(super) use private::Blocks;
pub use private::SafePrivate;

/// The Basic Application Level Confidentiality Profile (PS3.15, E.2) and the options that are used with it (E.3).
///
/// [`Profile::default`] is the basic profile alone: nothing is retained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Retain UIDs (E.3.9): unique identifiers stay as they are, and with them the way back to the original.
    pub retain_uids: bool,
    /// Retain Safe Private (E.3.10): private elements with numbers known to say nothing about people stay.
    pub retain_safe_private: bool,
    /// Further private elements that the caller knows to be safe; used with `retain_safe_private` only.
    pub further_safe_private: Vec<SafePrivate>,
    /// Retain Device Identity (E.3.8).
    pub retain_device_identity: bool,
    /// Retain Institution Identity (E.3.11).
    pub retain_institution_identity: bool,
    /// Retain Patient Characteristics (E.3.7): age, sex, size and the like.
    pub retain_patient_characteristics: bool,
    /// Retain Longitudinal Temporal Information (E.3.6).
    pub dates: Dates,
    /// Clean Descriptors (E.3.5): of free text, words and small numbers that are known to be harmless stay.
    pub clean_descriptors: bool,
    /// Clean Structured Content (E.3.4): the tree of a report stays, its names, dates and texts are cleaned.
    pub clean_structured_content: bool,
    /// Clean Graphics (E.3.3): drawn annotations stay without their text. Overlays and curves go all the same, as
    /// nobody can say what is drawn there.
    pub clean_graphics: bool,
    /// Clean Pixel Data (E.3.1).
    pub pixels: Pixels,
}

/// What happens to dates and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// They go.
    #[default]
    Removed,
    /// They stay as they are.
    Full,
    /// They move by a number of days that is the same for everything of a patient; times of day stay.
    Modified,
}

/// What happens to files in whose pixels people may be named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pixels {
    /// They are held back.
    #[default]
    HoldSuspect,
    /// The caller has looked at the pixels or cleaned them and answers for it; the file says so.
    Cleaned,
}

/// A method's code and its meaning (CID 7050).
pub(super) type Method = (&'static str, &'static str);

impl Profile {
    /// The codes of everything that is claimed, the basic profile first.
    pub(super) fn methods(&self) -> Vec<Method> {
        let claims = [
            (true, ("113100", "Basic Application Confidentiality Profile")),
            (
                self.pixels == Pixels::Cleaned,
                ("113101", "Clean Pixel Data Option"),
            ),
            (self.clean_graphics, ("113103", "Clean Graphics Option")),
            (
                self.clean_structured_content,
                ("113104", "Clean Structured Content Option"),
            ),
            (self.clean_descriptors, ("113105", "Clean Descriptors Option")),
            (
                self.dates == Dates::Full,
                (
                    "113106",
                    "Retain Longitudinal Temporal Information Full Dates Option",
                ),
            ),
            (
                self.dates == Dates::Modified,
                (
                    "113107",
                    "Retain Longitudinal Temporal Information Modified Dates Option",
                ),
            ),
            (
                self.retain_patient_characteristics,
                ("113108", "Retain Patient Characteristics Option"),
            ),
            (
                self.retain_device_identity,
                ("113109", "Retain Device Identity Option"),
            ),
            (self.retain_uids, ("113110", "Retain UIDs Option")),
            (self.retain_safe_private, ("113111", "Retain Safe Private Option")),
            (
                self.retain_institution_identity,
                ("113112", "Retain Institution Identity Option"),
            ),
        ];
        claims
            .into_iter()
            .filter_map(|(claimed, method)| claimed.then_some(method))
            .collect()
    }

    /// The options as a set, for the rows of the table.
    fn options(&self) -> u16 {
        [
            (self.retain_uids, row::UIDS),
            (self.retain_device_identity, row::DEVICE),
            (self.retain_institution_identity, row::INSTITUTION),
            (self.retain_patient_characteristics, row::PATIENT),
            (self.dates == Dates::Full, row::FULL_DATES),
            (self.dates == Dates::Modified, row::MODIFIED_DATES),
            (self.clean_descriptors, row::DESCRIPTORS),
            (self.clean_structured_content, row::STRUCTURED),
            (self.clean_graphics, row::GRAPHICS),
        ]
        .into_iter()
        .filter(|(claimed, _)| *claimed)
        .fold(0, |set, (_, option)| set | option)
    }
}
