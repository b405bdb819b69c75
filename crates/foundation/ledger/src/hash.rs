//! SHA-256 in its five uses here: leaves and nodes of the tree (RFC 6962, section 2.1), the empty tree,
//! commitments to events, and links of a chain.
//!
//! Every use hashes a different first byte or tag, so that no value of one kind can pass for another. Inputs
//! of known length are laid out on the stack and hashed in one call, which is quicker than a running context.

use std::fmt;

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};

use crate::text;

const EVENT_TAG: &[u8; 16] = b"bailee event v1\0";
const LINK_TAG: &[u8; 15] = b"bailee link v1\0";

/// Thirty-two random bytes that hide an event behind its commitment; destroying them ends its meaning.
pub type Salt = [u8; 32];

/// A SHA-256 value. Shown as base64 in log formats and as hex when debugging.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Thirty-two zero bytes: the link before the first one of a chain. Nothing hashes to it.
    pub const ZERO: Self = Self([0; 32]);

    /// The value with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The value with these bytes, or `None` unless there are thirty-two.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of a log entry: `SHA-256(0x00 ‖ entry)` (RFC 6962, section 2.1).
    pub fn leaf(entry: &[u8]) -> Self {
        match <&[u8; 32]>::try_from(entry) {
            Ok(entry) => Self::leaf_of_link(entry),
            Err(_) => Self::of_parts(&[&[0x00], entry]),
        }
    }

    /// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962, section 2.1).
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut input = [0x01; 65];
        input[1..33].copy_from_slice(&left.0);
        input[33..].copy_from_slice(&right.0);
        Self::of(&input)
    }

    /// The root of the tree without entries: `SHA-256("")`.
    pub fn empty() -> Self {
        Self::of(&[])
    }

    fn leaf_of_link(entry: &[u8; 32]) -> Self {
        let mut input = [0x00; 33];
        input[1..].copy_from_slice(entry);
        Self::of(&input)
    }

    fn of(input: &[u8]) -> Self {
        Self::from_digest(&digest(&SHA256, input))
    }

    fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        Self::from_digest(&context.finish())
    }

    fn from_digest(digest: &Digest) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    /// Standard base64 with padding, 44 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The commitment to an event: `SHA-256("bailee event v1" ‖ 0x00 ‖ salt ‖ canonical event)`.
///
/// `event` must be the canonical bytes ([`crate::canonical`]); others commit too, but nobody could rebuild them.
pub fn commit(salt: &Salt, event: &[u8]) -> Hash {
    Hash::of_parts(&[EVENT_TAG, salt, event])
}

/// The link of entry `sequence` of a chain, counted from 0:
/// `SHA-256("bailee link v1" ‖ 0x00 ‖ u64be sequence ‖ previous link ‖ commitment)`.
///
/// `previous` is [`Hash::ZERO`] for the first. The thirty-two bytes of the link are the log entry.
pub fn link(sequence: u64, previous: &Hash, commitment: &Hash) -> Hash {
    let mut input = [0; 15 + 8 + 32 + 32];
    input[..15].copy_from_slice(LINK_TAG);
    input[15..23].copy_from_slice(&sequence.to_be_bytes());
    input[23..55].copy_from_slice(&previous.0);
    input[55..].copy_from_slice(&commitment.0);
    Hash::of(&input)
}

/// SHA-256 of key material and the like, for this crate's own formats.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    Hash::of_parts(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_what_the_format_says() {
        let (salt, commitment) = ([7u8; 32], Hash::from_bytes([9; 32]));
        let spelled = [b"bailee event v1\0".as_slice(), &salt, b"{}"].concat();
        assert_eq!(commit(&salt, b"{}"), Hash::of(&spelled));
        let spelled = [
            b"bailee link v1\0".as_slice(),
            &3u64.to_be_bytes(),
            &[0; 32],
            &[9; 32],
        ]
        .concat();
        assert_eq!(link(3, &Hash::ZERO, &commitment), Hash::of(&spelled));
        assert_eq!(
            Hash::leaf(&[5; 32]),
            Hash::of(&[[0u8; 1].as_slice(), &[5; 32]].concat())
        );
    }

    #[test]
    fn commitments_and_links_are_fixed_for_ever() {
        let commitment = commit(&[0x11; 32], br#"{"action":"item.read"}"#);
        assert_eq!(hex::encode(commitment.as_bytes()), COMMITMENT);
        assert_eq!(hex::encode(link(0, &Hash::ZERO, &commitment).as_bytes()), LINK);
    }

    // Computed with Python's hashlib from the definitions in docs/formats/ledger.md.
    const COMMITMENT: &str = "fab2e5e80d0a040c128a7bef76151540601a383120838a731eb7d10525ed7604";
    const LINK: &str = "bd099e3ca678e643249eb3737b4d81abcda6cbc422ccf002cd17b5390c4ee5ec";
}
