//! Ending what dead keys and ended leases have in flight on this node.

use kernel::KeyId;
use store::{StoreError, params};

use super::rows;
use crate::error::Result;
use crate::{Custody, share, task};

impl Custody {
    /// Ends every stream whose key was invalidated, has expired, or whose member was disabled or is not let in any more, every stream by a
    /// lease that has ended, and every stream to the public by a link that has, on whatever node that happened; gives how many that were. One short read
    /// about what is in flight alone: call it about twice a second.
    ///
    /// Fails with [`crate::Error::Unavailable`] when the store cannot be asked; streams then go on.
    pub async fn watch_live_keys(&self) -> Result<usize> {
        let (keys, leases) = (self.live.in_flight(), self.leases.in_flight());
        let shares = self.shares.in_flight();
        if keys.is_empty() && leases.is_empty() && shares.is_empty() {
            return Ok(0);
        }
        let now = self.desk.clock.now();
        let dead = self.desk.db.read(move |tx| {
            let mut dead: Vec<KeyId> = Vec::new();
            for key in &keys {
                if tx.optional(&rows::IS_LIVE, params![key, now])?.is_none() {
                    dead.push(*key);
                }
            }
            let closed = share::ended_of(tx, &shares, now)?;
            Ok::<_, StoreError>((dead, task::ended_of(tx, &leases, now)?, closed))
        });
        let (dead, ended, closed) = dead.await?;
        dead.iter().for_each(|key| self.live.end(*key));
        ended.iter().for_each(|lease| self.leases.end(*lease));
        closed.iter().for_each(|share| self.shares.end(*share));
        Ok(dead.len() + ended.len() + closed.len())
    }
}
