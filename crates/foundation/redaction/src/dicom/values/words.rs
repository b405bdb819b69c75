//! Free text of which only the harmless is kept.
//!
//! Promises: a word stays only if it is on the list of `words.txt`, which holds what radiology calls parts of the body,
//! directions, techniques and things; a number only with a unit, or as one digit, and never beside another number, as
//! dates, ages and telephone numbers are made of those. Nobody has to guess which words are names. Leaves out: names that
//! are also such words ("Head"): what the file itself says a patient is called is searched for afterwards (`traces.rs`).

use std::collections::HashSet;
use std::sync::LazyLock;

static HARMLESS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

#[rustfmt::skip]
const UNITS: &[&str] = &[
    "mm", "cm", "ms", "s", "sec", "kv", "kvp", "ma", "mas", "t", "hz", "mhz", "d", "x", "st", "nd", "rd", "th",
];

/// What of it may stay, words with one space between them; empty when nothing may. Cleaning twice changes no more.
pub(in crate::dicom) fn cleaned(text: &[u8]) -> Vec<u8> {
    let is_gap = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    let mut words = text
        .split(is_gap)
        .filter(|word| !word.is_empty())
        .map(Word::of)
        .peekable();
    let mut kept: Vec<u8> = Vec::with_capacity(text.len());
    let (mut after_number, mut after_kept_number) = (false, false);
    while let Some(word) = words.next() {
        let beside_number = after_number || after_kept_number || words.peek().is_some_and(Word::is_number);
        after_number = word.is_number();
        let letters = match word {
            Word::Harmless(letters) => letters,
            Word::Number(digits) if !beside_number => digits,
            _ => continue,
        };
        after_kept_number = after_number;
        if !kept.is_empty() {
            kept.push(b' ');
        }
        kept.extend_from_slice(letters);
    }
    kept
}

enum Word<'a> {
    Harmless(&'a [u8]),
    /// Small, or with a unit.
    Number(&'a [u8]),
    Other {
        number: bool,
    },
}

impl<'a> Word<'a> {
    fn of(letters: &'a [u8]) -> Self {
        let number = letters.first().is_some_and(u8::is_ascii_digit);
        let Ok(word) = std::str::from_utf8(letters).map(str::to_ascii_lowercase) else {
            return Self::Other { number };
        };
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        match word.get(digits..) {
            _ if HARMLESS.contains(word.as_str()) => Self::Harmless(letters),
            Some("") if digits == 1 => Self::Number(letters),
            Some(unit) if (1..=3).contains(&digits) && UNITS.contains(&unit) => Self::Number(letters),
            _ => Self::Other { number },
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Other { number: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_list_and_small_numbers_stay() {
        assert_eq!(
            cleaned(b"CT Thorax/Abdomen of Mrs Smith 5mm"),
            b"CT Thorax Abdomen of 5mm"
        );
        assert_eq!(
            cleaned(b"Head 2023-11-04, in 3 views, 4/11/23, aged 72"),
            b"Head in 3 views"
        );
        assert_eq!(cleaned(b"3 Smith 4"), b"3");
        assert_eq!(cleaned(b"John Smith 19700101"), b"");
        assert_eq!(cleaned("Sch\u{e4}del".as_bytes()), b"");
        assert_eq!(cleaned(b"T2 axial FLAIR"), b"T2 axial FLAIR");
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_no_more(text in "([a-z]{0,5}|2d|axial|[0-9]{1,3}(mm|x)?|[ .,/-]){0,20}") {
            let once = cleaned(text.as_bytes());
            proptest::prop_assert_eq!(cleaned(&once), once);
        }
    }

    #[test]
    fn the_list_is_in_order_and_lower_case() {
        let words: Vec<&str> = include_str!("words.txt").split_whitespace().collect();
        assert!(
            words.is_sorted()
                && words.iter().all(|word| word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
        );
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
