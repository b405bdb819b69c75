//! What a message says.
//!
//! INVARIANT: it is made of the columns of the trail that lie in clear, which hold ids and words of ours; nothing of an event is opened for it.

use kernel::{DatasetId, DeliveryId, EventId, ItemId, TenantId, Timestamp};
use serde::Serialize;
use store::{Row, StoreError, Tx, params};

use crate::rows;

/// The action of a message that somebody asked for to see whether it arrives.
const TEST: &str = "webhook.test";

#[derive(Serialize)]
struct Message {
    #[serde(rename = "type")]
    action: String,
    timestamp: Timestamp,
    data: Data,
}

#[derive(Default, Serialize)]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset: Option<DatasetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
}

/// The body about an event, or that of a test; nothing for an event that the tenant does not have.
pub(crate) fn body(
    tx: &mut Tx,
    tenant: TenantId,
    event: Option<EventId>,
    made_at: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let message = match event {
        None => Message {
            action: TEST.to_owned(),
            timestamp: made_at,
            data: Data::default(),
        },
        Some(event) => match tx.optional(rows::EVENT, params![tenant, event])? {
            Some(row) => read(event, &row)?,
            None => return Ok(None),
        },
    };
    Ok(serde_json::to_vec(&message).ok())
}

fn read(event: EventId, row: &Row) -> Result<Message, StoreError> {
    Ok(Message {
        timestamp: row.get(0)?,
        action: row.get(1)?,
        data: Data {
            event: Some(event),
            outcome: row.get(2)?,
            dataset: row.get(3)?,
            item: row.get(4)?,
            index: row.get(5)?,
            sequence: row.get(6)?,
        },
    })
}

/// The id that a receiver knows a message by, however often it comes.
pub(crate) fn id(delivery: DeliveryId) -> String {
    format!("msg_{delivery}")
}
