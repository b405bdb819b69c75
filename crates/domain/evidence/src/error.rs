//! Why a report was not made.

use crate::period::BadPeriod;

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The days cannot be reported on.
    #[error(transparent)]
    Period(#[from] BadPeriod),
    /// There is no such document.
    #[error(
        "there is no document `{0}`: ask for catalog, component-definition, assessment-results or plan-of-action-and-milestones"
    )]
    UnknownDocument(String),
    /// There is no such set of criteria.
    #[error("there is no set of criteria `{0}`: ask for soc2, iso27001, hipaa or gdpr")]
    UnknownSet(String),
    /// A sample of no size, or of one too large.
    #[error("a sample has 1 to 1000 lines: say how many")]
    Sample,
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was kept could not be read.
    #[error(transparent)]
    Assurance(#[from] assurance::Error),
    /// The act was not done.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A part of the program broke off.
    #[error("a part of the program broke off: {0}")]
    BrokenOff(String),
}

/// Results of reports.
pub type Result<T> = std::result::Result<T, Error>;

impl From<crate::document::BadFont> for Error {
    fn from(error: crate::document::BadFont) -> Self {
        Self::BrokenOff(error.to_string())
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::BrokenOff(error.to_string())
    }
}
