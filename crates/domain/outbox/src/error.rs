//! What can go wrong with the outbox.

use store::StoreError;

/// A result with this crate's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a letter was not written, taken or settled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key that letters could be sealed for.
    #[error("no letter can be written yet: the outbox has no key; it gets one when the server starts")]
    NoKey,
    /// The outbox has the key of another installation.
    #[error(
        "the outbox has another key than this installation's: restore the database that belongs to this root key"
    )]
    OtherKey,
    /// Stored rows say what no program of ours writes.
    #[error("the outbox's rows cannot be read: {0}")]
    Altered(&'static str),
}
