//! Public keys of those whose word counts.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What stands before 32 bytes of an Ed25519 key (RFC 8410, 4).
const ED25519_HEAD: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// What stands before the 65 bytes of an uncompressed point of P-256 (RFC 5480, 2).
const P256_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
/// The most keys of a file.
const MOST: usize = 16;

/// A key that can be checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519.
    Ed25519([u8; 32]),
    /// ECDSA on P-256, with SHA-256.
    P256([u8; 65]),
}

/// A text that has no keys to check with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKey;

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("give 1 to 16 public keys as PEM (BEGIN PUBLIC KEY), each Ed25519 or ECDSA on P-256")
    }
}

impl std::error::Error for BadKey {}

impl PublicKey {
    /// The key in this `SubjectPublicKeyInfo`.
    fn of_der(der: &[u8]) -> Option<Self> {
        let ed25519 = der.strip_prefix(ED25519_HEAD).and_then(|key| key.try_into().ok());
        let p256 = || der.strip_prefix(P256_HEAD).and_then(|key| key.try_into().ok());
        ed25519.map(Self::Ed25519).or_else(|| p256().map(Self::P256))
    }

    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(signed, signature),
            Self::P256(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(signed, signature),
        };
        verified.is_ok()
    }
}

/// The keys in this text. One that is of another kind spoils it, so that nobody takes it for known.
///
/// # Errors
/// [`BadKey`].
pub fn keys_of(pem: &str) -> Result<Vec<PublicKey>, BadKey> {
    let mut keys = Vec::new();
    for block in pem.split(BEGIN).skip(1).take(MOST + 1) {
        let (inside, _) = block.split_once(END).ok_or(BadKey)?;
        let text: String = inside.split_whitespace().collect();
        let der = STANDARD.decode(text).map_err(|_| BadKey)?;
        keys.push(PublicKey::of_der(&der).ok_or(BadKey)?);
    }
    match keys.len() {
        1..=MOST => Ok(keys),
        _ => Err(BadKey),
    }
}
