//! Kinds of records: their fields, each of a type, and what records are found by.

use serde::{Deserialize, Serialize};

use super::mask::{self, Mask};
use crate::error::{Error, Result};

/// The most kinds of a dataset, and the most fields of a kind. They are opened with the dataset's other settings.
const MOST_KINDS: usize = 20;
const MOST_FIELDS: usize = 60;
/// The longest name of a kind or a field, in bytes.
const LONGEST_NAME: usize = 64;

/// One kind of record that a dataset takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordKind {
    /// Its name, unique in the dataset: `profile`, `conversation`, `note`.
    pub name: String,
    /// 1 when it was declared first, then counting.
    pub version: u64,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field that names the person a record is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// One field of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name of the member in `values`.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Whether every record has it.
    #[serde(default)]
    pub required: bool,
    /// Whether it says something about a person.
    #[serde(default)]
    pub personal: bool,
    /// Whether records are found by its whole value.
    #[serde(default)]
    pub find_by_value: bool,
    /// Whether records are found by single words of it.
    #[serde(default)]
    pub find_by_word: bool,
    /// Which part of it stays visible to who has no right to the whole; all of it, to everybody, when absent.
    #[serde(
        default,
        deserialize_with = "mask::readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub masked: Option<Mask>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// Text of any length that a record may have.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day: `2026-11-23`.
    Date,
    /// A list of texts.
    TextList,
}

impl FieldType {
    const fn has_words(self) -> bool {
        matches!(self, Self::Text | Self::TextList)
    }

    const fn names_people(self) -> bool {
        matches!(self, Self::Text | Self::Email | Self::Phone)
    }
}

impl RecordKind {
    /// Whether a field of it is masked.
    pub(super) fn masks(&self) -> bool {
        self.fields.iter().any(|field| field.masked.is_some())
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it can be a kind; an error names the field and says what to do.
    pub(super) fn check(&self) -> Result<()> {
        check_kind_name(&self.name)?;
        if self.fields.is_empty() || self.fields.len() > MOST_FIELDS {
            let problem = format!("declare 1 to {MOST_FIELDS} fields");
            return Err(Error::invalid("fields", problem));
        }
        for (index, field) in self.fields.iter().enumerate() {
            field.check()?;
            if self.fields[..index]
                .iter()
                .any(|earlier| earlier.name == field.name)
            {
                let problem = format!("`{}` is declared twice; declare it once", field.name);
                return Err(Error::invalid("fields", problem));
            }
        }
        self.check_subject()
    }

    fn check_subject(&self) -> Result<()> {
        let Some(name) = &self.subject else { return Ok(()) };
        match self.field(name) {
            Some(field) if field.required && field.field_type.names_people() => Ok(()),
            Some(_) => Err(Error::invalid(
                "subject",
                format!("`{name}` names the person, so declare it as required, and as email, phone or text"),
            )),
            None => Err(Error::invalid(
                "subject",
                format!("`{name}` is none of the declared fields; name one of them, or leave it out"),
            )),
        }
    }
}

impl Field {
    fn check(&self) -> Result<()> {
        check_field_name(&self.name)?;
        if self.find_by_word && !self.field_type.has_words() {
            let problem = format!(
                "`{}` has no words; say find_by_value, or declare it as text or text-list",
                self.name
            );
            return Err(Error::invalid("fields", problem));
        }
        self.check_mask()
    }

    fn check_mask(&self) -> Result<()> {
        let fitting = Mask::of_type(self.field_type);
        if self.masked.is_none_or(|mask| fitting.contains(&mask)) {
            return Ok(());
        }
        let fitting: Vec<&str> = fitting.iter().map(|mask| mask.as_str()).collect();
        let problem = format!("`{}` is masked by one of {}", self.name, fitting.join(", "));
        Err(Error::invalid("fields", problem))
    }
}

/// Whether a field can have this name.
pub(super) fn check_field_name(name: &str) -> Result<()> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if begins && name.len() <= LONGEST_NAME && name.bytes().all(inner) {
        return Ok(());
    }
    let problem = "a field's name is 1 to 64 letters a to z, digits, '_' and '-', beginning with a letter";
    Err(Error::invalid("fields", problem))
}

/// Whether a dataset can have these kinds together.
pub(super) fn check_all(kinds: &[RecordKind]) -> Result<()> {
    if kinds.len() > MOST_KINDS {
        let problem = format!("a dataset has at most {MOST_KINDS} kinds; remove one, or use another dataset");
        return Err(Error::invalid("kind", problem));
    }
    Ok(())
}

/// Names of kinds stand in media types and in paths.
pub(super) fn check_kind_name(name: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    let problem = "a kind's name is 1 to 64 characters a to z, 0 to 9 and '-', such as profile";
    Err(Error::invalid("kind", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, field_type: FieldType) -> Field {
        Field {
            name: name.into(),
            field_type,
            required: true,
            personal: true,
            find_by_value: true,
            find_by_word: false,
            masked: None,
        }
    }

    fn profile() -> RecordKind {
        RecordKind {
            name: "profile".into(),
            version: 1,
            fields: vec![field("email", FieldType::Email), field("born", FieldType::Date)],
            subject: Some("email".into()),
        }
    }

    #[test]
    fn a_kind_is_one_that_records_can_be_held_to() {
        profile().check().unwrap();
        let refused = |change: fn(&mut RecordKind)| {
            let mut kind = profile();
            change(&mut kind);
            kind.check().unwrap_err().to_string()
        };
        assert!(refused(|kind| kind.name = "A kind".into()).starts_with("kind:"));
        assert!(refused(|kind| kind.fields.clear()).starts_with("fields:"));
        assert!(refused(|kind| kind.fields = vec![field("a", FieldType::Text); 61]).contains("1 to 60"));
        assert!(
            refused(|kind| kind.fields.push(field("email", FieldType::Text)))
                .contains("`email` is declared twice")
        );
        assert!(
            refused(|kind| kind.fields.push(field("1st", FieldType::Text)))
                .contains("beginning with a letter")
        );
        assert!(refused(|kind| kind.fields[1].find_by_word = true).contains("`born` has no words"));
        assert!(refused(|kind| kind.fields[1].masked = Some(Mask::LastFour)).contains("one of all, year"));
        assert!(refused(|kind| kind.subject = Some("phone".into())).contains("`phone` is none of"));
        assert!(refused(|kind| kind.subject = Some("born".into())).contains("email, phone or text"));
        assert!(refused(|kind| kind.fields[0].required = false).contains("declare it as required"));
        assert!(check_all(&vec![profile(); 21]).is_err());
    }
}
