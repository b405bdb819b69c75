//! Records and their kinds on the wire.

use std::collections::BTreeMap;

use custody::record;
use kernel::{DatasetId, ItemId, SubjectId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use web::Problem;

use crate::words::{LawfulBasis, RecordFieldType, RecordMask};

/// What a record is, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordHead {
    /// The item that it is.
    #[schema(value_type = Uuid)]
    id: ItemId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// Unique in the dataset.
    name: String,
    /// One of the dataset's kinds.
    #[schema(example = "profile")]
    kind: String,
    /// The person it is about, if it is about exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    subject: Option<SubjectId>,
    /// Also its entity tag.
    #[schema(value_type = Uuid)]
    version: VersionId,
    /// 1 for the first, then counting.
    number: u64,
    /// When the record came in.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When this version came in.
    #[schema(value_type = String, format = DateTime)]
    version_made_at: Timestamp,
}

/// A record with what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Record {
    #[serde(flatten)]
    head: RecordHead,
    /// Its fields. What is masked for whoever asks is a text that shows the part that the kind leaves visible, such as `***4567`.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// The fields that are masked here, by name.
    masked: Vec<String>,
    /// Where each value is from.
    provenance: BTreeMap<String, Provenance>,
    /// Why this version was made, if whoever made it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Where a value is from.
#[derive(Debug, Serialize, ToSchema)]
struct Provenance {
    /// Who or what said so.
    source: String,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// On which ground it is processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<LawfulBasis>,
}

/// Where values are from, as whoever brings them says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ValueSource {
    /// Who or what said so.
    #[schema(example = "web form", min_length = 1, max_length = 256)]
    source: String,
    /// When it was said; now when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// On which ground it is processed.
    #[serde(default)]
    basis: Option<LawfulBasis>,
}

/// A record to be taken in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "profile", "values": { "email": "ann@example.org", "city": "Tartu" }, "from": { "source": "web form", "basis": "contract" }
}))]
pub(super) struct NewRecord {
    /// One of the dataset's kinds.
    kind: String,
    /// Unique in the dataset, 1 to 1,024 bytes; made up when absent.
    #[serde(default)]
    name: Option<String>,
    /// The person it is about, by the tenant's own handle for them, where no field of the kind names them.
    #[serde(default)]
    subject: Option<String>,
    /// Its fields.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// Where the values are from.
    from: ValueSource,
    /// Where single values are from, if from elsewhere: by the field's name.
    #[serde(default)]
    provenance: BTreeMap<String, ValueSource>,
}

/// What is to be put right in a record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "values": { "city": "Narva", "phone": null }, "from": { "source": "call with the customer" } }))]
pub(super) struct Rectification {
    /// Fields with their new values; null takes one away.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// Where the new values are from.
    from: ValueSource,
    /// Where single new values are from, if from elsewhere: by the field's name.
    #[serde(default)]
    provenance: BTreeMap<String, ValueSource>,
}

/// What to look for: a whole value, or words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kind": "profile", "field": "email", "value": "ann@example.org" }))]
pub(super) struct RecordQuery {
    /// One of the dataset's kinds.
    kind: String,
    /// One of its fields, declared with `find_by_value` or `find_by_word`.
    field: String,
    /// A text, a number or a boolean. Texts are compared without case and outer space, addresses and numbers in every spelling; of a
    /// list, each text is compared.
    #[serde(default)]
    #[schema(value_type = Option<Value>)]
    value: Option<Value>,
    /// 1 to 8 words, all of which are in the field, in any order; compared without case, and whole.
    #[serde(default)]
    #[schema(example = "renewal may")]
    words: Option<String>,
}

/// The kinds of records that a dataset takes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordKinds {
    /// By name.
    kinds: Vec<RecordKind>,
}

/// One kind of record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordKind {
    /// Unique in the dataset.
    #[schema(example = "profile")]
    name: String,
    /// 1 when it was declared first, then counting.
    version: u64,
    fields: Vec<RecordField>,
    /// The field that names the person a record is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

/// A kind to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "fields": [
    { "name": "email", "type": "email", "required": true, "personal": true, "find_by_value": true },
    { "name": "about", "type": "text", "personal": true, "find_by_word": true }
], "subject": "email" }))]
pub(super) struct NewKind {
    /// 1 to 60 fields.
    fields: Vec<RecordField>,
    /// The field that names the person a record is about: a required one of the type email, phone or text. A text names them by
    /// the tenant's own handle.
    #[serde(default)]
    subject: Option<String>,
}

/// One field of a kind.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordField {
    /// 1 to 64 letters a to z, digits, `_` and `-`, beginning with a letter.
    #[schema(example = "email")]
    name: String,
    /// What it holds.
    #[serde(rename = "type")]
    field_type: RecordFieldType,
    /// Whether every record has it.
    #[serde(default)]
    required: bool,
    /// Whether it says something about a person.
    #[serde(default)]
    personal: bool,
    /// Whether records are found by its whole value, which stays sealed.
    #[serde(default)]
    find_by_value: bool,
    /// Whether records are found by single words of it; for texts and lists of texts.
    #[serde(default)]
    find_by_word: bool,
    /// Which part stays visible to who has no right to `record.unmask`; the whole, to everybody, when absent. Every type has `all`; `phone` and
    /// `text` have `last-four`, `text` has `initials`, `email` has `email-domain`, `date` has `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    masked: Option<RecordMask>,
}

impl NewKind {
    pub(super) fn named(self, name: String) -> record::NewKind {
        record::NewKind {
            name,
            fields: self.fields.into_iter().map(Into::into).collect(),
            subject: self.subject,
        }
    }
}

impl RecordQuery {
    /// Either the one or the other is asked for.
    pub(super) fn meant(self) -> Result<record::RecordQuery, Problem> {
        let matches = match (self.value, self.words) {
            (Some(value), None) => record::Match::Value(value),
            (None, Some(words)) => record::Match::Words(words),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::invalid("value", "say a value or words, not both"));
            }
        };
        Ok(record::RecordQuery {
            kind: self.kind,
            field: self.field,
            matches,
        })
    }
}

impl Rectification {
    /// Of the version that whoever asks has seen.
    pub(super) fn of(self, seen: VersionId) -> record::Rectification {
        record::Rectification {
            seen,
            values: self.values,
            said: self.from.into(),
            provenance: each(self.provenance),
        }
    }
}

fn each(said: BTreeMap<String, ValueSource>) -> BTreeMap<String, record::Said> {
    said.into_iter()
        .map(|(field, said)| (field, said.into()))
        .collect()
}

impl From<NewRecord> for record::NewRecord {
    fn from(new: NewRecord) -> Self {
        Self {
            kind: new.kind,
            name: new.name,
            subject: new.subject,
            values: new.values,
            said: new.from.into(),
            provenance: each(new.provenance),
        }
    }
}

impl From<ValueSource> for record::Said {
    fn from(said: ValueSource) -> Self {
        Self {
            source: said.source,
            at: said.at,
            basis: said.basis.map(Into::into),
        }
    }
}

impl From<record::RecordHead> for RecordHead {
    fn from(head: record::RecordHead) -> Self {
        Self {
            id: head.id,
            dataset: head.dataset,
            name: head.name,
            kind: head.kind,
            subject: head.subject,
            version: head.version,
            number: head.number,
            made_at: head.made_at,
            version_made_at: head.version_made_at,
        }
    }
}

impl From<record::Record> for Record {
    fn from(record: record::Record) -> Self {
        let provenance = |from: record::Provenance| Provenance {
            source: from.source,
            at: from.at,
            basis: from.basis.map(Into::into),
        };
        let dated = record.provenance.into_iter();
        Self {
            head: record.head.into(),
            values: record.values,
            masked: record.masked,
            provenance: dated.map(|(field, from)| (field, provenance(from))).collect(),
            reason: record.reason,
        }
    }
}

impl From<Vec<record::RecordKind>> for RecordKinds {
    fn from(kinds: Vec<record::RecordKind>) -> Self {
        Self {
            kinds: kinds.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<record::RecordKind> for RecordKind {
    fn from(kind: record::RecordKind) -> Self {
        Self {
            name: kind.name,
            version: kind.version,
            fields: kind.fields.into_iter().map(Into::into).collect(),
            subject: kind.subject,
        }
    }
}

impl From<record::Field> for RecordField {
    fn from(field: record::Field) -> Self {
        Self {
            name: field.name,
            field_type: field.field_type.into(),
            required: field.required,
            personal: field.personal,
            find_by_value: field.find_by_value,
            find_by_word: field.find_by_word,
            masked: field.masked.map(Into::into),
        }
    }
}

impl From<RecordField> for record::Field {
    fn from(field: RecordField) -> Self {
        Self {
            name: field.name,
            field_type: field.field_type.into(),
            required: field.required,
            personal: field.personal,
            find_by_value: field.find_by_value,
            find_by_word: field.find_by_word,
            masked: field.masked.map(Into::into),
        }
    }
}
