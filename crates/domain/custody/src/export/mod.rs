//! Exports: numbered manifests of chosen versions of a dataset's items.
//!
//! Promises: an export names exactly one version of each of its items, and what was said about it when it was made; nothing of that ever
//! changes, and the trail has its digest. It holds no copy: bytes come from the items, so what is deleted is gone from every export as well,
//! and the manifest says so. To make an export and to take it away are two rights. Leaves out: names, digests and metadata of
//! items, which stay with their versions and end with them.

mod archive;
mod choose;
mod make;
mod read;
mod rows;
mod take;

use kernel::{AnnotationSetId, DatasetId, ItemId, MemberId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};

use crate::IdempotencyKey;
use crate::annotations::Format;
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::item::Item;

pub use archive::{Archive, Next};
pub(crate) use rows::{entries_after, entry_of, find};
pub use take::SaidInExport;

/// The most items that a list may name.
pub const MOST_LISTED: usize = 10_000;

/// A numbered manifest of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// 1 for the dataset's first, then counting; no number comes again.
    pub number: u64,
    /// The dataset.
    pub dataset: DatasetId,
    /// How far it is.
    pub state: ExportState,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: MemberId,
    /// How many items it names.
    pub items: u64,
    /// The bytes of all of them together when it was made.
    pub size: u64,
    /// The format in which what is said about the items goes along; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// SHA-256 of the manifest in lowercase hex (`docs/sharing.md` says over what); absent while it is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportState {
    /// Its items are being gathered; or were, when the server stopped.
    Making,
    /// It is whole, and changes no more.
    Made,
}

impl ExportState {
    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "making" => Ok(Self::Making),
            "made" => Ok(Self::Made),
            other => Err(Error::Internal(format!("unknown state {other} of an export"))),
        }
    }
}

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// Of which dataset.
    pub dataset: DatasetRef,
    /// Which of its items.
    pub choice: Choice,
    /// The format in which what is said about the items goes along; not at all when absent.
    pub format: Option<Format>,
    /// Makes a repetition safe.
    pub idempotency: Option<IdempotencyKey>,
}

/// Which items of a dataset are meant: all active ones that fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// These alone; each must be there.
    pub items: Option<Vec<Chosen>>,
    /// Those whose name begins so.
    pub name_prefix: Option<String>,
    /// Those about whose newest version something of this class is said.
    pub class: Option<String>,
}

/// One item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The item.
    pub item: ItemId,
    /// Which version; the newest when absent.
    pub version: Option<VersionId>,
}

/// One item of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the manifest, from 1.
    pub position: u64,
    /// The item.
    pub item: ItemId,
    /// The version of it that was exported.
    pub version: VersionId,
    /// What was said about the version then, if anything was and goes along.
    pub annotations: Option<AnnotationSetId>,
    /// What has become of the item since.
    pub state: EntryState,
    /// The item with the version that was exported, if that is still there.
    pub content: Option<Item>,
}

/// What has become of an item since it was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// It can be taken.
    There,
    /// It is archived, and can be taken again when it is restored.
    Archived,
    /// The version was deleted, and with it from every export.
    Gone,
}

impl NewExport {
    fn checked(self) -> Result<Self> {
        let Some(items) = &self.choice.items else {
            return Ok(self);
        };
        if self.choice.name_prefix.is_some() || self.choice.class.is_some() {
            return Err(Error::invalid(
                "items",
                "name items, or say how to find them, not both",
            ));
        }
        if !(1..=MOST_LISTED).contains(&items.len()) {
            return Err(Error::invalid("items", format!("name 1 to {MOST_LISTED} items")));
        }
        let mut named: Vec<ItemId> = items.iter().map(|chosen| chosen.item).collect();
        named.sort_unstable();
        match named.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::invalid(
                "items",
                format!("{} is named twice; an export has one version of an item", pair[0]),
            )),
            None => Ok(self),
        }
    }
}
