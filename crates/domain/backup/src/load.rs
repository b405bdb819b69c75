//! Rows in: parts of a backup into empty tables.
//!
//! Rows come without wrapped keys first; these are written in a second pass, and never for what was erased: the statement itself
//! looks at the list.

use std::sync::Arc;

use store::{Db, StoreError, Table, Tx, Value};

use crate::error::{Error, Result};
use crate::manifest::TablePart;
use crate::part::PartReader;

/// Rows that one transaction writes at most, and what they weigh at most, roughly.
const ROWS: usize = 1_000;
const WEIGHT: usize = 4 << 20;
/// Rows of one statement at most, and values: engines bound the parameters of a statement.
const ROWS_AT_ONCE: usize = 100;
const VALUES_AT_ONCE: usize = 10_000;

/// Columns whose ids the list of what was erased may have.
const LISTED: &[&str] = &[
    "tenant_id",
    "dataset_id",
    "item_id",
    "version_id",
    "subject_id",
    "key_id",
];

/// Puts the rows of a table; columns with wrapped keys stay empty. Gives how many.
pub(crate) fn rows(db: &Db, part: &mut PartReader, from: &TablePart, into: &Table) -> Result<u64> {
    let empty = from.key_columns.iter().filter(|name| {
        let column = into.columns.iter().find(|column| column.name == **name);
        column.is_some_and(|column| column.not_null)
    });
    let empty: Vec<String> = empty.cloned().collect();
    let columns: Vec<String> = from
        .columns
        .iter()
        .chain(&empty)
        .map(|name| format!("\"{name}\""))
        .collect();
    let head = format!("INSERT INTO \"{}\" ({}) VALUES", from.table, columns.join(", "));
    let width = columns.len();
    let insert = move |tx: &mut Tx, rows: &[Vec<Value>]| {
        let together = (VALUES_AT_ONCE / width).clamp(1, ROWS_AT_ONCE);
        for rows in rows.chunks(together) {
            let values: Vec<Value> = rows.iter().flatten().cloned().collect();
            tx.execute(&format!("{head} {}", places(rows.len(), width)), &values)?;
        }
        Ok(())
    };
    let fill = empty.len();
    each_batch(db, part, insert, move |row| {
        row.extend(std::iter::repeat_n(Value::Bytes(Vec::new()), fill));
    })
}

/// Puts wrapped keys into the rows that are still there, and that nothing erased is part of. Gives how many were read.
pub(crate) fn keys(db: &Db, part: &mut PartReader, from: &TablePart, into: &Table) -> Result<u64> {
    let of_key = from.key.len();
    let mut number = 0..;
    let mut equal = |names: &[String], between: &str| {
        let pairs = names
            .iter()
            .zip(&mut number)
            .map(|(name, at): (_, usize)| format!("\"{name}\" = ${}", at + 1));
        pairs.collect::<Vec<_>>().join(between)
    };
    let (key, set) = (equal(&from.key, " AND "), equal(&from.key_columns, ", "));
    let table = &from.table;
    let listed = into
        .columns
        .iter()
        .filter(|column| LISTED.contains(&column.name.as_str()));
    let listed: Vec<_> = listed
        .map(|column| format!("\"{table}\".\"{}\"", column.name))
        .collect();
    let unlisted = match listed.is_empty() {
        true => String::new(),
        false => format!(
            "AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.what_id IN ({}))",
            listed.join(", ")
        ),
    };
    let sql = format!("UPDATE \"{table}\" SET {set} WHERE {key} {unlisted}");
    let width = of_key + from.key_columns.len();
    let update = move |tx: &mut Tx, rows: &[Vec<Value>]| {
        for row in rows.iter().filter(|row| row.len() == width) {
            // A key that is not there now stays so: it was given up before the backup.
            tx.execute(&sql, row)?;
        }
        Ok(())
    };
    each_batch(db, part, update, |_| {})
}

/// How many values a row of these parts has.
pub(crate) fn data_width(table: &TablePart) -> usize {
    table.columns.len()
}

/// As [`data_width`], for wrapped keys.
pub(crate) fn keys_width(table: &TablePart) -> usize {
    table.key.len() + table.key_columns.len()
}

fn each_batch<W>(db: &Db, part: &mut PartReader, write: W, complete: impl Fn(&mut Vec<Value>)) -> Result<u64>
where
    W: Fn(&mut Tx, &[Vec<Value>]) -> std::result::Result<(), StoreError> + Send + Sync + 'static,
{
    let (write, mut done) = (Arc::new(write), 0);
    loop {
        let (mut rows, mut weight) = (Vec::new(), 0);
        while rows.len() < ROWS && weight < WEIGHT {
            let Some(mut row) = part.next()? else { break };
            weight += row.iter().map(crate::dump::weight).sum::<usize>();
            complete(&mut row);
            rows.push(row);
        }
        if rows.is_empty() {
            return Ok(done);
        }
        done += rows.len() as u64;
        let write = Arc::clone(&write);
        db.write_blocking(move |tx| write(tx, &rows))
            .map_err(Error::from)?;
    }
}

/// `($1, $2), ($3, $4)` for two rows of two values.
fn places(rows: usize, width: usize) -> String {
    let row = |row: usize| {
        let places: Vec<_> = (1..=width).map(|at| format!("${}", row * width + at)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
