//! Links as text: 64 characters of base64url, of a share's id and 32 random bytes.
//!
//! The secret is recognised by a plain hash, since there is nothing to guess, and opens the dataset's key that was wrapped for it.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Random, ShareId};
use sealing::Key;
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

const ID_LEN: usize = 16;
const SECRET_LEN: usize = 32;
const TEXT_LEN: usize = 64;
const HASH_DOMAIN: &[u8] = b"bailee share link v1\0";

/// A link that was shared with the public.
#[derive(Clone)]
pub struct Link {
    /// The share that it says it is of.
    pub share: ShareId,
    secret: Zeroizing<[u8; SECRET_LEN]>,
}

/// The text is no link. Says nothing about whether any share exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a link: links end in 64 letters, digits, `-` and `_`")]
pub struct NotALink;

impl Link {
    pub(super) fn generate(share: ShareId, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; SECRET_LEN]);
        random.fill(&mut *secret);
        Self { share, secret }
    }

    /// Reads the text of a link. One link has one text.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        if text.len() != TEXT_LEN {
            return Err(NotALink);
        }
        let mut bytes = Zeroizing::new([0u8; ID_LEN + SECRET_LEN]);
        let decoded = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes);
        if decoded.ok() != Some(bytes.len()) {
            return Err(NotALink);
        }
        let (id, rest) = bytes.split_at(ID_LEN);
        let mut secret = Zeroizing::new([0u8; SECRET_LEN]);
        secret.copy_from_slice(rest);
        let share = ShareId::from_bytes(id).map_err(|_| NotALink)?;
        Ok(Self { share, secret })
    }

    /// The text to show once.
    pub fn to_text(&self) -> SecretString {
        let mut bytes = Zeroizing::new([0u8; ID_LEN + SECRET_LEN]);
        bytes[..ID_LEN].copy_from_slice(self.share.as_bytes());
        bytes[ID_LEN..].copy_from_slice(&*self.secret);
        let mut text = URL_SAFE_NO_PAD.encode(*bytes);
        let secret = text.clone().into();
        text.zeroize();
        secret
    }

    /// What is stored to recognise the secret.
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hasher = digest::Context::new(&digest::SHA256);
        hasher.update(HASH_DOMAIN);
        hasher.update(self.share.as_bytes());
        hasher.update(&*self.secret);
        let mut hash = [0u8; 32];
        hash.copy_from_slice(hasher.finish().as_ref());
        hash
    }

    /// Whether the stored hash is this secret's, in constant time.
    pub(super) fn matches(&self, stored: &[u8]) -> bool {
        self.hash().ct_eq(stored).into()
    }

    /// The key under which the dataset's key is wrapped for this link.
    pub(super) fn key(&self) -> Key {
        Key::from_bytes(*self.secret).derive("dataset key by link", &[self.share.as_bytes()])
    }

    /// What stands where a member has the tenant's key; nothing is sealed under it.
    pub(super) fn stand_in(&self) -> Key {
        Key::from_bytes(*self.secret).derive("nothing", &[self.share.as_bytes()])
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({})", self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemRandom, Timestamp};
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    fn link() -> Link {
        Link::generate(
            ShareId::make(Timestamp::from_micros(1), &SystemRandom),
            &SystemRandom,
        )
    }

    #[test]
    fn a_link_comes_back_as_itself_and_matches_no_other() {
        let made = link();
        let read = Link::parse(made.to_text().expose_secret()).unwrap();
        assert_eq!(read.share, made.share);
        assert!(read.matches(&made.hash()) && !link().matches(&made.hash()));
        assert_eq!(read.key().expose(), made.key().expose());
        assert_ne!(made.key().expose(), made.stand_in().expose());
        assert!(!format!("{made:?}").contains(&made.to_text().expose_secret()[30..]));
    }

    proptest! {
        #[test]
        fn any_text_is_a_link_or_none(text in "[A-Za-z0-9_-]{60,66}|.{0,80}") {
            if let Ok(link) = Link::parse(&text) {
                let text_of_it = link.to_text();
                prop_assert_eq!(text_of_it.expose_secret(), text.as_str());
            }
        }
    }
}
