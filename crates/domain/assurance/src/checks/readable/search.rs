//! Searching rows and files.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kernel::TenantId;
use store::{Row, StoreError, Tx, Value};

use super::super::inventory::columns;

/// The columns of each table that hold text or bytes. The log's tiles and links are hashes that anybody may have.
pub(super) fn readable(schema: &str) -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for (table, column, kind) in columns(schema) {
        if !matches!(kind.as_str(), "text" | "bytes") || matches!(table.as_str(), "log_tile" | "log_entry") {
            continue;
        }
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    tables
}

/// The rows that can hold the mark: the team's, and of what grows without end those made since.
pub(super) fn rows_of(
    tx: &mut Tx,
    table: &str,
    columns: &[String],
    team: TenantId,
    since: &[u8],
) -> Result<Vec<Row>, StoreError> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let mut conditions = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    if has("tenant_id") {
        values.push(team.into());
        conditions.push(format!("tenant_id = ${}", values.len()));
    }
    if has("event_id") {
        values.push(since.into());
        conditions.push(format!("event_id >= ${}", values.len()));
    }
    let condition = match conditions.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", conditions.join(" AND ")),
    };
    tx.all(
        &format!("SELECT {} FROM {table}{condition}", columns.join(", ")),
        &values,
    )
}

pub(super) fn bytes_of(row: &Row, place: usize) -> Vec<u8> {
    match row.get::<Option<String>>(place) {
        Ok(text) => text.unwrap_or_default().into_bytes(),
        Err(_) => row
            .get::<Option<Vec<u8>>>(place)
            .ok()
            .flatten()
            .unwrap_or_default(),
    }
}

/// Files below the folder that were written since. What vanishes meanwhile is passed over.
pub(super) fn collect(folder: &Path, since: SystemTime, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let about = match std::fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                about => about?,
            };
            if about.is_dir() {
                waiting.push(path);
            } else if about.is_file() && about.modified()? >= since {
                files.push(path);
            }
        }
    }
    Ok(())
}

const WINDOW: usize = 1 << 20;

/// Whether each mark is in the file, also across two windows.
pub(super) fn search_file(
    file: &Path,
    marks: &[String; 2],
    finds: fn(&[u8], &[u8]) -> bool,
) -> io::Result<[bool; 2]> {
    let mut source = match std::fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok([false; 2]),
        source => source?,
    };
    let (mut window, mut found) = (Vec::new(), [false; 2]);
    loop {
        let got = source.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        for (found, mark) in found.iter_mut().zip(marks) {
            *found = *found || finds(&window, mark.as_bytes());
        }
        if got == 0 {
            return Ok(found);
        }
        let longest = marks.iter().map(String::len).max().unwrap_or(0);
        let done = window.len().saturating_sub(longest);
        window.drain(..done);
    }
}

#[cfg(test)]
mod tests {
    use super::super::finds;
    use super::*;

    #[test]
    fn a_mark_is_found_wherever_it_lies_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hay");
        let marks = ["needle-in-hay".to_owned(), "another".to_owned()];
        for before in [0, 1, WINDOW - 13, WINDOW - 5, WINDOW, 2 * WINDOW - 1] {
            let mut hay = vec![b'n'; before];
            hay.extend(b"needle-in-hay");
            std::fs::write(&file, hay).unwrap();
            assert_eq!(
                search_file(&file, &marks, finds).unwrap(),
                [true, false],
                "{before}"
            );
        }
        std::fs::write(&file, "needle-in-ha").unwrap();
        assert_eq!(search_file(&file, &marks, finds).unwrap(), [false, false]);
    }
}
