//! The trail as its tenant reads it: queries, single events, receipts.
//!
//! Promises: answers come from the sealed events themselves, newest first, a page at a time; a receipt is
//! complete and verifies without this server. Takes permits like everything that opens sealed bytes.

use std::cell::RefCell;

use kernel::{DatasetId, EventId, ItemId, KeyId, MemberId, Page, PageRequest, TenantId, Timestamp};
use ledger::checkpoint::SignedCheckpoint;
use ledger::proof::Proof;
use ledger::{Hash, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{Row, StoreError, Value, params};

use crate::event::{self, OpenedEvent, TrailKeys};
use crate::log::TxTiles;
use crate::{Act, Op, OperationError, Permit};

/// Which events are wanted. Empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailFilter {
    /// Who saw or touched this item.
    pub item: Option<ItemId>,
    /// What happened in this dataset.
    pub dataset: Option<DatasetId>,
    /// What this API key did.
    pub key: Option<KeyId>,
    /// What this member did.
    pub member: Option<MemberId>,
    /// Only this action, `noun.verb`.
    pub action: Option<String>,
    /// Only `done`, `refused` or `failed`.
    pub outcome: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// One event as the tenant reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailEntry {
    /// Its id.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Its place in the log, once it has one (about a second later).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u64>,
    /// Its number in the tenant's own chain, once it has one. Numbers without gaps are an unabridged trail.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequence: Option<u64>,
    /// The event itself.
    pub event: Json,
}

/// Why an event or its receipt was not given.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The tenant has no such event.
    #[error("no such event")]
    Unknown,
    /// The event has no place in the log yet.
    #[error("the event has no place in the log yet; ask again in a second")]
    NotYetSequenced,
    /// The stored event does not open or does not fit its commitment.
    #[error("the stored event was altered")]
    Altered,
    /// The rows of the log do not fit together, or the store failed.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl From<StoreError> for TrailError {
    fn from(error: StoreError) -> Self {
        Self::Operation(error.into())
    }
}

const COLUMNS: &str = "SELECT e.event_id, e.happened_at, e.sealed, e.commitment, l.log_index, l.chain_number \
     FROM event e LEFT JOIN log_entry l ON l.event_id = e.event_id WHERE e.tenant_id = $1";

/// One page of events that fit, newest first.
pub fn query<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    keys: &TrailKeys,
    filter: &TrailFilter,
    page: &PageRequest,
) -> Result<Page<TrailEntry>, TrailError> {
    let tenant = op.tenant()?;
    let (sql, values) = statement(tenant, filter, page);
    let rows = op.list(permit, &sql, &values)?;
    let entries = rows
        .iter()
        .map(|row| read(op, keys, row).map(|(entry, _)| entry))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(entries, page.limit, |entry| {
        entry.id.as_bytes().to_vec()
    }))
}

/// The statement of a page, and what goes into it.
fn statement(tenant: TenantId, filter: &TrailFilter, page: &PageRequest) -> (String, Vec<Value>) {
    let (mut sql, mut values) = (COLUMNS.to_owned(), vec![Value::from(tenant)]);
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(cursor) = &page.after {
        narrow("e.event_id <", Value::from(cursor.key()));
    }
    filter
        .item
        .into_iter()
        .for_each(|item| narrow("e.item_id =", item.into()));
    filter
        .dataset
        .into_iter()
        .for_each(|dataset| narrow("e.dataset_id =", dataset.into()));
    filter
        .key
        .into_iter()
        .for_each(|key| narrow("e.key_id =", key.into()));
    filter
        .member
        .into_iter()
        .for_each(|member| narrow("e.member_id =", member.into()));
    filter
        .action
        .iter()
        .for_each(|action| narrow("e.action =", action.into()));
    filter
        .outcome
        .iter()
        .for_each(|outcome| narrow("e.outcome =", outcome.into()));
    filter
        .from
        .into_iter()
        .for_each(|from| narrow("e.happened_at >=", from.into()));
    filter
        .to
        .into_iter()
        .for_each(|to| narrow("e.happened_at <", to.into()));
    // Engines use the index of what was not done only for a condition in its own words.
    if filter.outcome.as_deref().is_some_and(|outcome| outcome != "done") {
        sql.push_str(" AND e.outcome <> 'done'");
    }
    values.push(Value::from(i64::from(page.limit) + 1));
    sql.push_str(&format!(" ORDER BY e.event_id DESC LIMIT ${}", values.len()));
    (sql, values)
}

/// One event.
pub fn find<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    keys: &TrailKeys,
    id: EventId,
) -> Result<TrailEntry, TrailError> {
    let row = find_row(op, permit, id)?;
    read(op, keys, &row).map(|(entry, _)| entry)
}

/// The receipt of one event: the text of a file that `bailee verify` checks offline.
pub fn receipt<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    keys: &TrailKeys,
    id: EventId,
) -> Result<String, TrailError> {
    let row = find_row(op, permit, id)?;
    let (entry, opened) = read(op, keys, &row)?;
    let (Some(index), Some(sequence)) = (entry.index, entry.sequence) else {
        return Err(TrailError::NotYetSequenced);
    };
    let previous = previous_link(op, sequence)?;
    let proof = prove(op, index)?;
    let text = std::str::from_utf8(&opened.json).map_err(|_| TrailError::Altered)?;
    let receipt = Receipt::new(text, opened.salt, sequence, previous, proof).map_err(broken)?;
    Ok(receipt.to_string())
}

fn find_row<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, id: EventId) -> Result<Row, TrailError> {
    let tenant = op.tenant()?;
    let rows = op.list(
        permit,
        &format!("{COLUMNS} AND e.event_id = $2"),
        params![tenant, id],
    )?;
    rows.into_iter().next().ok_or(TrailError::Unknown)
}

/// Opens a row and holds it against its commitment, so that an event altered in the database is never shown.
fn read(op: &Op<'_>, keys: &TrailKeys, row: &Row) -> Result<(TrailEntry, OpenedEvent), TrailError> {
    let id: EventId = row.get(0)?;
    let opened =
        event::open(keys, op.tenant()?, id, &row.get::<Vec<u8>>(2)?).map_err(|_| TrailError::Altered)?;
    if *ledger::commit(&opened.salt, &opened.json).as_bytes() != row.get::<[u8; 32]>(3)? {
        return Err(TrailError::Altered);
    }
    let event = serde_json::from_slice(&opened.json).map_err(|_| TrailError::Altered)?;
    let entry = TrailEntry {
        id,
        at: row.get(1)?,
        index: row.get(4)?,
        sequence: row.get(5)?,
        event,
    };
    Ok((entry, opened))
}

const PREVIOUS: &str = "SELECT link FROM log_entry WHERE tenant_id = $1 AND chain_number = $2";
const HEAD: &str = "SELECT note, tree_size FROM log_checkpoint ORDER BY tree_size DESC LIMIT 1";

fn previous_link(op: &mut Op<'_>, sequence: u64) -> Result<Hash, TrailError> {
    let Some(before) = sequence.checked_sub(1) else {
        return Ok(Hash::ZERO);
    };
    let tenant = op.tenant()?;
    let row = op.find(PREVIOUS, params![tenant, i64::try_from(before).map_err(broken)?])?;
    row.map(|row| Ok(Hash::from_bytes(row.get(0)?)))
        .ok_or_else(|| broken("a link is missing"))?
}

fn prove(op: &mut Op<'_>, index: u64) -> Result<Proof, TrailError> {
    let head = op
        .find(HEAD, &[])?
        .ok_or_else(|| broken("entries without a checkpoint"))?;
    let checkpoint = SignedCheckpoint::parse(head.get::<String>(0)?.as_bytes()).map_err(broken)?;
    let tiles = TxTiles(RefCell::new(op.housekeeping()));
    let hashes = ledger::tree::inclusion_proof(&tiles, index, head.get(1)?).map_err(broken)?;
    Ok(Proof {
        extra: None,
        index,
        hashes,
        checkpoint,
    })
}

fn broken(error: impl ToString) -> TrailError {
    TrailError::Operation(OperationError::Ledger(error.to_string()))
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;
    use store::Engine;

    use super::*;

    async fn plan(db: &store::Db, filter: TrailFilter) -> String {
        let engine = db.engine();
        let rows = db.write(move |tx| {
            let explain = match engine {
                Engine::Sqlite => "EXPLAIN QUERY PLAN",
                Engine::Postgres => {
                    // An empty table is cheapest read whole: ask what there is besides.
                    tx.execute("SET LOCAL enable_seqscan = off", &[])?;
                    tx.execute("SET LOCAL enable_bitmapscan = off", &[])?;
                    tx.execute("SET LOCAL enable_sort = off", &[])?;
                    "EXPLAIN"
                }
            };
            let tenant = TenantId::make(Timestamp::from_micros(1), &SystemRandom);
            let (sql, values) = statement(tenant, &filter, &PageRequest::first(50));
            let column = if engine == Engine::Sqlite { 3 } else { 0 };
            let rows = tx.all(&format!("{explain} {sql}"), &values)?;
            rows.iter()
                .map(|row| row.get::<String>(column))
                .collect::<Result<Vec<_>, StoreError>>()
        });
        rows.await.unwrap().join("; ")
    }

    engines::on_both! {
        async fn a_rare_act_a_quiet_member_and_refusals_are_found_by_indexes_of_their_own(db: TestDb) {
            db.migrate(crate::MIGRATIONS).unwrap();
            let member = MemberId::make(Timestamp::from_micros(1), &SystemRandom);
            let wanted = [
                ("event_by_action", TrailFilter { action: Some("tenant.create".to_owned()), ..TrailFilter::default() }),
                ("event_by_member", TrailFilter { member: Some(member), ..TrailFilter::default() }),
                ("event_not_done", TrailFilter { outcome: Some("refused".to_owned()), ..TrailFilter::default() }),
                ("event_by_tenant", TrailFilter { outcome: Some("done".to_owned()), ..TrailFilter::default() }),
            ];
            for (index, filter) in wanted {
                let plan = plan(&db, filter).await;
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{index}: {plan}");
            }
        }
    }
}
