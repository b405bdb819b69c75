//! Streams in flight, by key, so that invalidating a key ends them.
//!
//! Promises: after [`LiveKeys::end`] no further chunk of any stream of that key leaves this process. Other
//! nodes learn of it through `Custody::watch_live_keys`, which asks the store about the few keys in flight.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kernel::KeyId;

/// The keys that have something in flight in this process.
#[derive(Clone, Default)]
pub struct LiveKeys(Arc<Mutex<HashMap<KeyId, Weak<AtomicBool>>>>);

/// Held by a stream for as long as it runs.
#[derive(Clone, Debug)]
pub(crate) struct Liveness(Arc<AtomicBool>);

impl Liveness {
    /// False once the key is dead.
    pub(crate) fn is_live(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl LiveKeys {
    /// Registers a stream of this key. Streams of one key share the flag.
    pub(crate) fn begin(&self, key: KeyId) -> Liveness {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flag) = keys.get(&key).and_then(Weak::upgrade) {
            return Liveness(flag);
        }
        keys.retain(|_, flag| flag.strong_count() > 0);
        let flag = Arc::new(AtomicBool::new(true));
        keys.insert(key, Arc::downgrade(&flag));
        Liveness(flag)
    }

    /// Ends every stream of this key.
    pub fn end(&self, key: KeyId) {
        let flag = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        if let Some(flag) = flag.and_then(|flag| flag.upgrade()) {
            flag.store(false, Ordering::Release);
        }
    }

    /// The keys with something in flight.
    pub fn in_flight(&self) -> Vec<KeyId> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .filter(|(_, flag)| flag.strong_count() > 0)
            .map(|(key, _)| *key)
            .collect()
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
