//! Items: files and records of any size, with versions.

pub mod about;
mod arrival;
mod bulk;
mod by_name;
mod by_version;
pub(crate) mod cleaning;
mod cleanup;
mod commit;
mod hand_over;
pub(crate) mod hold;
mod lifecycle;
mod listing;
mod look;
mod marker;
mod notes;
mod one_version;
mod provided;
mod put;
mod quarantine;
mod read;
mod receive;
mod records;
mod reference;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod stream;
mod target;
mod turns;

use std::collections::BTreeMap;

use kernel::{DatasetId, ItemId, SubjectId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};

pub use crate::dataset::State;
pub use about::LinkSource;
pub(crate) use about::end;
pub use bulk::{Bulk, BulkAnswer};
pub use by_name::{ListNames, NamePage, Named};
pub use by_version::{NamedVersion, VersionCursor, VersionPage, VersionsShown};
pub use cleaning::Cleaned;
pub(crate) use cleaning::Cleanings;
pub(crate) use cleanup::Cleanup;
pub use cleanup::LetGo;
pub(crate) use commit::{Settled, settle};
pub use hand_over::{Form, HandedOver, Handing, MOST_HANDED};
pub use hold::{Hold, HoldChange, Retention, RetentionMode};
pub use lifecycle::{Changed, Verb};
pub(crate) use lifecycle::{archive_for, discard, remove_rows};
pub use listing::Filter;
pub(crate) use listing::scan;
pub(crate) use look::told as told_view;
pub use look::{Looked, Looks};
pub use notes::Notes;
pub(crate) use one_version::{make_newest, remove_version_rows};
pub use provided::ProvidedKey;
pub(crate) use provided::bytes_key;
pub use put::{PutItem, Stored, Target};
pub use quarantine::Quarantine;
pub(crate) use read::{By, check_active, found, found_named};
pub use read::{Condition, Content, Range, ReadItem, Tags};
pub use receive::BodyError;
pub(crate) use receive::{Declared, Place, Received, Sealed, SealedBody, begin};
pub use reference::{ContentUrl, Entry, Import, Imported, Outcome, Reference};
pub use rows::is_kept;
pub(crate) use rows::parent_key;
pub use stream::ItemStream;
pub(crate) use target::{check_region, create_facts};

use crate::error::{Error, Result};

/// Statements that give a row when something refers to an object, for [`store::objects::orphans`].
pub const OBJECT_REFERENCES: &[&str] = &[
    "SELECT 1 FROM item_version WHERE object_id = $1 AND object_place = $2 LIMIT 1",
    "SELECT 1 FROM version_part WHERE object_id = $1 AND object_place = $2 LIMIT 1",
];

/// Statements that give the first label after another of the places that rows use, for
/// [`store::objects::unknown_places`].
pub const PLACES_USED: &[&str] = &[
    "SELECT min(object_place) FROM item_version WHERE object_place > $1",
    "SELECT min(object_place) FROM version_part WHERE object_place > $1",
    "SELECT min(region) FROM dataset WHERE region > $1",
];

/// An item as its tenant sees it, with its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// The dataset it lies in.
    pub dataset: DatasetId,
    /// Its name, unique in the dataset; what an S3 key is.
    pub name: String,
    /// A file or a record.
    pub kind: Kind,
    /// Active or archived.
    pub state: State,
    /// The person it is about, if it is about exactly one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<SubjectId>,
    /// When its first version came in.
    pub made_at: Timestamp,
    /// When its state or newest version changed last.
    pub changed_at: Timestamp,
    /// When it was archived, if it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub archived_at: Option<Timestamp>,
    /// The newest version.
    pub version: Version,
}

/// One immutable state of an item's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its id, which is also its entity tag.
    pub id: VersionId,
    /// 1 for the first, then counting.
    pub number: u64,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content, lowercase hex; empty for a reference, whose bytes nobody here has seen.
    pub sha256: String,
    /// Media type, as the client declared it.
    pub content_type: String,
    /// The class of data that the client declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// When it came in.
    pub made_at: Timestamp,
    /// The client's own names and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// What the surface it came in by keeps about it: entity tags, checksums, tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
    /// Whether its bytes open only with a key that comes with the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key_provided: bool,
    /// The bytes of each part, for a version that came in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<u64>,
    /// The object of the tenant's own that it is, for a version by reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Why nobody gets to see it and since when, for a version that is in quarantine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
}

/// What kind of content an item has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Bytes of any kind.
    #[default]
    File,
    /// A JSON object whose fields the dataset may declare.
    Record,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Record => "record",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "file" => Ok(Self::File),
            "record" => Ok(Self::Record),
            other => Err(Error::Internal(format!("unknown kind {other} in a row"))),
        }
    }
}

/// What is sealed in `item_version.meta_sealed`, under the version's own key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) sha256: String,
    pub(crate) content_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) notes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<u64>,
    /// Recognises the key that must come with every request for the bytes, for versions that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provided: Option<String>,
    /// The object of the tenant's own that it is, for a version by reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<Reference>,
}

/// Item names are 1 to 1,024 bytes of UTF-8 without NUL. Nothing else is forbidden: they never become paths.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 1024 || name.contains('\0') {
        return Err(Error::invalid(
            "name",
            "use 1 to 1,024 bytes of UTF-8 without NUL",
        ));
    }
    Ok(())
}

/// Media types and metadata go back out as headers, so they are held to what a header may carry.
pub(crate) fn check_header_text(field: &'static str, text: &str, most: usize) -> Result<()> {
    let visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if text.len() > most || !visible {
        return Err(Error::invalid(
            field,
            format!("use at most {most} visible ASCII characters"),
        ));
    }
    Ok(())
}

pub(crate) fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<()> {
    let total: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if total > 8 << 10 {
        return Err(Error::invalid(
            "metadata",
            "names and values together may have 8 KiB",
        ));
    }
    for (name, value) in metadata {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_' || c == '.';
        if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
            return Err(Error::invalid(
                "metadata",
                "names are 1 to 128 lowercase letters, digits, '-', '_' and '.'",
            ));
        }
        check_header_text("metadata", value, 4 << 10)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_anything_but_nothing_and_nul() {
        for good in ["a", "../../etc/passwd", "scans/ünïcode 01.dcm", "a\nb"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(1025);
        for bad in ["", "a\0b", &long] {
            assert!(check_name(bad).is_err());
        }
    }

    #[test]
    fn metadata_cannot_smuggle_header_lines() {
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert!(check_metadata(&one("camera", "front")).is_ok());
        assert!(check_metadata(&one("camera", "a\r\nSet-Cookie: b")).is_err());
        assert!(check_metadata(&one("ca mera", "front")).is_err());
        assert!(check_header_text("content-type", "text/plain\r\n", 256).is_err());
    }
}
