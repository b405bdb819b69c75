//! People and erasures on the wire.

use custody::subject::Identifier;
use kernel::{DatasetId, ErasureId, IdentifierId, ItemId, MemberId, MergeId, SubjectId, Timestamp};
use rights::{erasure, subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::errors::Failure;
use crate::items::shapes::Item;
use crate::words::{AfterErasure, ErasureState, IdentifierKind, LeftBy, LinkSource};

/// A word by which somebody is known, with what sort of word it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kind": "email", "value": "ann@example.org" }))]
pub(super) struct NewIdentifier {
    kind: IdentifierKind,
    /// Two spellings of one address or number are one.
    value: String,
}

impl NewIdentifier {
    pub(super) fn identifier(self) -> Result<Identifier, Failure> {
        Ok(Identifier::new(self.kind.into(), &self.value)?)
    }
}

/// Somebody of whom nothing is kept yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSubject {
    /// 1 to 20, by none of which somebody is known yet.
    pub(super) identifiers: Vec<NewIdentifier>,
}

/// A person the data is about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Subject {
    #[schema(value_type = Uuid)]
    pub(super) id: SubjectId,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Since when processing is restricted for them, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    restricted_at: Option<Timestamp>,
    /// What they are known by, oldest first.
    identifiers: Vec<KnownBy>,
    /// Ids of those who were merged into them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Uuid>)]
    merged: Vec<SubjectId>,
}

/// One word by which a person is known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnownBy {
    #[schema(value_type = Uuid)]
    id: IdentifierId,
    kind: IdentifierKind,
    /// As it was given.
    value: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

impl From<subject::Subject> for Subject {
    fn from(subject: subject::Subject) -> Self {
        let known = |known: subject::KnownBy| KnownBy {
            id: known.id,
            kind: known.kind.into(),
            value: known.value,
            made_at: known.made_at,
        };
        Self {
            id: subject.id,
            made_at: subject.made_at,
            restricted_at: subject.restricted_at,
            identifiers: subject.identifiers.into_iter().map(known).collect(),
            merged: subject.merged,
        }
    }
}

/// An item that is about a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkedItem {
    #[schema(value_type = Uuid)]
    id: ItemId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// Whether it is about this person and nobody else, so that it ends with their key.
    alone: bool,
    /// How the link was made.
    source: LinkSource,
    #[schema(value_type = Uuid)]
    linked_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    linked_at: Timestamp,
    /// Absent while it is in quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Item>,
}

impl From<subject::LinkedItem> for LinkedItem {
    fn from(linked: subject::LinkedItem) -> Self {
        Self {
            id: linked.id,
            dataset: linked.dataset,
            alone: linked.alone,
            source: linked.link.source.into(),
            linked_by: linked.link.made_by,
            linked_at: linked.link.made_at,
            item: linked.item.map(Item::from),
        }
    }
}

/// Whom an item is about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// Nobody, exactly one person, or several: at most 100.
    #[schema(value_type = Vec<Uuid>)]
    pub(super) subjects: Vec<SubjectId>,
}

/// One time that two people were found to be one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Merge {
    #[schema(value_type = Uuid)]
    id: MergeId,
    /// Who stands for both since.
    #[schema(value_type = Uuid)]
    into: SubjectId,
    #[schema(value_type = Uuid)]
    from: SubjectId,
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    undone_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    undone_at: Option<Timestamp>,
}

impl From<subject::Merge> for Merge {
    fn from(merge: subject::Merge) -> Self {
        Self {
            id: merge.id,
            into: merge.into,
            from: merge.from,
            made_by: merge.made_by,
            made_at: merge.made_at,
            undone_by: merge.undone_by,
            undone_at: merge.undone_at,
        }
    }
}

/// Every merge into a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Merges {
    /// Oldest first, those that were undone among them.
    pub(super) items: Vec<Merge>,
}

/// How an erasure stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasure {
    #[schema(value_type = Uuid)]
    pub(super) id: ErasureId,
    /// Who is erased; nobody is found under this id afterwards.
    #[schema(value_type = Uuid)]
    subject: SubjectId,
    #[schema(value_type = Uuid)]
    begun_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    state: ErasureState,
    /// Items that were deleted so far, each with an entry of its own in the trail.
    items: u64,
    /// What had to stay.
    left: Vec<LeftItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

/// An item that an erasure could not simply delete.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeftItem {
    #[schema(value_type = Uuid)]
    item: ItemId,
    cause: LeftBy,
    /// Until when, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// What was decided about it, if it is about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// Whether nothing is left to do about it.
    settled: bool,
}

impl From<erasure::Erasure> for Erasure {
    fn from(erasure: erasure::Erasure) -> Self {
        let left = |left: erasure::LeftItem| LeftItem {
            item: left.item,
            cause: left.cause.into(),
            until: left.until,
            decision: left.decision,
            settled: left.settled,
        };
        Self {
            id: erasure.id,
            subject: erasure.subject,
            begun_by: erasure.begun_by,
            begun_at: erasure.begun_at,
            state: erasure.state.into(),
            items: erasure.items,
            left: erasure.left.into_iter().map(left).collect(),
            finished_at: erasure.finished_at,
        }
    }
}

/// How an erasure is meant.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NewErasure {
    /// What happens when they are to be taken in again; refused when absent.
    pub(super) afterwards: Option<AfterErasure>,
}

/// What is done about an item that others share with somebody who is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "decision", deny_unknown_fields)]
#[schema(example = json!({ "decision": "keep", "ground": "a claim of the other patient's" }))]
pub(super) enum SharedDecision {
    /// It goes, for everybody; when it is on hold, as soon as it is not.
    Delete,
    /// It stays as it is.
    Keep {
        /// On which ground, in 1 to 500 bytes.
        ground: String,
    },
    /// The newest version, put in since the erasure began, has the person no more: the older ones go.
    Redact,
    /// Others were made of it since the erasure began, without the person: it goes.
    Split {
        /// What was made of it, in the same dataset.
        #[schema(value_type = Vec<Uuid>)]
        into: Vec<ItemId>,
    },
}

impl From<SharedDecision> for erasure::Decision {
    fn from(decision: SharedDecision) -> Self {
        match decision {
            SharedDecision::Delete => Self::Delete,
            SharedDecision::Keep { ground } => Self::Keep { ground },
            SharedDecision::Redact => Self::Redact,
            SharedDecision::Split { into } => Self::Split { into },
        }
    }
}
