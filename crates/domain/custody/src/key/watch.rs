//! Ending what dead keys and ended leases have in flight on this node.

use kernel::KeyId;
use store::{StoreError, params};

use super::rows;
use crate::error::Result;
use crate::{Custody, task};

impl Custody {
    /// Ends every stream whose key was invalidated, has expired, or whose member was disabled, and every stream by a
    /// lease that has ended, on whatever node that happened; gives how many keys and leases that were. One short read
    /// about what is in flight alone: call it about twice a second.
    ///
    /// Fails with [`crate::Error::Unavailable`] when the store cannot be asked; streams then go on.
    pub async fn watch_live_keys(&self) -> Result<usize> {
        let (keys, leases) = (self.live.in_flight(), self.leases.in_flight());
        if keys.is_empty() && leases.is_empty() {
            return Ok(0);
        }
        let now = self.desk.clock.now();
        let dead = self.desk.db.read(move |tx| {
            let mut dead: Vec<KeyId> = Vec::new();
            for key in &keys {
                if tx.optional(rows::IS_LIVE, params![key, now])?.is_none() {
                    dead.push(*key);
                }
            }
            Ok::<_, StoreError>((dead, task::ended_of(tx, &leases, now)?))
        });
        let (dead, ended) = dead.await?;
        dead.iter().for_each(|key| self.live.end(*key));
        ended.iter().for_each(|lease| self.leases.end(*lease));
        Ok(dead.len() + ended.len())
    }
}
