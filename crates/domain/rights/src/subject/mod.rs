//! People as the data knows them: what they are known by, what is linked to them, and when two of them are one.
//!
//! Promises: everything about one person is found by ranges of indexes, whatever else there is; what names them is sealed
//! under keys of their own; a merge keeps both keys and can be undone. Leaves out: what people ask for (`request`).

mod items;
mod merge;
mod ops;
mod rows;

use custody::subject::IdentifierKind;
use kernel::{IdentifierId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::items::LinkedItem;
pub(crate) use self::items::next_items;
pub use self::merge::Merge;
pub(crate) use self::rows::{Person, RESTRICT, described, resolve};
pub use custody::subject::Identifier;

/// A person as their tenant sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Their id. After a merge, that of the person the others were merged into.
    pub id: SubjectId,
    /// When the tenant first named them.
    pub made_at: Timestamp,
    /// Since when processing is restricted for them, if it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restricted_at: Option<Timestamp>,
    /// What they are known by, oldest first.
    pub identifiers: Vec<KnownBy>,
    /// Ids of those who were merged into them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub merged: Vec<SubjectId>,
}

/// One thing that a person is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBy {
    /// The id to remove it by.
    pub id: IdentifierId,
    /// What sort of word it is.
    pub kind: IdentifierKind,
    /// As it was given.
    pub value: String,
    /// Since when.
    pub made_at: Timestamp,
}
