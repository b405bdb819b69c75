//! Equality search on sealed fields: a keyed hash stands beside the sealed value.
//!
//! Promises: equal values of one field under one key give equal hashes, and nobody without the key can
//! test a guess. Leaves out: normalising values (callers decide what counts as equal), and hiding which
//! rows are equal or how often a value occurs.

use aws_lc_rs::hmac;

use crate::Key;
use crate::primitive::frame;

/// The key of all blind indexes of one tenant, derived so that it opens nothing.
pub struct BlindIndexKey(Key);

impl BlindIndexKey {
    /// The blind index key that follows from a tenant's key; `parts` name the tenant.
    pub fn derive(key: &Key, parts: &[&[u8]]) -> Self {
        Self(Key::from_input(
            key.expose(),
            "bailee/v1/blind-index-key",
            "",
            parts,
        ))
    }
}

impl std::fmt::Debug for BlindIndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlindIndexKey(hidden)")
    }
}

/// The hash of one already normalised value of one field (HMAC-SHA256, RFC 2104).
pub fn blind(key: &BlindIndexKey, field: &str, value: &[u8]) -> [u8; 32] {
    let mut message = zeroize::Zeroizing::new(Vec::with_capacity(64 + field.len() + value.len()));
    frame(&mut message, b"bailee/v1/blind-index");
    frame(&mut message, field.as_bytes());
    frame(&mut message, value);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.0.expose()), &message);
    let mut hash = [0u8; 32];
    hash.copy_from_slice(tag.as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::key;

    #[test]
    fn equal_only_for_equal_tenant_field_and_value() {
        let index = BlindIndexKey::derive(&key(1), &[b"tenant"]);
        let hash = blind(&index, "email", b"ada@example.org");
        assert_eq!(hash, blind(&index, "email", b"ada@example.org"));
        assert_ne!(hash, blind(&index, "email", b"bob@example.org"));
        assert_ne!(hash, blind(&index, "login", b"ada@example.org"));
        assert_ne!(hash, blind(&index, "emaila", b"da@example.org"));
        assert_ne!(
            hash,
            blind(
                &BlindIndexKey::derive(&key(1), &[b"other"]),
                "email",
                b"ada@example.org"
            )
        );
        assert_ne!(
            hash,
            blind(
                &BlindIndexKey::derive(&key(2), &[b"tenant"]),
                "email",
                b"ada@example.org"
            )
        );
        assert_eq!(format!("{index:?}"), "BlindIndexKey(hidden)");
    }
}
