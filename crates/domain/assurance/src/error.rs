//! What can go wrong with assurance itself; what checks find is no error.

use store::StoreError;

use crate::BadCatalogue;
use crate::profile::BadProfile;

/// Why checks were not run, or something was not put on file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process is running checks.
    #[error("another process is running checks; ask again in a minute")]
    Busy,
    /// There is no such check, or no code for it.
    #[error("there is no check `{0}` that can run; `bailee checks list` shows them")]
    UnknownCheck(String),
    /// Something that has to be looked at cannot be.
    #[error(transparent)]
    Trouble(#[from] crate::check::Trouble),
    /// The catalogue and the code do not fit together.
    #[error("the check `{0}` is code and not in the catalogue, or said to be absent there")]
    Misfit(String),
    /// The catalogue cannot be used.
    #[error(transparent)]
    Catalogue(#[from] BadCatalogue),
    /// A profile cannot be used.
    #[error(transparent)]
    Profile(#[from] BadProfile),
    /// The act was not done.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// A letter about what got worse cannot be written.
    #[error(transparent)]
    Letter(#[from] outbox::BadLetter),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Results of assurance.
pub type Result<T> = std::result::Result<T, Error>;
