//! API keys as text: `bailee_<32 hex digits of the id>_<43 characters of the secret>`.
//!
//! The secret is 32 random bytes (base64url without padding), so a plain hash of it is enough: there is
//! nothing to guess. The prefix lets secret scanners find leaked keys.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{KeyId, Random};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

const PREFIX: &str = "bailee_";
const SECRET_LEN: usize = 32;
const HASH_DOMAIN: &[u8] = b"bailee api key v1\0";

/// A key that came with a request: who it says it is, and its secret.
pub struct Credential {
    /// The key's id.
    pub key: KeyId,
    secret: Zeroizing<[u8; SECRET_LEN]>,
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
        Self { key, secret }
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
        Ok(Self { key, secret: decoded })
    }

    /// The text to show once.
    pub fn to_text(&self) -> SecretString {
        let mut secret = URL_SAFE_NO_PAD.encode(*self.secret);
        let text = format!("{PREFIX}{}_{secret}", hex::encode(self.key.as_bytes()));
        secret.zeroize();
        text.into()
    }

    /// What is stored to recognise the secret.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hasher = digest::Context::new(&digest::SHA256);
        hasher.update(HASH_DOMAIN);
        hasher.update(self.key.as_bytes());
        hasher.update(&*self.secret);
        let mut hash = [0u8; 32];
        hash.copy_from_slice(hasher.finish().as_ref());
        hash
    }

    /// Whether the stored hash is this secret's, in constant time.
    pub(crate) fn matches(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }

    /// The key under which a customer-held tenant key is wrapped for this API key.
    pub(crate) fn wrapping_key(&self) -> sealing::Key {
        sealing::Key::from_bytes(*self.secret).derive("tenant key by api key", &[self.key.as_bytes()])
    }
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
            secret: self.secret.clone(),
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
        assert!(read.matches(&made.hash()));
        assert!(!credential().matches(&made.hash()));
    }

    #[test]
    fn debug_output_does_not_hold_the_secret() {
        let made = credential();
        let text = made.to_text();
        let secret = text.expose_secret().rsplit('_').next().unwrap();
        assert!(!format!("{made:?}").contains(secret));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(bailee_)?[0-9a-f]{0,40}_?.{0,60}") {
            let _ = Credential::parse(&text);
        }
    }
}
