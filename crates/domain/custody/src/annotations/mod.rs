//! Annotations: what people say about a version of an item.
//!
//! Promises: what is said is sealed under the version's own key, so it ends with the item; every state of it is kept, with who
//! said it, when, and by which lease; nobody overwrites what they have not seen. Who may look at an item sees what is said
//! about it, who may annotate it says it. Leaves out: whether it is right, which is for those who review the work.

mod acts;
mod export;
mod import;
mod rows;

use kernel::{AnnotationSetId, ItemId, MemberId, TaskId, Timestamp, VersionId};
use operation::Op;
use serde::{Deserialize, Serialize};

pub use annotation::{Annotation, Set, Shape, Size};
pub use export::Exported;
pub use import::{ImportAnnotations, ImportedAnnotations, ImportedRow};

pub(crate) use acts::{annotate_leased, is_author};
pub(crate) use export::written;
pub(crate) use rows::{find as said, find_sized as said_sized};

use crate::error::Result;
use crate::session::Session;

/// The most bytes of one set as JSON.
pub const MOST_BYTES: usize = 1 << 20;

/// What is said about a version, as of one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Annotations {
    /// Who said it, when, and about what.
    #[serde(flatten)]
    pub made: Made,
    /// What they said.
    pub set: Set,
}

/// One state of what is said about a version, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Its id, which is also its entity tag.
    pub id: AnnotationSetId,
    /// The item.
    pub item: ItemId,
    /// The version of the item.
    pub version: VersionId,
    /// 1 for the first about this version, then counting.
    pub number: u64,
    /// Who said it.
    pub member: MemberId,
    /// The lease by which they reached the item, if by one.
    pub task: Option<TaskId>,
    /// When.
    pub at: Timestamp,
}

/// What is to be said about an item's newest version, in place of what is said so far.
#[derive(Debug, Clone)]
pub struct NewAnnotations {
    /// All of it.
    pub set: Set,
    /// What the author has seen of what is said so far.
    pub basis: Basis,
    /// The version that the author has seen; the newest, whichever it is, when absent.
    pub version: Option<VersionId>,
}

/// What an author must have seen to say something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Basis {
    /// That nothing is said yet.
    #[default]
    Nothing,
    /// One of these, which is still the newest.
    OneOf(Vec<AnnotationSetId>),
}

/// Which state of what is said about an item is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhichSet {
    /// The newest about the newest version.
    #[default]
    Newest,
    /// The newest about this version.
    OfVersion(VersionId),
    /// This one.
    Set(AnnotationSetId),
}

/// A format of other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One COCO document for all items.
    Coco,
    /// Darwin JSON 2.0, one document a line.
    Darwin,
}

/// The newest state of what is said about a version, by id.
pub(crate) fn newest_set(
    op: &mut Op<'_>,
    session: &Session,
    version: VersionId,
) -> Result<Option<AnnotationSetId>> {
    Ok(rows::newest(op, session, version)?.map(|newest| newest.id))
}
