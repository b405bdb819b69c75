//! Signers remembered for moments: an S3 client signs every request, and opening its secret anew costs a read each time.
//!
//! Promises: at most [`Signers::MOST`] of them, none older than [`Signers::KEPT`] by the clock that is given; secrets are wiped
//! when they are let go of. Leaves out: whether a key lives, which every act asks for itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{KeyId, Timestamp};

use super::Signer;

/// The signers of this process.
#[derive(Default)]
pub(crate) struct Signers(Mutex<HashMap<KeyId, (Timestamp, Signer)>>);

impl Signers {
    /// How many are remembered.
    pub(crate) const MOST: usize = 4_096;
    /// For how long.
    pub(crate) const KEPT: Duration = Duration::from_secs(30);

    /// The signer of this key, if it was looked up lately.
    pub(crate) fn find(&self, key: KeyId, now: Timestamp) -> Option<Signer> {
        let mut kept = self.lock();
        let (since, signer) = kept.get(&key)?;
        if is_fresh(*since, now) {
            return Some(signer.clone());
        }
        kept.remove(&key);
        None
    }

    /// Remembers what was looked up now. When there are too many, the old ones go, and all if none is old.
    pub(crate) fn keep(&self, key: KeyId, now: Timestamp, signer: Signer) {
        let mut kept = self.lock();
        if kept.len() >= Self::MOST {
            kept.retain(|_, (since, _)| is_fresh(*since, now));
        }
        if kept.len() >= Self::MOST {
            kept.clear();
        }
        kept.insert(key, (now, signer));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, (Timestamp, Signer)>> {
        // A holder that panicked left a map that is whole: each change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes from the future of a clock that was set back is not fresh.
fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now < since.plus(Signers::KEPT)
}

#[cfg(test)]
mod tests {
    use kernel::TenantId;

    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);

    fn key(number: u64) -> KeyId {
        let mut bytes = [7u8; 16];
        bytes[6] = 0x70;
        bytes[8..].copy_from_slice(&(number | 0x8000_0000_0000_0000).to_be_bytes());
        KeyId::from_bytes(&bytes).unwrap()
    }

    fn signer() -> Signer {
        let tenant = TenantId::from_bytes(key(0).as_bytes()).unwrap();
        Signer {
            tenant,
            slug: "clinic".into(),
            secret: Some("k".into()),
        }
    }

    #[test]
    fn what_was_looked_up_is_known_for_half_a_minute() {
        let (signers, later) = (Signers::default(), |seconds| {
            NOON.plus(Duration::from_secs(seconds))
        });
        signers.keep(key(1), later(10), signer());
        assert!(signers.find(key(1), later(39)).is_some());
        assert!(signers.find(key(2), later(10)).is_none());
        assert!(signers.find(key(1), later(40)).is_none());
        signers.keep(key(1), later(10), signer());
        assert!(signers.find(key(1), later(9)).is_none(), "the clock was set back");
    }

    #[test]
    fn there_are_never_more_than_the_most() {
        let signers = Signers::default();
        for number in 0..=Signers::MOST as u64 {
            signers.keep(key(number), NOON, signer());
            assert!(signers.lock().len() <= Signers::MOST);
        }
        assert!(signers.find(key(Signers::MOST as u64), NOON).is_some());
    }
}
