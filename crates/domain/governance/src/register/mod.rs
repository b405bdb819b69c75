//! Which registers there are, and what an entry of each has to say.
//!
//! Promises: registers are data that is read and checked once; a fault in it is a fault of the build's tests and not of a running
//! server. Leaves out: entries.

mod due;
mod field;
mod shipped;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use due::{Due, Shorter};
pub use field::{Field, FieldKind};
pub use shipped::{find, registers};

/// One register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Its name in addresses and files, as in `penetration-tests`.
    pub id: String,
    /// Its name on pages.
    pub title: String,
    /// What belongs into it, in one sentence.
    pub says: String,
    /// What an entry is about.
    pub about: About,
    /// How many days an entry is good for, from the day its evidence was received or from the end of the period it covers, unless the
    /// entry says an earlier day. Without it an entry is good until it is ended.
    #[serde(default)]
    pub good_for_days: Option<u16>,
    /// How many days before that its owner is reminded.
    #[serde(default = "thirty")]
    pub remind_days: u16,
    /// How many days after that it is only overdue, and late from then on.
    #[serde(default = "fourteen")]
    pub grace_days: u16,
    /// Whether an entry needs a document or item as evidence; a statement is not enough.
    #[serde(default)]
    pub needs_document: bool,
    /// Whether an entry has to say which period its evidence covers.
    #[serde(default)]
    pub needs_period: bool,
    /// What stands still while an entry that should be there is late, in plain words.
    pub when_late: String,
    /// Days by which something has to be done about an entry.
    #[serde(default, rename = "due")]
    pub dues: Vec<Due>,
    /// For how many days an entry is good at most that says more than 0 in a field.
    #[serde(default)]
    pub shorter: Option<Shorter>,
    /// What an entry says besides.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

/// What the entries of a register are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The company as a whole: one current entry is enough.
    Company,
    /// One person each.
    Person,
    /// One other company each.
    Vendor,
    /// One thing, event or question each.
    Thing,
}

impl Register {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The word by which an entry with these values is sorted, if the register has a field for that.
    pub(crate) fn sort_of<'a>(&self, values: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let field = self.fields.iter().find(|field| field.sorts)?;
        values.get(&field.name).map(String::as_str)
    }
}

const fn thirty() -> u16 {
    30
}

const fn fourteen() -> u16 {
    14
}
