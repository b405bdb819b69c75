//! SQL of populations: the columns of the trails that lie in clear, which hold ids, moments and words of ours.

use kernel::{EventId, TenantId, Timestamp};
use store::{Row, StoreError, Tx, params};

/// An entry of a trail, as far as it lies in clear.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) event: EventId,
    cells: [Option<String>; 9],
}

/// The columns of a population.
pub(super) const COLUMNS: [&str; 10] = [
    "event",
    "at",
    "tenant",
    "action",
    "outcome",
    "by_member",
    "by_key",
    "dataset",
    "item",
    "log_index",
];

const ENTRY: &str = "SELECT e.event_id, e.happened_at, e.tenant_id, e.action, e.outcome, e.member_id, e.key_id, e.dataset_id, \
     e.item_id, l.log_index FROM event e LEFT JOIN log_entry l ON l.event_id = e.event_id";
const WHOSE: &str = "SELECT c.tenant_id, t.slug FROM log_chain c LEFT JOIN tenant t ON t.tenant_id = c.tenant_id WHERE c.tenant_id > $1 \
     ORDER BY c.tenant_id LIMIT $2";
const ACCESSES: &str =
    "SELECT key_id FROM operator_access WHERE key_id IS NOT NULL AND key_id > $1 ORDER BY key_id LIMIT $2";

/// Which part of a period is read next.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// The last entry that was read.
    pub(super) after: Vec<u8>,
}

/// Whose trails there are, with their short names, a page at a time.
pub(super) fn tenants(
    tx: &mut Tx,
    after: &[u8],
    limit: u32,
) -> Result<Vec<(TenantId, Option<String>)>, StoreError> {
    let rows = tx.all(WHOSE, params![after, limit])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The keys that tenants gave the operator, a page at a time.
pub(super) fn access_keys(tx: &mut Tx, after: &[u8], limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = tx.all(ACCESSES, params![after, limit])?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Entries of one tenant and action that were done.
pub(super) fn of_action(
    tx: &mut Tx,
    (tenant, action): (TenantId, &str),
    window: &Window,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{ENTRY} WHERE e.tenant_id = $1 AND e.action = $2 AND e.outcome = 'done' AND e.event_id > $3 \
         AND e.happened_at >= $4 AND e.happened_at < $5 ORDER BY e.event_id LIMIT $6"
    );
    let rows = tx.all(
        &sql,
        params![
            tenant,
            action,
            window.after.as_slice(),
            window.from,
            window.to,
            limit
        ],
    )?;
    rows.iter().map(read).collect()
}

/// Entries of one tenant that were refused or failed.
pub(super) fn not_done(
    tx: &mut Tx,
    tenant: TenantId,
    window: &Window,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{ENTRY} WHERE e.tenant_id = $1 AND e.outcome <> 'done' AND e.event_id > $2 \
         AND e.happened_at >= $3 AND e.happened_at < $4 ORDER BY e.event_id LIMIT $5"
    );
    let rows = tx.all(
        &sql,
        params![tenant, window.after.as_slice(), window.from, window.to, limit],
    )?;
    rows.iter().map(read).collect()
}

/// Entries of one key.
pub(super) fn by_key(tx: &mut Tx, key: &[u8], window: &Window, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{ENTRY} WHERE e.key_id = $1 AND e.event_id > $2 AND e.happened_at >= $3 AND e.happened_at < $4 \
         ORDER BY e.event_id LIMIT $5"
    );
    let rows = tx.all(
        &sql,
        params![key, window.after.as_slice(), window.from, window.to, limit],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Entry, StoreError> {
    let at: Timestamp = row.get(1)?;
    let index: Option<u64> = row.get(9)?;
    Ok(Entry {
        event: row.get(0)?,
        cells: [
            Some(at.to_string()),
            Some(row.get::<TenantId>(2)?.to_string()),
            Some(row.get::<String>(3)?),
            Some(row.get::<String>(4)?),
            row.get::<Option<kernel::MemberId>>(5)?.map(|id| id.to_string()),
            row.get::<Option<kernel::KeyId>>(6)?.map(|id| id.to_string()),
            row.get::<Option<kernel::DatasetId>>(7)?.map(|id| id.to_string()),
            row.get::<Option<kernel::ItemId>>(8)?.map(|id| id.to_string()),
            index.map(|index| index.to_string()),
        ],
    })
}

impl Entry {
    /// As a line.
    pub(super) fn line(&self) -> Vec<String> {
        let cells = self.cells.iter().map(|cell| cell.clone().unwrap_or_default());
        std::iter::once(self.event.to_string()).chain(cells).collect()
    }
}
