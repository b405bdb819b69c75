//! Notes: names and values that a surface keeps with a version or a part, and that may be known only with the last
//! byte: an entity tag, a checksum.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared between whoever reads the body and whoever commits. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    known: Arc<Mutex<BTreeMap<String, String>>>,
    /// Names of those that are true of these bytes alone.
    of_bytes: &'static [&'static str],
}

impl Notes {
    /// Keeps a value under a name; may be called until the body has ended.
    pub fn set(&self, name: &str, value: impl Into<String>) {
        self.lock().insert(name.to_owned(), value.into());
    }

    /// The same; the notes of these names are true of the bytes as they came, and of no others.
    #[must_use]
    pub fn of_bytes(self, names: &'static [&'static str]) -> Self {
        Self {
            of_bytes: names,
            ..self
        }
    }

    /// The same, where these are notes of the same bytes.
    #[must_use]
    pub(crate) fn of_the_bytes_of(self, others: &Self) -> Self {
        self.of_bytes(others.of_bytes)
    }

    /// Other bytes are kept than came: what is true of those alone goes.
    pub(crate) fn forget_bytes(&self) {
        self.lock()
            .retain(|name, _| !self.of_bytes.contains(&name.as_str()));
    }

    /// What is known by now.
    pub fn known(&self) -> BTreeMap<String, String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        // A holder that panicked left a map that is whole: each change is one insertion.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<BTreeMap<String, String>> for Notes {
    fn from(notes: BTreeMap<String, String>) -> Self {
        Self {
            known: Arc::new(Mutex::new(notes)),
            of_bytes: &[],
        }
    }
}
