//! What letters are sealed for, and what finds an address again.
//!
//! Promises: the database holds the public key alone, so whoever writes a letter can read none. The secret half and the key of the hashes
//! follow from one key of the installation, which is opened to send. Leaves out: where that key comes from (`custody`).

use sealing::{BlindIndexKey, Context, Key, LetterboxPublic, LetterboxSecret};
use store::{Tx, params};

use crate::rows;
use crate::{Address, Error, Result};

/// Opens letters, and hashes addresses. For whoever sends.
pub struct OutboxKey {
    secret: LetterboxSecret,
    addresses: BlindIndexKey,
}

impl std::fmt::Debug for OutboxKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutboxKey(hidden)")
    }
}

impl OutboxKey {
    /// The keys that follow from a key which is used for nothing else.
    pub fn new(key: &Key) -> Self {
        Self {
            secret: LetterboxSecret::from_key(key.derive("outbox letterbox", &[])),
            addresses: BlindIndexKey::derive(key, &[b"outbox"]),
        }
    }

    /// Lets letters be written: puts the public key into the database, if it is not there.
    ///
    /// # Errors
    /// [`Error::OtherKey`] when another is there.
    pub fn prepare(&self, tx: &mut Tx) -> Result<()> {
        let own = self.secret.public();
        match public(tx) {
            Err(Error::NoKey) => Ok(tx.execute(rows::INSERT_KEY, params![own.0]).map(drop)?),
            Ok(there) if there == own => Ok(()),
            Ok(_) => Err(Error::OtherKey),
            Err(other) => Err(other),
        }
    }

    /// A keyed hash by which letters to an address are found after they were wiped.
    pub fn hash(&self, address: &Address) -> [u8; 32] {
        sealing::blind(&self.addresses, "address", address.folded().as_bytes())
    }

    pub(crate) fn secret(&self) -> &LetterboxSecret {
        &self.secret
    }
}

/// The key that letters are sealed for.
pub(crate) fn public(tx: &mut Tx) -> Result<LetterboxPublic> {
    let row = tx.optional(rows::FIND_KEY, &[])?.ok_or(Error::NoKey)?;
    Ok(LetterboxPublic(row.get(0)?))
}

/// What a letter's seal is bound to: moved to another row, of another kind or tenant, it does not open.
pub(crate) fn context(id: kernel::LetterId, kind: &str, tenant: Option<kernel::TenantId>) -> Context {
    let tenant = tenant.map(|tenant| *tenant.as_bytes()).unwrap_or_default();
    Context::new("outbox letter")
        .with(id.as_bytes())
        .with(kind.as_bytes())
        .with(tenant)
}
