//! What tables there are, for those who copy all of them: the same from both engines, in an order in which rows can be
//! put back.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Engine;
use crate::{Db, StoreError, Tx};

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in their order.
    pub key: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The word for its kind: text, int, bytes or bool.
    pub kind: String,
    /// Whether NULL is refused.
    pub not_null: bool,
}

/// Every table, those that others refer to before those that refer to them. Blocks.
pub fn tables(db: &Db) -> Result<Vec<Table>, StoreError> {
    let engine = db.engine();
    db.read_blocking(move |tx| tables_in(tx, engine))
}

fn tables_in(tx: &mut Tx, engine: Engine) -> Result<Vec<Table>, StoreError> {
    let mut found: BTreeMap<String, Table> = BTreeMap::new();
    for row in tx.all(engine.columns_query(), &[])? {
        let name: String = row.get(0)?;
        let table = found.entry(name.clone()).or_insert_with(|| Table {
            name,
            columns: Vec::new(),
            key: Vec::new(),
        });
        table.columns.push(Column {
            name: row.get(1)?,
            kind: row.get(2)?,
            not_null: row.get(3)?,
        });
    }
    for row in tx.all(engine.keys_query(), &[])? {
        if row.get::<String>(1)? != "primary key" {
            continue;
        }
        if let Some(table) = found.get_mut(&row.get::<String>(0)?) {
            table.key.push(row.get(5)?);
        }
    }
    let mut refers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in tx.all(engine.references_query(), &[])? {
        let (from, to): (String, String) = (row.get(0)?, row.get(4)?);
        if from != to {
            refers.entry(from).or_default().insert(to);
        }
    }
    ordered(found, &refers)
}

/// By name, except that what is referred to comes first.
fn ordered(
    mut left: BTreeMap<String, Table>,
    refers: &BTreeMap<String, BTreeSet<String>>,
) -> Result<Vec<Table>, StoreError> {
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |name: &str| {
            let to = refers.get(name).into_iter().flatten();
            to.into_iter().any(|to| left.contains_key(to))
        };
        let Some(next) = left.keys().find(|name| !waits(name)).cloned() else {
            let names: Vec<_> = left.into_keys().collect();
            return Err(StoreError::Unsuitable {
                reason: format!("tables refer to each other in a circle: {}", names.join(", ")),
            });
        };
        ordered.extend(left.remove(&next));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> (String, Table) {
        let table = Table {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
        };
        (name.to_owned(), table)
    }

    fn referring(pairs: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
        let mut refers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            refers
                .entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
        }
        refers
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let tables: BTreeMap<_, _> = ["a", "b", "c"].into_iter().map(named).collect();
        let found = ordered(tables.clone(), &referring(&[("a", "c"), ("c", "b")])).unwrap();
        let names: Vec<_> = found.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "a"]);
        assert!(ordered(tables, &referring(&[("a", "c"), ("c", "a")])).is_err());
    }
}
