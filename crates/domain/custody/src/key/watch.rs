//! Ending what dead keys have in flight on this node.

use kernel::KeyId;
use store::{StoreError, params};

use super::rows;
use crate::Custody;
use crate::error::Result;

impl Custody {
    /// Ends every stream whose key was invalidated, has expired, or whose member was disabled, on whatever node
    /// that happened; gives how many keys that were. One short read about the keys in flight alone: call it
    /// about twice a second.
    ///
    /// Fails with [`crate::Error::Unavailable`] when the store cannot be asked; streams then go on.
    pub async fn watch_live_keys(&self) -> Result<usize> {
        let keys = self.live.in_flight();
        if keys.is_empty() {
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
            Ok::<_, StoreError>(dead)
        });
        let dead = dead.await?;
        dead.iter().for_each(|key| self.live.end(*key));
        Ok(dead.len())
    }
}
