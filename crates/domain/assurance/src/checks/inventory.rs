//! Whether every column that is there is in the register of what is kept.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

type Register = BTreeMap<String, BTreeMap<String, toml::Table>>;

/// Compares the schema with the register.
pub struct EveryColumnIsKnown {
    /// A table, as the schema prints it, that the register does not have.
    pub unlisted: &'static str,
}

impl Default for EveryColumnIsKnown {
    fn default() -> Self {
        Self {
            unlisted: "hidden_table\n  secret text not null\n",
        }
    }
}

#[async_trait]
impl Check for EveryColumnIsKnown {
    fn id(&self) -> &'static str {
        "every-column-is-known"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let db = site.db().clone();
        let schema = tokio::task::spawn_blocking(move || store::schema(&db)).await;
        let schema = schema.map_err(|error| Trouble(error.to_string()))??;
        let known = known(crate::FIELDS)?;
        let mut cases = Cases::of(self.id());
        cases.looked_at(&schema);
        let unknown = unknown(&schema, &known);
        let what = format!("columns that the register lacks: none, and not {unknown:?}");
        cases.must(&what, unknown.is_empty());
        let planted = format!("{schema}{}", self.unlisted);
        cases.control(
            "an unlisted table is found",
            self::unknown(&planted, &known).len() > unknown.len(),
        );
        Ok(cases.seen())
    }
}

/// `table.column` of every entry that says whose it is and how long it is kept.
fn known(register: &str) -> Result<BTreeSet<String>, Trouble> {
    let register: Register = toml::from_str(register).map_err(|error| Trouble(error.to_string()))?;
    let complete = |entry: &toml::Table| {
        ["what", "whose", "class", "kept"]
            .iter()
            .all(|part| entry.contains_key(*part))
    };
    Ok(register
        .into_iter()
        .flat_map(|(table, columns)| {
            columns
                .into_iter()
                .filter(|(_, entry)| complete(entry))
                .map(move |(column, _)| format!("{table}.{column}"))
                .collect::<Vec<_>>()
        })
        .collect())
}

fn unknown(schema: &str, known: &BTreeSet<String>) -> Vec<String> {
    columns(schema)
        .into_iter()
        .map(|(table, column, _)| format!("{table}.{column}"))
        .filter(|name| !known.contains(name))
        .collect()
}

/// What a line of a printed schema begins with that is about no column.
const KEYS: [&str; 3] = ["index", "primary", "unique"];

/// Table, column and kind of every column that a printed schema has, also of a kind that no migration of ours makes.
pub(super) fn columns(schema: &str) -> Vec<(String, String, String)> {
    let (mut columns, mut table) = (Vec::new(), "");
    for line in schema.lines().filter(|line| !line.is_empty()) {
        let Some(line) = line.strip_prefix("  ") else {
            table = line;
            continue;
        };
        let mut words = line.split(' ');
        let (name, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !KEYS.contains(&name) && !name.starts_with('(') {
            columns.push((table.to_owned(), name.to_owned(), kind.to_owned()));
        }
    }
    columns
}
