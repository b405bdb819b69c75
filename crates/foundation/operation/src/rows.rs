//! The trail's rows. Event rows are written once and never updated; their place in the log is in rows of its own.

use kernel::EventId;
use store::{Migration, StoreError, Tx, params};

use crate::event::{Event, SealedEvent};

/// The tables of the trail and the log.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 100,
    name: "trail and log",
    sql: include_str!("trail.sql"),
}];

/// One event as its row. The columns in clear hold ids and words of ours, for queries; everything else is sealed.
#[derive(Clone)]
pub(crate) struct EventRow {
    pub(crate) id: EventId,
    event: Event,
    sealed: Vec<u8>,
    commitment: [u8; 32],
}

impl EventRow {
    pub(crate) fn new(event: Event, sealed: SealedEvent) -> Self {
        Self {
            id: event.id,
            event,
            sealed: sealed.sealed,
            commitment: *sealed.commitment.as_bytes(),
        }
    }
}

const INSERT_EVENT: &str = "INSERT INTO event (event_id, tenant_id, happened_at, key_id, member_id, action, outcome, \
     dataset_id, item_id, sealed, commitment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const INSERT_PENDING: &str = "INSERT INTO log_pending (event_id, tenant_id, commitment) VALUES ($1, $2, $3)";

/// Appends the event in this transaction; the sequencer gives it its place later.
pub(crate) fn append(tx: &mut Tx, row: &EventRow) -> Result<(), StoreError> {
    let event = &row.event;
    // The query "what was done to this member or key" is answered from the sealed details; the columns
    // answer "what did this key or member do" and "who touched this item".
    tx.execute(
        INSERT_EVENT,
        params![
            event.id,
            event.tenant,
            event.at,
            event.actor.key(),
            event.actor.member(),
            event.action,
            event.outcome.as_str(),
            event.resource.dataset,
            event.resource.item,
            &row.sealed,
            row.commitment,
        ],
    )?;
    tx.execute(INSERT_PENDING, params![event.id, event.tenant, row.commitment])?;
    Ok(())
}
