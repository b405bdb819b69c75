//! Items on the wire.

use std::collections::BTreeMap;

use custody::item;
use kernel::{DatasetId, EventId, ItemId, SubjectId, Timestamp, VersionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::{ItemKind, State};

/// A file or record with its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    #[schema(value_type = Uuid)]
    id: ItemId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// Unique in the dataset; the key in S3.
    name: String,
    kind: ItemKind,
    state: State,
    /// The person it is about, if it is about exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    subject: Option<SubjectId>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When its state or newest version changed last.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Timestamp>,
    version: Version,
}

/// One immutable state of an item's bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Also its entity tag.
    #[schema(value_type = Uuid)]
    id: VersionId,
    /// 1 for the first, then counting.
    number: u64,
    /// Bytes of content.
    size: u64,
    /// SHA-256 of the content, lowercase hex; empty for a reference that was imported, whose bytes nobody here has seen.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    sha256: String,
    /// Media type, as the client declared it.
    content_type: String,
    /// The class of data, as the client declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The client's own names and values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    /// The object in the dataset's own bucket that it is, for a version by reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
    /// For a version that is in quarantine: nobody gets to see it until somebody who may lets it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine: Option<Quarantine>,
}

/// Why a version is in quarantine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quarantine {
    /// Why it could not be cleaned of what identifies people.
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// One state of an object in a bucket of the tenant's own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reference {
    /// The bucket's endpoint and URL.
    bucket: String,
    /// The object's name below the URL.
    key: String,
    /// Its entity tag.
    tag: String,
    /// Its version, where the bucket keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

/// Bytes that were taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stored {
    item: Item,
    /// Whether the item is new, not only the version.
    created: bool,
    /// The entry of the trail; its receipt proves the act.
    #[schema(value_type = Uuid)]
    event: EventId,
    /// Where the dataset cleans what it takes in: what was done to it. Digest and size are those of what is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleaned: Option<Cleaned>,
}

/// What was done to bytes before they were sealed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cleaned {
    /// What kind of file they are.
    #[schema(example = "DICOM")]
    kind: String,
    /// How many places were changed.
    findings: usize,
}

/// An item after a change of its state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    /// The item after it; as it was, for a deleted one.
    item: Item,
    /// The entry of the trail; for a deletion its receipt is the proof.
    #[schema(value_type = Uuid)]
    event: EventId,
}

impl From<item::Item> for Item {
    fn from(item: item::Item) -> Self {
        Self {
            id: item.id,
            dataset: item.dataset,
            name: item.name,
            kind: item.kind.into(),
            state: item.state.into(),
            subject: item.subject,
            made_at: item.made_at,
            changed_at: item.changed_at,
            archived_at: item.archived_at,
            version: item.version.into(),
        }
    }
}

impl From<item::Version> for Version {
    fn from(version: item::Version) -> Self {
        let item::Version {
            id,
            number,
            size,
            sha256,
            content_type,
            class,
            made_at,
            metadata,
            // What another surface keeps for itself, and how the bytes came, are no part of this one.
            notes: _,
            key_provided: _,
            parts: _,
            reference,
            quarantine,
        } = version;
        Self {
            id,
            number,
            size,
            sha256,
            content_type,
            class,
            made_at,
            metadata,
            reference: reference.map(Reference::from),
            quarantine: quarantine.map(|item::Quarantine { reason, since }| Quarantine { reason, since }),
        }
    }
}

impl From<item::Reference> for Reference {
    fn from(reference: item::Reference) -> Self {
        let item::Reference {
            bucket,
            key,
            tag,
            version,
        } = reference;
        Self {
            bucket,
            key,
            tag,
            version,
        }
    }
}

impl From<item::Stored> for Stored {
    fn from(stored: item::Stored) -> Self {
        Self {
            item: stored.item.into(),
            created: stored.created,
            event: stored.event,
            cleaned: stored
                .cleaned
                .map(|item::Cleaned { kind, findings }| Cleaned { kind, findings }),
        }
    }
}

impl Changed {
    pub(crate) fn new(item: item::Item, event: EventId) -> Self {
        Self {
            item: item.into(),
            event,
        }
    }
}
