//! The shapes of registers and their entries in JSON.

use std::collections::BTreeMap;

use governance::entry;
use governance::register::{Field, FieldKind};
use jiff::civil::Date;
use kernel::{EntryId, ItemId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an entry of a register says besides what all entries say.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegisterField {
    name: String,
    /// What it is, for people.
    says: String,
    kind: RegisterFieldKind,
    required: bool,
    /// The words of which a value is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
}

/// What a value looks like. All values are text.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum RegisterFieldKind {
    /// Any words.
    Text,
    /// A day, as in `2026-03-31`.
    Date,
    /// A whole number, zero or more.
    Number,
    /// `yes` or `no`.
    YesNo,
    /// One of the field's words.
    Choice,
    /// An address that begins with `https://`.
    Link,
}

/// What is written into a register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Test of spring", "owner": "019b8d62-7a80-7010-8ca5-fd697253571b", "received_on": "2026-05-04",
    "covers": { "from": "2026-03-01", "to": "2026-03-31" },
    "evidence": { "document": { "name": "report.pdf", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" } },
    "values": { "firm": "Redteam GmbH", "scope": "all of it", "open_high": "0" }
}))]
pub(super) struct NewEntry {
    /// What it is called: the policy, the person, the vendor.
    title: String,
    /// The member who answers for it; whoever writes it, when absent.
    #[schema(value_type = Option<Uuid>)]
    owner: Option<MemberId>,
    /// The day on which the evidence was received.
    #[schema(value_type = String, format = Date)]
    received_on: Date,
    /// The period that the evidence covers.
    covers: Option<Covers>,
    /// The last day on which it is good, if that is earlier than the register says.
    #[schema(value_type = Option<String>, format = Date)]
    valid_until: Option<Date>,
    evidence: Evidence,
    /// What the register's fields say, by name.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// A period of days, both included.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Covers {
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    to: Date,
}

/// What shows that an entry is true.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Evidence {
    /// The word of whoever wrote it.
    Statement { text: String },
    /// A document that lies elsewhere, held to its SHA-256 in hexadecimal digits.
    Document { name: String, sha256: String },
    /// An item of the team's own.
    Item {
        #[schema(value_type = Uuid)]
        item: ItemId,
    },
}

/// How an entry stands: from dates and clock, and set by nobody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Standing {
    Current,
    /// Good, and its owner is reminded.
    Due,
    /// At its end, within the days of grace.
    Overdue,
    Late,
    /// Nobody else than its author has approved any version.
    Unapproved,
    Ended,
}

/// One version of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    #[schema(value_type = Uuid)]
    id: EntryId,
    register: String,
    /// 1 for the first version, then counting.
    number: u32,
    /// How the entry stands by its approved version, which may be older than this.
    standing: Standing,
    title: String,
    #[schema(value_type = Uuid)]
    owner: MemberId,
    #[schema(value_type = String, format = Date)]
    received_on: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<Covers>,
    /// The last day on which this version is good, as far as it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    good_until: Option<Date>,
    evidence: Evidence,
    values: BTreeMap<String, String>,
    /// Who wrote this version.
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Who approved this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    approved_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
}

impl From<entry::Entry> for Entry {
    fn from(entry: entry::Entry) -> Self {
        Self {
            id: entry.id,
            register: entry.register,
            number: entry.number,
            standing: entry.standing.into(),
            title: entry.says.title,
            owner: entry.says.owner.unwrap_or(entry.made_by),
            received_on: entry.says.received_on,
            covers: entry
                .says
                .covers
                .map(|entry::Covers { from, to }| Covers { from, to }),
            good_until: entry.good_until,
            evidence: entry.says.evidence.into(),
            values: entry.says.values,
            made_by: entry.made_by,
            made_at: entry.made_at,
            approved_by: entry.approved.map(|approved| approved.by),
            approved_at: entry.approved.map(|approved| approved.at),
        }
    }
}

impl From<NewEntry> for entry::NewEntry {
    fn from(new: NewEntry) -> Self {
        Self {
            title: new.title,
            owner: new.owner,
            received_on: new.received_on,
            covers: new.covers.map(|Covers { from, to }| entry::Covers { from, to }),
            valid_until: new.valid_until,
            evidence: new.evidence.into(),
            values: new.values,
        }
    }
}

impl From<entry::Evidence> for Evidence {
    fn from(evidence: entry::Evidence) -> Self {
        match evidence {
            entry::Evidence::Statement { text } => Self::Statement { text },
            entry::Evidence::Document { name, sha256 } => Self::Document { name, sha256 },
            entry::Evidence::Item { item } => Self::Item { item },
        }
    }
}

impl From<Evidence> for entry::Evidence {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Statement { text } => Self::Statement { text },
            Evidence::Document { name, sha256 } => Self::Document { name, sha256 },
            Evidence::Item { item } => Self::Item { item },
        }
    }
}

impl From<entry::Standing> for Standing {
    fn from(standing: entry::Standing) -> Self {
        match standing {
            entry::Standing::Current => Self::Current,
            entry::Standing::Due => Self::Due,
            entry::Standing::Overdue => Self::Overdue,
            entry::Standing::Late => Self::Late,
            entry::Standing::Unapproved => Self::Unapproved,
            entry::Standing::Ended => Self::Ended,
        }
    }
}

impl From<&Field> for RegisterField {
    fn from(field: &Field) -> Self {
        let kind = match field.kind {
            FieldKind::Text => RegisterFieldKind::Text,
            FieldKind::Date => RegisterFieldKind::Date,
            FieldKind::Number => RegisterFieldKind::Number,
            FieldKind::YesNo => RegisterFieldKind::YesNo,
            FieldKind::Choice => RegisterFieldKind::Choice,
            FieldKind::Link => RegisterFieldKind::Link,
        };
        Self {
            name: field.name.clone(),
            says: field.says.clone(),
            kind,
            required: field.required,
            choices: field.choices.clone(),
        }
    }
}
