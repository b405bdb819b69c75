//! Why a backup was not made, or not restored. The texts say which part, and what to do.

use kernel::ObjectId;
use store::StoreError;

/// Why a backup was not made, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database, the objects, or the place where backups lie.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An act in the installation.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// The backup key does not open what is there.
    #[error("the backup key does not open {what} in {shelf}: use the key that these backups were made with")]
    WrongKey {
        /// What was to be opened.
        what: String,
        /// Where it lies.
        shelf: String,
    },
    /// A part is not what was written.
    #[error(
        "{what} in {shelf} is damaged ({trouble}): restore another backup, or bring back a copy of this part"
    )]
    Damaged {
        /// Which part.
        what: String,
        /// Where it lies.
        shelf: String,
        /// What is wrong with it.
        trouble: String,
    },
    /// A part is not there.
    #[error("{what} is not in {shelf}: bring it back, or restore another backup")]
    Missing {
        /// Which part.
        what: String,
        /// Where it should lie.
        shelf: String,
    },
    /// There is no backup.
    #[error("there is no backup in {0}")]
    NoBackup(String),
    /// The backup and this program do not belong together.
    #[error(
        "backup {backup} was made by version {version}, whose tables are others: restore it with that program"
    )]
    OtherVersion {
        /// The backup.
        backup: ObjectId,
        /// What made it.
        version: String,
    },
    /// The root key at hand is another installation's.
    #[error(
        "backup {backup} wants root key {wanted}, which is not at hand: bring its file back from where it is kept; no backup \
         holds it"
    )]
    WrongRoot {
        /// The backup.
        backup: ObjectId,
        /// The root key that opens it.
        wanted: String,
    },
    /// There is something where the copy is to go.
    #[error("{0} is not empty: restore into an empty place, and nothing is overwritten")]
    NotEmpty(String),
    /// The copy's log is not the log that was backed up, or does not go with a newer checkpoint.
    #[error("the log does not hold: {0}")]
    Log(String),
    /// Another process makes a backup.
    #[error(
        "another process makes a backup of this installation; if it has died, its right to do so ends within an hour"
    )]
    Busy,
    /// It was told to stop.
    #[error("the backup was stopped; the ones before it are as they were, and the next one goes on")]
    Stopped,
    /// An object that rows refer to is gone.
    #[error(
        "object {object} of place `{place}` is referred to and not there: the store lost it; look with `bailee doctor`"
    )]
    ObjectLost {
        /// Which.
        object: ObjectId,
        /// Where it should be.
        place: String,
    },
    /// A fault of ours.
    #[error("a backup cannot be written: {0}")]
    Internal(String),
}

/// Results of backups.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}
