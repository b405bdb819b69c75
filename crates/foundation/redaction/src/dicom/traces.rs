//! Names, numbers and dates that were taken out, searched for in what stayed.
//!
//! Promises: whole words, whatever their case; long numbers also inside of other words; dates in the usual spellings.
//! Leaves out: words of fewer than four letters, and words that stand in place of a name ("Anonymous"): they would be
//! found everywhere and say nothing.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::tag::Tag;
use super::values::dummy::is_dummy;
use super::values::uids::{is_pseudonym, trimmed};
use super::values::words;
use super::vr::{Kind, Vr};

const SHORTEST: usize = 4;
/// From this length on, an identifier with digits is found inside of words.
const LONG: usize = 6;
/// No file has more identifiers that are worth it; a search costs time for each.
const MOST: usize = 256;

const NO_NAMES: &[&str] = &[
    "anon",
    "anonym",
    "anonymised",
    "anonymized",
    "anonymous",
    "dicom",
    "image",
    "name",
    "none",
    "null",
    "patient",
    "removed",
    "study",
    "test",
    "unknown",
];

/// Terms of the standard's codes that are not among the harmless words.
const TERMS: &[&str] = &[
    "code",
    "composite",
    "container",
    "contains",
    "date",
    "derived",
    "primary",
    "text",
    "time",
    "waveform",
];

/// Numbers under which a patient, a visit or an order is known.
const NUMBERS: &[u32] = &[
    0x0008_0050,
    0x0010_0020,
    0x0010_1000,
    0x0010_1090,
    0x0010_2154,
    0x0012_0040,
    0x0020_0010,
    0x0038_0010,
    0x0040_2016,
    0x0040_2017,
];

/// What was taken out and must not be met again, in lower case.
#[derive(Debug, Default)]
pub(super) struct Identifiers(BTreeSet<Vec<u8>>);

impl Identifiers {
    /// Remembers a value that is taken out, if it identifies.
    pub(super) fn note(&mut self, tag: Tag, vr: Vr, value: &[u8]) {
        if self.0.len() >= MOST || value.is_empty() || is_dummy(vr, value) {
            return;
        }
        match &vr.0 {
            b"PN" => value
                .split(|byte| b"^= ,\\.".contains(byte))
                .for_each(|word| self.add(word)),
            b"DA" => value
                .split(|&byte| byte == b'\\')
                .for_each(|date| self.add_date(trimmed(date))),
            _ if NUMBERS.contains(&tag.0) => value
                .split(|&byte| byte == b'\\')
                .for_each(|number| self.add(number)),
            _ => {}
        }
    }

    /// Adds a name or number as the caller knows it.
    pub(super) fn add(&mut self, word: &[u8]) {
        let word = trimmed(word).to_ascii_lowercase();
        let varies = word.iter().any(|byte| Some(byte) != word.first());
        let says_nothing =
            is_pseudonym(&word.to_ascii_uppercase()) || NO_NAMES.iter().any(|name| name.as_bytes() == word);
        if word.len() >= SHORTEST && varies && !says_nothing {
            self.0.insert(word);
        }
    }

    fn add_date(&mut self, date: &[u8]) {
        let [c, d, y, z, m, n, t, u] = *date else {
            return;
        };
        if !date.iter().all(u8::is_ascii_digit) {
            return;
        }
        self.0.insert(date.to_vec());
        self.0.insert(vec![c, d, y, z, b'-', m, n, b'-', t, u]);
        self.0.insert(vec![t, u, b'.', m, n, b'.', c, d, y, z]);
        self.0.insert(vec![m, n, b'/', t, u, b'/', c, d, y, z]);
    }

    /// Makes them ready for searching.
    pub(super) fn search(&self) -> Search {
        let words: Vec<&Vec<u8>> = self.0.iter().collect();
        // The quickest to build: a file has a dozen of them and a few kilobytes of text.
        let built = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(&words);
        let manners = words
            .iter()
            .map(|word| Manner {
                inside: word.len() >= LONG && word.iter().any(u8::is_ascii_digit),
                is_term: is_term(word),
            })
            .collect();
        Search {
            words: built.ok().filter(|_| !words.is_empty()),
            manners,
        }
    }
}

/// Identifiers, ready for searching.
#[derive(Debug)]
pub(super) struct Search {
    words: Option<AhoCorasick>,
    manners: Vec<Manner>,
}

/// How an identifier is searched for.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// It counts also inside of a word.
    inside: bool,
    /// It is also a word of the standard, so it says nothing in a code, where programs write and not people.
    is_term: bool,
}

impl Search {
    /// Whether one of the identifiers stands in a value that is text.
    pub(super) fn finds(&self, vr: Vr, value: &[u8]) -> bool {
        let Some(words) = &self.words else {
            return false;
        };
        if value.len() < SHORTEST || !is_searched(vr) || is_dummy(vr, value) {
            return false;
        }
        words.find_overlapping_iter(value).any(|found| {
            let is_letter =
                |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
            let before = found.start().checked_sub(1).and_then(|at| value.get(at));
            let stands_alone = !is_letter(before) && !is_letter(value.get(found.end()));
            let manner = self.manners.get(found.pattern().as_usize());
            manner.is_some_and(|it| (stands_alone || it.inside) && !(it.is_term && vr == Vr::CS))
        })
    }
}

fn is_term(word: &[u8]) -> bool {
    TERMS.iter().any(|term| term.as_bytes() == word) || words::cleaned(word) == word
}

/// Numbers and dates are decided upon by their attribute; a search in them would find chance.
fn is_searched(vr: Vr) -> bool {
    match vr.kind() {
        Some(Kind::Text) => true,
        Some(Kind::Code) => matches!(&vr.0, b"CS" | b"AE" | b"UR"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search() -> Search {
        let mut identifiers = Identifiers::default();
        identifiers.note(Tag(0x0010_0010), Vr::PN, b"Doe^Johanna^^Dr=\xC3\x84rztin ");
        identifiers.note(Tag::PATIENT_ID, Vr::LO, b"MRN-47110815 ");
        identifiers.note(Tag(0x0010_0030), Vr(*b"DA"), b"19700102");
        identifiers.note(Tag(0x0008_0070), Vr::LO, b"Manufacturer");
        identifiers.search()
    }

    #[test]
    fn whole_words_and_long_numbers_are_found() {
        let search = search();
        for text in [
            &b"seen by JOHANNA today"[..],
            b"xMRN-47110815x",
            b"born 1970-01-02",
            b"02.01.1970",
            b"\xC3\x84rztin",
        ] {
            assert!(search.finds(Vr::LO, text), "{}", String::from_utf8_lossy(text));
        }
        for text in [&b"Johannas"[..], b"Doe", b"Manufacturer", b"19700103", b""] {
            assert!(!search.finds(Vr::LO, text), "{}", String::from_utf8_lossy(text));
        }
        assert!(!search.finds(Vr(*b"DS"), b"19700102"));
    }

    #[test]
    fn a_name_that_is_a_term_counts_in_text_and_not_in_codes() {
        let mut identifiers = Identifiers::default();
        identifiers.note(Tag(0x0010_0010), Vr::PN, b"Perfusion^Johanna");
        let search = identifiers.search();
        assert!(search.finds(Vr::LO, b"PERFUSION") && !search.finds(Vr::CS, b"PERFUSION"));
        assert!(search.finds(Vr::CS, b"JOHANNA"));
    }

    #[test]
    fn what_says_nothing_is_not_searched_for() {
        let mut identifiers = Identifiers::default();
        identifiers.note(Tag(0x0010_0010), Vr::PN, b"Anonymous^Patient");
        identifiers.note(Tag::PATIENT_ID, Vr::LO, b"0000000");
        identifiers.note(Tag::PATIENT_ID, Vr::LO, b"REMOVED ");
        assert!(
            !identifiers
                .search()
                .finds(Vr::LO, b"Anonymous Patient 0000000 REMOVED")
        );
    }
}
