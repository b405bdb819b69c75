//! Datasets and grants on the wire.

use custody::{dataset, task};
use kernel::{DatasetId, EventId, MemberId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::words::{Class, State};

/// A named collection of items under one key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Dataset {
    #[schema(value_type = Uuid)]
    pub(super) id: DatasetId,
    /// Unique in the tenant; the bucket's name in S3.
    name: String,
    /// What it is for, in the tenant's words.
    description: String,
    /// Fields of its records that are declared.
    fields: Vec<Field>,
    /// The label of the place where the bytes of its new versions lie; the tenant's own view lists those offered.
    region: String,
    /// Whether submitted work is reviewed by somebody else.
    review: bool,
    /// How its items are handed out as work; not at all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    work: Option<Work>,
    /// What it takes in; anything when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    ingest: Option<Ingest>,
    /// For which reasons its content is read; without one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<Reading>,
    state: State,
    /// OPEN: whether the public reaches it, or an export of it, by a live link.
    shared: bool,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Timestamp>,
}

/// A field of a record that the tenant has declared.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    /// The member name in the record's JSON object.
    name: String,
    /// Whether it says something about a person.
    #[serde(default)]
    personal: bool,
    /// Whether records can be found by its exact value. The value stays sealed.
    #[serde(default)]
    searchable: bool,
}

/// How a dataset hands out its items as work.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    /// The most items of one task.
    #[schema(minimum = 1, maximum = 100)]
    batch: u32,
    /// How long a task is leased.
    #[schema(minimum = 1, maximum = 1440)]
    lease_minutes: u32,
    /// How many live tasks one member may hold.
    #[schema(minimum = 1, maximum = 20)]
    open_per_worker: u32,
    /// Whether a lease gives original bytes, or only what the server renders.
    #[serde(default)]
    originals: bool,
}

/// What a dataset takes in, by whichever door. At least one part is said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "types": ["image/*", "application/pdf"], "max_bytes": 52428800, "classes": ["health", "id-document"]
}))]
pub(super) struct Ingest {
    /// Media types without parameters. They are held against what is declared and against what the first bytes say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 64)]
    types: Vec<String>,
    /// The most bytes of one version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false)]
    max_bytes: Option<u64>,
    /// Classes of data, of which each new version declares one. Words of 1 to 64 characters `a` to `z`, `0` to `9`, `-`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    classes: Vec<String>,
    /// What happens to bytes before they are sealed; nothing when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    redaction: Option<Redaction>,
    /// What data about people is kept for, as words or ids of purposes. What is about a person comes in, and is given out, where one of
    /// them stands for each person whom it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 16)]
    purposes: Vec<String>,
}

/// What happens to bytes before they are sealed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Redaction {
    /// What identifies people is taken out; what does not come out clean is kept in quarantine.
    Clean,
    /// The same; what does not come out clean is refused.
    CleanOrRefuse,
}

/// For which reasons content is read: one of them comes with every request for it, as `Bailee-Reason`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reasons": ["care", "billing"], "note": true }))]
pub(super) struct Reading {
    /// Words of 1 to 64 characters `a` to `z`, `0` to `9`, `-`.
    #[schema(min_items = 1, max_items = 32)]
    reasons: Vec<String>,
    /// Whether more may be said, after the word and a colon.
    #[serde(default)]
    note: bool,
}

impl From<dataset::Reading> for Reading {
    fn from(rule: dataset::Reading) -> Self {
        let dataset::Reading { reasons, note } = rule;
        Self { reasons, note }
    }
}

impl From<Reading> for dataset::Reading {
    fn from(rule: Reading) -> Self {
        let Reading { reasons, note } = rule;
        Self { reasons, note }
    }
}

impl From<dataset::Redaction> for Redaction {
    fn from(redaction: dataset::Redaction) -> Self {
        match redaction {
            dataset::Redaction::Clean => Self::Clean,
            dataset::Redaction::CleanOrRefuse => Self::CleanOrRefuse,
        }
    }
}

impl From<Redaction> for dataset::Redaction {
    fn from(redaction: Redaction) -> Self {
        match redaction {
            Redaction::Clean => Self::Clean,
            Redaction::CleanOrRefuse => Self::CleanOrRefuse,
        }
    }
}

/// A dataset to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "patients", "description": "Who came for a second opinion",
    "fields": [{ "name": "email", "personal": true, "searchable": true }]
}))]
pub(super) struct NewDataset {
    /// 3 to 63 lowercase letters, digits, hyphens and dots, beginning and ending with a letter or digit.
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    fields: Vec<Field>,
    /// The label of one of the regions that `GET /v1/tenant` lists; `home` when absent.
    region: Option<String>,
    /// How its items are handed out as work; not at all when absent.
    work: Option<Work>,
    /// Whether submitted work is reviewed by somebody else.
    #[serde(default)]
    review: bool,
    /// What it takes in; anything when absent.
    ingest: Option<Ingest>,
    /// For which reasons its content is read; without one when absent.
    reading: Option<Reading>,
}

/// What to change of a dataset; absent parts stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "description": "Closed in March" }))]
pub(super) struct DatasetChange {
    name: Option<String>,
    description: Option<String>,
    /// The whole new list. Records that are stored already are not indexed anew.
    fields: Option<Vec<Field>>,
    /// Where the bytes of new versions are to lie. Versions that are there stay where they are.
    region: Option<String>,
    /// How its items are handed out as work; `null` for not at all. Live tasks stay as they are.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Work>)]
    work: Option<Option<Work>>,
    /// Whether submitted work is to be reviewed by somebody else.
    review: Option<bool>,
    /// What it is to take in; `null` for anything. What is kept already stays.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Ingest>)]
    ingest: Option<Option<Ingest>>,
    /// For which reasons its content is to be read from now on; `null` for without one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Reading>)]
    reading: Option<Option<Reading>>,
}

/// The dataset is gone, and its key with it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedDataset {
    /// The entry of the trail; its receipt is the proof.
    #[schema(value_type = Uuid)]
    pub(super) event: EventId,
}

/// A member's right to work in a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Grant {
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// The member's class.
    class: Class,
    #[schema(value_type = String, format = DateTime)]
    given_at: Timestamp,
    /// Open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Who gave it, if a member did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    given_by: Option<MemberId>,
    /// Whether it has not ended.
    live: bool,
}

/// How long a grant holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "ends_at": "2027-01-01T00:00:00Z" }))]
pub(super) struct GrantTerms {
    /// Until when; open when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) ends_at: Option<Timestamp>,
}

impl From<dataset::Dataset> for Dataset {
    fn from(dataset: dataset::Dataset) -> Self {
        Self {
            id: dataset.id,
            name: dataset.name,
            description: dataset.description,
            fields: dataset.fields.into_iter().map(Field::from).collect(),
            region: dataset.region,
            review: dataset.review,
            work: dataset.work.map(Work::from),
            ingest: dataset.ingest.map(Ingest::from),
            reading: dataset.reading.map(Reading::from),
            state: dataset.state.into(),
            shared: dataset.shared,
            made_at: dataset.made_at,
            archived_at: dataset.archived_at,
        }
    }
}

impl From<dataset::DeclaredField> for Field {
    fn from(field: dataset::DeclaredField) -> Self {
        let dataset::DeclaredField {
            name,
            personal,
            searchable,
        } = field;
        Self {
            name,
            personal,
            searchable,
        }
    }
}

impl From<Field> for dataset::DeclaredField {
    fn from(field: Field) -> Self {
        let Field {
            name,
            personal,
            searchable,
        } = field;
        Self {
            name,
            personal,
            searchable,
        }
    }
}

impl From<NewDataset> for dataset::NewDataset {
    fn from(new: NewDataset) -> Self {
        let NewDataset {
            name,
            description,
            fields,
            region,
            work,
            review,
            ingest,
            reading,
        } = new;
        Self {
            name,
            description,
            fields: declared(fields),
            region,
            work: work.map(task::Work::from),
            review,
            ingest: ingest.map(dataset::Ingest::from),
            reading: reading.map(dataset::Reading::from),
        }
    }
}

impl From<DatasetChange> for dataset::DatasetChange {
    fn from(change: DatasetChange) -> Self {
        let DatasetChange {
            name,
            description,
            fields,
            region,
            work,
            review,
            ingest,
            reading,
        } = change;
        Self {
            name,
            description,
            fields: fields.map(declared),
            region,
            work: work.map(|work| work.map(task::Work::from)),
            review,
            ingest: ingest.map(|rule| rule.map(dataset::Ingest::from)),
            reading: reading.map(|rule| rule.map(dataset::Reading::from)),
            ..Self::default()
        }
    }
}

impl From<dataset::Ingest> for Ingest {
    fn from(rule: dataset::Ingest) -> Self {
        let dataset::Ingest {
            types,
            max_bytes,
            classes,
            redaction,
            purposes,
        } = rule;
        Self {
            types,
            max_bytes,
            classes,
            redaction: redaction.map(Redaction::from),
            purposes,
        }
    }
}

impl From<Ingest> for dataset::Ingest {
    fn from(rule: Ingest) -> Self {
        let Ingest {
            types,
            max_bytes,
            classes,
            redaction,
            purposes,
        } = rule;
        Self {
            types,
            max_bytes,
            classes,
            redaction: redaction.map(dataset::Redaction::from),
            purposes,
        }
    }
}

impl From<dataset::Grant> for Grant {
    fn from(grant: dataset::Grant) -> Self {
        let dataset::Grant {
            dataset,
            member,
            class,
            given_at,
            ends_at,
            given_by,
            live,
        } = grant;
        Self {
            dataset,
            member,
            class: class.into(),
            given_at,
            ends_at,
            given_by,
            live,
        }
    }
}

impl From<task::Work> for Work {
    fn from(work: task::Work) -> Self {
        let task::Work {
            batch,
            lease_minutes,
            open_per_worker,
            originals,
        } = work;
        Self {
            batch,
            lease_minutes,
            open_per_worker,
            originals,
        }
    }
}

impl From<Work> for task::Work {
    fn from(work: Work) -> Self {
        let Work {
            batch,
            lease_minutes,
            open_per_worker,
            originals,
        } = work;
        Self {
            batch,
            lease_minutes,
            open_per_worker,
            originals,
        }
    }
}

/// Tells `null` from a field that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn declared(fields: Vec<Field>) -> Vec<dataset::DeclaredField> {
    fields.into_iter().map(dataset::DeclaredField::from).collect()
}
