//! People's names: by lists, titles and what announces them.
//!
//! Promises: a name is found whole, with initials, particles and double names; the name of a company or institution is
//! not taken for one where its words say so. Leaves out: what no list knows and nothing announces, a surname that
//! stands alone, names in small letters (but after "my name is"), scripts without capitals.

use std::collections::HashSet;

use super::found::{Found, Kind};
use super::lexicon::{Meaning, meaning};
use super::walk::{Before, Word, gap_length, word_at};

/// No name has more words.
const LONGEST: usize = 6;

/// One word of what may be a name.
#[derive(Clone, Copy, Debug)]
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

/// How much what stands before says that a name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announced {
    /// "Mrs."
    Title,
    /// "my name is"
    Surely,
    /// "Dear"
    Maybe,
}

#[rustfmt::skip]
const SURELY: &[&str] = &[
    "name is", "name's", "name:", "names are", "named", "surname", "name is:", "my name", "ich heiße", "mein name ist", "je m'appelle",
    "me llamo", "mi chiamo", "ik heet", "nazywam się", "jag heter", "nimeni on", "minu nimi on", "first_name:", "last_name:", "full name",
    "call me", "calls me", "name?", "user:", "maiden name", "signed by", "patient:", "beneficiary", "i'm called", "name of",
];

fn announced(text: &str, start: usize, before: Before) -> Option<Announced> {
    let gap = text.get(before.end..start)?;
    let is_near = !gap.is_empty() && gap.len() <= 3 && gap.chars().all(|it| " .:,\u{a0}\n".contains(it));
    if is_near && before.meaning.has(Meaning::TITLE) && !gap.contains(['\n', ',']) {
        return Some(Announced::Title);
    }
    let mut from = start.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // Only words that call somebody, "is", "me", "by" and the like come before a name: the look back is seldom.
    let head = text
        .get(from..start)?
        .trim_end_matches([' ', '"', '\'', '“', '\u{a0}']);
    let could = head.ends_with(['?', 's', 'd', ':', 'e', 't', 'l', 'y', 'o', 'n', 'r', 'f', 'ę']);
    if could && SURELY.iter().any(|call| ends_with(head, call)) {
        return Some(Announced::Surely);
    }
    (is_near && before.meaning.has(Meaning::CALL) && !gap.contains('.')).then_some(Announced::Maybe)
}

/// Whatever the case of ASCII letters, and from the beginning of a word.
fn ends_with(head: &str, call: &str) -> bool {
    let Some(start) = head.len().checked_sub(call.len()) else {
        return false;
    };
    let begins = !head
        .get(..start)
        .is_some_and(|it| it.ends_with(char::is_alphanumeric));
    begins
        && head
            .get(start..)
            .is_some_and(|tail| tail.eq_ignore_ascii_case(call))
}

/// Capitalised words, initials and particles that stand together from here on.
fn chain(text: &str, first: Word, means: Meaning) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut next = Some((first, means));
    while let Some((word, means)) = next {
        let Some(part) = part(text, word, means).filter(|_| parts.len() < LONGEST) else {
            break;
        };
        parts.push(part);
        next = following(text, &part);
    }
    while parts
        .last()
        .is_some_and(|part: &Part| is_small_particle(text, part))
    {
        parts.pop();
    }
    parts
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
    let is_initial = is_capital && letters.chars().count() == 1;
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

/// The next word, if only a space lies between.
fn following(text: &str, part: &Part) -> Option<(Word, Meaning)> {
    let bytes = text.as_bytes();
    let gap = match bytes.get(part.end)? {
        b' ' => 1,
        0xC2 => gap_length(bytes, part.end),
        _ if part.is_initial => 0,
        _ => return None,
    };
    let word = word_at(bytes, part.end + gap).filter(|word| !word.has_digit)?;
    Some((word, meaning(word.of(text))))
}

/// Where else words stand that are parts of names found in the text: "Johanna Miller … Miller".
pub(super) fn again(text: &str, found: &[Found]) -> Vec<Found> {
    let names = found
        .iter()
        .filter(|it| it.kind == Kind::Person && it.confidence >= super::SURE_ENOUGH);
    let words = names
        .filter_map(|it| text.get(it.range.clone()))
        .flat_map(|it| it.split([' ', '\u{a0}']));
    let words: HashSet<&str> = words.filter(|word| is_worth_it(word)).collect();
    let (bytes, mut at, mut more) = (text.as_bytes(), 0, Vec::new());
    while at < bytes.len() && !words.is_empty() {
        let Some(word) = word_at(bytes, at) else {
            at += gap_length(bytes, at).max(1);
            continue;
        };
        if is_capital(bytes, at) && words.contains(word.of(text)) {
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

/// Most words begin with a small letter, and need no look-up.
fn is_capital(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at)
        .is_some_and(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
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

/// One or two words in small letters that are names.
fn small(text: &str, first: Word, means: Meaning) -> Vec<Part> {
    let one = |word: Word, meaning: Meaning| Part {
        start: word.start,
        end: word.end,
        meaning,
        is_initial: false,
    };
    if !means.has(Meaning::GIVEN) {
        return Vec::new();
    }
    let first = one(first, means);
    let second =
        following(text, &first).filter(|(_, it)| it.has(Meaning::SURNAME) && !it.has(Meaning::PLAIN));
    std::iter::once(first)
        .chain(second.map(|(word, it)| one(word, it)))
        .collect()
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
        _ if first.meaning.has(Meaning::GIVEN) => Some((parts.len().min(2), 55, "a given name")),
        _ => None,
    }
}

/// "Anna B Example", "Anna B. Example".
fn is_middle_initial(parts: &[Part]) -> bool {
    matches!(parts, [first, middle, last, ..] if !first.is_initial && middle.is_initial && !last.is_initial)
}

/// What surnames of many languages end with, and few other words of that length.
const ENDINGS: &[&str] = &[
    "ović", "ević", "ovič", "sson", "dóttir", "dottir", "ssen", "nsen", "rsen", "lsen", "tsen", "ksen",
    "enko", "ský", "ská", "cký", "wski", "wska", "cki", "cka", "ová", "poulos", "idis", "akis", "shvili",
    "adze", "escu", "eanu", "kov", "kova", "nov", "nova", "sov", "dov", "rov", "lov", "yev", "yeva", "aev",
    "aeva", "iev", "sky", "skaya", "skiy", "inen", "lainen", "quist", "ström", "gård", "czyk",
];

fn ends_like_surname(text: &str, part: &Part) -> bool {
    let word = text.get(part.start..part.end).unwrap_or_default();
    let small = word.to_lowercase();
    small.chars().count() >= 6
        && !part.meaning.has(Meaning::COMPANY)
        && ENDINGS.iter().any(|ending| small.ends_with(ending))
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
