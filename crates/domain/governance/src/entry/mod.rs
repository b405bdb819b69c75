//! Entries: what stands in a register, who wrote it, who approved it, and how long it is good for.
//!
//! Promises: what counts is the newest version that somebody else than its author approved; an older one stays in force until then;
//! whether an entry is current follows from that version's dates and the clock. Leaves out: which registers there are.

mod approve;
mod check;
mod list;
mod rows;
mod sheet;
mod shown;
mod standing;
mod write;

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{EntryId, ItemId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

pub use list::{Count, EntryFilter};
pub(crate) use list::{in_force, newest as newest_entry};
pub(crate) use rows::{find_register, key as register_key};
pub use sheet::{ImportMode, ImportedRow, MOST_SHEET_BYTES, Sheet, SheetImport};
pub(crate) use sheet::{defused as safe_cell, word as word_of};
pub use shown::{Shown, shown};
pub(crate) use standing::Dates;
pub use standing::{RegisterStanding, Standing};

/// The columns of CSV that every register has.
pub(crate) const COLUMNS: [&str; 13] = [
    "entry",
    "number",
    "standing",
    "title",
    "owner",
    "received_on",
    "covers_from",
    "covers_to",
    "valid_until",
    "statement",
    "document",
    "sha256",
    "item",
];

/// What somebody writes into a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// What it is called: the policy's name, the person, the vendor.
    pub title: String,
    /// The member who answers for it; whoever writes it, when nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// The day on which the evidence was received, which is not the period it covers.
    pub received_on: Date,
    /// The period that the evidence covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Covers>,
    /// The last day on which it is good, if that is earlier than the register says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// What shows it.
    pub evidence: Evidence,
    /// What the register's fields say, by name.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// A period of days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// What shows that an entry is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Evidence {
    /// The word of whoever wrote it.
    Statement {
        /// Their words.
        text: String,
    },
    /// A document that lies elsewhere, held to its hash.
    Document {
        /// Its name.
        name: String,
        /// Its SHA-256, 64 hexadecimal digits.
        sha256: String,
    },
    /// An item of the tenant's own.
    Item {
        /// The item.
        item: ItemId,
    },
}

/// One version of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// The register it stands in.
    pub register: String,
    /// 1 for the first version, then counting.
    pub number: u32,
    /// What it says.
    #[serde(flatten)]
    pub says: NewEntry,
    /// Who wrote this version.
    pub made_by: MemberId,
    /// When.
    pub made_at: Timestamp,
    /// Who approved this version, and when.
    pub approved: Option<Approval>,
    /// The last day on which this version is good; as long as nobody ends it, when absent.
    pub good_until: Option<Date>,
    /// How the entry stands by its approved version, which may be an older one than this.
    pub standing: Standing,
}

/// That somebody approved a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
}
