//! What an entry says besides what all entries say.

use custody::{Error, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most bytes of one value.
const LONGEST: usize = 4_000;

/// One thing that an entry of a register says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in JSON and as a column of CSV, as in `opened_on`.
    pub name: String,
    /// What it is, for people.
    pub says: String,
    /// What a value looks like.
    pub kind: FieldKind,
    /// Whether an entry without it is none.
    #[serde(default)]
    pub required: bool,
    /// The words of which a value is one, for [`FieldKind::Choice`].
    #[serde(default)]
    pub choices: Vec<String>,
    /// Whether its word is kept in clear beside the dates, so that it can be told what kind of thing is on file without opening it.
    /// One choice of a register at most.
    #[serde(default)]
    pub sorts: bool,
}

/// What a value looks like. Values are text everywhere, so that JSON, CSV and forms say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
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
    /// An address on the web, beginning with `https://`.
    Link,
}

impl Field {
    /// Takes a value if it is one of this field's.
    pub fn check(&self, value: &str) -> Result<()> {
        let is_good = match self.kind {
            FieldKind::Text => true,
            FieldKind::Date => value.parse::<Date>().is_ok(),
            FieldKind::Number => value.parse::<u64>().is_ok(),
            FieldKind::YesNo => ["yes", "no"].contains(&value),
            FieldKind::Choice => self.choices.iter().any(|choice| choice == value),
            FieldKind::Link => value.starts_with("https://") && !value.contains(char::is_whitespace),
        };
        let is_text = !value.trim().is_empty()
            && value.len() <= LONGEST
            && !value.contains(|c: char| c.is_control() && c != '\n');
        if is_good && is_text {
            return Ok(());
        }
        Err(self.complaint())
    }

    /// What is wrong with a value, without quoting it.
    fn complaint(&self) -> Error {
        let wanted = match self.kind {
            FieldKind::Text => format!("1 to {LONGEST} bytes of text"),
            FieldKind::Date => "a day, as in 2026-03-31".to_owned(),
            FieldKind::Number => "a whole number, zero or more".to_owned(),
            FieldKind::YesNo => "yes or no".to_owned(),
            FieldKind::Choice => format!("one of: {}", self.choices.join(", ")),
            FieldKind::Link => "an address that begins with https://".to_owned(),
        };
        Error::Invalid {
            field: "values",
            problem: format!("{} ({}) must be {wanted}", self.name, self.says),
        }
    }
}
