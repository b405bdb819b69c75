//! From the trail to messages: after the fact, in the order of the tenant's chain.
//!
//! Promises: every event with a place in the chain is looked at once for every webhook that was on when it happened, whichever node runs; an act neither
//! waits for this nor knows of it. Leaves out: events without a place yet, which have one about a second later.

use std::time::Duration;

use access::{Action, ActionSet};
use kernel::{DeliveryId, EventId, Random, TenantId, Timestamp, WebhookId};
use store::{StoreError, Tx, params};

use crate::{Result, Webhooks, rows};

/// Webhooks asked for in one go.
const WEBHOOKS: i64 = 100;
/// Events looked at in one transaction.
const EVENTS: i64 = 500;
/// How long a message that was settled is known, so that it can be delivered again.
const KNOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Webhooks {
    /// Makes the messages that are due to events since the last time; gives how many. Housekeeping; call it often.
    pub async fn spread(&self) -> Result<u64> {
        let (desk, mut made, mut after) = (self.custody.desk(), 0, Vec::new());
        loop {
            let from = after.clone();
            let behind = desk
                .db
                .read(move |tx| tx.all(rows::BEHIND, params![from.as_slice(), WEBHOOKS]))
                .await?;
            let Some(last) = behind.last() else {
                return Ok(made);
            };
            after = last.get::<Vec<u8>>(0)?;
            for row in &behind {
                made += self.catch_up(row.get(0)?, row.get(1)?).await?;
            }
        }
    }

    /// Forgets messages that were settled long ago, and everything of tenants of whom nothing is left. Housekeeping.
    pub async fn sweep(&self) -> Result<()> {
        let desk = self.custody.desk();
        let before = desk.clock.now().minus(KNOWN);
        let swept = desk.db.write(move |tx| {
            for sql in rows::FORGET {
                tx.execute(sql, params![before])?;
            }
            for row in tx.all(rows::LEFT_OVER, params![WEBHOOKS])? {
                let (tenant, webhook): (TenantId, WebhookId) = (row.get(0)?, row.get(1)?);
                for sql in rows::DELETE {
                    tx.execute(sql, params![tenant, webhook])?;
                }
            }
            Ok::<_, StoreError>(())
        });
        Ok(swept.await?)
    }

    async fn catch_up(&self, webhook: WebhookId, tenant: TenantId) -> Result<u64> {
        let (desk, mut made) = (self.custody.desk(), 0);
        loop {
            let (now, random) = (desk.clock.now(), desk.random.clone());
            let step = desk
                .db
                .write(move |tx| step(tx, (webhook, tenant), now, &*random))
                .await?;
            made += step.made;
            if !step.is_more {
                return Ok(made);
            }
        }
    }
}

/// What one transaction came to.
#[derive(Default)]
struct Step {
    made: u64,
    is_more: bool,
}

fn step(
    tx: &mut Tx,
    (webhook, tenant): (WebhookId, TenantId),
    now: Timestamp,
    random: &dyn Random,
) -> std::result::Result<Step, StoreError> {
    let Some(place) = tx.optional(rows::PLACE, params![webhook])? else {
        return Ok(Step::default());
    };
    let (from, events, since): (i64, String, Timestamp) = (place.get(0)?, place.get(1)?, place.get(2)?);
    let wanted = wanted(&events);
    let following = tx.all(rows::FOLLOWING, params![tenant, from, EVENTS])?;
    let Some(last) = following.last() else {
        return Ok(Step::default());
    };
    let to = last.get::<i64>(0)?.saturating_add(1);
    if tx.execute(rows::MOVE_ON, params![webhook, from, to])? == 0 {
        // Another node was quicker.
        return Ok(Step::default());
    }
    let mut made = 0;
    for row in &following {
        let (event, action): (EventId, String) = (row.get(1)?, row.get(2)?);
        let is_wanted = action
            .parse::<Action>()
            .is_ok_and(|action| wanted.contains(action));
        if is_wanted && row.get::<Timestamp>(3)? >= since {
            // Ids sort as the chain does.
            let moment = now.plus(Duration::from_micros(made));
            let delivery = DeliveryId::make(moment, random);
            made += tx.execute(rows::ENQUEUE, params![delivery, webhook, tenant, event, now])?;
        }
    }
    let is_more = i64::try_from(following.len()).is_ok_and(|found| found == EVENTS);
    Ok(Step { made, is_more })
}

/// The actions that a webhook tells of. Patterns that name none of this release tell of nothing.
fn wanted(events: &str) -> ActionSet {
    let each = events.split(' ').map(|pattern| ActionSet::parse([pattern]));
    each.flatten().flat_map(ActionSet::iter).collect()
}
