//! One pass over a text: every word, number, `@` and colon is looked at once.
//!
//! Promises: places are on character boundaries; the pass never goes back further than a word is long, so its time
//! follows the length of the text.

use super::found::Found;
use super::lexicon::{self, Meaning};
use super::{electronic, identity, names, number, postal};

/// What a byte may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Gap,
    Letter,
    Digit,
    At,
    Colon,
    Percent,
}

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Gap; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xFF => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'@' => Class::At,
            b':' => Class::Colon,
            b'%' => Class::Percent,
            _ => Class::Gap,
        };
        byte += 1;
    }
    table
}

/// A run of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) has_digit: bool,
}

impl Word {
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The word that begins here, if one does.
pub(super) fn word_at(bytes: &[u8], start: usize) -> Option<Word> {
    let (mut end, mut has_digit) = (start, false);
    while let Some(&byte) = bytes.get(end) {
        match CLASSES[usize::from(byte)] {
            Class::Digit => has_digit = true,
            Class::Letter if byte < 0x80 => {}
            Class::Letter if gap_length(bytes, end) == 0 => {
                end += character_length(byte);
                continue;
            }
            _ => break,
        }
        end += 1;
    }
    (end > start).then(|| Word {
        start,
        end: end.min(bytes.len()),
        has_digit,
    })
}

/// How many bytes of space or punctuation outside of ASCII begin here (blocks Latin-1, General Punctuation to Symbols,
/// CJK Punctuation).
pub(super) fn gap_length(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(0xC2), _) => 2,
        (Some(0xE2), _) | (Some(0xE3), Some(0x80)) => 3,
        _ => 0,
    }
}

fn character_length(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// What was read last, which may say what comes now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    pub(super) meaning: Meaning,
    /// Where it ends.
    pub(super) end: usize,
}

/// Looks at all of a text.
pub(super) fn walk(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let (mut at, mut before) = (0, Before::default());
    while let Some(&byte) = bytes.get(at) {
        at = match CLASSES[usize::from(byte)] {
            Class::Gap => at + 1,
            Class::At => electronic::email(text, at, at + 1, found),
            Class::Percent if bytes.get(at + 1..at + 3) == Some(b"40") => {
                electronic::email(text, at, at + 3, found)
            }
            Class::Percent => at + 1,
            Class::Colon => electronic::colon(text, at, found),
            Class::Digit | Class::Letter => match word_at(bytes, at) {
                Some(word) => one_word(text, word, &mut before, found),
                None => at + gap_length(bytes, at).max(1),
            },
        };
    }
}

/// Looks at a word and says where to go on.
fn one_word(text: &str, word: Word, before: &mut Before, found: &mut Vec<Found>) -> usize {
    let first = text.as_bytes().get(word.start).copied().unwrap_or_default();
    if word.has_digit {
        *before = Before::default();
        if let Some(end) = identity::at(text, word, found) {
            return end;
        }
        if first.is_ascii_digit() {
            return number::at(text, word, found);
        }
        return word.end;
    }
    if word.end - word.start == 2
        && let Some(end) = identity::at_letters(text, word, found)
    {
        return end;
    }
    let meaning = lexicon::meaning(word.of(text));
    let end = names::at(text, word, meaning, *before, found)
        .or_else(|| postal::at_word(text, word, meaning, found))
        .unwrap_or(word.end);
    *before = Before { meaning, end };
    end
}
