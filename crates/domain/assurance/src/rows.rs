//! SQL of results and of what is on file.

use std::collections::BTreeMap;

use kernel::{EventId, Timestamp};
use store::{Migration, Row, StoreError, Tx, params};

use crate::attestation::OnFile;
use crate::check::{Finding, Outcome};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 500,
    name: "results of checks, and evidence on file",
    sql: include_str!("assurance.sql"),
}];

/// One run of one check, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The check.
    pub check: String,
    /// When it ran.
    pub ran_at: Timestamp,
    /// Milliseconds that it took.
    pub took_ms: i64,
    /// What it found.
    pub finding: Finding,
    /// Since when it has found the same.
    pub since: Timestamp,
    /// The entry of the operator's trail.
    pub event: EventId,
}

const COLUMNS: &str = "SELECT check_name, ran_at, took_ms, outcome, reason, control, facts, inputs_hash, since_at, event_id \
     FROM check_result";
const INSERT: &str = "INSERT INTO check_result (check_name, ran_at, took_ms, outcome, reason, control, facts, inputs_hash, \
     since_at, event_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// The newest result of a check.
pub(crate) fn newest(tx: &mut Tx, check: &str) -> Result<Option<Kept>, StoreError> {
    Ok(history(tx, check, 1)?.pop())
}

/// The newest results of a check, newest first.
pub(crate) fn history(tx: &mut Tx, check: &str, limit: u32) -> Result<Vec<Kept>, StoreError> {
    let sql = format!("{COLUMNS} WHERE check_name = $1 ORDER BY ran_at DESC LIMIT $2");
    tx.all(&sql, params![check, limit])?.iter().map(read).collect()
}

/// Keeps a result; what is found again keeps its beginning.
pub(crate) fn keep(
    tx: &mut Tx,
    check: &str,
    (ran_at, took_ms): (Timestamp, i64),
    finding: &Finding,
    event: EventId,
) -> Result<(), StoreError> {
    let before = newest(tx, check)?;
    let since = before
        .filter(|before| before.finding.outcome == finding.outcome)
        .map_or(ran_at, |before| before.since);
    let facts = serde_json::to_string(&finding.facts).unwrap_or_default();
    let row = params![
        check,
        ran_at,
        took_ms,
        finding.outcome.as_str(),
        text(&finding.reason),
        text(&finding.control),
        facts,
        finding.inputs,
        since,
        event
    ];
    tx.execute(INSERT, row).map(drop)
}

/// PostgreSQL keeps no zero characters.
fn text(text: &str) -> String {
    text.replace('\0', " ")
}

fn read(row: &Row) -> Result<Kept, StoreError> {
    let facts: String = row.get(6)?;
    let facts: BTreeMap<String, String> = serde_json::from_str(&facts).unwrap_or_default();
    Ok(Kept {
        check: row.get(0)?,
        ran_at: row.get(1)?,
        took_ms: row.get(2)?,
        finding: Finding {
            outcome: Outcome::from_row(&row.get::<String>(3)?),
            reason: row.get(4)?,
            control: row.get(5)?,
            inputs: row.get(7)?,
            facts,
        },
        since: row.get(8)?,
        event: row.get(9)?,
    })
}

const NEWEST_ON_FILE: &str = "SELECT attestation_name, recorded_at, covers_from, covers_to, valid_until, event_id \
     FROM attestation WHERE attestation_name = $1 ORDER BY covers_to DESC, recorded_at DESC LIMIT 1";
const PUT_ON_FILE: &str = "INSERT INTO attestation (attestation_name, recorded_at, covers_from, covers_to, valid_until, \
     evidence_hash, event_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// What is on file of this name and covers the latest time.
pub(crate) fn on_file(tx: &mut Tx, name: &str) -> Result<Option<OnFile>, StoreError> {
    let row = tx.optional(NEWEST_ON_FILE, params![name])?;
    row.map(|row| {
        Ok(OnFile {
            name: row.get(0)?,
            recorded_at: row.get(1)?,
            covers_from: row.get(2)?,
            covers_to: row.get(3)?,
            valid_until: row.get(4)?,
            event: row.get(5)?,
        })
    })
    .transpose()
}

/// Puts it on file.
pub(crate) fn put_on_file(tx: &mut Tx, new: &OnFile, evidence: [u8; 32]) -> Result<(), StoreError> {
    let row = params![
        &new.name,
        new.recorded_at,
        new.covers_from,
        new.covers_to,
        new.valid_until,
        evidence,
        new.event
    ];
    tx.execute(PUT_ON_FILE, row).map(drop)
}
