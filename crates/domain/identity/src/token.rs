//! Secrets that are given out once and recognised by a hash: sessions, steps, invitations, known browsers.
//!
//! Promises: 32 random bytes each, so that a plain hash is enough and nothing can be guessed; each kind has a hash of
//! its own, so that one is never taken for another; text of strangers is read or refused, never more. Leaves out:
//! API keys, which are custody's.

use std::marker::PhantomData;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{KeyId, Random, Timestamp};
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

const LEN: usize = 32;
/// 32 bytes as base64url without padding.
const TEXT_LEN: usize = 43;

/// What a token is for.
pub(crate) trait Purpose {
    /// Part of its hash.
    const WORDS: &'static str;
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident $words:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        impl Purpose for $name {
            const WORDS: &'static str = $words;
        }
    )*};
}

purposes! {
    /// A step between password and session.
    Step "step of signing in";
    /// An invitation.
    Invited "invitation";
    /// A passkey that is to be made or used.
    Ceremony "ceremony of a passkey";
    /// A browser that a member has signed in from.
    Browser "known browser";
    /// What goes to a team's provider and comes back from there.
    State "state at a provider";
    /// What stays in the browser that went to a provider.
    Way "way to a provider";
}

/// A secret of one kind.
pub(crate) struct Token<P>(Zeroizing<[u8; LEN]>, PhantomData<P>);

impl<P: Purpose> Token<P> {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; LEN]);
        random.fill(&mut *secret);
        Self(secret, PhantomData)
    }

    /// Reads what [`Token::to_text`] wrote; nothing for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        decode(text).map(|secret| Self(secret, PhantomData))
    }

    pub(crate) fn to_text(&self) -> SecretString {
        encode(&self.0).into()
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(P::WORDS, &[], &self.0)
    }
}

impl Token<Ceremony> {
    /// What the authenticator is to sign: follows from the secret and does not tell it.
    pub(crate) fn challenge(&self) -> [u8; 32] {
        hash("challenge of a passkey", &[], &self.0)
    }
}

impl Token<Way> {
    /// What follows from the secret for this use, and does not tell it.
    pub(crate) fn derive(&self, words: &'static str) -> [u8; 32] {
        hash(words, &[], &self.0)
    }
}

/// By which door somebody comes in. What one door gives is nothing at the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Door {
    /// For members of teams.
    #[default]
    Team,
    /// For staff of the installation.
    Staff,
}

impl Door {
    /// What the text of its sessions begins with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Team => "",
            Self::Staff => "staff.",
        }
    }

    /// Part of the hash of its sessions, so that a token with the other's prefix is no token.
    const fn words(self) -> &'static str {
        match self {
            Self::Team => "session",
            Self::Staff => "session of staff",
        }
    }
}

/// A session's id and secret: the value of a browser's cookie.
pub struct SessionToken {
    door: Door,
    key: KeyId,
    secret: Zeroizing<[u8; LEN]>,
}

impl SessionToken {
    /// A token for a new session.
    pub(crate) fn generate(door: Door, now: Timestamp, random: &dyn Random) -> Self {
        Self::renewed(door, KeyId::make(now, random), random)
    }

    /// Another secret for a session that is there.
    pub(crate) fn renewed(door: Door, key: KeyId, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; LEN]);
        random.fill(&mut *secret);
        Self { door, key, secret }
    }

    /// Reads a cookie's value; nothing for what is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (door, text) = match text.strip_prefix(Door::Staff.prefix()) {
            Some(rest) => (Door::Staff, rest),
            None => (Door::Team, text),
        };
        let (id, secret) = text.split_once('.')?;
        let mut bytes = [0u8; 16];
        hex::decode_to_slice(id, &mut bytes).ok()?;
        let key = KeyId::from_bytes(&bytes).ok()?;
        decode(secret).map(|secret| Self { door, key, secret })
    }

    /// The door that it was given at, as it says itself; its hash is another at the other.
    pub fn door(&self) -> Door {
        self.door
    }

    /// The session's id, under which its acts stand in the trail.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// What is stored to recognise the secret.
    pub fn hash(&self) -> [u8; 32] {
        hash(self.door.words(), self.key.as_bytes(), &self.secret)
    }

    /// The cookie's value.
    pub fn to_text(&self) -> SecretString {
        let mut secret = encode(&self.secret);
        let (door, id) = (self.door.prefix(), hex::encode(self.key.as_bytes()));
        let text = format!("{door}{id}.{secret}");
        secret.zeroize();
        text.into()
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionToken({})", self.key)
    }
}

fn encode(secret: &[u8; LEN]) -> String {
    URL_SAFE_NO_PAD.encode(secret)
}

fn decode(text: &str) -> Option<Zeroizing<[u8; LEN]>> {
    let mut secret = Zeroizing::new([0u8; LEN]);
    if text.len() != TEXT_LEN {
        return None;
    }
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *secret).ok()?;
    (length == LEN).then_some(secret)
}

/// SHA-256 over what it is for, its id and the secret, the first two ended by a zero byte and by fixed length.
fn hash(words: &str, id: &[u8], secret: &[u8; LEN]) -> [u8; 32] {
    let mut hasher = digest::Context::new(&digest::SHA256);
    hasher.update(b"bailee v1 ");
    hasher.update(words.as_bytes());
    hasher.update(&[0]);
    hasher.update(id);
    hasher.update(secret);
    let mut hash = [0u8; 32];
    hash.copy_from_slice(hasher.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemRandom;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    #[test]
    fn text_comes_back_as_the_same_token_and_kinds_are_apart() {
        let step = Token::<Step>::generate(&SystemRandom);
        let text = step.to_text();
        assert_eq!(
            Token::<Step>::parse(text.expose_secret()).unwrap().hash(),
            step.hash()
        );
        assert_ne!(
            Token::<Invited>::parse(text.expose_secret()).unwrap().hash(),
            step.hash()
        );
        for door in [Door::Team, Door::Staff] {
            let session = SessionToken::generate(door, Timestamp::from_micros(1), &SystemRandom);
            let read = SessionToken::parse(session.to_text().expose_secret()).unwrap();
            assert_eq!(
                (read.door(), read.key(), read.hash()),
                (door, session.key(), session.hash())
            );
            let renewed = SessionToken::renewed(door, session.key(), &SystemRandom);
            assert_ne!(renewed.hash(), session.hash());
        }
    }

    #[test]
    fn what_one_door_gave_is_nothing_at_the_other() {
        let staff = SessionToken::generate(Door::Staff, Timestamp::from_micros(1), &SystemRandom);
        let text = staff.to_text();
        let bare = text.expose_secret().strip_prefix("staff.").unwrap();
        let as_member = SessionToken::parse(bare).unwrap();
        assert_eq!((as_member.door(), as_member.key()), (Door::Team, staff.key()));
        assert_ne!(as_member.hash(), staff.hash());
        let again = SessionToken::parse(&format!("staff.{bare}")).unwrap();
        assert_eq!(again.hash(), staff.hash());
    }

    #[test]
    fn a_session_does_not_print_its_secret() {
        let session = SessionToken::generate(Door::Team, Timestamp::from_micros(1), &SystemRandom);
        let text = session.to_text();
        let (_, secret) = text.expose_secret().split_once('.').unwrap();
        assert!(!format!("{session:?}").contains(secret));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(staff\\.)?[0-9a-f]{0,40}\\.?.{0,60}") {
            let _ = SessionToken::parse(&text);
            prop_assert!(text.len() == TEXT_LEN || Token::<Step>::parse(&text).is_none());
        }
    }
}
