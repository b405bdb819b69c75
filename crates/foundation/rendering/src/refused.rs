//! Why something is not shown.
//!
//! Promises: each says what was met and what to do. Leaves out: anything that stands in the file.

use crate::Sort;

/// Why something is not shown. Nothing of it holds a value from the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A sort of file of which no picture is drawn.
    #[error("no picture is drawn of {sort}: {}", .sort.instead())]
    NotDrawn {
        /// What it is.
        sort: Sort,
    },
    /// A sort of file of which no text is shown.
    #[error("{sort} has no fields to show: ask for a picture, or download it")]
    NotText {
        /// What it is.
        sort: Sort,
    },
    /// The bytes are not what they claim to be.
    #[error("the {format} cannot be read: it is damaged or not what it claims to be")]
    Broken {
        /// What they claim to be.
        format: &'static str,
    },
    /// It is what it claims to be, in a way that is not drawn here.
    #[error("this is {what}, which is not drawn here: convert it or download it")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// More than [`crate::Limits`] allow.
    #[error("more {what} than the {limit} that are drawn: download it, or make a smaller one")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// A document that needs a password, or is sealed in a way that is not known.
    #[error("the document is encrypted: take its password off, or download it")]
    Encrypted,
    /// Drawing it takes longer than is given to one view.
    #[error("drawing it takes longer than the {seconds} seconds that are given to it: download it")]
    TookTooLong {
        /// How long it may take.
        seconds: u64,
    },
    /// Drawing it takes more memory than is given to one view.
    #[error("drawing it takes more memory than the {mebibytes} MiB that are given to it: download it")]
    TookTooMuch {
        /// How much it may take.
        mebibytes: u64,
    },
    /// It could not be tried, by no fault of the file's.
    #[error("nothing can be drawn of it at this moment ({reason})")]
    Failed {
        /// What went wrong, for the log.
        reason: String,
    },
    /// The view asks for what is not there.
    #[error("{field}: {problem}")]
    Outside {
        /// Which part of the view.
        field: &'static str,
        /// What would be right.
        problem: String,
    },
    /// A DICOM file that is not understood.
    #[error(transparent)]
    Dicom(#[from] redaction::dicom::Refused),
}

impl Refused {
    pub(crate) fn outside(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Outside {
            field,
            problem: problem.into(),
        }
    }
}
