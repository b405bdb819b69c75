//! Keys that come with each request and are kept nowhere: the bytes of such a version open only with its own key
//! *and* the one provided (what S3 calls SSE-C).
//!
//! Promises: nothing of the provided key is stored but a check that is bound to the version's own random key; a
//! missing and a wrong key are told apart before any byte is opened. What the version is, its size and its name,
//! does not need the key.

use std::sync::Arc;

use sealing::Key;
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Result};

/// A key that came with a request. Cheap to clone; does not print itself; wiped when the last clone goes.
#[derive(Clone)]
pub struct ProvidedKey(Arc<Key>);

impl ProvidedKey {
    /// From the 32 bytes that the client sent.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Arc::new(Key::from_bytes(bytes)))
    }

    /// What the bytes are sealed under.
    pub(crate) fn with(&self, version: &Key) -> Key {
        Key::both(version, &self.0, "provided key", &[])
    }

    /// What recognises this key for this version.
    pub(crate) fn check(&self, version: &Key) -> String {
        hex::encode(Key::both(version, &self.0, "provided key check", &[]).expose())
    }
}

impl std::fmt::Debug for ProvidedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProvidedKey")
    }
}

/// The key for the bytes of a version, or why the request cannot have them.
pub(crate) fn bytes_key(version: &Key, check: Option<&str>, provided: Option<&ProvidedKey>) -> Result<Key> {
    match (check, provided) {
        (None, None) => Ok(version.duplicate()),
        (Some(check), Some(provided)) => {
            let same: bool = provided.check(version).as_bytes().ct_eq(check.as_bytes()).into();
            if same {
                Ok(provided.with(version))
            } else {
                Err(Error::invalid(
                    "provided_key.wrong",
                    "it is not the key that this version was sealed with",
                ))
            }
        }
        (Some(_), None) => Err(Error::invalid(
            "provided_key.missing",
            "this version was sealed with a key of the client's own; send it along",
        )),
        (None, Some(_)) => Err(Error::invalid(
            "provided_key.unexpected",
            "this version was not sealed with a key of the client's own; ask without one",
        )),
    }
}
