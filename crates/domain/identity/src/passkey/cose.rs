//! Public keys as authenticators give them (RFC 9052, RFC 9053), and their signatures.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ciborium::Value;

/// The algorithms that are offered, best first: Ed25519, ECDSA over P-256, RSA with SHA-256.
pub(super) const ALGORITHMS: [i32; 3] = [-8, -7, -257];

/// A public key of one of the offered kinds.
pub(super) enum PublicKey {
    Ed25519(Vec<u8>),
    P256(Vec<u8>),
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

impl PublicKey {
    /// Reads a COSE key; nothing for another kind, or for text that is none.
    pub(super) fn read(cose: &[u8]) -> Option<Self> {
        let Ok(Value::Map(map)) = ciborium::from_reader::<Value, _>(cose) else {
            return None;
        };
        let find = |label: i64| {
            map.iter()
                .find(|(key, _)| *key == Value::from(label))
                .map(|(_, value)| value)
        };
        let number = |label| {
            find(label)
                .and_then(Value::as_integer)
                .and_then(|number| i64::try_from(number).ok())
        };
        let bytes = |label| find(label).and_then(Value::as_bytes).cloned();
        match (number(1)?, number(3)?) {
            (1, -8) if number(-1)? == 6 => bytes(-2).filter(|x| x.len() == 32).map(Self::Ed25519),
            (2, -7) if number(-1)? == 1 => point(bytes(-2)?, bytes(-3)?).map(Self::P256),
            (3, -257) => Some(Self::Rsa {
                modulus: bytes(-1)?,
                exponent: bytes(-2)?,
            }),
            _ => None,
        }
    }

    /// Whether the signature over the message is this key's.
    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::P256(key) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature)
            }
            Self::Rsa { modulus, exponent } => {
                let key = RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        }
        .is_ok()
    }
}

/// An uncompressed point (SEC 1, section 2.3.3).
fn point(x: Vec<u8>, y: Vec<u8>) -> Option<Vec<u8>> {
    (x.len() == 32 && y.len() == 32).then(|| [vec![4], x, y].concat())
}
