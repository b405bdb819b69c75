//! A right that one node holds for a time: who runs the sequencer, who sweeps.
//!
//! A lease is a row. Each taking gets a higher fence than the one before, so that work done under a lease can be told
//! from work under its successor. Confirm it in the very transaction that relies on it: then losing the lease
//! and doing the work cannot both commit. Nodes' clocks must agree within much less than the time of a lease.

use std::time::Duration;

use kernel::Timestamp;

use crate::{StoreError, Tx, params};

const TAKE: &str = "
    INSERT INTO lease (name, holder, fence, until_at) VALUES ($1, $2, 1, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = lease.fence + 1, until_at = excluded.until_at
    WHERE lease.until_at <= $4 OR lease.holder = excluded.holder
    RETURNING fence";
const RENEW: &str = "UPDATE lease SET until_at = $3 WHERE name = $1 AND fence = $2 AND until_at > 0";
const RELEASE: &str = "UPDATE lease SET until_at = 0 WHERE name = $1 AND fence = $2";
const CONFIRM: &str = "SELECT 1 FROM lease WHERE name = $1 AND fence = $2 AND until_at > $3";

/// A lease that was taken. Whether it still holds only [`Lease::confirm`] knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    name: String,
    fence: i64,
}

impl Lease {
    /// Takes the lease for `ttl` if it is free, has run out, or belongs to the same holder, who then gets a new one
    /// that ends the old. Nothing when another holds it.
    pub fn take(
        tx: &mut Tx,
        name: &str,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<Self>, StoreError> {
        let row = tx.optional(TAKE, params![name, holder, now.plus(ttl), now])?;
        row.map(|row| {
            Ok(Self {
                name: name.to_owned(),
                fence: row.get(0)?,
            })
        })
        .transpose()
    }

    /// Holds on for `ttl` from now. `false` when it was released or another took it. A lease that ran out and that
    /// nobody took since can be renewed: nothing happened in between.
    pub fn renew(&self, tx: &mut Tx, now: Timestamp, ttl: Duration) -> Result<bool, StoreError> {
        Ok(tx.execute(RENEW, params![&self.name, self.fence, now.plus(ttl)])? == 1)
    }

    /// Gives it back at once. Harmless when another took it.
    pub fn release(&self, tx: &mut Tx) -> Result<(), StoreError> {
        tx.execute(RELEASE, params![&self.name, self.fence]).map(drop)
    }

    /// Whether it still holds in this transaction.
    pub fn confirm(&self, tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
        Ok(tx
            .optional(CONFIRM, params![&self.name, self.fence, now])?
            .is_some())
    }

    /// Grows with each taking of the lease of this name, from 1.
    pub fn fence(&self) -> i64 {
        self.fence
    }
}
