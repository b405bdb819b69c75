//! Keys of logs and witnesses, and their texts (C2SP signed-note; Ed25519 of RFC 8032).
//!
//! Two kinds: a log's key (type 0x01) and a witness's cosignature key (type 0x04). Others of the format, such
//! as ML-DSA-44, are not known here: their signatures are treated like any unknown key's.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::ED25519;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::UnparsedPublicKey;
use kernel::Random;
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::text;

const SECRET_PREFIX: &str = "PRIVATE+KEY+";
/// Longer names are refused, so that a foreign text cannot grow without bound.
const MAX_NAME_BYTES: usize = 1_024;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Type 0x01: signs a note's text as it is. A log's own key.
    Log,
    /// Type 0x04: signs a checkpoint together with a time. A witness's key.
    Cosignature,
}

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not the text form at all.
    #[error("not a key: it looks like <name>+<8 hex digits>+<base64>, with PRIVATE+KEY+ before a secret one")]
    Form,
    /// The name is empty, too long, or has a space or a plus in it.
    #[error(
        "a key's name must not be empty, longer than {MAX_NAME_BYTES} bytes, or hold spaces, plus signs or control characters"
    )]
    Name,
    /// The name, the id and the key do not belong together.
    #[error("the key's id does not fit its name and key: copy the whole text again")]
    Id,
    /// A type of key that is not known here.
    #[error("key type {0:#04x} is not supported: use Ed25519 (0x01) or an Ed25519 cosignature key (0x04)")]
    Type(u8),
    /// A log's key where a witness's is needed, or the other way round.
    #[error("the key is of the other kind: a log signs with type 0x01, a witness with type 0x04")]
    Kind,
}

/// A public key with its name. Its text is `<name>+<8 hex digits of the id>+<base64(type ‖ key)>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: u32,
    kind: KeyKind,
    public: [u8; 32],
}

/// A secret key with its name. Does not show itself; its seed is wiped from memory when dropped.
pub struct SigningKey {
    verifier: VerifierKey,
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
}

/// Whether a text may name a key: not empty, no Unicode space, no plus sign, no control character.
pub fn is_key_name(name: &str) -> bool {
    let plain = |character: char| !character.is_whitespace() && !character.is_control() && character != '+';
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(plain)
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, BadKey> {
        match byte {
            0x01 => Ok(Self::Log),
            0x04 => Ok(Self::Cosignature),
            other => Err(BadKey::Type(other)),
        }
    }
}

impl VerifierKey {
    /// The key with this name, kind and Ed25519 public key.
    pub fn new(name: &str, kind: KeyKind, public: [u8; 32]) -> Result<Self, BadKey> {
        if !is_key_name(name) {
            return Err(BadKey::Name);
        }
        let id = key_id(name, kind, &public);
        Ok(Self {
            name: name.to_owned(),
            id,
            kind,
            public,
        })
    }

    /// Its name; a log's is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`, big endian.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it signs.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The Ed25519 public key.
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(message, signature)
            .is_ok()
    }
}

impl SigningKey {
    /// A new key from randomness fit for keys.
    pub fn generate(name: &str, kind: KeyKind, random: &dyn Random) -> Result<Self, BadKey> {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(seed.as_mut());
        Self::from_seed(name, kind, &seed)
    }

    /// The key with this RFC 8032 seed.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadKey::Form)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| BadKey::Form)?;
        Ok(Self {
            verifier: VerifierKey::new(name, kind, public)?,
            seed: Zeroizing::new(*seed),
            pair,
        })
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// `PRIVATE+KEY+<name>+<8 hex digits of the id>+<base64(type ‖ seed)>`. Seal it before storing it.
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new([&[self.verifier.kind.byte()], self.seed.as_slice()].concat());
        let encoded = Zeroizing::new(text::base64(&key));
        Zeroizing::new(format!(
            "{SECRET_PREFIX}{}+{:08x}+{}",
            self.verifier.name, self.verifier.id, *encoded
        ))
    }

    /// Reads what [`SigningKey::to_secret_text`] wrote.
    pub fn from_secret_text(secret: &str) -> Result<Self, BadKey> {
        let public_form = secret.strip_prefix(SECRET_PREFIX).ok_or(BadKey::Form)?;
        let parts = read_parts(public_form)?;
        let key = Self::from_seed(parts.name, parts.kind, &parts.key)?;
        if key.verifier.id == parts.id {
            Ok(key)
        } else {
            Err(BadKey::Id)
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, text::base64(&key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(vkey: &str) -> Result<Self, BadKey> {
        let parts = read_parts(vkey)?;
        let key = Self::new(parts.name, parts.kind, *parts.key)?;
        if key.id == parts.id {
            Ok(key)
        } else {
            Err(BadKey::Id)
        }
    }
}

/// What the public and the secret text have in common: the key is a public key or a seed.
struct KeyParts<'a> {
    name: &'a str,
    id: u32,
    kind: KeyKind,
    key: Zeroizing<[u8; 32]>,
}

/// Base64 may hold plus signs, a name may not: the first two separate.
fn read_parts(text: &str) -> Result<KeyParts<'_>, BadKey> {
    let (name, rest) = text.split_once('+').ok_or(BadKey::Form)?;
    let (id, key) = rest.split_once('+').ok_or(BadKey::Form)?;
    let lowercase = id.len() == 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = u32::from_str_radix(id, 16)
        .ok()
        .filter(|_| lowercase)
        .ok_or(BadKey::Form)?;
    // 33 bytes are 44 characters. Longer keys of other types are read only as far as their type.
    let start = Zeroizing::new(text::from_base64(key.get(..44).unwrap_or(key)).ok_or(BadKey::Form)?);
    let (kind, bytes) = start.split_first().ok_or(BadKey::Form)?;
    let kind = KeyKind::from_byte(*kind)?;
    let bytes = <[u8; 32]>::try_from(bytes)
        .ok()
        .filter(|_| key.len() == 44)
        .ok_or(BadKey::Form)?;
    Ok(KeyParts {
        name,
        id,
        kind,
        key: Zeroizing::new(bytes),
    })
}

fn key_id(name: &str, kind: KeyKind, public: &[u8; 32]) -> u32 {
    let hash = sha256(&[name.as_bytes(), b"\n", &[kind.byte()], public]);
    let [first, second, third, fourth, ..] = *hash.as_bytes();
    u32::from_be_bytes([first, second, third, fourth])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log_key() -> SigningKey {
        SigningKey::from_seed("log.example/audit", KeyKind::Log, &[7; 32]).unwrap()
    }

    #[test]
    fn keys_read_back_and_hide_their_seed() {
        let key = log_key();
        let secret = key.to_secret_text();
        assert_eq!(
            SigningKey::from_secret_text(&secret).unwrap().verifier(),
            key.verifier()
        );
        assert_eq!(key.verifier().to_string().parse().as_ref(), Ok(key.verifier()));
        assert!(!format!("{key:?}").contains(&secret[secret.len() - 20..]));
        let witness = SigningKey::from_seed("log.example/audit", KeyKind::Cosignature, &[7; 32]).unwrap();
        assert_ne!(witness.verifier().id(), key.verifier().id());
    }

    #[test]
    fn a_signature_has_one_spelling() {
        // The group order of RFC 8032, section 5.1, little endian: S and S + L are the same number to a lax verifier.
        let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
        let (key, mut signature) = (log_key(), log_key().sign(b"text"));
        assert!(key.verifier().accepts(b"text", &signature));
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        assert_eq!(carry, 0);
        assert!(!key.verifier().accepts(b"text", &signature));
    }

    #[test]
    fn a_changed_character_is_no_key() {
        let vkey = log_key().verifier().to_string();
        for place in 0..vkey.len() {
            for other in ['+', 'A', 'b', '0', '=', ' '] {
                let mut changed = vkey.clone();
                changed.replace_range(place..=place, &other.to_string());
                assert!(
                    changed == vkey || changed.parse::<VerifierKey>().is_err(),
                    "{changed}"
                );
            }
        }
        assert_eq!(format!("{vkey}A").parse::<VerifierKey>(), Err(BadKey::Form));
        assert_eq!(VerifierKey::new("a b", KeyKind::Log, [0; 32]), Err(BadKey::Name));
        assert_eq!("n+00000000+BgAA".parse::<VerifierKey>(), Err(BadKey::Type(6)));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_written_back(text in "(PRIVATE\\+KEY\\+)?[a-z.]{0,9}\\+[0-9a-f]{7,9}\\+A[A-Za-z0-9+/=]{40,46}|\\PC*") {
            if let Ok(key) = text.parse::<VerifierKey>() {
                prop_assert_eq!(key.to_string(), text.clone());
            }
            if let Ok(key) = SigningKey::from_secret_text(&text) {
                let written = key.to_secret_text();
                prop_assert_eq!(written.as_str(), text);
            }
        }
    }
}
