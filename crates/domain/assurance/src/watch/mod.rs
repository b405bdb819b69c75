//! What is watched between checks: who reads very much, and how full the disk gets.
//!
//! Promises: whoever read more than [`reading::MOST`] times within an hour is found within minutes, once a day, and that stands in the operator's
//! trail as an alarm and in the server's log; the room on the disk of each node that runs checks is written down once an hour and kept for 60
//! days. It goes by the turns of checks, so one process does it at a time. Leaves out: whether the reading was wrong, and telling
//! customers.

pub(crate) mod reading;
pub(crate) mod room;

use std::time::Duration;

use kernel::Timestamp;
use store::{StoreError, Tx, params};

use crate::error::Result;
use crate::runner::Assurance;

const RAN: &str = "SELECT ran_at FROM watch_run WHERE rule = $1";
const NOTE: &str = "INSERT INTO watch_run (rule, ran_at) VALUES ($1, $2) \
     ON CONFLICT (rule) DO UPDATE SET ran_at = excluded.ran_at";

impl Assurance {
    /// Watches what is due to be watched. Only who holds the lease of a round calls it.
    pub(crate) async fn watch(&self) -> Result<()> {
        if self.is_due(reading::RULE, reading::EVERY).await? {
            self.watch_reading().await?;
        }
        if self.is_due(room::RULE, room::EVERY).await? {
            self.watch_room().await?;
        }
        Ok(())
    }

    async fn is_due(&self, rule: &'static str, every: Duration) -> Result<bool> {
        let ran = self.site().db().read(move |tx| ran(tx, rule)).await?;
        Ok(ran.is_none_or(|ran| ran.plus(every) <= self.site().now()))
    }
}

/// When this was last watched.
pub(crate) fn ran(tx: &mut Tx, rule: &str) -> std::result::Result<Option<Timestamp>, StoreError> {
    let row = tx.optional(RAN, params![rule])?;
    row.map(|row| row.get(0)).transpose()
}

fn note(tx: &mut Tx, rule: &str, now: Timestamp) -> std::result::Result<(), StoreError> {
    tx.execute(NOTE, params![rule, now]).map(drop)
}
