//! SQL of results.

use std::collections::BTreeMap;

use kernel::{EventId, Timestamp};
use store::{Migration, Row, StoreError, Tx, params};

use crate::changes::{Change, ClaimVersion};
use crate::check::{Finding, Outcome};
use crate::claim::State;
use crate::history::{Mark, Run};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: 500,
        name: "results of checks, and how claims stood",
        sql: include_str!("assurance.sql"),
    },
    Migration {
        id: 460,
        name: "pages of companies",
        sql: include_str!("company/company.sql"),
    },
    Migration {
        id: 515,
        name: "what is watched between checks",
        sql: include_str!("watch/watch.sql"),
    },
];

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

/// The newest result of a check that began by this moment.
pub(crate) fn newest_by(tx: &mut Tx, check: &str, by: Timestamp) -> Result<Option<Kept>, StoreError> {
    let sql = format!("{COLUMNS} WHERE check_name = $1 AND ran_at <= $2 ORDER BY ran_at DESC LIMIT 1");
    let row = tx.optional(&sql, params![check, by])?;
    row.as_ref().map(read).transpose()
}

/// The result of a check that this entry of the trail is about.
pub(crate) fn one(
    tx: &mut Tx,
    check: &str,
    ran_at: Timestamp,
    event: EventId,
) -> Result<Option<Kept>, StoreError> {
    let sql = format!("{COLUMNS} WHERE check_name = $1 AND ran_at = $2 AND event_id = $3");
    let row = tx.optional(&sql, params![check, ran_at, event])?;
    row.as_ref().map(read).transpose()
}

/// The newest results of a check, newest first.
pub(crate) fn history(tx: &mut Tx, check: &str, limit: u32) -> Result<Vec<Kept>, StoreError> {
    let sql = format!("{COLUMNS} WHERE check_name = $1 ORDER BY ran_at DESC LIMIT $2");
    tx.all(&sql, params![check, limit])?.iter().map(read).collect()
}

const RUNS: &str = "SELECT r.check_name, r.ran_at, r.took_ms, r.outcome, r.reason, r.control, r.facts, r.inputs_hash, \
     r.since_at, r.event_id, l.log_index FROM check_result r LEFT JOIN log_entry l ON l.event_id = r.event_id \
     WHERE r.check_name = $1 AND r.ran_at > $2 AND r.ran_at < $3 ORDER BY r.ran_at LIMIT $4";
const LAST_BEFORE: &str = "SELECT ran_at, event_id FROM check_result WHERE check_name = $1 AND ran_at < $2 \
     ORDER BY ran_at DESC LIMIT 1";

/// The runs of a check between two moments, oldest first.
pub(crate) fn runs_between(
    tx: &mut Tx,
    check: &str,
    (after, before): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    let rows = tx.all(RUNS, params![check, after, before, limit])?;
    let run = |row: &Row| {
        let (kept, index) = (read(row)?, row.get(10)?);
        Ok(Run { kept, index })
    };
    rows.iter().map(run).collect()
}

/// The last run of a check before a moment.
pub(crate) fn last_run_before(
    tx: &mut Tx,
    check: &str,
    before: Timestamp,
) -> Result<Option<Mark>, StoreError> {
    let row = tx.optional(LAST_BEFORE, params![check, before])?;
    row.map(|row| {
        let (at, event) = (row.get(0)?, row.get(1)?);
        Ok(Mark { at, event })
    })
    .transpose()
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

const VERSION: &str = "SELECT claim_name, began_at, state, statement, reason, event_id FROM claim_version";
const KEEP_VERSION: &str = "INSERT INTO claim_version (claim_name, began_at, state, statement, reason, event_id) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// How each claim stood last.
pub(crate) fn newest_versions(tx: &mut Tx) -> Result<BTreeMap<String, ClaimVersion>, StoreError> {
    let sql = format!(
        "{VERSION} v WHERE began_at = (SELECT max(began_at) FROM claim_version w WHERE w.claim_name = v.claim_name)"
    );
    let rows = tx.all(&sql, &[])?;
    let versions = rows.iter().map(read_version);
    versions
        .map(|version| version.map(|version| (version.claim.clone(), version)))
        .collect()
}

/// How a claim stood, newest first.
pub(crate) fn versions(tx: &mut Tx, claim: &str, limit: u32) -> Result<Vec<ClaimVersion>, StoreError> {
    let sql = format!("{VERSION} WHERE claim_name = $1 ORDER BY began_at DESC LIMIT $2");
    tx.all(&sql, params![claim, limit])?
        .iter()
        .map(read_version)
        .collect()
}

/// How a claim stood between two moments, oldest first, with the version that was in force at the first.
pub(crate) fn versions_between(
    tx: &mut Tx,
    claim: &str,
    (from, to): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<ClaimVersion>, StoreError> {
    let before = format!("{VERSION} WHERE claim_name = $1 AND began_at < $2 ORDER BY began_at DESC LIMIT 1");
    let within = format!(
        "{VERSION} WHERE claim_name = $1 AND began_at >= $2 AND began_at < $3 ORDER BY began_at LIMIT $4"
    );
    let mut rows = tx.all(&before, params![claim, from])?;
    rows.extend(tx.all(&within, params![claim, from, to, limit])?);
    rows.iter().map(read_version).collect()
}

/// Keeps how a claim stands from now on.
pub(crate) fn keep_version(
    tx: &mut Tx,
    change: &Change,
    now: Timestamp,
    event: EventId,
) -> Result<(), StoreError> {
    let row = params![
        &change.claim,
        now,
        change.is.as_str(),
        text(&change.statement),
        text(change.reason.as_deref().unwrap_or_default()),
        event
    ];
    tx.execute(KEEP_VERSION, row).map(drop)
}

fn read_version(row: &Row) -> Result<ClaimVersion, StoreError> {
    Ok(ClaimVersion {
        claim: row.get(0)?,
        began_at: row.get(1)?,
        state: State::from_row(&row.get::<String>(2)?),
        statement: row.get(3)?,
        reason: Some(row.get::<String>(4)?).filter(|reason| !reason.is_empty()),
        event: row.get(5)?,
    })
}
