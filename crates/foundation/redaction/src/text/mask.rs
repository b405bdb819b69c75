//! What stands in the place of a find.
//!
//! Promises: a mask is never found again, and holds nothing of the value but, if asked for, its length. Pseudonyms of
//! one value are alike under one key, whatever the spelling (case; spaces and hyphens of numbers).

use super::found::{Found, Kind};
use crate::dicom::ProjectKey;

/// What stands in the place of a find.
#[derive(Debug, Default)]
pub enum Mask {
    /// The kind: `[EMAIL]`.
    #[default]
    Label,
    /// As many asterisks as there were characters.
    SameLength,
    /// The kind and a name that follows from the value under a key: `[EMAIL kzqvbtmwxrjc]`.
    Pseudonym(Box<ProjectKey>),
}

impl Mask {
    /// Masks finds that are in order and do not overlap.
    pub(super) fn apply(&self, text: &str, found: &[Found]) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for it in found {
            masked.push_str(text.get(at..it.range.start).unwrap_or_default());
            self.write(
                it.kind,
                text.get(it.range.clone()).unwrap_or_default(),
                &mut masked,
            );
            at = it.range.end;
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        masked
    }

    /// Writes what stands for one value.
    pub(crate) fn write(&self, kind: Kind, value: &str, masked: &mut String) {
        match self {
            Self::Label => {
                masked.push('[');
                masked.push_str(kind.label());
                masked.push(']');
            }
            Self::SameLength => masked.extend(value.chars().map(|_| '*')),
            Self::Pseudonym(key) => {
                masked.push('[');
                masked.push_str(kind.label());
                masked.push(' ');
                key.letters(kind.label(), &spelt(kind, value), masked);
                masked.push(']');
            }
        }
    }
}

/// The value without what differs from one spelling to the next.
fn spelt(kind: Kind, value: &str) -> String {
    let letters = value
        .chars()
        .filter(|it| !kind.is_number() || it.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a value is a mask and nothing else.
pub(crate) fn is_whole_mask(value: &str) -> bool {
    let label = |label: &str| Kind::ALL.iter().any(|kind| kind.label() == label);
    let inside = value.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_label = inside.is_some_and(|it| {
        let (first, name) = it.split_once(' ').unwrap_or((it, ""));
        let is_ours = name.len() == 12
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() && !b"aeiou".contains(&byte));
        label(first) && (name.is_empty() || is_ours)
    });
    is_label || value.bytes().all(|byte| byte == b'*')
}

/// The longest mask, in bytes: the longest label, a space, twelve letters, two brackets.
const LONGEST: usize = 32;

/// Without the finds that lie in a mask: the words of a label are ours.
pub(super) fn outside_of_masks(text: &str, found: Vec<Found>) -> Vec<Found> {
    found.into_iter().filter(|it| !is_mask(text, it)).collect()
}

fn is_mask(text: &str, it: &Found) -> bool {
    // No mask is longer, so no more is looked at.
    let from = text.floor_char_boundary(it.range.start.saturating_sub(LONGEST));
    let before = text
        .get(from..it.range.start)
        .and_then(|before| before.rfind('['));
    let Some(open) = before.map(|open| from + open) else {
        return false;
    };
    let until = text.floor_char_boundary(open + LONGEST);
    let close = text
        .get(open..until)
        .and_then(|inside| inside.find(']'))
        .map(|close| open + close);
    close.is_some_and(|close| close >= it.range.end && text.get(open..=close).is_some_and(is_whole_mask))
}
