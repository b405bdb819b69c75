//! Keys that a provider signs with (RFC 7517, RFC 7518), and the signatures of its tokens (RFC 7515, compact form).
//!
//! Reads text of strangers: refuses with a word, and never panics. Only signatures by public keys are taken, so neither
//! `none` nor a shared secret ever verifies anything; signatures are checked by `aws-lc-rs`, as everything else is here.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The word for what was wrong.
pub(super) type Refusal = &'static str;

/// No provider has more.
const MOST_KEYS: usize = 100;
/// More than any token of a person.
const MOST_BYTES: usize = 64 << 10;
/// The word for a token whose key is not in the set: the set may have become stale.
pub(super) const UNKNOWN_KEY: Refusal = "unknown-signing-key";

/// How a token is signed; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Algorithm {
    /// RSA as in PKCS #1.
    #[serde(rename = "RS256")]
    Rsa,
    /// RSA with PSS.
    #[serde(rename = "PS256")]
    RsaPss,
    /// ECDSA over P-256.
    #[serde(rename = "ES256")]
    P256,
    /// Ed25519, by its old name and its new one (RFC 8037, RFC 9864).
    #[serde(rename = "EdDSA", alias = "Ed25519")]
    Ed25519,
}

/// The public keys of a provider.
#[derive(Debug, Clone)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// A token whose signature is good.
#[derive(Debug)]
pub(super) struct Signed {
    /// How it was signed.
    pub(super) algorithm: Algorithm,
    /// What it says.
    pub(super) payload: Vec<u8>,
}

impl KeySet {
    /// Reads a set. Keys of kinds that are not known here are passed over, as RFC 7517, section 5, asks.
    pub(super) fn read(text: &[u8]) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(text).map_err(|_| "unreadable-keys")?;
        let keys = document.keys.into_iter().take(MOST_KEYS);
        Ok(Self(
            keys.filter_map(|key| serde_json::from_value(key).ok()).collect(),
        ))
    }

    /// What a token says, if one of these keys has signed it.
    pub(super) fn open(&self, token: &str) -> Result<Signed, Refusal> {
        const MALFORMED: Refusal = "malformed-token";
        if token.len() > MOST_BYTES {
            return Err(MALFORMED);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
        let (header, payload) = message.split_once('.').ok_or(MALFORMED)?;
        let header = decode(header).ok_or(MALFORMED)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| MALFORMED)?;
        let algorithm: Algorithm =
            serde_json::from_value(header.alg.as_str().into()).map_err(|_| "algorithm")?;
        if header.crit.is_some() {
            return Err("critical-extension");
        }
        let signature = decode(signature).ok_or(MALFORMED)?;
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.fits(algorithm, &header))
            .peekable();
        if fitting.peek().is_none() {
            return Err(UNKNOWN_KEY);
        }
        if !fitting.any(|key| key.accepts(algorithm, message.as_bytes(), &signature)) {
            return Err("signature");
        }
        let payload = decode(payload).ok_or(MALFORMED)?;
        Ok(Signed { algorithm, payload })
    }
}

impl Key {
    /// Whether a token with this header may be this key's.
    fn fits(&self, algorithm: Algorithm, header: &Header) -> bool {
        let kind = match algorithm {
            Algorithm::Rsa | Algorithm::RsaPss => self.kty == "RSA",
            Algorithm::P256 => self.kty == "EC" && self.crv.as_deref() == Some("P-256"),
            Algorithm::Ed25519 => self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519"),
        };
        kind && (header.kid.is_none() || header.kid == self.kid)
            && self.r#use.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == header.alg)
    }

    fn accepts(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let accepted = match algorithm {
            Algorithm::Rsa => self.rsa(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Algorithm::RsaPss => self.rsa(&RSA_PSS_2048_8192_SHA256, message, signature),
            Algorithm::P256 => self.p256(message, signature),
            Algorithm::Ed25519 => self.ed25519(message, signature),
        };
        accepted.is_some()
    }

    fn rsa(&self, how: &'static RsaParameters, message: &[u8], signature: &[u8]) -> Option<()> {
        let (n, e) = (number(&self.n)?, number(&self.e)?);
        let key = RsaPublicKeyComponents { n: &n, e: &e };
        key.verify(how, message, signature).ok()
    }

    /// An uncompressed point (SEC 1, section 2.3.3).
    fn p256(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let (x, y) = (number(&self.x)?, number(&self.y)?);
        let point = (x.len() == 32 && y.len() == 32).then(|| [vec![4], x, y].concat())?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(message, signature).ok()
    }

    fn ed25519(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let key = number(&self.x).filter(|x| x.len() == 32)?;
        UnparsedPublicKey::new(&ED25519, key)
            .verify(message, signature)
            .ok()
    }
}

fn number(text: &Option<String>) -> Option<Vec<u8>> {
    decode(text.as_deref()?)
}

/// Base64url without padding, of no more than is sensible.
fn decode(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MOST_BYTES).then(|| URL_SAFE_NO_PAD.decode(text).ok())?
}
