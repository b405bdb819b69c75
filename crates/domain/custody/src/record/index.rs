//! What records are found by: a keyed hash of each declared value and of each word, one key per tenant and dataset, a different
//! hash for every kind and field. Never encryption that gives the same text twice.
//!
//! Equal values of one field have equal hashes: who reads the table learns how often a value comes, and how many words a text
//! has. Who has no key of the tenant's learns no value, and can try none.

use std::collections::BTreeSet;

use kernel::{DatasetId, ItemId};
use operation::{Act, Op, Permit};
use sealing::BlindIndexKey;
use serde_json::{Map, Value as Json};
use store::params;
use unicode_normalization::UnicodeNormalization as _;

use super::document::Document;
use super::{Field, FieldType, RecordKind, check};
use crate::dataset::Settings;
use crate::error::{Error, Result};
use crate::item::rows;
use crate::session::Session;
use crate::subject::{Identifier, IdentifierKind};

/// The most different words of one field.
const MOST_WORDS: usize = 2_000;
/// The most characters of a word that count.
const LONGEST_WORD: usize = 64;

/// One row of the index.
pub(crate) type Entry = [u8; 32];

/// Everything a record of this kind is found by.
pub(super) fn entries(
    session: &Session,
    dataset: DatasetId,
    kind: &RecordKind,
    values: &Map<String, Json>,
) -> Result<Vec<Entry>> {
    let keys = Keys::of(session, dataset);
    let mut found = BTreeSet::new();
    for field in &kind.fields {
        let Some(value) = values.get(&field.name) else {
            continue;
        };
        let texts = parts(value);
        if field.find_by_value {
            found.extend(texts.iter().filter_map(|part| keys.value(kind, field, part)));
        }
        if field.find_by_word {
            let words: BTreeSet<String> = texts
                .iter()
                .filter_map(|part| part.as_str())
                .flat_map(words)
                .collect();
            if words.len() > MOST_WORDS {
                let problem = format!(
                    "`{}` has more than {MOST_WORDS} different words, and records are found by each: divide the text among several records",
                    field.name
                );
                return Err(Error::invalid("values", problem));
            }
            found.extend(words.iter().map(|word| keys.word(kind, field, word)));
        }
    }
    Ok(found.into_iter().collect())
}

/// The keys of one dataset's index.
pub(super) struct Keys {
    value: BlindIndexKey,
    word: BlindIndexKey,
}

impl Keys {
    pub(super) fn of(session: &Session, dataset: DatasetId) -> Self {
        let key =
            |purpose: &[u8]| BlindIndexKey::derive(session.tenant_key(), &[purpose, dataset.as_bytes()]);
        Self {
            value: key(b"record value"),
            word: key(b"record word"),
        }
    }

    /// The entry of a whole value; nothing for what has no exact value.
    pub(super) fn value(&self, kind: &RecordKind, field: &Field, value: &Json) -> Option<Entry> {
        let compared = compared(field.field_type, value)?;
        Some(sealing::blind(
            &self.value,
            &label(kind, field),
            compared.as_bytes(),
        ))
    }

    /// The entry of one word.
    pub(super) fn word(&self, kind: &RecordKind, field: &Field, word: &str) -> Entry {
        sealing::blind(&self.word, &label(kind, field), word.as_bytes())
    }
}

/// INVARIANT: a kind's name has no `/`, so no two fields have one label.
fn label(kind: &RecordKind, field: &Field) -> String {
    format!("{}/{}", kind.name, field.name)
}

/// A list's texts, or the one value.
fn parts(value: &Json) -> &[Json] {
    match value {
        Json::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// The form in which whole values are compared: people write one address or number in several ways.
fn compared(field_type: FieldType, value: &Json) -> Option<String> {
    let identifier = |kind| Identifier::new(kind, value.as_str()?).ok()?.compared();
    match (field_type, value) {
        (FieldType::Email, _) => identifier(IdentifierKind::Email),
        (FieldType::Phone, _) => identifier(IdentifierKind::Phone),
        (FieldType::Text | FieldType::TextList | FieldType::Date, Json::String(text)) => {
            Some(folded(text.trim()))
        }
        (FieldType::Number, Json::Number(number)) => Some(number_text(number)),
        (FieldType::Boolean, Json::Bool(truth)) => Some(truth.to_string()),
        // So they come from where there is nothing but text.
        (FieldType::Number, Json::String(text)) => {
            Some(number_text(&serde_json::from_str(text.trim()).ok()?))
        }
        (FieldType::Boolean, Json::String(text)) => {
            text.trim().parse::<bool>().ok().map(|truth| truth.to_string())
        }
        _ => None,
    }
}

/// One text for one number: `1`, `1.0` and `1e0` are the same.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if !number.is_i64() && !number.is_u64() && value.fract() == 0.0 && value.abs() < 9e15 => {
            format!("{value:.0}")
        }
        _ => number.to_string(),
    }
}

/// The words of a text, each once and in the form in which they are compared.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words
        .map(|word| word.chars().take(LONGEST_WORD).collect())
        .collect()
}

fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Writes what an item is found by, in the place of what was there.
pub(crate) fn write_index<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: DatasetId,
    item: ItemId,
    entries: &[Entry],
) -> Result<()> {
    op.change(permit, rows::DELETE_INDEX, params![session.tenant, item])?;
    for entry in entries {
        let row = params![dataset, *entry, item, session.tenant];
        op.change(permit, rows::INSERT_INDEX, row)?;
    }
    Ok(())
}

/// What a record that came in once is found by now. Nothing where its kind was taken away.
pub(crate) fn entries_of(
    session: &Session,
    dataset: DatasetId,
    settings: &Settings,
    content: &[u8],
) -> Vec<Entry> {
    let found = Document::parse(content).and_then(|document| {
        let kind = check::declared(settings, &document.kind)?;
        entries(session, dataset, kind, &document.values)
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spellings_of_one_value_are_one() {
        for (field_type, one, other) in [
            (
                FieldType::Email,
                json!("Ann@Example.org"),
                json!(" ann@example.org "),
            ),
            (FieldType::Phone, json!("+372 5123-4567"), json!("0037251234567")),
            (FieldType::Text, json!(" Tartu"), json!("TARTU")),
            (FieldType::Text, json!("\u{ff21}nn"), json!("ann")),
            (FieldType::Number, json!(1), json!(1.0)),
            (FieldType::Number, json!(1.5), json!(" 1.50")),
            (FieldType::Boolean, json!(true), json!("true")),
        ] {
            assert_eq!(compared(field_type, &one), compared(field_type, &other), "{one}");
            assert!(compared(field_type, &one).is_some(), "{one}");
        }
        assert_ne!(
            compared(FieldType::Number, &json!(1)),
            compared(FieldType::Number, &json!(1.5))
        );
        assert_eq!(compared(FieldType::Text, &json!({})), None);
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words() {
        let found = words("Ann's renewal, 2026: RENEWAL agreed. Zoe\u{308}!");
        let expected = ["2026", "agreed", "ann", "renewal", "s", "zo\u{eb}"];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
        assert!(words(" ,. ").is_empty());
        assert_eq!(words(&"a".repeat(100)).first().map(String::len), Some(64));
    }
}
