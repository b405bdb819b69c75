//! A letterbox: anybody with the public key can put something in, only the secret takes it out.
//!
//! For background work that must write what it may not read. Leaves out: who the sender was. A letter
//! proves nothing about its origin; put what must be trusted into the ledger.

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::error::Unspecified;
use kernel::Random;
use zeroize::Zeroizing;

use crate::boxes::{self, BOX_OVERHEAD};
use crate::primitive::{SUITE_1, certain};
use crate::{Context, Key, Refused};

/// Bytes a letter is longer than what it holds.
pub const LETTERBOX_OVERHEAD: usize = 2 + 32 + BOX_OVERHEAD;

const VERSION: u8 = 1;
const PREFIX: [u8; 2] = [VERSION, SUITE_1];
const WHAT: &str = "a letter";

/// The public half: an X25519 public key (RFC 7748), safe to store in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LetterboxPublic(pub [u8; 32]);

/// The secret half: an X25519 private key. Store it wrapped, as the [`Key`] it is made from.
pub struct LetterboxSecret(Key);

impl LetterboxSecret {
    /// A new letterbox.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Key::generate(random))
    }

    /// The letterbox whose private key these bytes are.
    pub fn from_key(key: Key) -> Self {
        Self(key)
    }

    /// The private key as a key, for [`crate::wrap`].
    pub fn as_key(&self) -> &Key {
        &self.0
    }

    /// The public key that belongs to it.
    pub fn public(&self) -> LetterboxPublic {
        public_of(&private(&self.0))
    }

    /// Takes out a letter that was put in for this context.
    ///
    /// # Errors
    /// As [`crate::open`]; also [`Refused::WeakPublicKey`] if the sender's one-time key gives no secret.
    pub fn open(&self, context: &Context, letter: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refused> {
        if letter.len() < LETTERBOX_OVERHEAD {
            return Err(Refused::TooShort { what: WHAT });
        }
        let (prefix, rest) = letter.split_at(2);
        if prefix != PREFIX {
            return Err(Refused::UnknownFormat {
                what: WHAT,
                version: prefix[0],
                suite: prefix[1],
            });
        }
        let (one_time, sealed) = rest.split_at(32);
        let private = private(&self.0);
        let shared = agreed(&private, one_time, one_time, &public_of(&private).0)?;
        boxes::open(&shared, context, sealed)
    }
}

impl std::fmt::Debug for LetterboxSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LetterboxSecret(hidden)")
    }
}

impl LetterboxPublic {
    /// Puts something in for one context; [`LETTERBOX_OVERHEAD`] bytes longer than `plaintext`.
    ///
    /// # Errors
    /// [`Refused::WeakPublicKey`] if this public key is of low order (RFC 7748, section 6.1).
    pub fn seal(&self, context: &Context, plaintext: &[u8], random: &dyn Random) -> Result<Vec<u8>, Refused> {
        let one_time_private = private(&Key::generate(random));
        let one_time = public_of(&one_time_private).0;
        let shared = agreed(&one_time_private, &self.0, &one_time, &self.0)?;
        let sealed = boxes::seal(&shared, context, plaintext, random);
        Ok([&PREFIX[..], &one_time, &sealed].concat())
    }
}

/// The box key of one letter: the agreed secret with both public keys as they are written, so that a
/// second spelling of a public key does not open the letter.
fn agreed(own: &PrivateKey, peer: &[u8], one_time: &[u8], recipient: &[u8]) -> Result<Key, Refused> {
    agree(
        own,
        UnparsedPublicKey::new(&X25519, peer),
        Refused::WeakPublicKey,
        |secret| {
            Ok(Key::from_input(
                secret,
                "bailee/v1/letterbox",
                "",
                &[&PREFIX, one_time, recipient],
            ))
        },
    )
}

fn private(key: &Key) -> PrivateKey {
    let parsed = PrivateKey::from_private_key(&X25519, key.expose()).map_err(|_| Unspecified);
    certain(parsed, "any 32 bytes are an X25519 private key")
}

fn public_of(private: &PrivateKey) -> LetterboxPublic {
    let mut bytes = [0u8; 32];
    let public = certain(
        private.compute_public_key(),
        "every X25519 private key has a public key",
    );
    bytes.copy_from_slice(public.as_ref());
    LetterboxPublic(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Counting, key, place};

    fn letter(secret: &LetterboxSecret) -> Vec<u8> {
        secret
            .public()
            .seal(&place("inbox"), b"result", &Counting::default())
            .unwrap()
    }

    #[test]
    fn only_the_secret_and_the_context_take_a_letter_out() {
        let secret = LetterboxSecret::from_key(key(1));
        let letter = letter(&secret);
        assert_eq!(letter.len(), 6 + LETTERBOX_OVERHEAD);
        assert_eq!(*secret.open(&place("inbox"), &letter).unwrap(), b"result");
        let wrong = Err(Refused::WrongKeyOrContext);
        assert_eq!(secret.open(&place("outbox"), &letter), wrong);
        assert_eq!(
            LetterboxSecret::from_key(key(2)).open(&place("inbox"), &letter),
            wrong
        );
    }

    #[test]
    fn every_single_changed_bit_is_refused() {
        let secret = LetterboxSecret::from_key(key(1));
        let letter = letter(&secret);
        for bit in 0..letter.len() * 8 {
            let mut changed = letter.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(secret.open(&place("inbox"), &changed).is_err(), "bit {bit}");
        }
    }

    /// The top bit of a public key is ignored by X25519: the agreed secret is the same, the letter is not.
    #[test]
    fn a_second_spelling_of_the_one_time_key_is_refused() {
        let secret = LetterboxSecret::from_key(key(1));
        let mut letter = letter(&secret);
        letter[2 + 31] ^= 0x80;
        assert_eq!(
            secret.open(&place("inbox"), &letter),
            Err(Refused::WrongKeyOrContext)
        );
    }

    /// The points of order 1, 2, 4 and 8 in their canonical spellings.
    #[test]
    fn weak_public_keys_are_refused_on_both_sides() {
        let secret = LetterboxSecret::from_key(key(1));
        let good = letter(&secret);
        for weak in [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            let mut point = [0u8; 32];
            hex::decode_to_slice(weak, &mut point).unwrap();
            let sealed = LetterboxPublic(point).seal(&place("inbox"), b"", &Counting::default());
            assert_eq!(sealed, Err(Refused::WeakPublicKey), "{weak}");
            let mut letter = good.clone();
            letter[2..34].copy_from_slice(&point);
            assert_eq!(
                secret.open(&place("inbox"), &letter),
                Err(Refused::WeakPublicKey),
                "{weak}"
            );
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), known: bool) {
            let mut bytes = bytes;
            if known && bytes.len() > 1 {
                bytes[..2].copy_from_slice(&PREFIX);
            }
            prop_assert!(LetterboxSecret::from_key(key(1)).open(&place("inbox"), &bytes).is_err());
        }
    }
}
