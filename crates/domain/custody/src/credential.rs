//! API keys as text: `bailee_<32 hex digits of the id>_<43 characters of the secret>`.
//!
//! The secret is 32 random bytes (base64url without padding), so a plain hash of it is enough: there is
//! nothing to guess. The prefix lets secret scanners find leaked keys.
//!
//! S3 clients know the same key under two other words: an access key id, made from its id, and a secret
//! access key, made from its secret. The whole text serves as their session token: who sends it along can
//! also open what is sealed for customer-held custody.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Door, SessionToken};
use kernel::{DatasetId, KeyId, Random};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::visit::Pass;

const PREFIX: &str = "bailee_";
const SECRET_LEN: usize = 32;
const HASH_DOMAIN: &[u8] = b"bailee api key v1\0";
const ACCESS_KEY_PREFIX: &str = "BAILEE";

/// A key that came with a request: who it says it is, and how it was shown.
pub struct Credential {
    /// The key's id.
    pub key: KeyId,
    proof: Proof,
    /// Why its holder reads these datasets, said before and kept by the surface that they come by.
    reasons: Arc<BTreeMap<DatasetId, String>>,
}

/// How a request shows that it comes from the key's holder.
#[derive(Clone)]
enum Proof {
    /// The secret itself came along.
    Secret(Zeroizing<[u8; SECRET_LEN]>),
    /// A signature made with the signing secret was verified before; the secret did not come.
    Signature,
    /// The token of a session came along, given at this door; this is the hash of its secret.
    Session(Door, [u8; 32]),
    /// Somebody at a tenant's page for the people its data is about, by the secret of their visit.
    Visit(Box<Pass>),
}

/// The text is not an API key. Says nothing about whether any key exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an API key: keys look like bailee_…_…")]
pub struct NotAKey;

impl Credential {
    /// Makes a new secret for the key.
    pub(crate) fn generate(key: KeyId, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; SECRET_LEN]);
        random.fill(&mut *secret);
        Self {
            key,
            proof: Proof::Secret(secret),
            reasons: Arc::default(),
        }
    }

    /// Reads the text of a key.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let (id, secret) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(NotAKey)?;
        let mut id_bytes = [0u8; 16];
        hex::decode_to_slice(id, &mut id_bytes).map_err(|_| NotAKey)?;
        let mut decoded = Zeroizing::new([0u8; SECRET_LEN]);
        let length = URL_SAFE_NO_PAD
            .decode_slice(secret, &mut *decoded)
            .map_err(|_| NotAKey)?;
        if length != SECRET_LEN {
            return Err(NotAKey);
        }
        let key = KeyId::from_bytes(&id_bytes).map_err(|_| NotAKey)?;
        Ok(Self {
            key,
            proof: Proof::Secret(decoded),
            reasons: Arc::default(),
        })
    }

    /// A key whose holder signed the request, named by its access key id.
    ///
    /// INVARIANT: called only after the signature has been verified with [`crate::Custody::signer`]'s
    /// answer for the same id. Whether the key still lives is asked again inside every act.
    pub fn signed(access_key: &str) -> Result<Self, NotAKey> {
        let key = key_of(access_key)?;
        Ok(Self {
            key,
            proof: Proof::Signature,
            reasons: Arc::default(),
        })
    }

    /// A session at a browser. Not the text of a key, and no key's text is one.
    pub fn session(token: &SessionToken) -> Self {
        Self {
            key: token.key(),
            proof: Proof::Session(token.door(), token.hash()),
            reasons: Arc::default(),
        }
    }

    /// The same, whose holder said before why they read these datasets: each reason counts for its dataset alone, as if every request
    /// brought it along. Whether a dataset knows the reason is asked by each read.
    #[must_use]
    pub fn reading_for(mut self, reasons: BTreeMap<DatasetId, String>) -> Self {
        self.reasons = Arc::new(reasons);
        self
    }

    pub(crate) fn reasons(&self) -> Arc<BTreeMap<DatasetId, String>> {
        Arc::clone(&self.reasons)
    }

    /// Whether it is a session at a browser.
    pub fn is_session(&self) -> bool {
        self.door().is_some()
    }

    /// The door that the session was given at, if it is one.
    pub fn door(&self) -> Option<Door> {
        match self.proof {
            Proof::Session(door, _) => Some(door),
            Proof::Secret(_) | Proof::Signature | Proof::Visit(_) => None,
        }
    }

    /// Whether it is somebody's at a page for the people the data is about.
    pub fn is_visitors(&self) -> bool {
        self.pass().is_some()
    }

    /// The pass of a visitor, if it is one's.
    pub(crate) fn pass(&self) -> Option<&Pass> {
        match &self.proof {
            Proof::Visit(pass) => Some(pass),
            Proof::Secret(_) | Proof::Signature | Proof::Session(..) => None,
        }
    }

    pub(crate) fn of_pass(key: KeyId, pass: Pass) -> Self {
        Self {
            key,
            proof: Proof::Visit(Box::new(pass)),
            reasons: Arc::default(),
        }
    }

    /// What S3 clients name the key.
    pub fn access_key(&self) -> String {
        access_key(self.key)
    }

    /// What S3 clients sign with, if the secret is at hand.
    pub fn signing_secret(&self) -> Option<SecretString> {
        let derived = self.secret()?.derive("s3 signing secret", &[self.key.as_bytes()]);
        // 240 bits are 40 characters, the length that S3 clients know.
        Some(URL_SAFE_NO_PAD.encode(&derived.expose()[..30]).into())
    }

    fn secret(&self) -> Option<sealing::Key> {
        match &self.proof {
            Proof::Secret(secret) => Some(sealing::Key::from_bytes(**secret)),
            Proof::Signature | Proof::Session(..) | Proof::Visit(_) => None,
        }
    }

    /// The text to show once; empty for a key whose secret did not come.
    pub fn to_text(&self) -> SecretString {
        let Proof::Secret(secret) = &self.proof else {
            return String::new().into();
        };
        let mut secret = URL_SAFE_NO_PAD.encode(**secret);
        let text = format!("{PREFIX}{}_{secret}", hex::encode(self.key.as_bytes()));
        secret.zeroize();
        text.into()
    }

    /// What is stored to recognise the secret; nothing if it did not come.
    pub(crate) fn hash(&self) -> Option<[u8; 32]> {
        let secret = match &self.proof {
            Proof::Secret(secret) => secret,
            Proof::Session(_, hash) => return Some(*hash),
            Proof::Visit(pass) => return Some(pass.hash()),
            Proof::Signature => return None,
        };
        let mut hasher = digest::Context::new(&digest::SHA256);
        hasher.update(HASH_DOMAIN);
        hasher.update(self.key.as_bytes());
        hasher.update(&**secret);
        let mut hash = [0u8; 32];
        hash.copy_from_slice(hasher.finish().as_ref());
        Some(hash)
    }

    /// Whether the stored hash is this secret's, in constant time; a verified signature has shown it already.
    pub(crate) fn matches(&self, stored: &[u8]) -> bool {
        self.hash().is_none_or(|hash| hash.ct_eq(stored).into())
    }

    /// The key under which a customer-held tenant key is wrapped for this API key, if the secret came.
    pub(crate) fn wrapping_key(&self) -> Option<sealing::Key> {
        Some(
            self.secret()?
                .derive("tenant key by api key", &[self.key.as_bytes()]),
        )
    }
}

/// What S3 clients name a key.
pub fn access_key(key: KeyId) -> String {
    format!("{ACCESS_KEY_PREFIX}{}", hex::encode_upper(key.as_bytes()))
}

/// The key that an access key id names.
pub(crate) fn key_of(access_key: &str) -> Result<KeyId, NotAKey> {
    let id = access_key.strip_prefix(ACCESS_KEY_PREFIX).ok_or(NotAKey)?;
    let mut bytes = [0u8; 16];
    hex::decode_to_slice(id, &mut bytes).map_err(|_| NotAKey)?;
    KeyId::from_bytes(&bytes).map_err(|_| NotAKey)
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.key)
    }
}

impl Clone for Credential {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            proof: self.proof.clone(),
            reasons: Arc::clone(&self.reasons),
        }
    }
}

/// True when both texts are the same key; for tests and the client.
pub fn same_text(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret()
        .as_bytes()
        .ct_eq(other.expose_secret().as_bytes())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemRandom, Timestamp};
    use proptest::prelude::*;

    fn credential() -> Credential {
        Credential::generate(
            KeyId::make(Timestamp::from_micros(1), &SystemRandom),
            &SystemRandom,
        )
    }

    #[test]
    fn text_comes_back_as_the_same_key() {
        let made = credential();
        let read = Credential::parse(made.to_text().expose_secret()).unwrap();
        assert_eq!(read.key, made.key);
        assert!(read.matches(&made.hash().unwrap()));
        assert!(!credential().matches(&made.hash().unwrap()));
    }

    #[test]
    fn debug_output_does_not_hold_the_secret() {
        let made = credential();
        let text = made.to_text();
        let secret = text.expose_secret().splitn(3, '_').nth(2).unwrap();
        assert!(!format!("{made:?}").contains(secret));
    }

    #[test]
    fn an_s3_client_knows_the_key_under_other_words() {
        let made = credential();
        let signed = Credential::signed(&made.access_key()).unwrap();
        assert_eq!(signed.key, made.key);
        assert!(signed.signing_secret().is_none() && signed.wrapping_key().is_none());
        let secret = made.signing_secret().unwrap();
        assert_eq!(secret.expose_secret().len(), 40);
        assert!(!made.to_text().expose_secret().contains(secret.expose_secret()));
        assert_eq!(Credential::signed("AKIAIOSFODNN7EXAMPLE").unwrap_err(), NotAKey);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(bailee_)?[0-9a-f]{0,40}_?.{0,60}") {
            let _ = Credential::parse(&text);
            let _ = Credential::signed(&text);
        }
    }
}
