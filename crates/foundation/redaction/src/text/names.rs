//! People's names: by lists, titles and what announces them.
//!
//! Promises: a name is found whole, with initials, particles and double names; the name of a company or institution is
//! not taken for one where its words say so. Leaves out: what no list knows and nothing announces, a surname that
//! stands alone, names in small letters (but after "my name is"), scripts without capitals.

use std::ops::Deref;

use super::announced::{self, Announced, announced};
use super::endings::Endings;
use super::found::{Found, Kind};
use super::lexicon::{Meaning, meaning};
use super::walk::{Before, Word, gap_length, word_at};

/// No name has more words.
const LONGEST: usize = 6;

/// One word of what may be a name.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    start: usize,
    end: usize,
    meaning: Meaning,
    is_initial: bool,
}

/// Looks for a name that begins with this word. Says where to go on, if it is one.
pub(super) fn at(
    text: &str,
    word: Word,
    means: Meaning,
    before: Before,
    found: &mut Vec<Found>,
) -> Option<usize> {
    let is_small = text
        .as_bytes()
        .get(word.start)
        .is_some_and(u8::is_ascii_lowercase);
    if is_small && !means.has(Meaning::GIVEN) {
        return None;
    }
    // What begins most sentences.
    if !is_small && means.has(Meaning::PLAIN) && !means.is_month() {
        return None;
    }
    let announced = announced(text, word.start, before);
    if is_small && announced != Some(Announced::Surely) || means.has(Meaning::MONTH) && announced.is_none() {
        return if means.is_month() && !is_small {
            birth(text, word, found)
        } else {
            None
        };
    }
    let parts = if is_small {
        small(text, word, means)
    } else {
        chain(text, word, means)
    };
    let (count, confidence, why) = judged(text, &parts, announced)?;
    let last = parts.get(count - 1)?;
    found.push(Found::new(Kind::Person, word.start..last.end, confidence, why));
    Some(last.end)
}

fn birth(text: &str, word: Word, found: &mut Vec<Found>) -> Option<usize> {
    let it = super::birth::at_month(text, word.start, word.end)?;
    let end = it.range.end;
    found.push(it);
    Some(end)
}

/// Capitalised words, initials and particles that stand together from here on.
fn chain(text: &str, first: Word, means: Meaning) -> Chain {
    let mut chain = Chain::default();
    let mut next = Some((first, means));
    while let Some(part) = next.and_then(|(word, means)| part(text, word, means))
        && chain.push(part)
    {
        next = following(text, &part);
    }
    while chain.last().is_some_and(|part| is_small_particle(text, part)) {
        chain.count -= 1;
    }
    chain
}

/// The words of what may be a name.
#[derive(Default)]
struct Chain {
    parts: [Part; LONGEST],
    count: usize,
}

impl Chain {
    /// False when it is full.
    fn push(&mut self, part: Part) -> bool {
        let place = self.parts.get_mut(self.count);
        let has_place = place.is_some();
        if let Some(place) = place {
            *place = part;
            self.count += 1;
        }
        has_place
    }
}

impl Deref for Chain {
    type Target = [Part];

    fn deref(&self) -> &[Part] {
        self.parts.get(..self.count).unwrap_or_default()
    }
}

fn is_small_particle(text: &str, part: &Part) -> bool {
    part.meaning.has(Meaning::PARTICLE)
        && text
            .as_bytes()
            .get(part.start)
            .is_some_and(u8::is_ascii_lowercase)
}

/// The word as part of a name, with what a hyphen or an apostrophe joins to it.
fn part(text: &str, word: Word, means: Meaning) -> Option<Part> {
    let letters = word.of(text);
    let is_capital = letters.chars().next().is_some_and(char::is_uppercase);
    let is_particle = means.has(Meaning::PARTICLE) && !is_capital;
    if word.has_digit || !is_capital && !is_particle || is_capital && means.has(Meaning::PLAIN) {
        return None;
    }
    let is_initial = is_capital && letters.chars().nth(1).is_none();
    let mut end = word.end;
    while let Some(joined) = joined(text, end) {
        end = joined;
    }
    let has_dot = is_initial && text.as_bytes().get(end) == Some(&b'.');
    Some(Part {
        start: word.start,
        end: end + usize::from(has_dot),
        meaning: means,
        is_initial: is_initial && end == word.end,
    })
}

/// Where a word ends that a hyphen or an apostrophe joins here. An "s" after an apostrophe is not of the name.
fn joined(text: &str, end: usize) -> Option<usize> {
    let rest = text.get(end..)?;
    let mark = rest.chars().next().filter(|it| matches!(it, '-' | '\'' | '’'))?;
    let word = word_at(text.as_bytes(), end + mark.len_utf8())?;
    let is_capital = word.of(text).chars().next().is_some_and(char::is_uppercase);
    (is_capital && !word.has_digit).then_some(word.end)
}

/// The next word, if only a space or two lie between.
fn following(text: &str, part: &Part) -> Option<(Word, Meaning)> {
    let bytes = text.as_bytes();
    let gap = match bytes.get(part.end)? {
        b' ' => 1 + usize::from(bytes.get(part.end + 1) == Some(&b' ')),
        0xC2 => gap_length(bytes, part.end),
        _ if part.is_initial => 0,
        _ => return None,
    };
    let word = word_at(bytes, part.end + gap).filter(|word| !word.has_digit)?;
    Some((word, meaning(word.of(text))))
}

/// One or two words in small letters that are names.
fn small(text: &str, first: Word, means: Meaning) -> Chain {
    let part = |word: Word, meaning: Meaning| Part {
        start: word.start,
        end: word.end,
        meaning,
        is_initial: false,
    };
    let mut chain = Chain::default();
    let first = part(first, means);
    chain.push(first);
    let second = following(text, &first);
    if let Some((word, means)) = second.filter(|(_, it)| it.has(Meaning::SURNAME) && !it.has(Meaning::PLAIN))
    {
        chain.push(part(word, means));
    }
    chain
}

/// How many of the parts are a name, and how sure that is.
fn judged(text: &str, parts: &[Part], announced: Option<Announced>) -> Option<(usize, u8, &'static str)> {
    let first = parts.first()?;
    let is = |at: usize, meaning: Meaning| parts.get(at).is_some_and(|it| it.meaning.has(meaning));
    let is_company = parts.iter().any(|it| it.meaning.has(Meaning::COMPANY)) || company_follows(text, parts);
    let first_name_like = first.meaning.has(Meaning::GIVEN) || first.meaning.has(Meaning::MAYBE_GIVEN);
    match announced {
        Some(Announced::Title) => return Some((parts.len().min(4), 90, "a title before it")),
        Some(Announced::Surely) if !is_company => {
            return Some((parts.len().min(4), 85, "it is called a name"));
        }
        Some(Announced::Maybe) if first_name_like && !is_company => {
            return Some((parts.len().min(3), 75, "a form of address before it"));
        }
        // "Dear Xyzzy,": what a letter begins with.
        Some(Announced::Maybe) if parts.len() == 1 && text.as_bytes().get(first.end) == Some(&b',') => {
            return Some((1, 60, "a form of address before it, a comma behind it"));
        }
        _ => {}
    }
    if is_company || first.meaning.has(Meaning::TITLE) {
        return None;
    }
    let second = parts
        .iter()
        .position(|it| !it.is_initial && !is_small_particle(text, it) && it.start > first.start);
    let surname_at = |at: usize| is(at, Meaning::SURNAME) || is(at, Meaning::GIVEN);
    if first.is_initial {
        let at = second.filter(|&at| text.as_bytes().get(first.end - 1) == Some(&b'.') && surname_at(at))?;
        return Some((at + 1, 70, "an initial and a surname of the lists"));
    }
    let last_like = |at: usize| surname_at(at) || parts.get(at).is_some_and(|it| ends_like_surname(text, it));
    match second {
        Some(2) if is_middle_initial(parts) => Some((
            3,
            if last_like(2) { 85 } else { 65 },
            "an initial between two names",
        )),
        Some(at)
            if !first.meaning.has(Meaning::GIVEN)
                && parts.get(at).is_some_and(|it| ends_like_surname(text, it)) =>
        {
            Some((at + 1, 60, "a word that ends like surnames"))
        }
        Some(at) if first.meaning.has(Meaning::GIVEN) => {
            let more = usize::from(is(at, Meaning::GIVEN) && surname_at(at + 1) || surname_at(at + 1));
            Some((
                at + 1 + more,
                if surname_at(at) { 90 } else { 70 },
                "a given name and what follows it",
            ))
        }
        Some(at) if first.meaning.has(Meaning::MAYBE_GIVEN) && surname_at(at) => {
            Some((at + 1, 60, "a given name that is also a word, and a surname"))
        }
        Some(at) if first.meaning.has(Meaning::SURNAME) && is(at, Meaning::GIVEN) => {
            Some((at + 1, 60, "a surname and a given name"))
        }
        Some(_) if announced == Some(Announced::Weakly) => {
            Some((parts.len().min(4), 60, "what often comes before a person"))
        }
        _ if first.meaning.has(Meaning::GIVEN) => Some((parts.len().min(2), 55, "a given name")),
        None if parts.len() == 1 && is_surname(text, first) => Some((1, 52, "an ending that surnames have")),
        None if parts.len() == 1 && is_listed(first) && announced::speaks(text, first.start, first.end) => {
            Some((1, 53, "a listed name beside a word for speaking"))
        }
        _ => None,
    }
}

/// Given names, also those that are words, and surnames.
fn is_listed(part: &Part) -> bool {
    [Meaning::GIVEN, Meaning::MAYBE_GIVEN, Meaning::SURNAME]
        .iter()
        .any(|it| part.meaning.has(*it))
}

/// What surnames end with, and nothing else that begins with a capital letter and is no name of a list.
static SURE_ENDINGS: Endings = Endings::new(&[
    "ović", "ević", "ovič", "sson", "dóttir", "dottir", "ský", "cký", "wski", "wska", "ová", "poulos",
    "shvili",
]);

fn is_surname(text: &str, part: &Part) -> bool {
    let word = text.get(part.start..part.end).unwrap_or_default();
    part.meaning == Meaning::default()
        && word.len() >= 8
        && SURE_ENDINGS.end(word, 3)
        && word.chars().skip(1).all(char::is_lowercase)
}

/// "Anna B Example", "Anna B. Example".
fn is_middle_initial(parts: &[Part]) -> bool {
    matches!(parts, [first, middle, last, ..] if !first.is_initial && middle.is_initial && !last.is_initial)
}

/// What surnames of many languages end with, and few other words of that length.
static ENDINGS: Endings = Endings::new(&[
    "ović", "ević", "ovič", "sson", "dóttir", "dottir", "ssen", "nsen", "rsen", "lsen", "tsen", "ksen",
    "enko", "ský", "ská", "cký", "wski", "wska", "cki", "cka", "ová", "poulos", "idis", "akis", "shvili",
    "adze", "escu", "eanu", "kov", "kova", "nov", "nova", "sov", "dov", "rov", "lov", "yev", "yeva", "aev",
    "aeva", "iev", "sky", "skaya", "skiy", "inen", "lainen", "quist", "ström", "gård", "czyk",
]);

fn ends_like_surname(text: &str, part: &Part) -> bool {
    let word = text.get(part.start..part.end).unwrap_or_default();
    word.len() >= 6
        && !part.meaning.has(Meaning::COMPANY)
        && ENDINGS.end(word, 0)
        && word.chars().count() >= 6
}

/// Whether what follows is of a company's name: "& Sons", ", Inc".
fn company_follows(text: &str, parts: &[Part]) -> bool {
    let end = parts.last().map_or(0, |it| it.end);
    let rest = text.get(end..).unwrap_or_default();
    let rest = rest
        .strip_prefix(", ")
        .or_else(|| rest.strip_prefix(" & "))
        .or_else(|| rest.strip_prefix(" and "));
    let start = text.len() - rest.map_or(0, str::len);
    rest.is_some()
        && word_at(text.as_bytes(), start).is_some_and(|it| meaning(it.of(text)).has(Meaning::COMPANY))
}
