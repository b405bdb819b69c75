//! A table of buckets that never grows.
//!
//! A bucket has its place in one of many small sets, found by a hash that nobody outside can foresee; each set has a lock of its
//! own. A full set forgets the bucket that is full again soonest: nearest to what a new one would be.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

/// Places in a set.
const WAYS: usize = 8;
/// Sets: with places for 65,536 buckets, a mebibyte.
const SETS: usize = 8_192;

/// Whose bucket it is, and when it is full again.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    who: u64,
    full_at: i64,
}

#[derive(Debug)]
pub(super) struct Buckets {
    hasher: RandomState,
    sets: Box<[Mutex<[Bucket; WAYS]>]>,
}

impl Buckets {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            sets: (0..SETS).map(|_| Mutex::default()).collect(),
        }
    }

    pub(super) fn hash<T: Hash + ?Sized>(&self, of: &T) -> u64 {
        self.hasher.hash_one(of)
    }

    /// Changes the moment of a bucket; one that is not known was full for ever.
    pub(super) fn change<R>(&self, who: u64, change: impl FnOnce(i64) -> (i64, R)) -> (i64, R) {
        let place = usize::try_from(who % SETS as u64).unwrap_or(0);
        let Some(set) = self.sets.get(place) else {
            return change(i64::MIN);
        };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let found = set.iter().position(|bucket| bucket.who == who);
        let soonest = || (0..WAYS).min_by_key(|at| set[*at].full_at).unwrap_or(0);
        let (at, known) = found.map_or_else(|| (soonest(), false), |at| (at, true));
        let (full_at, result) = change(if known { set[at].full_at } else { i64::MIN });
        set[at] = Bucket { who, full_at };
        (full_at, result)
    }
}
