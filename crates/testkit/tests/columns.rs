//! What each column holds (`crates/domain/fields.toml`) and the schema (`schema.txt` beside it) against the migrated databases.
//!
//! Here because this crate sees the tables of all domain crates.
//!
//! `BAILEE_BLESS=1` writes `schema.txt`. The register is written by people: a column needs words.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has nothing to say"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

/// One column's entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    what: String,
    whose: Whose,
    class: Class,
    kept: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Whose {
    Tenant,
    Member,
    Subject,
    Operator,
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Class {
    Id,
    Word,
    Time,
    Key,
    Sealed,
    Blind,
    Count,
    Bytes,
}

impl Class {
    /// The kinds of column, in the words of the schema, that can hold it.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            // Root keys are named by text, everything else by sixteen bytes.
            Self::Id => &["bytes", "text"],
            Self::Word => &["text"],
            Self::Time | Self::Count => &["int"],
            Self::Key | Self::Sealed | Self::Blind | Self::Bytes => &["bytes"],
        }
    }
}

type Register = BTreeMap<String, BTreeMap<String, Field>>;
/// Kinds of columns by `table.column`.
type Columns = BTreeMap<String, String>;

#[test]
fn both_engines_have_the_schema_that_is_checked_in() {
    let file = here("schema.txt");
    let schemas = schemas();
    assert_eq!(schemas[0], schemas[1], "the engines differ");
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(&file, &schemas[0]).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        kept, schemas[0],
        "schema.txt is stale: run this test with BAILEE_BLESS=1 and look at the difference"
    );
}

#[test]
fn every_column_is_registered_and_no_entry_is_stale() {
    let (register, columns) = (register(), columns(&schemas()[0]));
    assert_eq!(complaints(&register, &columns), Vec::<String>::new());
}

#[test]
fn entries_say_something() {
    for (name, field) in entries(&register()) {
        assert!(
            field.what.len() > 3 && field.kept.len() > 3,
            "{name} says too little"
        );
    }
}

/// What tells something about a person may not lie in clear, ids and words of ours aside.
#[test]
fn what_is_about_subjects_is_sealed_hashed_or_an_id() {
    for (name, field) in entries(&register()).filter(|(_, field)| field.whose == Whose::Subject) {
        assert!(
            !matches!(field.class, Class::Word | Class::Count | Class::Bytes),
            "{name} lies in clear"
        );
    }
}

/// A column's name promises how it is kept.
#[test]
fn names_and_classes_agree() {
    for (name, field) in entries(&register()) {
        let promised = [
            ("_wrapped", &[Class::Key][..]),
            ("_sealed", &[Class::Sealed, Class::Key]),
            ("_blind", &[Class::Blind]),
            ("_id", &[Class::Id]),
            ("_at", &[Class::Time]),
        ];
        let promised = promised.into_iter().find(|(ending, _)| name.ends_with(ending));
        assert!(
            promised.is_none_or(|(_, classes)| classes.contains(&field.class)),
            "{name}: {:?}",
            field.class
        );
    }
}

/// The control case: the comparison notices what it is for.
#[test]
fn a_forgotten_a_stale_and_a_misread_entry_are_noticed() {
    let (mut register, columns) = (register(), columns(&schemas()[0]));
    let forgotten = register
        .get_mut("member")
        .and_then(|table| table.remove("email_blind"))
        .unwrap();
    let stale = Field {
        class: Class::Time,
        ..forgotten
    };
    register
        .entry("member".into())
        .or_default()
        .insert("nickname".into(), stale);
    register
        .get_mut("tenant")
        .and_then(|table| table.get_mut("slug"))
        .unwrap()
        .class = Class::Count;
    let complaints = complaints(&register, &columns);
    let about = ["member.email_blind", "member.nickname", "tenant.slug"];
    assert_eq!(complaints.len(), about.len(), "{complaints:?}");
    for (complaint, name) in complaints.iter().zip(about) {
        assert!(complaint.starts_with(name), "{complaint}");
    }
}

fn complaints(register: &Register, columns: &Columns) -> Vec<String> {
    let fields: BTreeMap<String, &Field> = entries(register).collect();
    let names: BTreeSet<&String> = fields.keys().chain(columns.keys()).collect();
    let complaint = |name: &String| match (fields.get(name), columns.get(name)) {
        (None, _) => Some(format!(
            "{name} is not in fields.toml: say what it is, whose, and how long it is kept"
        )),
        (_, None) => Some(format!("{name} is in fields.toml and no column: remove it")),
        (Some(field), Some(kind)) if !field.class.kinds().contains(&kind.as_str()) => Some(format!(
            "{name} is {kind} and cannot be of class {:?}",
            field.class
        )),
        _ => None,
    };
    names.into_iter().filter_map(complaint).collect()
}

fn entries(register: &Register) -> impl Iterator<Item = (String, &Field)> {
    register.iter().flat_map(|(table, fields)| {
        fields
            .iter()
            .map(move |(column, field)| (format!("{table}.{column}"), field))
    })
}

fn register() -> Register {
    toml::from_str(&std::fs::read_to_string(here("fields.toml")).unwrap()).unwrap()
}

fn schemas() -> Vec<String> {
    let migrated = |db: engines::TestDb| {
        db.migrate(&testkit::migrations()).unwrap();
        store::schema(&db).unwrap()
    };
    engines::all().into_iter().map(migrated).collect()
}

/// Tables stand at the margin; below each its columns as `name kind …`, then keys and references.
fn columns(schema: &str) -> Columns {
    let mut columns = Columns::new();
    let mut table = "";
    for line in schema.lines().filter(|line| !line.is_empty()) {
        let Some(line) = line.strip_prefix("  ") else {
            table = line;
            continue;
        };
        let mut words = line.split(' ');
        if let (Some(name), Some(kind @ ("bytes" | "int" | "text" | "bool"))) = (words.next(), words.next()) {
            columns.insert(format!("{table}.{name}"), kind.to_owned());
        }
    }
    columns
}

fn here(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../domain")
        .join(file)
}
