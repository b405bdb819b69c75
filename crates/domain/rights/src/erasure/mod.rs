//! Erasure of a person (GDPR Article 17): their keys are destroyed and what is about them is deleted.
//!
//! Promises: from the first transaction on nobody finds the person, and what is about them alone is restricted; every item
//! that goes leaves an entry whose receipt proves it; what has to stay for now hangs on a key of its own, so that the
//! person's keys end all the same; nothing is read, so it takes as long for 10 MB as for 10 GB. It goes in batches, and
//! goes on where it stopped, whoever asks for that.
//!
//! What has to stay, and is gone through again: items on hold, with the ground and its end; items about several people,
//! until somebody decides about each. Leaves out: who may ask for it and until when (`request`).

mod begin;
mod decide;
mod resume;
mod rows;
mod run;

use custody::subject::AfterErasure;
use kernel::{ErasureId, ItemId, MemberId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::decide::Decision;
pub(crate) use self::rows::check_not_running;

/// How an erasure stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// Who is erased. Nobody is found under this id afterwards.
    pub subject: SubjectId,
    /// Who began it.
    pub begun_by: MemberId,
    /// When.
    pub begun_at: Timestamp,
    /// How far it has come.
    pub state: ErasureState,
    /// Items that were deleted so far.
    pub items: u64,
    /// What had to stay, with what was decided about it.
    pub left: Vec<LeftItem>,
    /// When nothing of it was left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finished_at: Option<Timestamp>,
}

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasureState {
    /// A legal hold on the person, or on everything, keeps all of it for now (Article 17(3)(e)): nothing about them is served, nothing is
    /// deleted, and it begins by itself when the hold ends.
    Held,
    /// Items are being deleted; to be resumed if it stopped.
    Running,
    /// The person's keys are destroyed; something had to stay and is gone through again.
    Waiting,
    /// Nothing is left to do.
    Done,
}

/// An item that an erasure could not simply delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftItem {
    /// The item.
    pub item: ItemId,
    /// What keeps it.
    pub cause: Cause,
    /// Until when, if that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// What was decided about it, if it is about several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<String>,
    /// Whether nothing is left to do about it.
    pub settled: bool,
}

/// What keeps an item from being deleted with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It is about others as well: somebody decides.
    Shared,
    /// A legal hold, until somebody lifts it (Article 17(3)(e)).
    LegalHold,
    /// A retention that runs (Article 17(3)(b)).
    Retention,
}

/// What is to be erased, and what then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erase {
    /// The person.
    pub subject: SubjectId,
    /// What happens when they are to be taken in again.
    pub afterwards: AfterErasure,
}

impl ErasureState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

impl Cause {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::LegalHold => "legal-hold",
            Self::Retention => "retention",
        }
    }
}
