//! Takes what identifies people out of files: bytes in, findings and clean bytes out.
//!
//! Promises: what leaves as [`Outcome::Clean`] was read completely, rewritten by a stated profile and searched
//! again; whatever was not understood is [`Outcome::Quarantine`] with a reason and never passed on. Foreign
//! bytes never panic, and nothing is allocated by a length that was not checked against the bytes at hand.
//!
//! Leaves out: files, folders, networks, clocks and randomness; who may see a quarantined file; tenants.

pub mod dicom;
mod file;
pub mod image;
pub mod records;
pub mod text;

pub use file::{Claim, Contents, Settings, Strange, redact};

/// One place in a file that was changed, or that should have been. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: for DICOM the path of tags and item numbers, `(0008,1140)[0].(0008,1155)`; for text `line 3, byte 17`, for pictures `byte 20`.
    pub place: String,
    /// What the format calls the thing there; empty when it has no name.
    pub name: &'static str,
    /// What was done with it, or what is wrong with it.
    pub what: What,
}

impl Finding {
    /// Stands for all that are not listed.
    pub(crate) fn more() -> Self {
        Self {
            place: String::new(),
            name: "",
            what: What::More,
        }
    }
}

/// What was done at the place of a [`Finding`], or what is wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Taken out, name and value.
    Removed,
    /// The value was taken out, the empty attribute stays.
    Emptied,
    /// The value was replaced by one that says nothing.
    Replaced,
    /// An identifier was replaced by another that follows from it under the project's key.
    Mapped,
    /// A date was moved by the patient's number of days.
    Shifted,
    /// What is known to be harmless was kept, the rest taken out.
    Cleaned,
    /// Not as the profile leaves it. Only a search reports this.
    Remains,
    /// A value that was taken out elsewhere occurs here. Only a search reports this.
    Trace,
    /// More places than [`Limits::findings`] were found; this stands for all that are not listed.
    More,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The clean file, and what was changed in it.
    Clean(Vec<u8>, Vec<Finding>),
    /// Nothing may be passed on: why, and what had been found until then.
    Quarantine(Reason, Vec<Finding>),
}

/// Why a file is held back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A DICOM file that is not understood, is suspect, or did not come out clean.
    #[error(transparent)]
    Dicom(#[from] dicom::Refused),
    /// A text that is not understood or did not come out clean.
    #[error(transparent)]
    Text(#[from] text::Refused),
    /// A picture that is not understood or did not come out clean.
    #[error(transparent)]
    Image(#[from] image::Refused),
    /// JSON or CSV that is not understood or did not come out clean.
    #[error(transparent)]
    Records(#[from] records::Refused),
    /// Not a kind of file that can be cleaned, or not the kind it is said to be.
    #[error(transparent)]
    Strange(#[from] Strange),
}

/// How much work and memory one file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep things may be nested; never more than 128.
    pub depth: usize,
    /// How many elements a file may have, all depths together.
    pub elements: usize,
    /// How many bytes a compressed file may have when unpacked.
    pub unpacked_bytes: usize,
    /// How many findings are listed.
    pub findings: usize,
}

impl Default for Limits {
    /// 32 deep, four million elements, 1 GiB unpacked, 10,000 findings.
    fn default() -> Self {
        Self {
            depth: 32,
            elements: 4_000_000,
            unpacked_bytes: 1 << 30,
            findings: 10_000,
        }
    }
}
