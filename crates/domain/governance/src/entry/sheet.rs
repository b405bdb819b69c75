//! A register as CSV (RFC 4180), out and in.
//!
//! Promises: what went out comes in again; a broken row is answered by its line and keeps nothing back but itself, or everything, as the
//! caller chooses. Leaves out: approval, which nobody gives by a file.

use std::collections::BTreeMap;

use access::Action;
use custody::{Credential, Error, IdempotencyKey, Result, replay};
use kernel::EntryId;
use operation::acts::WriteRegister;
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::check::invalid;
use super::rows::COLUMNS as ROW;
use super::write::{add, known};
use super::{COLUMNS, Covers, Entry, Evidence, NewEntry, list};
use crate::Governance;
use crate::register::Register;

/// The most rows of one file.
const MOST_ROWS: usize = 5_000;
/// The most bytes of one file.
pub const MOST_SHEET_BYTES: usize = 4 << 20;

/// A register as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// CSV with a head row.
    pub csv: Vec<u8>,
    /// How many entries it has.
    pub entries: usize,
}

/// What happens when a row of a file is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportMode {
    /// Nothing is taken.
    #[default]
    AllOrNothing,
    /// The other rows are taken.
    WhatFits,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetImport {
    /// Every row, in order.
    pub rows: Vec<ImportedRow>,
    /// How many entries were written.
    pub taken: usize,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// The line of the file on which it begins, counting from 1.
    pub line: u64,
    /// The entry that was written.
    pub entry: Option<EntryId>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl Governance {
    /// All entries of a register in their newest versions, ended ones left out.
    pub async fn export_register(
        &self,
        credential: &Credential,
        request: Request,
        register: &str,
    ) -> Result<Sheet> {
        let register = known(register)?;
        let sql = format!(
            "SELECT {ROW} FROM register_entry e \
             JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.newest \
             WHERE e.tenant_id = $1 AND e.register = $2 AND e.ended_at IS NULL ORDER BY e.entry_id"
        );
        self.read(credential, request, move |op, permit, session| {
            let values = params![session.tenant(), register.id.as_str()];
            let entries = list::read(op, permit, session, &sql, values)?;
            let sheet = Sheet {
                csv: write(register, &entries)?,
                entries: entries.len(),
            };
            Ok((
                sheet,
                json!({ "register": register.id, "exported": entries.len() }),
            ))
        })
        .await
    }

    /// Takes the rows of a file as new entries. The columns are those of [`Governance::export_register`]; `entry`, `number` and
    /// `standing` are passed over.
    pub async fn import_register(
        &self,
        credential: &Credential,
        request: Request,
        register: &str,
        csv: Vec<u8>,
        mode: ImportMode,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<SheetImport> {
        let register = known(register)?;
        let rows = parse(register, &csv)?;
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterWrite)?;
            let permit: Permit<WriteRegister> = op.permit(Resource::register(), &session.facts())?;
            if let Some(kept) = replay::find(op, &session, idempotency.as_ref())? {
                op.record(permit, json!({ "repeated": true }))?;
                return Ok(kept);
            }
            let mut imported = Vec::with_capacity(rows.len());
            for (line, row) in &rows {
                // Every row is looked at before the first is refused, so that one answer names them all.
                let taken = match row {
                    Ok(new) => one(add(op, &permit, &session, register, new))?,
                    Err(problem) => Err(problem.clone()),
                };
                imported.push(answered(*line, taken));
            }
            let taken = imported.iter().filter(|row| row.entry.is_some()).count();
            let import = SheetImport {
                rows: imported,
                taken,
            };
            if mode == ImportMode::AllOrNothing && taken < rows.len() {
                return Err(refused(&import));
            }
            replay::keep(op, &session, idempotency.as_ref(), &import)?;
            op.record(permit, json!({ "register": register.id, "imported": taken }))?;
            Ok(import)
        };
        self.custody.desk().act(request, act).await
    }
}

/// A row's own fault is its answer; any other ends the act.
fn one(added: Result<EntryId>) -> Result<std::result::Result<EntryId, String>> {
    match added {
        Ok(entry) => Ok(Ok(entry)),
        Err(error @ Error::Invalid { .. }) => Ok(Err(error.to_string())),
        Err(other) => Err(other),
    }
}

fn answered(line: u64, taken: std::result::Result<EntryId, String>) -> ImportedRow {
    let (entry, problem) = match taken {
        Ok(entry) => (Some(entry), None),
        Err(problem) => (None, Some(problem)),
    };
    ImportedRow { line, entry, problem }
}

/// The first broken rows in one error, since nothing was taken.
fn refused(import: &SheetImport) -> Error {
    let broken: Vec<String> = import
        .rows
        .iter()
        .filter_map(|row| Some(format!("line {}: {}", row.line, row.problem.as_ref()?)))
        .collect();
    let (count, shown) = (broken.len(), broken.iter().take(20).cloned().collect::<Vec<_>>());
    invalid(
        "rows",
        format!(
            "{count} rows are broken and nothing was taken. {}",
            shown.join("; ")
        ),
    )
}

fn write(register: &Register, entries: &[Entry]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let own = register.fields.iter().map(|field| field.name.as_str());
    let head: Vec<&str> = COLUMNS.into_iter().chain(own).collect();
    writer.write_record(&head).map_err(internal)?;
    for entry in entries {
        writer.write_record(cells(register, entry)).map_err(internal)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::Internal(error.to_string()))
}

fn cells(register: &Register, entry: &Entry) -> Vec<String> {
    let says = &entry.says;
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
    let (mut statement, mut document, mut sha256, mut item) = Default::default();
    match &says.evidence {
        Evidence::Statement { text } => statement = text.clone(),
        Evidence::Document { name, sha256: hash } => (document, sha256) = (name.clone(), hash.clone()),
        Evidence::Item { item: id } => item = id.to_string(),
    }
    let common: [String; COLUMNS.len()] = [
        entry.id.to_string(),
        entry.number.to_string(),
        word(entry.standing),
        says.title.clone(),
        says.owner.map_or_else(String::new, |owner| owner.to_string()),
        says.received_on.to_string(),
        day(says.covers.map(|covers| covers.from)),
        day(says.covers.map(|covers| covers.to)),
        day(says.valid_until),
        statement,
        document,
        sha256,
        item,
    ];
    let own = register
        .fields
        .iter()
        .map(|field| says.values.get(&field.name).cloned().unwrap_or_default());
    common.into_iter().chain(own).map(defused).collect()
}

/// A spreadsheet must not take a cell for a formula; reading takes the apostrophe away again.
pub(crate) fn defused(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        return format!("'{cell}");
    }
    cell
}

pub(crate) fn word(standing: super::Standing) -> String {
    let text = serde_json::to_value(standing).unwrap_or_default();
    text.as_str().unwrap_or_default().to_owned()
}

type Row = (u64, std::result::Result<NewEntry, String>);

/// The rows of a file, each readable or with what is wrong with it.
fn parse(register: &Register, csv: &[u8]) -> Result<Vec<Row>> {
    if csv.len() > MOST_SHEET_BYTES {
        return Err(invalid(
            "csv",
            format!("give at most {MOST_SHEET_BYTES} bytes; split the file"),
        ));
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let head = reader.headers().map_err(not_csv)?.clone();
    let known = |name: &str| COLUMNS.contains(&name) || register.field(name).is_some();
    if let Some(strange) = head.iter().position(|name| !known(name.trim())) {
        let problem = format!(
            "column {} of the head row is none of this register's",
            strange + 1
        );
        return Err(invalid("csv", problem));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, entry_of(&head, &record)));
        if rows.len() > MOST_ROWS {
            return Err(invalid(
                "csv",
                format!("give at most {MOST_ROWS} rows; split the file"),
            ));
        }
    }
    Ok(rows)
}

fn entry_of(head: &csv::StringRecord, record: &csv::StringRecord) -> std::result::Result<NewEntry, String> {
    if record.len() != head.len() {
        return Err(format!(
            "it has {} cells and the head row {}",
            record.len(),
            head.len()
        ));
    }
    let mut cells: BTreeMap<&str, String> = BTreeMap::new();
    for (name, cell) in head.iter().zip(record) {
        let cell = cell.trim();
        if !cell.is_empty() {
            cells.insert(name.trim(), cell.strip_prefix('\'').unwrap_or(cell).to_owned());
        }
    }
    let mut take = |name: &str| cells.remove(name);
    let evidence = evidence(take("statement"), take("document"), take("sha256"), take("item"))?;
    let title = take("title").ok_or("title is missing")?;
    let owner = parsed("owner", take("owner"))?;
    let received_on = parsed("received_on", take("received_on"))?.ok_or("received_on is missing")?;
    let covers = match (
        parsed("covers_from", take("covers_from"))?,
        parsed("covers_to", take("covers_to"))?,
    ) {
        (Some(from), Some(to)) => Some(Covers { from, to }),
        (None, None) => None,
        _ => return Err("covers_from and covers_to stand together".into()),
    };
    let valid_until = parsed("valid_until", take("valid_until"))?;
    for passed_over in ["entry", "number", "standing"] {
        take(passed_over);
    }
    let values = cells
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(NewEntry {
        title,
        owner,
        received_on,
        covers,
        valid_until,
        evidence,
        values,
    })
}

fn evidence(
    statement: Option<String>,
    document: Option<String>,
    sha256: Option<String>,
    item: Option<String>,
) -> std::result::Result<Evidence, String> {
    match (statement, document, sha256, parsed("item", item)?) {
        (Some(text), None, None, None) => Ok(Evidence::Statement { text }),
        (None, Some(name), Some(sha256), None) => Ok(Evidence::Document { name, sha256 }),
        (None, None, None, Some(item)) => Ok(Evidence::Item { item }),
        _ => Err("give one evidence: a statement, or a document with its sha256, or an item".into()),
    }
}

fn parsed<T: std::str::FromStr>(name: &str, cell: Option<String>) -> std::result::Result<Option<T>, String> {
    let unreadable = |_| match name {
        "owner" | "item" => format!("{name} is no id"),
        _ => format!("{name} is no day; write it as in 2026-03-31"),
    };
    cell.map(|cell| cell.parse().map_err(unreadable)).transpose()
}

fn not_csv(error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    invalid("csv", format!("this is not CSV in UTF-8 from line {line} on"))
}

fn internal(error: csv::Error) -> Error {
    Error::Internal(error.to_string())
}
