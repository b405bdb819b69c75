//! The sequencer: gives recorded events their place in the log and signs its new head.
//!
//! Promises: one transaction takes waiting events, continues each tenant's chain, extends the tiles and
//! stores the signed checkpoint, so that a crash leaves the log at one head or the next; a checkpoint is
//! published only after it is durable; one node at a time does this, by a lease confirmed in that very
//! transaction. Leaves out: when to run (the server's loop), and witnesses.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, TenantId};
use ledger::checkpoint::Checkpoint;
use ledger::tree::{Appended, Frontier};
use ledger::{Chain, Hash, SigningKey};
use store::{Db, Lease, Row, StoreError, Tx, Value, params};

use crate::OperationError;
use crate::log::{self, TxTiles};

/// Events that one transaction takes: enough to share its commit, few enough that acts wait milliseconds.
const BATCH: i64 = 2_000;
/// Rows in one statement.
const ROWS: usize = 100;
/// How long a node that died keeps the others from sequencing.
const LEASE: Duration = Duration::from_secs(15);
/// How long superseded checkpoints are kept. Whoever wants to compare with an older one has it already.
const CHECKPOINTS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const ANY_PENDING: &str = "SELECT 1 FROM log_pending LIMIT 1";
const PENDING: &str = "SELECT event_id, tenant_id, commitment FROM log_pending ORDER BY event_id LIMIT $1";
const CHAIN: &str = "SELECT next_number, last_link FROM log_chain WHERE tenant_id = $1";
const SET_CHAIN: &str = "INSERT INTO log_chain (tenant_id, next_number, last_link) VALUES ($1, $2, $3) \
     ON CONFLICT (tenant_id) DO UPDATE SET next_number = excluded.next_number, last_link = excluded.last_link";
const SET_TILE: &str = "INSERT INTO log_tile (tile_level, tile_index, hashes) VALUES ($1, $2, $3) \
     ON CONFLICT (tile_level, tile_index) DO UPDATE SET hashes = excluded.hashes";
const SET_CHECKPOINT: &str = "INSERT INTO log_checkpoint (tree_size, signed_at, note) VALUES ($1, $2, $3)";
const OLD_CHECKPOINTS: &str = "DELETE FROM log_checkpoint WHERE signed_at < $1 AND tree_size < $2";

/// Puts events into the log.
#[derive(Clone)]
pub struct Sequencer {
    db: Db,
    clock: Arc<dyn Clock>,
    signer: Arc<SigningKey>,
    node: Arc<str>,
}

impl Sequencer {
    /// A sequencer for the log that `signer` signs; `node` names this process.
    pub fn new(db: Db, clock: Arc<dyn Clock>, signer: SigningKey, node: &str) -> Self {
        Self {
            db,
            clock,
            signer: Arc::new(signer),
            node: node.into(),
        }
    }

    /// Sequences what is waiting, batch after batch. Returns how many events got their place; 0 also when
    /// another node holds the lease.
    pub async fn run(&self) -> Result<u64, OperationError> {
        let mut total = 0;
        loop {
            if !self
                .db
                .read(|tx| Ok::<_, StoreError>(tx.optional(ANY_PENDING, &[])?.is_some()))
                .await?
            {
                return Ok(total);
            }
            let this = self.clone();
            let done = self.db.write(move |tx| this.sequence(tx)).await?;
            total += done;
            if done < BATCH.unsigned_abs() {
                return Ok(total);
            }
        }
    }

    /// Makes the first checkpoint, of the empty log, so that there is always one to compare with.
    pub async fn publish_first(&self) -> Result<(), OperationError> {
        let this = self.clone();
        self.db
            .write(move |tx| {
                if log::size(tx)? == 0
                    && tx
                        .optional("SELECT 1 FROM log_checkpoint LIMIT 1", &[])?
                        .is_none()
                {
                    this.publish(tx, &Frontier::empty())?;
                }
                Ok(())
            })
            .await
    }

    fn sequence(&self, tx: &mut Tx) -> Result<u64, OperationError> {
        // INVARIANT: the lease row is written in this transaction, so two sequencers cannot both commit.
        if Lease::take(tx, "sequencer", &self.node, self.clock.now(), LEASE)?.is_none() {
            return Ok(0);
        }
        let pending = tx.all(PENDING, params![BATCH])?;
        if pending.is_empty() {
            return Ok(0);
        }
        let size = log::size(tx)?;
        let mut frontier = Frontier::from_tiles(&TxTiles(RefCell::new(tx)), size).map_err(broken)?;
        let entries = chain(tx, &pending)?;
        store_entries(tx, size, &entries)?;
        let links: Vec<Hash> = entries.iter().map(|entry| entry.link).collect();
        store_tiles(tx, ledger::tree::append_entries(&mut frontier, &links))?;
        self.publish(tx, &frontier)?;
        Ok(pending.len() as u64)
    }

    fn publish(&self, tx: &mut Tx, frontier: &Frontier) -> Result<(), OperationError> {
        let head = Checkpoint {
            origin: self.signer.verifier().name().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
            extensions: Vec::new(),
        };
        let signed = head.sign(&self.signer).map_err(broken)?;
        let (size, now) = (number(head.size)?, self.clock.now());
        tx.execute(SET_CHECKPOINT, params![size, now, signed.to_string()])?;
        tx.execute(OLD_CHECKPOINTS, params![now.minus(CHECKPOINTS_KEPT), size])?;
        Ok(())
    }
}

/// One event with its place in its tenant's chain.
struct Entry {
    event: Value,
    tenant: TenantId,
    number: i64,
    link: Hash,
}

fn chain(tx: &mut Tx, pending: &[Row]) -> Result<Vec<Entry>, OperationError> {
    let mut chains: HashMap<TenantId, Chain> = HashMap::new();
    let mut entries = Vec::with_capacity(pending.len());
    for row in pending {
        let tenant: TenantId = row.get(1)?;
        let chain = match chains.entry(tenant) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(load_chain(tx, tenant)?),
        };
        let placed = chain.append(&Hash::from_bytes(row.get(2)?));
        let event = Value::from(row.get::<Vec<u8>>(0)?);
        entries.push(Entry {
            event,
            tenant,
            number: number(placed.sequence)?,
            link: placed.link,
        });
    }
    for (tenant, chain) in chains {
        let next = number(chain.next_sequence())?;
        tx.execute(SET_CHAIN, params![tenant, next, *chain.last_link().as_bytes()])?;
    }
    Ok(entries)
}

fn load_chain(tx: &mut Tx, tenant: TenantId) -> Result<Chain, OperationError> {
    match tx.optional(CHAIN, params![tenant])? {
        None => Ok(Chain::start()),
        Some(row) => {
            let last = row
                .get::<u64>(0)?
                .checked_sub(1)
                .ok_or_else(|| broken("a chain without entries"))?;
            Ok(Chain::after(last, Hash::from_bytes(row.get(1)?)))
        }
    }
}

fn store_entries(tx: &mut Tx, size: u64, entries: &[Entry]) -> Result<(), OperationError> {
    let mut index = number(size)?;
    for rows in entries.chunks(ROWS) {
        let mut values = Vec::with_capacity(rows.len() * 5);
        for entry in rows {
            values.extend([
                Value::from(index),
                entry.event.clone(),
                Value::from(entry.tenant),
                Value::from(entry.number),
                Value::from(*entry.link.as_bytes()),
            ]);
            index += 1;
        }
        let places = placeholders(rows.len(), 5);
        let insert = format!(
            "INSERT INTO log_entry (log_index, event_id, tenant_id, chain_number, link) VALUES {places}"
        );
        tx.execute(&insert, &values)?;
        let events: Vec<Value> = rows.iter().map(|entry| entry.event.clone()).collect();
        let places = placeholders(1, rows.len());
        tx.execute(
            &format!("DELETE FROM log_pending WHERE event_id IN {places}"),
            &events,
        )?;
    }
    Ok(())
}

fn store_tiles(tx: &mut Tx, appended: Appended) -> Result<(), OperationError> {
    for tile in appended.tiles {
        tx.execute(
            SET_TILE,
            params![i64::from(tile.level), number(tile.index)?, tile.bytes],
        )?;
    }
    Ok(())
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

fn number(count: u64) -> Result<i64, OperationError> {
    i64::try_from(count).map_err(broken)
}

fn broken(error: impl ToString) -> OperationError {
    OperationError::Ledger(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on_from_row_to_row() {
        assert_eq!(placeholders(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(placeholders(1, 3), "($1, $2, $3)");
    }
}
