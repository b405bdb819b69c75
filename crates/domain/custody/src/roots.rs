//! The root keys at hand: the current one, and older ones until everything is re-wrapped.

use std::sync::Arc;

use sealing::RootKey;

use crate::error::{Error, Result};

/// The root keys that this process can use.
#[derive(Clone)]
pub struct Roots {
    current: Arc<dyn RootKey>,
    older: Vec<Arc<dyn RootKey>>,
}

impl Roots {
    /// New wraps are made by `current`; `older` still open what they wrapped.
    pub fn new(current: Arc<dyn RootKey>, older: Vec<Arc<dyn RootKey>>) -> Self {
        Self { current, older }
    }

    /// The root that wraps.
    pub fn current(&self) -> &dyn RootKey {
        &*self.current
    }

    /// The root with this id, or what to do about its absence.
    pub(crate) fn find(&self, id: Option<&str>) -> Result<&dyn RootKey> {
        let id = id.ok_or(Error::Altered)?;
        let absent = || {
            Error::Internal(format!(
                "root key {id} is not at hand; start with it or restore it"
            ))
        };
        self.get(id).ok_or_else(absent)
    }

    /// The root with this id, if it is at hand.
    pub(crate) fn get(&self, id: &str) -> Option<&dyn RootKey> {
        self.all().find(|root| root.id().to_string() == id)
    }

    /// The ids of the roots at hand, the current one first.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.all().map(|root| root.id().to_string()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &dyn RootKey> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .map(|root| &**root)
    }
}
