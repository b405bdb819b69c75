//! The schema as text, the same from both engines, for a checked-in `schema.txt`.
//!
//! Shows tables, columns with kind, NOT NULL and whether there is a default, keys, indexes and foreign keys. CHECK
//! constraints and the text of expressions and of partial indexes' conditions are not shown: the engines keep them in
//! forms that cannot be compared.

use std::collections::BTreeMap;

use crate::{Db, Row, StoreError, Tx};

/// Lines of one table, by table.
type Tables = BTreeMap<String, Table>;

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    keys: Vec<String>,
    references: Vec<String>,
}

/// Reads the schema that the database really has. Blocks.
pub fn schema(db: &Db) -> Result<String, StoreError> {
    let engine = db.engine();
    db.read_blocking(move |tx| {
        let mut tables = Tables::new();
        columns(tx, engine.columns_query(), &mut tables)?;
        keys(tx, engine.keys_query(), &mut tables)?;
        references(tx, engine.references_query(), &mut tables)?;
        Ok(print(tables))
    })
}

fn columns(tx: &mut Tx, query: &str, tables: &mut Tables) -> Result<(), StoreError> {
    for row in tx.all(query, &[])? {
        let (table, column, kind): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let not_null = if row.get::<bool>(3)? { " not null" } else { "" };
        let default = if row.get::<bool>(4)? { " default" } else { "" };
        tables
            .entry(table)
            .or_default()
            .columns
            .push(format!("{column} {kind}{not_null}{default}"));
    }
    Ok(())
}

fn keys(tx: &mut Tx, query: &str, tables: &mut Tables) -> Result<(), StoreError> {
    for rows in grouped(tx.all(query, &[])?, 3)? {
        let Some(first) = rows.first() else { continue };
        let (table, what, name): (String, String, String) = (first.get(0)?, first.get(1)?, first.get(3)?);
        let mut parts = Vec::new();
        for row in &rows {
            let descending = if row.get::<bool>(6)? { " desc" } else { "" };
            parts.push(format!("{}{descending}", row.get::<String>(5)?));
        }
        let partial = if first.get::<bool>(7)? { " partial" } else { "" };
        let space = if name.is_empty() { "" } else { " " };
        let line = format!("{what}{space}{name} ({}){partial}", parts.join(", "));
        tables.entry(table).or_default().keys.push(line);
    }
    Ok(())
}

fn references(tx: &mut Tx, query: &str, tables: &mut Tables) -> Result<(), StoreError> {
    for rows in grouped(tx.all(query, &[])?, 2)? {
        let Some(first) = rows.first() else { continue };
        let (table, target, action): (String, String, String) = (first.get(0)?, first.get(4)?, first.get(6)?);
        let list = |column| {
            rows.iter()
                .map(|row| row.get::<String>(column))
                .collect::<Result<Vec<_>, _>>()
        };
        let line = format!(
            "({}) -> {target} ({}) on delete {action}",
            list(3)?.join(", "),
            list(5)?.join(", ")
        );
        tables.entry(table).or_default().references.push(line);
    }
    Ok(())
}

/// Neighbours that agree in their first columns belong together.
fn grouped(rows: Vec<Row>, width: usize) -> Result<Vec<Vec<Row>>, StoreError> {
    let key = |row: &Row| {
        (0..width)
            .map(|column| row.get::<String>(column))
            .collect::<Result<Vec<_>, _>>()
    };
    let mut groups: Vec<(Vec<String>, Vec<Row>)> = Vec::new();
    for row in rows {
        let key = key(&row)?;
        match groups.last_mut() {
            Some((last, group)) if *last == key => group.push(row),
            _ => groups.push((key, vec![row])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn print(tables: Tables) -> String {
    let mut text = String::new();
    for (name, mut table) in tables {
        // The engines list keys in orders of their own; columns keep theirs.
        table.keys.sort();
        table.references.sort();
        text.push_str(&format!("{name}\n"));
        for line in table.columns.iter().chain(&table.keys).chain(&table.references) {
            text.push_str(&format!("  {line}\n"));
        }
        text.push('\n');
    }
    text
}
