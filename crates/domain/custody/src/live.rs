//! Streams in flight, by what they may flow by, so that ending that ends them.
//!
//! Promises: after [`InFlight::end`] no further chunk of any stream of that key or lease leaves this process, and
//! none leaves after a lease's own end by the clock. Other nodes learn of ends through `Custody::watch_live_keys`,
//! which asks the store about the few keys and leases in flight.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kernel::{Clock, ItemId, KeyId, ShareId, TaskId, Timestamp};

use crate::error::{Error, Result};

/// The keys that have something in flight in this process.
pub type LiveKeys = InFlight<KeyId>;

/// The leased items that are in flight in this process.
pub(crate) type LiveLeases = InFlight<(TaskId, ItemId)>;

/// The links that the public follows and that have something in flight in this process.
pub(crate) type LiveShares = InFlight<ShareId>;

/// What has something in flight in this process.
pub struct InFlight<K>(Arc<Mutex<HashMap<K, Weak<AtomicBool>>>>);

/// True until what it stands for has ended.
#[derive(Clone, Debug)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    /// Of what nothing ends but the clock.
    pub(crate) fn live() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// False once it has ended.
    pub(crate) fn is_live(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl<K> Clone for InFlight<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for InFlight<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> InFlight<K> {
    /// Registers a stream of this key or lease. Streams of one share the flag.
    pub(crate) fn begin(&self, key: K) -> Flag {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flag) = keys.get(&key).and_then(Weak::upgrade) {
            return Flag(flag);
        }
        keys.retain(|_, flag| flag.strong_count() > 0);
        let flag = Arc::new(AtomicBool::new(true));
        keys.insert(key, Arc::downgrade(&flag));
        Flag(flag)
    }

    /// Ends every stream of this key or lease.
    pub fn end(&self, key: K) {
        self.end_where(|other| *other == key);
    }

    /// Ends every stream of the keys or leases that are meant.
    pub(crate) fn end_where(&self, is_meant: impl Fn(&K) -> bool) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|key, flag| {
            let ends = is_meant(key);
            if let Some(flag) = flag.upgrade().filter(|_| ends) {
                flag.store(false, Ordering::Release);
            }
            !ends
        });
    }

    /// The keys or leases with something in flight.
    pub fn in_flight(&self) -> Vec<K> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .filter(|(_, flag)| flag.strong_count() > 0)
            .map(|(key, _)| *key)
            .collect()
    }
}

/// Held by a stream for as long as it runs: what it may flow by.
#[derive(Clone)]
pub(crate) struct Liveness {
    key: Flag,
    lease: Option<LiveLease>,
}

/// The lease that a stream flows by.
#[derive(Clone)]
pub(crate) struct LiveLease {
    pub(crate) flag: Flag,
    pub(crate) ends_at: Timestamp,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Liveness {
    pub(crate) fn new(key: Flag, lease: Option<LiveLease>) -> Self {
        Self { key, lease }
    }

    /// Whether the next piece may leave; otherwise what the next request would be told.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.key.is_live() {
            return Err(Error::Unauthenticated);
        }
        match &self.lease {
            Some(lease) if !lease.is_live() => Err(Error::NotFound("item")),
            _ => Ok(()),
        }
    }
}

impl LiveLease {
    fn is_live(&self) -> bool {
        self.flag.is_live() && self.clock.now() < self.ends_at
    }
}

impl std::fmt::Debug for Liveness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Liveness").field(&self.check().is_ok()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemRandom, Timestamp};

    #[test]
    fn ending_a_key_ends_its_streams_and_no_others() {
        let keys = LiveKeys::default();
        let id = |at| KeyId::make(Timestamp::from_micros(at), &SystemRandom);
        let (one, other) = (id(1), id(2));
        let (first, second, foreign) = (keys.begin(one), keys.begin(one), keys.begin(other));
        keys.end(one);
        assert!(!first.is_live() && !second.is_live());
        assert!(foreign.is_live());
        assert_eq!(keys.in_flight(), [other]);
    }
}
