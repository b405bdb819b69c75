//! Looking for somebody in everything there is: rows, files, and whatever the interface shows to who may see the most.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use store::{Db, StoreError};

use super::calls::Caller;

/// Every table, with its columns.
const SCHEMA: &str = include_str!("../../../../domain/schema.txt");

/// A value in every form in which it may lie somewhere.
pub(crate) struct Needle(Vec<Vec<u8>>);

impl Needle {
    /// As text, as its digits in hexadecimal, in UTF-16, and in base64 wherever it begins.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut forms = vec![
            text.as_bytes().to_vec(),
            hex::encode(text).into_bytes(),
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ];
        for before in 0..3 {
            let shifted = [&vec![b' '; before], text.as_bytes()].concat();
            let coded = STANDARD_NO_PAD.encode(shifted);
            // What depends on what stands before and behind is no part of it.
            let from = [0, 2, 3][before];
            forms.push(coded.as_bytes()[from..coded.len() - 2].to_vec());
        }
        Self(forms)
    }

    /// An id, as its bytes and as its text.
    pub(crate) fn of_id(id: &str) -> Self {
        let bytes = hex::decode(id.replace('-', "")).unwrap();
        Self(vec![bytes, id.as_bytes().to_vec()])
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let has = |form: &Vec<u8>| bytes.windows(form.len()).any(|part| part == form);
        self.0.iter().any(has)
    }
}

/// The columns of the database that have any of these somewhere, as `table.column`.
pub(crate) fn rows_with(db: &Db, needles: &[Needle]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (table, column, kind) in columns() {
        let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let is_text = kind == "text";
        let values = db.read_blocking(move |tx| {
            let rows = tx.all(&sql, &[])?;
            let value = |row: &store::Row| match is_text {
                true => Ok(row.get::<String>(0)?.into_bytes()),
                false => row.get::<Vec<u8>>(0),
            };
            rows.iter().map(value).collect::<Result<Vec<_>, StoreError>>()
        });
        let values = values.map_err(|error: StoreError| error).unwrap();
        if values
            .iter()
            .any(|value| needles.iter().any(|needle| needle.is_in(value)))
        {
            found.insert(format!("{table}.{column}"));
        }
    }
    found
}

/// What has bytes of its own: table, column, and whether they are text.
fn columns() -> Vec<(&'static str, &'static str, &'static str)> {
    let (mut table, mut found) = ("", Vec::new());
    for line in SCHEMA.lines() {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words[..] {
            [name] if !line.starts_with(' ') => table = name,
            [name, kind @ ("text" | "bytes"), ..] => found.push((table, name, kind)),
            _ => {}
        }
    }
    assert!(found.len() > 200, "the schema is not read any more");
    found
}

/// The files in a folder that have any of these. They are copied by another process: this one would let go of the database's locks
/// when it closed its files.
pub(crate) fn files_with(folder: &Path, needles: &[Needle]) -> Vec<PathBuf> {
    let copy = tempfile::tempdir().unwrap();
    // What goes meanwhile is not copied.
    let _ = Command::new("cp")
        .arg("-r")
        .args([folder, copy.path()])
        .output()
        .unwrap();
    let files = files_under(copy.path());
    assert!(
        files.iter().any(|path| path.ends_with("log.vkey")),
        "nothing was copied"
    );
    let files = files.into_iter();
    let has = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        needles.iter().any(|needle| needle.is_in(&bytes))
    };
    files.filter(has).collect()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_under(&path)),
            false => found.push(path),
        }
    }
    found
}

/// What can be named in the path of a route.
pub(crate) type Known = BTreeMap<&'static str, Vec<String>>;

/// Asks every route of the interface that only looks, with every name that is known, to the last page; gives what was answered well.
pub(crate) async fn everything_shown(caller: &Caller, known: &Known) -> BTreeMap<String, Vec<u8>> {
    let document = caller.read("/v1/openapi.json").await;
    let mut shown = BTreeMap::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        if methods["get"].is_null() {
            continue;
        }
        for path in paths(route, known) {
            let mut next = Some(path.clone());
            while let Some(asked) = next.take() {
                let answer = caller.get(&asked).await;
                assert!(answer.status < 500, "{asked}: {}", answer.text());
                if answer.status != 200 {
                    continue;
                }
                let page: Value = serde_json::from_slice(&answer.bytes).unwrap_or(Value::Null);
                next = page["next"]
                    .as_str()
                    .map(|cursor| format!("{path}?cursor={cursor}"));
                shown.insert(asked, answer.bytes);
            }
        }
    }
    shown
}

/// The route with every combination of names; none where one is not known.
fn paths(route: &str, known: &Known) -> Vec<String> {
    let Some((before, rest)) = route.split_once('{') else {
        return vec![route.to_owned()];
    };
    let (name, rest) = rest.split_once('}').unwrap();
    let values = known.get(name).into_iter().flatten();
    let rests = paths(rest, known);
    values
        .flat_map(|value| rests.iter().map(move |rest| format!("{before}{value}{rest}")))
        .collect()
}
