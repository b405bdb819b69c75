//! Where else parts of names that were found stand: "Johanna Miller … Miller".
//!
//! Promises: time that follows the length of the text, however many names it has.

use super::found::{Found, Kind};
use super::lexicon::{Meaning, meaning};
use super::walk::{gap_length, word_at};

/// Where else words stand that are parts of names found in the text: "Johanna Miller … Miller".
pub(super) fn find(text: &str, found: &[Found]) -> Vec<Found> {
    let words = Parts::of(text, found);
    let mut names = names_in(found).peekable();
    let (bytes, mut at, mut more) = (text.as_bytes(), 0, Vec::new());
    while at < bytes.len() && !words.all.is_empty() {
        // What was found is not looked at again. The pass found names in order.
        while names.next_if(|name| name.range.end <= at).is_some() {}
        if let Some(name) = names.next_if(|name| name.range.start <= at) {
            at = name.range.end;
            continue;
        }
        let Some(word) = word_at(bytes, at) else {
            at += gap_length(bytes, at).max(1);
            continue;
        };
        if words.have(word.of(text)) {
            more.push(Found::new(
                Kind::Person,
                word.start..word.end,
                55,
                "part of a name found elsewhere in the text",
            ));
        }
        at = word.end;
    }
    more
}

fn names_in(found: &[Found]) -> impl Iterator<Item = &Found> {
    found
        .iter()
        .filter(|it| it.kind == Kind::Person && it.confidence >= super::SURE_ENOUGH)
}

/// The words of names that were found.
struct Parts<'t> {
    /// In order.
    all: Vec<&'t str>,
    /// Whether any has this first byte and this length, so that few words of the text are searched for.
    some: [u32; 256],
}

impl<'t> Parts<'t> {
    fn of(text: &'t str, found: &[Found]) -> Self {
        let words = names_in(found)
            .filter_map(|it| text.get(it.range.clone()))
            .flat_map(|it| it.split([' ', '\u{a0}']));
        let mut all: Vec<&str> = words.filter(|word| is_worth_it(word)).collect();
        all.sort_unstable();
        all.dedup();
        let mut some = [0; 256];
        for word in &all {
            let (first, length) = shape(word);
            some[first] |= length;
        }
        Self { all, some }
    }

    fn have(&self, word: &str) -> bool {
        let (first, length) = shape(word);
        self.some[first] & length != 0 && self.all.binary_search(&word).is_ok()
    }
}

/// The first byte, and a bit for the length.
fn shape(word: &str) -> (usize, u32) {
    let first = word.as_bytes().first().copied().unwrap_or_default();
    (usize::from(first), 1 << (word.len() % 32))
}

fn is_worth_it(word: &str) -> bool {
    let meaning = meaning(word);
    let no_name = [
        Meaning::PLAIN,
        Meaning::MAYBE_GIVEN,
        Meaning::PARTICLE,
        Meaning::TITLE,
        Meaning::MONTH,
        Meaning::COMPANY,
    ];
    word.len() >= 4 && word.starts_with(char::is_uppercase) && !no_name.iter().any(|it| meaning.has(*it))
}
