//! Records: profiles, conversations, notes; items whose content is fields that their dataset has declared.
//!
//! Promises: a record is an item, so that keys, restriction, erasure, holds, retention, versions, exports and the trail hold for
//! it as for any other; whatever way it comes in, it is held to the kind that its dataset declares, and an error names the
//! field; each value says where it is from, when, and on which basis; what it can be found by is written in the transaction
//! that makes the version, as keyed hashes, and goes with the item; nobody rectifies a version that they have not seen; what is declared as
//! masked leaves by no door for who has no right to it.
//! Leaves out: fields within fields, relations between records, search by parts of words or by order.

mod change;
mod check;
mod cover;
mod create;
mod declare;
mod document;
mod find;
mod index;
mod kind;
mod mask;
mod provenance;
mod read;

use kernel::{DatasetId, EventId, ItemId, SubjectId, Timestamp, VersionId};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

pub use self::change::Rectification;
pub use self::create::NewRecord;
pub use self::declare::NewKind;
pub use self::find::{Match, RecordQuery};
pub use self::kind::{Field, FieldType, RecordKind};
pub use self::mask::Mask;
pub use self::provenance::{Provenance, Said};

pub(crate) use self::change::{check_still_typed, keep_person};
pub(crate) use self::check::{Checked, checked, would_be_cleaned};
pub(crate) use self::cover::{Masked, check_original, check_path};
pub(crate) use self::index::{entries_of, write_index};

use self::document::Document;
use crate::error::{Error, Result};
use crate::item::{Item, Kind};

/// The media type of a record; the name of its kind is the parameter `kind`.
pub const MEDIA_TYPE: &str = "application/vnd.bailee.record+json";

/// What a record is, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordHead {
    /// The item that it is.
    pub id: ItemId,
    /// The dataset it lies in.
    pub dataset: DatasetId,
    /// Its name, unique in the dataset.
    pub name: String,
    /// The kind it was held to.
    pub kind: String,
    /// The person it is about, if it is about exactly one.
    pub subject: Option<SubjectId>,
    /// Its newest version, or the one that was asked for; also its entity tag.
    pub version: VersionId,
    /// 1 for the first, then counting.
    pub number: u64,
    /// When the record came in.
    pub made_at: Timestamp,
    /// When this version came in.
    pub version_made_at: Timestamp,
}

/// A record with what it says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// What it is.
    pub head: RecordHead,
    /// Its fields, the masked ones masked for who may not see them whole.
    pub values: Map<String, Json>,
    /// The fields that are masked here, by name.
    pub masked: Vec<String>,
    /// Where each value is from.
    pub provenance: BTreeMap<String, Provenance>,
    /// Why this version was made, if whoever made it said so.
    pub reason: Option<String>,
}

/// What was written, with the entry of the trail whose receipt proves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The record as it is now.
    pub record: T,
    /// The entry.
    pub event: EventId,
}

impl RecordHead {
    /// Of an item; nothing when it is none.
    fn of(item: &Item) -> Option<Self> {
        let kind = kind_of(&item.version.content_type).filter(|_| item.kind == Kind::Record)?;
        Some(Self {
            id: item.id,
            dataset: item.dataset,
            name: item.name.clone(),
            kind: kind.to_owned(),
            subject: item.subject,
            version: item.version.id,
            number: item.version.number,
            made_at: item.made_at,
            version_made_at: item.version.made_at,
        })
    }
}

impl Record {
    /// Of an item and its content.
    fn of(item: &Item, content: &[u8]) -> Result<Self> {
        let head = RecordHead::of(item).ok_or_else(unknown)?;
        // INVARIANT: what is no document was turned away when it came in.
        let document = Document::parse(content).map_err(|_| Error::Altered)?;
        Ok(Self {
            head,
            provenance: document.provenance_at(item.version.made_at),
            values: document.values,
            masked: Vec::new(),
            reason: document.reason,
        })
    }
}

/// The kind that a media type names; nothing when it is none of a record.
pub(crate) fn kind_of(content_type: &str) -> Option<&str> {
    let (plain, parameter) = content_type.split_once(';')?;
    let kind = parameter.trim().strip_prefix("kind=")?;
    plain.trim().eq_ignore_ascii_case(MEDIA_TYPE).then_some(kind)
}

/// Whether a media type is a record's, well said or not.
pub(crate) fn is_record(content_type: &str) -> bool {
    let plain = content_type.split(';').next().unwrap_or_default();
    plain.trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// The media type of a record of this kind.
fn media_type(kind: &str) -> String {
    format!("{MEDIA_TYPE}; kind={kind}")
}

fn unknown() -> Error {
    Error::NotFound("record")
}
