//! What announces a name: titles, forms of address, "my name is", "directed by", words for speaking.
//!
//! Leaves out: whether what follows looks like a name.

use super::endings::{Endings, has_end};
use super::lexicon::Meaning;
use super::walk::{Before, word_at};

/// How much what stands before says that a name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// "Mrs."
    Title,
    /// "my name is"
    Surely,
    /// "Dear"
    Maybe,
    /// "directed by"
    Weakly,
}

#[rustfmt::skip]
static SURELY: Endings = Endings::new(&[
    "name is", "name's", "name:", "names are", "named", "surname", "name is:", "my name", "ich heiße", "mein name ist", "je m'appelle",
    "me llamo", "mi chiamo", "ik heet", "nazywam się", "jag heter", "nimeni on", "minu nimi on", "first_name:", "last_name:", "full name",
    "call me", "calls me", "name?", "user:", "maiden name", "signed by", "patient:", "beneficiary", "i'm called", "name of",
]);

/// What comes before a person, and before other things as well: two words with capital letters must follow.
#[rustfmt::skip]
static WEAKLY: Endings = Endings::new(&[
    "i'm", "i am", "this is", "said", "says", "asked", "told", "replied", "met", "thanks to", "talk to", "speak to", "speak with",
    "spoke to", "spoke with", "up with", "tribute to", "directed by", "written by", "produced by", "edited by", "reviewed by", "prepared by",
    "approved by", "reported by", "from:", "to:", "cc:", "by:", "contact:", "attention:", "address:", "author:", "owner:", "doctor:", "client:",
    "customer:", "employee:", "player", "actor", "singer", "writer", "author", "ceo", "founder", "director", "president", "chairman", "minister",
]);

/// What announces a name that begins here.
pub(super) fn announced(text: &str, start: usize, before: Before) -> Option<Announced> {
    let gap = text.get(before.end..start)?;
    let is_near = !gap.is_empty() && gap.len() <= 3 && gap.chars().all(|it| " .:,\u{a0}\n".contains(it));
    if is_near && before.meaning.has(Meaning::TITLE) && !gap.contains(['\n', ',']) {
        return Some(Announced::Title);
    }
    let head = text
        .get(..start)?
        .trim_end_matches([' ', '"', '\'', '“', '\u{a0}']);
    if says(&SURELY, head) {
        return Some(Announced::Surely);
    }
    if is_near && before.meaning.has(Meaning::CALL) && !gap.contains('.') {
        return Some(Announced::Maybe);
    }
    (is_near && says(&WEAKLY, head)).then_some(Announced::Weakly)
}

/// Whether a text ends with one of these calls, from the beginning of a word.
fn says(calls: &Endings, head: &str) -> bool {
    calls
        .candidates(head)
        .any(|call| has_end(head, call, 0) && begins(head, call.len()))
}

/// Whether the last so many bytes begin a word.
fn begins(head: &str, length: usize) -> bool {
    let before = head.len().checked_sub(length).and_then(|at| head.get(..at));
    before.is_some_and(|it| !it.ends_with(char::is_alphanumeric))
}

/// Whether a word for speaking stands beside: "said Miller", "Miller said".
pub(super) fn speaks(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|head| head.strip_suffix(' '));
    let word = || word_at(text.as_bytes(), end + 1).map(|it| it.of(text));
    let behind = || text.as_bytes().get(end) == Some(&b' ') && word().is_some_and(|it| SPEAKS.contains(&it));
    before.is_some_and(|head| says(&SPEAKS_BEFORE, head)) || behind()
}

static SPEAKS_BEFORE: Endings = Endings::new(&["said", "says", "asked", "replied", "added"]);

const SPEAKS: &[&str] = &[
    "said",
    "says",
    "asked",
    "asks",
    "replied",
    "shouted",
    "answered",
    "whispered",
    "explained",
    "wrote",
];
