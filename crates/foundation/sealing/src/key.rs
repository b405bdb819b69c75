//! One 32-byte secret, and keys made from it.

use std::fmt;

use kernel::Random;
use zeroize::Zeroizing;

use crate::Refused;
use crate::primitive::{frame, hkdf_sha256};

/// A symmetric key: 32 secret bytes, wiped when dropped, never printed, copied only by [`Key::duplicate`].
// Boxed, so that moving a key moves a pointer and leaves no copy of the bytes behind on the stack.
pub struct Key(Box<Zeroizing<[u8; 32]>>);

impl Key {
    /// Bytes of a key.
    pub const LEN: usize = 32;

    /// A new key from unpredictable bytes.
    pub fn generate(random: &dyn Random) -> Self {
        Self::filled(|bytes| random.fill(bytes))
    }

    /// The key with these bytes. They must be unpredictable: for passphrases see [`crate::RootFile`].
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        Self::filled(|into| into.copy_from_slice(&bytes[..]))
    }

    /// The key with these bytes.
    ///
    /// # Errors
    /// [`Refused::KeyLength`] unless there are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() != Self::LEN {
            return Err(Refused::KeyLength(bytes.len()));
        }
        Ok(Self::filled(|into| into.copy_from_slice(bytes)))
    }

    /// The secret bytes. Every call of this deserves a look in review.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// A second copy, for the few places that need one; each copy wipes itself.
    pub fn duplicate(&self) -> Self {
        Self::filled(|into| into.copy_from_slice(self.expose()))
    }

    /// A key that follows from this one, a label and parts (HKDF-SHA256, RFC 5869): other labels or parts
    /// give keys that tell nothing about each other or about this one.
    pub fn derive(&self, label: &str, parts: &[&[u8]]) -> Self {
        Self::from_input(self.expose(), "bailee/v1/derive", label, parts)
    }

    /// A key that needs two keys: whoever lacks either has nothing. Order counts.
    ///
    /// For what must end when the dataset's key *or* the person's key is destroyed.
    pub fn both(first: &Self, second: &Self, label: &str, parts: &[&[u8]]) -> Self {
        let mut input = Zeroizing::new([0u8; 64]);
        input[..32].copy_from_slice(first.expose());
        input[32..].copy_from_slice(second.expose());
        Self::from_input(&input[..], "bailee/v1/both", label, parts)
    }

    /// HKDF-SHA256 with an empty salt over framed domain, label and parts.
    pub(crate) fn from_input(input: &[u8], domain: &str, label: &str, parts: &[&[u8]]) -> Self {
        let mut info = Vec::with_capacity(128);
        frame(&mut info, domain.as_bytes());
        frame(&mut info, label.as_bytes());
        parts.iter().for_each(|part| frame(&mut info, part));
        Self::filled(|into| hkdf_sha256(input, &[], &[&info], into))
    }

    /// Lets `fill` write the bytes where they stay.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = Box::new(Zeroizing::new([0u8; 32]));
        fill(&mut bytes[..]);
        Self(bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Counting, key};

    #[test]
    fn a_key_does_not_print_itself() {
        let shown = format!("{:?}", Key::from_bytes([0xab; 32]));
        assert_eq!(shown, "Key(hidden)");
    }

    #[test]
    fn generated_keys_differ() {
        let random = Counting::default();
        assert_ne!(Key::generate(&random).expose(), Key::generate(&random).expose());
    }

    #[test]
    fn derived_keys_depend_on_key_label_and_borders_of_parts() {
        let base = key(1).derive("dataset", &[b"ab", b"c"]);
        for other in [
            key(2).derive("dataset", &[b"ab", b"c"]),
            key(1).derive("subject", &[b"ab", b"c"]),
            key(1).derive("dataset", &[b"a", b"bc"]),
            key(1).derive("dataset", &[b"ab", b"c", b""]),
            key(1).derive("datasetab", &[b"c"]),
        ] {
            assert_ne!(base.expose(), other.expose());
        }
        assert_eq!(base.expose(), key(1).derive("dataset", &[b"ab", b"c"]).expose());
    }

    #[test]
    fn a_key_of_both_needs_both() {
        let both = Key::both(&key(1), &key(2), "item", &[b"x"]);
        for other in [
            Key::both(&key(1), &key(3), "item", &[b"x"]),
            Key::both(&key(3), &key(2), "item", &[b"x"]),
            Key::both(&key(2), &key(1), "item", &[b"x"]),
            Key::both(&key(1), &key(2), "item", &[b"y"]),
            Key::both(&key(1), &key(2), "wrap", &[b"x"]),
        ] {
            assert_ne!(both.expose(), other.expose());
        }
        assert_eq!(both.duplicate().expose(), both.expose());
    }

    #[test]
    fn only_thirty_two_bytes_are_a_key() {
        assert_eq!(Key::from_slice(&[0; 31]).unwrap_err(), Refused::KeyLength(31));
        assert!(Key::from_slice(&[0; 32]).is_ok());
    }
}
