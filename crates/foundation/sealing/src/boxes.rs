//! Sealed boxes: small things in rows, and keys under keys.
//!
//! Each box has its own random salt, from which its cipher key, nonce and key commitment follow; so one
//! key seals any number of boxes. Leaves out: large things (see streams) and hiding how long a thing is.

use aws_lc_rs::aead::{Aad, Nonce};
use kernel::Random;
use zeroize::Zeroizing;

use crate::primitive::{COMMITMENT_LEN, SUITE_1, Schedule, certain};
use crate::{Context, Key, Refused};

/// Bytes a box is longer than what it holds: version, suite, salt, commitment, tag.
pub const BOX_OVERHEAD: usize = HEAD_LEN + 16;
/// Bytes of a wrapped key.
pub const WRAPPED_LEN: usize = BOX_OVERHEAD + Key::LEN;

const VERSION: u8 = 1;
const SALT_LEN: usize = 24;
const HEAD_LEN: usize = 2 + SALT_LEN + COMMITMENT_LEN;
const BOX: Kind = Kind {
    domain: "bailee/v1/box",
    what: "a sealed box",
};
const WRAP: Kind = Kind {
    domain: "bailee/v1/wrap",
    what: "a wrapped key",
};

/// Seals `plaintext` under a key for one context; the result is [`BOX_OVERHEAD`] bytes longer.
///
/// # Panics
/// Beyond 64 GiB, where AES-GCM ends (NIST SP 800-38D, 5.2.1.1). Seal long things as streams.
pub fn seal(key: &Key, context: &Context, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
    BOX.seal(key, context, plaintext, random)
}

/// Opens what [`seal`] made under the same key and context.
///
/// # Errors
/// [`Refused::TooShort`] and [`Refused::UnknownFormat`] before any cipher runs;
/// [`Refused::WrongKeyOrContext`] when the commitment differs; [`Refused::Altered`] when the tag does.
pub fn open(key: &Key, context: &Context, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refused> {
    BOX.open(key, context, sealed)
}

/// Seals a key under another: [`WRAPPED_LEN`] bytes that no [`open`] accepts.
pub fn wrap(kek: &Key, context: &Context, key: &Key, random: &dyn Random) -> Vec<u8> {
    WRAP.seal(kek, context, key.expose(), random)
}

/// Opens what [`wrap`] made under the same key and context.
///
/// # Errors
/// As [`open`]; also [`Refused::KeyLength`] if what was wrapped is no key.
pub fn unwrap(kek: &Key, context: &Context, wrapped: &[u8]) -> Result<Key, Refused> {
    Key::from_slice(&WRAP.open(kek, context, wrapped)?)
}

/// What a box is for; boxes of one kind are refused as another.
struct Kind {
    domain: &'static str,
    what: &'static str,
}

impl Kind {
    fn seal(&self, key: &Key, context: &Context, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        let prefix = [VERSION, SUITE_1];
        let mut salt = [0u8; SALT_LEN];
        random.fill(&mut salt);
        let schedule = Schedule::<12>::new(key, &salt, self.domain, &prefix, context);
        let mut sealed = Vec::with_capacity(BOX_OVERHEAD + plaintext.len());
        sealed.extend_from_slice(&prefix);
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&schedule.commitment);
        sealed.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(schedule.nonce);
        let body = &mut sealed[HEAD_LEN..];
        let tag = schedule
            .cipher
            .seal_in_place_separate_tag(nonce, Aad::empty(), body);
        sealed.extend_from_slice(certain(tag, "a box holds less than 64 GiB").as_ref());
        sealed
    }

    fn open(&self, key: &Key, context: &Context, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refused> {
        if sealed.len() < BOX_OVERHEAD {
            return Err(Refused::TooShort { what: self.what });
        }
        let (head, body) = sealed.split_at(HEAD_LEN);
        let (prefix, rest) = head.split_at(2);
        if prefix != [VERSION, SUITE_1] {
            return Err(Refused::UnknownFormat {
                what: self.what,
                version: prefix[0],
                suite: prefix[1],
            });
        }
        let (salt, commitment) = rest.split_at(SALT_LEN);
        let schedule = Schedule::<12>::new(key, salt, self.domain, prefix, context);
        schedule.check(commitment)?;
        let nonce = Nonce::assume_unique_for_key(schedule.nonce);
        let mut plaintext = Zeroizing::new(body.to_vec());
        let length = match schedule.cipher.open_in_place(nonce, Aad::empty(), &mut plaintext) {
            Ok(opened) => opened.len(),
            Err(_) => return Err(Refused::Altered),
        };
        plaintext.truncate(length);
        Ok(plaintext)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Counting, key, place};

    fn sealed_note() -> Vec<u8> {
        seal(&key(1), &place("here"), b"note", &Counting::default())
    }

    #[test]
    fn another_key_context_or_kind_is_refused() {
        let sealed = sealed_note();
        assert_eq!(*open(&key(1), &place("here"), &sealed).unwrap(), b"note");
        let wrong = Err(Refused::WrongKeyOrContext);
        assert_eq!(open(&key(2), &place("here"), &sealed), wrong);
        assert_eq!(open(&key(1), &place("there"), &sealed), wrong);
        let wrapped = wrap(&key(1), &place("here"), &key(9), &Counting::default());
        assert_eq!(wrapped.len(), WRAPPED_LEN);
        assert_eq!(open(&key(1), &place("here"), &wrapped), wrong);
        let boxed_key = seal(&key(1), &place("here"), key(9).expose(), &Counting::default());
        assert_eq!(
            unwrap(&key(1), &place("here"), &boxed_key).unwrap_err(),
            Refused::WrongKeyOrContext
        );
        assert_eq!(
            unwrap(&key(1), &place("here"), &wrapped).unwrap().expose(),
            key(9).expose()
        );
    }

    #[test]
    fn every_single_changed_bit_is_refused() {
        let sealed = sealed_note();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = open(&key(1), &place("here"), &changed).unwrap_err();
            match bit / 8 {
                0 | 1 => assert!(matches!(refused, Refused::UnknownFormat { .. })),
                2..58 => assert_eq!(refused, Refused::WrongKeyOrContext),
                _ => assert_eq!(refused, Refused::Altered),
            }
        }
    }

    #[test]
    fn every_cut_and_extension_is_refused() {
        let sealed = sealed_note();
        for length in 0..sealed.len() {
            assert!(
                open(&key(1), &place("here"), &sealed[..length]).is_err(),
                "{length}"
            );
        }
        let extended = [&sealed[..], b"x"].concat();
        assert_eq!(open(&key(1), &place("here"), &extended), Err(Refused::Altered));
    }

    #[test]
    fn the_same_note_twice_shares_no_bytes_after_the_prefix() {
        let random = Counting::default();
        let first = seal(&key(1), &place("here"), b"note", &random);
        let second = seal(&key(1), &place("here"), b"note", &random);
        assert_ne!(first[2..26], second[2..26]);
        assert_ne!(first[26..58], second[26..58]);
        assert_ne!(first[58..], second[58..]);
    }

    /// A ciphertext that opens under two keys is what plain GCM allows; the commitment must stop the
    /// second key even when the attacker puts in the commitment that this key gives elsewhere.
    #[test]
    fn a_commitment_of_another_box_does_not_fit() {
        let sealed = sealed_note();
        let other = seal(&key(2), &place("here"), b"note", &Counting::default());
        let mut forged = sealed;
        forged[26..58].copy_from_slice(&other[26..58]);
        // Same salt, so the key-2 commitment is genuine; the tag is still key 1's.
        assert_eq!(
            open(&key(1), &place("here"), &forged),
            Err(Refused::WrongKeyOrContext)
        );
        assert_eq!(open(&key(2), &place("here"), &forged), Err(Refused::Altered));
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened(secret: [u8; 32], plaintext: Vec<u8>, name: String) {
            let key = Key::from_bytes(secret);
            let sealed = seal(&key, &place(&name), &plaintext, &Counting::default());
            prop_assert_eq!(sealed.len(), plaintext.len() + BOX_OVERHEAD);
            prop_assert_eq!(&*open(&key, &place(&name), &sealed).unwrap(), &plaintext);
        }

        #[test]
        fn foreign_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), known: bool) {
            let mut bytes = bytes;
            if known && bytes.len() > 1 {
                bytes[..2].copy_from_slice(&[1, 1]);
            }
            prop_assert!(open(&key(1), &place("here"), &bytes).is_err());
            prop_assert!(unwrap(&key(1), &place("here"), &bytes).is_err());
        }
    }
}
