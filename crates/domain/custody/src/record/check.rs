//! Holding a record to its kind. Asked of whatever comes in as a record, by whatever door.

use jiff::civil::Date;
use kernel::DatasetId;
use serde_json::Value as Json;

use super::document::Document;
use super::index::{self, Entry};
use super::{Field, FieldType, RecordKind, kind_of};
use crate::dataset::Settings;
use crate::error::{Error, Result};
use crate::item::PutItem;
use crate::item::Received;
use crate::session::Session;
use crate::subject::{Identifier, IdentifierKind};

/// The most problems that one answer names.
const MOST_NAMED: usize = 10;

/// A record that is what its kind says.
pub(crate) struct Checked {
    /// The person whom it names.
    pub(crate) subject: Option<Identifier>,
    /// What it is found by.
    pub(crate) entries: Vec<Entry>,
}

/// Holds what came as a record to its kind.
pub(crate) fn checked(
    session: &Session,
    dataset: DatasetId,
    settings: &Settings,
    put: &PutItem,
    received: &Received,
) -> Result<Checked> {
    let content = received.record.as_ref();
    let content = content.ok_or_else(|| Error::Internal("a record came without its content".into()))?;
    if !received.came_as_said() {
        return Err(would_be_cleaned());
    }
    let document = Document::parse(content)?;
    let kind = declared(settings, &document.kind)?;
    if kind_of(&put.content_type) != Some(kind.name.as_str()) {
        let problem = format!(
            "the content is of the kind `{}`; say so: {}",
            kind.name,
            super::media_type(&kind.name)
        );
        return Err(Error::invalid("content-type", problem));
    }
    hold(kind, &document)?;
    salted(kind, &document)?;
    let subject = subject_of(kind, &document)?;
    if subject.is_some() && put.subject.is_some() {
        let problem = "the record's own field names the person; leave this out";
        return Err(Error::invalid("subject", problem));
    }
    let entries = index::entries(session, dataset, kind, &document.values)?;
    Ok(Checked { subject, entries })
}

/// What a dataset that cleans what it takes in answers to a record.
pub(crate) fn would_be_cleaned() -> Error {
    Error::Conflict(
        "the dataset cleans what it takes in of what identifies people, so a record would not say what it was told: use another \
         dataset for records"
            .into(),
    )
}

/// The dataset's kind of this name.
pub(super) fn declared<'s>(settings: &'s Settings, name: &str) -> Result<&'s RecordKind> {
    let found = settings.kinds.iter().find(|kind| kind.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = settings.kinds.iter().map(|kind| kind.name.as_str()).collect();
        let problem = match known.is_empty() {
            true => "the dataset declares no kinds of records; declare one with PUT /v1/datasets/{dataset}/kinds/{kind}".to_owned(),
            false => format!("the dataset has no such kind; it has {}", known.join(", ")),
        };
        Error::invalid("kind", problem)
    })
}

/// The hash of a record's bytes is shown where the record is listed: it must not be one that values of a masked field can be tried against.
fn salted(kind: &RecordKind, document: &Document) -> Result<()> {
    match kind.masks() && !document.is_salted() {
        true => Err(Error::invalid(
            "salt",
            "the kind has masked fields, whose values could be tried against the content's hash: say `salt`, 32 to 128 hexadecimal digits \
             made by chance for this version, or use POST /v1/datasets/{dataset}/records, which does",
        )),
        false => Ok(()),
    }
}

/// Each value is of a declared field and of its type, says where it is from, and nothing required is missing.
fn hold(kind: &RecordKind, document: &Document) -> Result<()> {
    let mut problems = Vec::new();
    for (name, value) in &document.values {
        match kind.field(name) {
            None => problems.push(format!(
                "`{name}` is no field of {}: set it to null, or declare it",
                kind.name
            )),
            Some(field) => problems.extend(wrong(field, value).map(|what| format!("`{name}` {what}"))),
        }
        if !document.provenance.contains_key(name) {
            problems.push(format!(
                "`{name}` does not say where it is from: name it in provenance"
            ));
        }
    }
    let missing = kind
        .fields
        .iter()
        .filter(|field| field.required && !document.values.contains_key(&field.name));
    problems.extend(missing.map(|field| format!("`{}` is missing: every {} has it", field.name, kind.name)));
    let strangers = document
        .provenance
        .keys()
        .filter(|name| !document.values.contains_key(*name));
    problems.extend(strangers.map(|name| format!("`{name}` has provenance and no value: leave it out")));
    if problems.is_empty() {
        return Ok(());
    }
    problems.truncate(MOST_NAMED);
    Err(Error::invalid("values", problems.join("; ")))
}

/// What is wrong with a value and what would be right. Quotes nothing of it.
fn wrong(field: &Field, value: &Json) -> Option<&'static str> {
    let text = value.as_str();
    let right = match field.field_type {
        FieldType::Text => text.is_some_and(|text| !field.required || !text.trim().is_empty()),
        FieldType::Email => text.is_some_and(|text| Identifier::new(IdentifierKind::Email, text).is_ok()),
        FieldType::Phone => text.is_some_and(|text| Identifier::new(IdentifierKind::Phone, text).is_ok()),
        FieldType::Number => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::Date => text.is_some_and(is_day),
        FieldType::TextList => value
            .as_array()
            .is_some_and(|list| list.iter().all(Json::is_string)),
    };
    (!right).then_some(match field.field_type {
        FieldType::Text if field.required => "is not filled in: give a text",
        FieldType::Text => "is no text: give one in quotes",
        FieldType::Email => "is no e-mail address: give one such as ann@example.org",
        FieldType::Phone => "is no telephone number: give 3 to 15 digits such as +372 5123 4567, in quotes",
        FieldType::Number => "is no number: give one without quotes",
        FieldType::Boolean => "is neither true nor false: give one of them, without quotes",
        FieldType::Date => "is no day: give one as 2026-11-23, in quotes",
        FieldType::TextList => "is no list of texts: give texts in brackets",
    })
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// The person whom the kind's field names.
fn subject_of(kind: &RecordKind, document: &Document) -> Result<Option<Identifier>> {
    let Some(field) = kind.subject.as_deref().and_then(|name| kind.field(name)) else {
        return Ok(None);
    };
    let text = document
        .values
        .get(&field.name)
        .and_then(Json::as_str)
        .unwrap_or_default();
    let named = match field.field_type {
        FieldType::Email => Identifier::new(IdentifierKind::Email, text),
        FieldType::Phone => Identifier::new(IdentifierKind::Phone, text),
        _ => Identifier::parse(text),
    };
    let told = |error: Error| match error {
        Error::Invalid { problem, .. } => {
            Error::invalid("values", format!("`{}` names nobody: {problem}", field.name))
        }
        other => other,
    };
    named.map(Some).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Provenance;
    use serde_json::json;

    fn field(name: &str, field_type: FieldType, required: bool) -> Field {
        Field {
            name: name.into(),
            field_type,
            required,
            personal: true,
            find_by_value: false,
            find_by_word: false,
            masked: None,
        }
    }

    fn kind() -> RecordKind {
        let fields = [
            ("email", FieldType::Email, true),
            ("phone", FieldType::Phone, false),
            ("city", FieldType::Text, false),
            ("visits", FieldType::Number, false),
            ("vip", FieldType::Boolean, false),
            ("born", FieldType::Date, false),
            ("tags", FieldType::TextList, false),
        ];
        RecordKind {
            name: "profile".into(),
            version: 1,
            fields: fields
                .map(|(name, field_type, required)| field(name, field_type, required))
                .into(),
            subject: Some("email".into()),
        }
    }

    fn document(values: Json) -> Document {
        let Json::Object(values) = values else {
            panic!("an object")
        };
        let from = Provenance {
            source: "test".into(),
            at: None,
            basis: None,
        };
        let provenance = values.keys().map(|name| (name.clone(), from.clone())).collect();
        Document {
            kind: "profile".into(),
            values,
            provenance,
            reason: None,
            salt: None,
        }
    }

    #[test]
    fn a_record_is_what_its_kind_says() {
        let good = json!({
            "email": "Ann@example.org", "phone": "+372 5123 4567", "city": "", "visits": 1.5, "vip": false,
            "born": "2000-02-29", "tags": ["a", "b"]
        });
        hold(&kind(), &document(good.clone())).unwrap();
        assert_eq!(
            subject_of(&kind(), &document(good)).unwrap().unwrap().kind(),
            IdentifierKind::Email
        );
    }

    #[test]
    fn an_error_names_each_field_and_what_to_do_and_no_value() {
        let bad = json!({
            "email": "secret", "phone": "secret", "city": 1, "visits": "secret", "vip": "true", "born": "2001-02-29",
            "tags": [1], "fax": "secret"
        });
        let error = hold(&kind(), &document(bad)).unwrap_err().to_string();
        for name in ["email", "phone", "city", "visits", "vip", "born", "tags", "fax"] {
            assert!(error.contains(&format!("`{name}` is")), "{name}: {error}");
        }
        assert!(!error.contains("secret"), "{error}");
        let error = hold(&kind(), &document(json!({ "vip": null })))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`email` is missing") && error.contains("`vip` is neither"),
            "{error}"
        );
        let mut silent = document(json!({ "email": "ann@example.org" }));
        silent.provenance.clear();
        assert!(
            hold(&kind(), &silent)
                .unwrap_err()
                .to_string()
                .contains("where it is from")
        );
    }
}
