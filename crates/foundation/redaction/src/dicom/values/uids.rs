//! New unique identifiers and new names of patients, from the old ones under a key.
//!
//! Promises: the same old value gives the same new one under one key, in every file and at every depth; without the
//! key nobody can test a guess, which matters because identifiers hold dates and serial numbers. Leaves out: where
//! keys come from and how long they live: one per project, or one per release if releases must not be linkable.

use aws_lc_rs::hmac;

/// The key from which everything new follows.
pub struct ProjectKey(hmac::Key);

/// The root of everything the standard itself has named (PS3.5, 9.1).
const STANDARD: &[u8] = b"1.2.840.10008.";
/// The root of unique identifiers that are made of a UUID (PS3.5, B.2).
const UUID_ROOT: &[u8] = b"2.25.";
/// The longest unique identifier (PS3.5, 9.1).
const LONGEST: usize = 64;
const PSEUDONYM: usize = 16;
/// No vowels, so that no words and names come about.
const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";

impl ProjectKey {
    /// Takes 32 random bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Writes the identifier that stands for `old`: the first half of an HMAC-SHA-256 over `dicom-uid`, a zero and the
    /// old identifier, made a UUID of version 8 (RFC 9562, 5.8), as a number below 2.25.
    pub(in crate::dicom) fn uid(&self, old: &[u8], new: &mut Vec<u8>) {
        let mut uuid = self.half(b"dicom-uid", old);
        uuid[6] = uuid[6] & 0x0F | 0x80;
        uuid[8] = uuid[8] & 0x3F | 0x80;
        new.extend_from_slice(UUID_ROOT);
        new.extend_from_slice(u128::from_be_bytes(uuid).to_string().as_bytes());
    }

    /// Writes the name that stands for a patient or a specimen: `P` and 15 hexadecimal digits, short enough for every
    /// kind of text.
    pub(in crate::dicom) fn pseudonym(&self, old: &[u8], new: &mut Vec<u8>) {
        let number = u128::from_be_bytes(self.half(b"dicom-patient", old)) >> 68;
        new.extend_from_slice(format!("P{number:015X}").as_bytes());
    }

    /// By how many days the dates of this patient go back: between 1 and 3,650.
    pub(in crate::dicom) fn days(&self, patient: &[u8]) -> i32 {
        let half = self.half(b"dicom-days", patient);
        1 + i32::from(u16::from_be_bytes([half[0], half[1]]) % 3650)
    }

    /// Writes the twelve small letters that stand for a value of some kind in a text: no digits, so that they are not
    /// taken for a number.
    pub(crate) fn letters(&self, kind: &str, value: &str, new: &mut String) {
        let mut number = u128::from_be_bytes(self.half(kind.as_bytes(), value.as_bytes()));
        for _ in 0..12 {
            let letter = u8::try_from(number % 20).unwrap_or_default();
            new.push(char::from(CONSONANTS[usize::from(letter)]));
            number /= 20;
        }
    }

    fn half(&self, purpose: &[u8], old: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose);
        context.update(&[0]);
        context.update(old);
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }
}

impl std::fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProjectKey(hidden)")
    }
}

/// Without the spaces and zeros around it that make lengths even.
pub(in crate::dicom) fn trimmed(value: &[u8]) -> &[u8] {
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = value
        .iter()
        .position(|byte| !is_padding(byte))
        .unwrap_or(value.len());
    let end = value
        .iter()
        .rposition(|byte| !is_padding(byte))
        .map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Whether it names a thing of the standard, which is the same for everybody.
pub(in crate::dicom) fn is_well_known(uid: &[u8]) -> bool {
    uid.starts_with(STANDARD) && is_valid(uid)
}

/// Digits and dots, not too long.
pub(in crate::dicom) fn is_valid(uid: &[u8]) -> bool {
    uid.len() <= LONGEST && uid.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// Whether it has the form of what [`ProjectKey::uid`] makes.
pub(in crate::dicom) fn is_mapped(uid: &[u8]) -> bool {
    let number = uid
        .strip_prefix(UUID_ROOT)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    number
        .and_then(|digits| digits.parse::<u128>().ok())
        .is_some_and(|number| {
            let uuid = number.to_be_bytes();
            uuid[6] >> 4 == 8 && uuid[8] >> 6 == 2
        })
}

/// Whether it has the form of what [`ProjectKey::pseudonym`] makes.
pub(in crate::dicom) fn is_pseudonym(value: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    matches!(value, [b'P', digits @ ..] if value.len() == PSEUDONYM && digits.iter().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> ProjectKey {
        ProjectKey::new(&std::array::from_fn(|at| first + at as u8))
    }

    fn made(make: impl Fn(&mut Vec<u8>)) -> String {
        let mut new = Vec::new();
        make(&mut new);
        String::from_utf8(new).unwrap()
    }

    #[test]
    fn identifiers_follow_from_old_and_key() {
        let old = b"1.2.840.113619.2.80.3010476572.21845.1725985175.18";
        let new = made(|new| key(0).uid(old, new));
        assert_eq!(new, "2.25.37941875632866783429207417500119401214");
        assert!(is_mapped(new.as_bytes()) && is_valid(new.as_bytes()) && !is_well_known(new.as_bytes()));
        assert_ne!(new, made(|new| key(1).uid(old, new)));
        assert_ne!(new, made(|new| key(0).uid(b"1.2", new)));
        assert!(!is_mapped(old) && !is_mapped(b"2.25.1"));
    }

    #[test]
    fn well_known_is_what_the_standard_named_and_nothing_hidden_behind_it() {
        assert!(is_well_known(b"1.2.840.10008.1.2"));
        assert!(!is_well_known(b"1.2.840.100089.1"));
        assert!(!is_well_known(b"1.2.840.10008.DOE"));
    }

    #[test]
    fn pseudonyms_follow_from_old_and_key() {
        let new = made(|new| key(0).pseudonym(b"4711", new));
        assert!(
            is_pseudonym(new.as_bytes()) && !is_pseudonym(b"PATIENT000000001"),
            "{new}"
        );
        assert_eq!(new, made(|new| key(0).pseudonym(b"4711", new)));
        assert_ne!(new, made(|new| key(0).pseudonym(b"4712", new)));
        assert_ne!(new, made(|new| key(1).pseudonym(b"4711", new)));
        assert!((1..=3650).contains(&key(0).days(b"4711")));
        assert_ne!(key(0).days(b"4711"), key(0).days(b"4712"));
        assert_eq!(format!("{:?}", key(0)), "ProjectKey(hidden)");
    }

    #[test]
    fn padding_is_trimmed() {
        assert_eq!(trimmed(b" a b \0"), b"a b");
        assert_eq!(trimmed(b" \0 "), b"");
        assert_eq!(trimmed(b""), b"");
    }
}
