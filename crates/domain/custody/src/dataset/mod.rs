//! Datasets: named collections of items under one key.

mod defaults;
mod grants;
pub(crate) mod ingest;
mod make;
mod named;
pub(crate) mod names;
mod ops;
pub(crate) mod own_bucket;
pub(crate) mod purposes;
pub(crate) mod reading;
mod region;
pub(crate) mod rows;
pub(crate) mod rule;
mod survey;

use std::collections::BTreeMap;

use access::Class;
use kernel::{DatasetId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use defaults::VersionNotes;
pub use grants::GrantTerms;
pub use ingest::{Ingest, NotTaken, Redaction};
pub(crate) use make::keep_settings;
pub use ops::{DatasetChange, NewDataset};
pub(crate) use ops::{found, is_visible, permitted};
pub use own_bucket::{BucketMode, NewOwnBucket, OwnBucket};
pub use purposes::{Purposes, purposes_of};
pub use reading::Reading;
pub use region::Region;
pub use survey::{LOOKED_AT, Surveyed, survey};

use crate::error::{Error, Result};
use crate::record::{self, RecordKind};
use crate::task::Work;

/// A dataset as its tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its id.
    pub id: DatasetId,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for, in the tenant's words.
    #[serde(default)]
    pub description: String,
    /// Fields of its records that are declared.
    #[serde(default)]
    pub fields: Vec<DeclaredField>,
    /// What surfaces keep about it: rules for browsers of other origins, default holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
    /// How new versions are held: `governance` or `compliance`, a colon, and days. Not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_default: Option<String>,
    /// The label of the place where the bytes of its new versions lie.
    #[serde(default = "home")]
    pub region: String,
    /// How its items are handed out as work; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// Whether submitted work is reviewed by somebody else.
    #[serde(default)]
    pub review: bool,
    /// What surfaces keep about every new version that does not say otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version_notes: BTreeMap<String, String>,
    /// What it takes in; anything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<Ingest>,
    /// For which reasons its content is read; without one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Active or archived.
    pub state: State,
    /// Whether the public reaches it, or an export of it, by a live link.
    #[serde(default)]
    pub shared: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was archived, if it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archived_at: Option<Timestamp>,
}

/// The region of a dataset that has none of its own: where the installation is.
pub const HOME: &str = store::objects::HOME;

fn home() -> String {
    HOME.to_owned()
}

/// A field of a record that the tenant has declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredField {
    /// The member name in the record's JSON object.
    pub name: String,
    /// Whether it says something about a person.
    #[serde(default)]
    pub personal: bool,
    /// Whether records can be found by its exact value (through a keyed hash; the value stays sealed).
    #[serde(default)]
    pub searchable: bool,
}

/// Where a dataset or an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// In use.
    Active,
    /// Out of use, restorable, and now deletable.
    Archived,
}

impl State {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "active" => Ok(Self::Active),
            "archived" => Ok(Self::Archived),
            other => Err(Error::Internal(format!("unknown state {other} in a row"))),
        }
    }
}

impl From<State> for access::State {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Archived => Self::Archived,
        }
    }
}

/// A dataset as a request names it: by id or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetRef {
    /// By id.
    Id(DatasetId),
    /// By name.
    Name(String),
}

impl DatasetRef {
    /// Text that is an id is one; names cannot look like ids.
    pub fn parse(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }

    /// What [`DatasetRef::parse`] read.
    pub fn as_text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// A member's right to work in a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The dataset.
    pub dataset: DatasetId,
    /// The member who may work in it.
    pub member: MemberId,
    /// The member's class.
    pub class: Class,
    /// Since when.
    pub given_at: Timestamp,
    /// Until when; open when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends_at: Option<Timestamp>,
    /// Who gave it, if a member did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub given_by: Option<MemberId>,
    /// Whether it has not ended.
    pub live: bool,
}

/// What is sealed in `dataset.settings_sealed`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) fields: Vec<DeclaredField>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) notes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<Work>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) review: bool,
    /// The kinds of records that it takes, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) kinds: Vec<RecordKind>,
    /// Their fields that are masked, or were when they were declared last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) masked: record::Masked,
}

/// Names of datasets are names of S3 buckets too: 3 to 63 lowercase letters, digits, hyphens and dots,
/// beginning and ending with a letter or digit, and not an id.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = (3..=63).contains(&name.len())
        && name.chars().all(inner)
        && name.starts_with(outer)
        && name.ends_with(outer)
        && !name.contains("..")
        && name.parse::<DatasetId>().is_err();
    if fits {
        return Ok(());
    }
    let problem = "use 3 to 63 lowercase letters, digits, hyphens and dots, beginning and ending with a letter or digit";
    Err(Error::invalid("name", problem))
}

pub(crate) fn check_fields(fields: &[DeclaredField]) -> Result<()> {
    if fields.len() > 200 {
        return Err(Error::invalid("fields", "declare at most 200 fields"));
    }
    for (index, field) in fields.iter().enumerate() {
        if field.name.is_empty() || field.name.len() > 128 {
            return Err(Error::invalid(
                "fields",
                "every field has a name of 1 to 128 bytes",
            ));
        }
        if fields[..index].iter().any(|earlier| earlier.name == field.name) {
            return Err(Error::invalid(
                "fields",
                format!("{:?} is declared twice", field.name),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_buckets() {
        for good in ["abc", "chest-x-rays", "a.b", "2026-feedback"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "", "ab", "Abc", "a b c", "-abc", "abc-", "a..b", "ümlaut", "a/b", &long,
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_field_is_declared_once() {
        let field = |name: &str| DeclaredField {
            name: name.into(),
            personal: true,
            searchable: false,
        };
        assert!(check_fields(&[field("email"), field("name")]).is_ok());
        assert!(check_fields(&[field("email"), field("email")]).is_err());
        assert!(check_fields(&[field("")]).is_err());
    }
}
