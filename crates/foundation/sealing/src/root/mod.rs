//! The key above all others: who can use it, and the file a local one lives in.

mod cost;
mod file;
#[cfg(test)]
mod file_tests;
mod refused;
mod text;

use std::fmt;

use kernel::Random;

pub use cost::PassphraseCost;
pub use file::{Protection, RootFile, Unlock};
pub use refused::BadRootFile;

use crate::primitive::SUITE_1;
use crate::{Context, Key, Refused, boxes};

/// The name of a root key: sixteen bytes that follow from the key and tell nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RootId([u8; 16]);

impl RootId {
    /// The id of the root key with these bytes.
    pub fn of(key: &Key) -> Self {
        let derived = key.derive("root id", &[]);
        let mut id = [0u8; 16];
        id.copy_from_slice(&derived.expose()[..16]);
        Self(id)
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RootId {
    /// 32 lowercase hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why a root key did not wrap or unwrap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootRefused {
    /// The bytes were wrapped by another root key.
    #[error("wrapped by root key {needed}, but the one at hand is {present}: start with the right root key")]
    OtherRoot {
        /// The root key that wrapped them.
        needed: RootId,
        /// The root key that was asked.
        present: RootId,
    },
    /// The bytes were refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A provider elsewhere did not answer or said no; trying again may help.
    #[error("the root key provider did not answer: {0}")]
    Unavailable(String),
}

/// Whatever holds a root key: this process, or a service that never gives it out.
///
/// Calls may take as long as a network does. Implementations must bind the context.
pub trait RootKey: Send + Sync {
    /// Which root key this is.
    fn id(&self) -> RootId;

    /// Wraps a key for one context; the bytes name the root key.
    ///
    /// # Errors
    /// [`RootRefused::Unavailable`] from providers elsewhere.
    fn wrap(&self, context: &Context, key: &Key, random: &dyn Random) -> Result<Vec<u8>, RootRefused>;

    /// Opens what [`RootKey::wrap`] made for the same context.
    ///
    /// # Errors
    /// [`RootRefused::OtherRoot`] before anything is opened; [`RootRefused::Refused`];
    /// [`RootRefused::Unavailable`] from providers elsewhere.
    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootRefused>;
}

/// A root key held in this process. Its wraps: version, suite, root id, then a wrapped key.
#[derive(Debug)]
pub struct LocalRoot {
    id: RootId,
    key: Key,
}

const PREFIX: [u8; 2] = [1, SUITE_1];
const HEAD_LEN: usize = 2 + 16;
const WHAT: &str = "a key wrapped by a root key";

impl LocalRoot {
    /// The root key with these bytes.
    pub fn new(key: Key) -> Self {
        Self {
            id: RootId::of(&key),
            key,
        }
    }

    /// The root key itself, for writing it into a [`RootFile`].
    pub fn key(&self) -> &Key {
        &self.key
    }
}

impl RootKey for LocalRoot {
    fn id(&self) -> RootId {
        self.id
    }

    fn wrap(&self, context: &Context, key: &Key, random: &dyn Random) -> Result<Vec<u8>, RootRefused> {
        Ok([
            &PREFIX[..],
            self.id.as_bytes(),
            &boxes::wrap(&self.key, context, key, random),
        ]
        .concat())
    }

    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootRefused> {
        let Some((head, sealed)) = wrapped.split_first_chunk::<HEAD_LEN>() else {
            return Err(Refused::TooShort { what: WHAT }.into());
        };
        let [version, suite, id @ ..] = *head;
        if [version, suite] != PREFIX {
            return Err(Refused::UnknownFormat {
                what: WHAT,
                version,
                suite,
            }
            .into());
        }
        let needed = RootId(id);
        if needed != self.id {
            return Err(RootRefused::OtherRoot {
                needed,
                present: self.id,
            });
        }
        Ok(boxes::unwrap(&self.key, context, sealed)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Counting, key, place};

    #[test]
    fn a_root_key_wraps_for_one_context() {
        let root = LocalRoot::new(key(1));
        let wrapped = root
            .wrap(&place("tenant"), &key(9), &Counting::default())
            .unwrap();
        assert_eq!(
            root.unwrap(&place("tenant"), &wrapped).unwrap().expose(),
            key(9).expose()
        );
        let refused = root.unwrap(&place("other"), &wrapped).unwrap_err();
        assert_eq!(refused, RootRefused::Refused(Refused::WrongKeyOrContext));
    }

    #[test]
    fn a_wrong_root_key_is_named() {
        let wrapped = LocalRoot::new(key(1))
            .wrap(&place("tenant"), &key(9), &Counting::default())
            .unwrap();
        let refused = LocalRoot::new(key(2))
            .unwrap(&place("tenant"), &wrapped)
            .unwrap_err();
        let (needed, present) = (RootId::of(&key(1)), RootId::of(&key(2)));
        assert_eq!(refused, RootRefused::OtherRoot { needed, present });
        assert!(refused.to_string().contains(&needed.to_string()));
    }

    #[test]
    fn every_changed_bit_is_refused() {
        let root = LocalRoot::new(key(1));
        let wrapped = root
            .wrap(&place("tenant"), &key(9), &Counting::default())
            .unwrap();
        for bit in 0..wrapped.len() * 8 {
            let mut changed = wrapped.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(root.unwrap(&place("tenant"), &changed).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), known: bool) {
            let root = LocalRoot::new(key(1));
            let bytes = if known { [&PREFIX[..], root.id().as_bytes(), &bytes].concat() } else { bytes };
            prop_assert!(root.unwrap(&place("tenant"), &bytes).is_err());
        }
    }
}
