//! Words beside a number that say what it is.
//!
//! Promises: only whole beginnings of words count, and only those that stand shortly before. Leaves out: grammar.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What the words before a place speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Context(u8);

impl Context {
    pub(super) const PHONE: u8 = 1;
    pub(super) const CARD: u8 = 2;
    pub(super) const IDENTITY: u8 = 4;
    pub(super) const BIRTH: u8 = 8;
    pub(super) const VERSION: u8 = 16;
    pub(super) const HEALTH: u8 = 32;

    /// Reads the words before `at`.
    pub(super) fn before(bytes: &[u8], at: usize) -> Self {
        let start = at.saturating_sub(REACH);
        let window = bytes.get(start..at).unwrap_or_default();
        let mut context = 0;
        for found in SEARCH.find_overlapping_iter(window) {
            let before = found.start().checked_sub(1).and_then(|it| window.get(it));
            let begins = before.map_or(start == 0, |byte| !byte.is_ascii_alphabetic());
            if begins {
                context |= WORDS
                    .get(found.pattern().as_usize())
                    .map_or(0, |(_, meaning)| *meaning);
            }
        }
        Self(context)
    }

    pub(super) fn speaks_of(self, meaning: u8) -> bool {
        self.0 & meaning != 0
    }
}

/// How far back words count, in bytes.
const REACH: usize = 56;

#[rustfmt::skip]
const WORDS: &[(&str, u8)] = &[
    ("phone", Context::PHONE), ("telephone", Context::PHONE), ("tel", Context::PHONE), ("mobile", Context::PHONE),
    ("cell", Context::PHONE), ("fax", Context::PHONE), ("call", Context::PHONE), ("dial", Context::PHONE),
    ("whatsapp", Context::PHONE), ("sms", Context::PHONE), ("text me", Context::PHONE), ("texting", Context::PHONE),
    ("handy", Context::PHONE), ("mobil", Context::PHONE), ("telefon", Context::PHONE), ("telefoon", Context::PHONE),
    ("puhelin", Context::PHONE), ("puh", Context::PHONE), ("anruf", Context::PHONE), ("contact number", Context::PHONE),
    ("registered", Context::PHONE), ("reach me", Context::PHONE), ("messages to", Context::PHONE), ("t\u{e9}l", Context::PHONE),
    ("number is", Context::PHONE), ("my number", Context::PHONE), ("ring me", Context::PHONE), ("contact", Context::PHONE), ("answering", Context::PHONE), ("desk", Context::PHONE),
    ("card", Context::CARD), ("credit", Context::CARD), ("debit", Context::CARD), ("visa", Context::CARD),
    ("mastercard", Context::CARD), ("amex", Context::CARD), ("maestro", Context::CARD), ("cc", Context::CARD),
    ("karte", Context::CARD), ("carte", Context::CARD), ("tarjeta", Context::CARD), ("kaart", Context::CARD),
    ("kreditkarte", Context::CARD), ("pan", Context::CARD),
    ("ssn", Context::IDENTITY), ("social", Context::IDENTITY), ("national", Context::IDENTITY), ("tax", Context::IDENTITY),
    ("steuer", Context::IDENTITY), ("insurance", Context::IDENTITY), ("bsn", Context::IDENTITY), ("burgerservice", Context::IDENTITY),
    ("sofi", Context::IDENTITY), ("pesel", Context::IDENTITY), ("personnummer", Context::IDENTITY), ("isikukood", Context::IDENTITY),
    ("identity", Context::IDENTITY), ("personal", Context::IDENTITY), ("idnr", Context::IDENTITY), ("tin", Context::IDENTITY),
    ("nir", Context::IDENTITY), ("s\u{e9}curit\u{e9}", Context::IDENTITY), ("dni", Context::IDENTITY), ("itin", Context::IDENTITY),
    ("nhs", Context::HEALTH), ("patient", Context::HEALTH), ("mrn", Context::HEALTH), ("health", Context::HEALTH),
    ("born", Context::BIRTH), ("birth", Context::BIRTH), ("dob", Context::BIRTH), ("d.o.b", Context::BIRTH),
    ("geboren", Context::BIRTH), ("geburt", Context::BIRTH), ("geb.", Context::BIRTH), ("n\u{e9}", Context::BIRTH),
    ("naissance", Context::BIRTH), ("nacido", Context::BIRTH), ("nacida", Context::BIRTH), ("nacimiento", Context::BIRTH),
    ("nato", Context::BIRTH), ("nata", Context::BIRTH), ("nascita", Context::BIRTH), ("urodzon", Context::BIRTH),
    ("f\u{f6}dd", Context::BIRTH), ("f\u{f6}delse", Context::BIRTH), ("syntynyt", Context::BIRTH), ("s\u{fc}nd", Context::BIRTH),
    ("birthday", Context::BIRTH), ("nascimento", Context::BIRTH), ("syntym", Context::BIRTH),
    ("version", Context::VERSION), ("release", Context::VERSION), ("build", Context::VERSION), ("v.", Context::VERSION),
    ("firmware", Context::VERSION), ("driver", Context::VERSION),
];

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = WORDS.iter().map(|(word, _)| word);
    let search = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words);
    #[expect(clippy::expect_used, reason = "the words are constants, and a test builds it")]
    search.expect("a few dozen short words make a small automaton")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_from_their_beginning_and_not_from_afar() {
        let speaks = |text: &str, meaning| Context::before(text.as_bytes(), text.len()).speaks_of(meaning);
        assert!(speaks("her Phone: ", Context::PHONE));
        assert!(speaks("Tel", Context::PHONE));
        assert!(!speaks("hotel ", Context::PHONE));
        assert!(!speaks(&format!("phone {}", "x ".repeat(40)), Context::PHONE));
    }
}
