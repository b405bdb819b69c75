//! Uploads: an item's bytes brought in parts, in any order and several at a time, and made one version at the end.
//!
//! Promises: parts are sealed as they come, under a key that becomes the version's, so that completing moves and
//! re-seals nothing; a part that comes again replaces the one before; an upload belongs to the key's member who
//! began it and to its tenant alone; aborted and forgotten uploads leave no bytes. Leaves out: what an entity tag
//! looks like on the wire (surfaces).

mod begin;
mod complete;
mod list;
mod part;
mod rows;
mod sweep;

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::{DatasetId, EventId, Timestamp, UploadId};
use serde::{Deserialize, Serialize};

use crate::item::{Hold, ProvidedKey};

pub(crate) use begin::drop_all;
pub use complete::CompleteUpload;
pub(crate) use complete::end;
pub(crate) use part::part_key;
pub use part::{PutPart, TakenPart};

/// Parts are numbered from 1 to this (as S3 clients expect).
pub const MOST_PARTS: u32 = 10_000;

/// An upload that was begun so long ago and is not complete is swept, and the tenant's trail says so.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// The dataset the item will lie in.
    pub dataset: DatasetId,
    /// The item's name.
    pub name: String,
    /// What the surface keeps about the item, with what its dataset adds.
    pub notes: BTreeMap<String, String>,
    /// When it was begun.
    pub made_at: Timestamp,
    /// The entry of the trail.
    pub event: Option<EventId>,
}

/// What the item will be, said at the beginning.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewUpload {
    /// The item's name.
    pub name: String,
    /// The media type the client declares.
    pub content_type: String,
    /// The class of data that the client declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The one person it is about, by the tenant's handle. Only for new items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The client's own names and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// What the surface keeps about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
    /// What keeps the version from being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// A key of the client's own, which must come with every part. Not kept.
    #[serde(skip)]
    pub provided_key: Option<ProvidedKey>,
}

/// A part that has come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// 1 to [`MOST_PARTS`].
    pub number: u32,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of its content, lowercase hex.
    pub sha256: String,
    /// The media type that its first bytes tell; that of the first part counts.
    pub(crate) sniffed: Option<String>,
    /// When it came.
    pub made_at: Timestamp,
    /// What the surface wants to know about it later, an entity tag or a checksum for instance.
    pub notes: BTreeMap<String, String>,
}
