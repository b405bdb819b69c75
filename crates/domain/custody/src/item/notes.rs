//! Notes: names and values that a surface keeps with a version or a part, and that may be known only with the last
//! byte: an entity tag, a checksum.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared between whoever reads the body and whoever commits. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<BTreeMap<String, String>>>);

impl Notes {
    /// Keeps a value under a name; may be called until the body has ended.
    pub fn set(&self, name: &str, value: impl Into<String>) {
        self.lock().insert(name.to_owned(), value.into());
    }

    /// What is known by now.
    pub fn known(&self) -> BTreeMap<String, String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        // A holder that panicked left a map that is whole: each change is one insertion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<BTreeMap<String, String>> for Notes {
    fn from(notes: BTreeMap<String, String>) -> Self {
        Self(Arc::new(Mutex::new(notes)))
    }
}
