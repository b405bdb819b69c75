//! What a guess at a passphrase costs, and the key that follows from a passphrase.

use argon2::{Algorithm, Argon2, Params, Version};

use super::BadRootFile;
use crate::Key;

/// How much work one guess at a passphrase costs (Argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseCost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl PassphraseCost {
    /// 64 MiB, three passes, one lane: the second choice of RFC 9106, section 4, with one
    /// lane instead of four.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// The least that is accepted: 8 MiB, one pass, one lane. For tests and very small machines.
    pub const LEAST: Self = Self {
        memory_kib: 8 * 1024,
        passes: 1,
        lanes: 1,
    };

    /// A cost of so much memory in KiB, passes and lanes.
    ///
    /// # Errors
    /// [`BadRootFile::Cost`] out of bounds: a changed file must not be able to exhaust the machine.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, BadRootFile> {
        let sensible = (8 * 1024..=1024 * 1024).contains(&memory_kib)
            && (1..=10).contains(&passes)
            && (1..=8).contains(&lanes);
        if sensible {
            Ok(Self {
                memory_kib,
                passes,
                lanes,
            })
        } else {
            Err(BadRootFile::Cost)
        }
    }

    /// Argon2id, version 0x13, 32 bytes.
    pub(super) fn key_of(self, passphrase: &[u8], salt: &[u8; 16]) -> Result<Key, BadRootFile> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(Key::LEN));
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            params.map_err(|_| BadRootFile::Cost)?,
        );
        let mut hashed = Ok(());
        let key = Key::filled(|into| hashed = argon2.hash_password_into(passphrase, salt, into));
        hashed.map_err(|_| BadRootFile::Cost)?;
        Ok(key)
    }
}
