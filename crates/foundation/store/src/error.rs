//! What can go wrong, named by what the caller can do about it.

use kernel::ObjectId;

use crate::objects::PlaceLabel;

/// Why the store did not do as asked.
///
/// Texts never hold values of rows, so that they may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database or the object folder cannot serve now: disk full, connection lost, closed. When a commit was under
    /// way its outcome is unknown; ask again before repeating.
    #[error(
        "storage is unavailable: {reason}; try again, and if it lasts look at the disk and the database server"
    )]
    Unavailable {
        /// What the engine or the system said.
        reason: String,
    },
    /// Others kept changing the same rows until the bounded retries were used up.
    #[error("others are changing the same data; try again")]
    Contention,
    /// A row with this key is already there.
    #[error("{table} already has a row with this ({columns})")]
    Unique {
        /// The table, when the engine says it.
        table: String,
        /// The columns of the key, comma separated, when the engine says them.
        columns: String,
    },
    /// A row refers to one that is not there, or is still referred to.
    #[error("a row refers to one that is not there, or is still referred to")]
    ForeignKey,
    /// A CHECK constraint refused the row.
    #[error("a row breaks the rule {constraint}")]
    Check {
        /// The constraint's name or text.
        constraint: String,
    },
    /// A NOT NULL column was given NULL.
    #[error("{column} must have a value")]
    NotNull {
        /// The column, with its table when the engine says it.
        column: String,
    },
    /// A column is NULL where a value was asked for.
    #[error("column {column} is NULL: ask for an Option")]
    Null {
        /// Position in the row, from 0.
        column: usize,
    },
    /// A column or a parameter is of another kind than was asked for.
    #[error("position {position} holds {found} where {wanted} is wanted: correct the statement, or CAST")]
    Kind {
        /// Position of the column or parameter, from 0.
        position: usize,
        /// The kind that was asked for.
        wanted: &'static str,
        /// The kind that is there.
        found: String,
    },
    /// A statement gave another number of rows than was asked for.
    #[error("a statement gave {found} rows where {wanted} is wanted")]
    Rows {
        /// How many were wanted.
        wanted: &'static str,
        /// How many there are; 2 means two or more.
        found: usize,
    },
    /// A read transaction tried to write.
    #[error("a read transaction cannot write: use `write`")]
    ReadOnly,
    /// An earlier statement of the transaction failed, so that nothing more can happen in it.
    #[error(
        "an earlier statement of this transaction failed: return its error, or wrap what may fail in `Tx::attempt`"
    )]
    Aborted,
    /// A statement that the engine does not take; a mistake in the program.
    #[error("the database refused a statement: {reason}")]
    Sql {
        /// What the engine said.
        reason: String,
    },
    /// The database and this program do not belong together.
    #[error("migration {id}: {reason}")]
    Migration {
        /// The migration's number.
        id: u32,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A database that cannot be used as it was made.
    #[error("{reason}")]
    Unsuitable {
        /// What is wrong and how to make a suitable one.
        reason: String,
    },
    /// Rows refer to a place that the configuration does not have. Nothing is lost.
    #[error(
        "the place `{0}` is not configured here: add its table [place.{0}] again, what lies there is not lost"
    )]
    PlaceMissing(PlaceLabel),
    /// No object has this id.
    #[error("object {0} is not there")]
    ObjectMissing(ObjectId),
    /// What lies there under this id is not what was written.
    #[error("object {0} is not what was written")]
    ObjectAltered(ObjectId),
    /// An object with this id is already there; objects never change.
    #[error("object {0} is already there and never changes: make a new id")]
    ObjectExists(ObjectId),
}

impl StoreError {
    /// The storage cannot serve, for this reason.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable {
            reason: reason.into(),
        }
    }

    /// Whether a row with the same key is already there.
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Unique { .. })
    }

    /// Whether a row refers to one that is not there, or is still referred to.
    pub fn is_foreign_key(&self) -> bool {
        matches!(self, Self::ForeignKey)
    }

    /// Whether the same request may succeed later, unchanged; surfaces answer 503.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Contention | Self::PlaceMissing(_)
        )
    }
}
