//! Whose a credential is, by a keyed hash of it: learned when it was let in, forgotten when another takes its place.

use std::sync::{Mutex, PoisonError};

use kernel::{Actor, TenantId};

/// Places: a power of two, so that every bit of a hash counts.
const PLACES: usize = 16_384;

type By = (TenantId, Actor);

/// What lies in one place: the hash of what somebody came with, and who it was.
type Place = Mutex<Option<(u64, By)>>;

/// What was learned.
pub(super) struct Known(Box<[Place]>);

impl Default for Known {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl Known {
    pub(super) fn find(&self, key: u64) -> Option<By> {
        let place = self.place(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        place.filter(|(whose, _)| *whose == key).map(|(_, by)| by)
    }

    pub(super) fn learn(&self, key: u64, by: By) {
        if let Some(place) = self.place(key) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, by));
        }
    }

    fn place(&self, key: u64) -> Option<&Mutex<Option<(u64, By)>>> {
        self.0.get(usize::try_from(key % PLACES as u64).ok()?)
    }
}
