//! Postal addresses: a street and a house number, and the town, state and postal code that follow.
//!
//! Promises: the usual forms of English, German, Dutch, Scandinavian, Romance, Polish, Hungarian and Estonian streets, by the
//! words they are made of. Leaves out: towns that stand alone, and streets whose names hold no such word.

use super::endings::Endings;
use super::found::{Found, Kind};
use super::lexicon::{Meaning, meaning};
use super::number::Groups;
use super::walk::{Word, gap_length, word_at};

const WHY: &str = "a house number and a street";

/// `123 Main Street`, `12 rue de la Paix`, `5 Hauptstraße`: the house number comes first.
pub(super) fn at_number(groups: &Groups<'_>) -> Option<Found> {
    let text = groups.text;
    let is_house = groups.group(0).len() <= 5 && !matches!(groups.before(), Some('.' | ',' | '-' | '/'));
    let mut at = groups.end(0);
    // A second number, `360 55 Rue` or `12-14 Main Street`.
    if groups.count() > 1 && matches!(groups.gap(0), " " | "-" | "/") && groups.group(1).len() <= 4 {
        at = groups.end(1);
    }
    let end = street(text, at).filter(|_| is_house)?;
    Some(Found::new(
        Kind::PostalAddress,
        groups.start()..town(text, end),
        75,
        WHY,
    ))
}

/// Where the street ends that begins at a space.
fn street(text: &str, start: usize) -> Option<usize> {
    let (mut at, mut head) = (start, false);
    for words in 0..6 {
        let word = next_word(text, at, " ")?;
        let means = meaning(word.of(text));
        let is_capital = is_capital(text, word);
        let is_ordinal =
            word.has_digit && word.of(text).ends_with(['t', 'd', 'h']) && word.end - word.start <= 5;
        if words == 0 && means.has(Meaning::STREET_HEAD) {
            head = true;
        } else if words > 0 && is_capital && means.has(Meaning::STREET)
            || is_capital && ends_like_street(word.of(text))
        {
            return Some(house_behind(text, dot(text, word.end)).unwrap_or(dot(text, word.end)));
        } else if !is_capital && !is_ordinal && !means.has(Meaning::PARTICLE) {
            return None;
        }
        let end = dot(text, word.end);
        if words > 0 && is_capital && means.has(Meaning::MAYBE_STREET) && goes_on(text, end) {
            return Some(end);
        }
        at = end;
        // A second number at the end, and a flat or a town behind it.
        if is_capital && let Some(end) = house_behind(text, at).filter(|&end| goes_on(text, end)) {
            return Some(end);
        }
        if head && words > 0 && is_capital && !follows_capital(text, at) {
            return Some(house_behind(text, at).unwrap_or(at));
        }
    }
    None
}

/// Whether a flat, or a town behind a comma or on a new line, follows a street.
fn goes_on(text: &str, end: usize) -> bool {
    let Some(word) = next_word(text, dot(text, end), " ,\n\r") else {
        return false;
    };
    let gap = text.get(end..word.start).unwrap_or_default();
    meaning(word.of(text)).has(Meaning::UNIT) || is_capital(text, word) && gap.contains([',', '\n'])
}

/// Where the words with capital letters begin that stand before this place on its line: at most two.
fn words_before(text: &str, start: usize) -> usize {
    let mut from = start;
    for _ in 0..2 {
        let Some(head) = text.get(..from).and_then(|it| it.strip_suffix(' ')) else {
            break;
        };
        let begin = head.rfind([' ', '\n', ',', '.', ':', '"']).map_or(0, |at| at + 1);
        let Some(word) = word_at(text.as_bytes(), begin).filter(|it| it.end == head.len() && !it.has_digit)
        else {
            break;
        };
        if !is_capital(text, word) || meaning(word.of(text)).has(Meaning::PLAIN) {
            break;
        }
        from = begin;
    }
    from
}

/// `Hauptstraße 12`, `Calle Mayor 5`, `P.O. Box 17`: the house number comes last.
pub(super) fn at_word(text: &str, word: Word, means: Meaning, found: &mut Vec<Found>) -> Option<usize> {
    let letters = word.of(text);
    let mut start = word.start;
    let end = if means.has(Meaning::UNIT) && letters.eq_ignore_ascii_case("box") {
        let before = text.get(..word.start)?.trim_end();
        let post = ["P.O.", "P. O.", "PO", "P.O", "Post Office", "Post"]
            .iter()
            .find_map(|it| before.strip_suffix(it));
        start = post?.len();
        house_behind(text, word.end)
    } else if means.has(Meaning::STREET_HEAD) {
        head_first(text, word)
    } else if is_street(text, word, means) {
        start = words_before(text, word.start);
        house_behind(text, dot(text, word.end))
    } else {
        None
    }?;
    let range = start..town(text, end);
    let end = range.end;
    found.push(Found::new(Kind::PostalAddress, range, 70, WHY));
    Some(end)
}

/// Whether a word is or ends the name of a street.
fn is_street(text: &str, word: Word, means: Meaning) -> bool {
    let letters = word.of(text);
    let is_word = means.has(Meaning::STREET) && !means.has(Meaning::TITLE) && is_foreign(letters);
    is_word || is_capital(text, word) && ends_like_street(letters)
}

/// "Tartu maantee 12", "Storgata 5": words that end a street and are hardly anything else.
fn is_foreign(letters: &str) -> bool {
    matches!(
        letters.to_lowercase().as_str(),
        "tänav"
            | "tn"
            | "maantee"
            | "mnt"
            | "pst"
            | "puiestee"
            | "utca"
            | "út"
            | "tér"
            | "rakpart"
            | "körút"
            | "str"
            | "straat"
            | "laan"
            | "strasse"
            | "straße"
            | "gade"
            | "katu"
            | "iela"
            | "gatve"
    )
}

/// `rue de la Paix 12`: up to four words, then a number.
fn head_first(text: &str, head: Word) -> Option<usize> {
    let mut at = dot(text, head.end);
    for words in 0..5 {
        if words > 0
            && let Some(end) = house_behind(text, at)
        {
            return Some(end);
        }
        let word = next_word(text, at, " ")?;
        let is_name = is_capital(text, word) || meaning(word.of(text)).has(Meaning::PARTICLE);
        if word.has_digit || !is_name {
            return None;
        }
        at = dot(text, word.end);
    }
    None
}

#[rustfmt::skip]
static ENDINGS: Endings = Endings::new(&[
    "straße", "strasse", "str", "weg", "gasse", "platz", "allee", "damm", "ufer", "straat", "laan", "gracht", "plein", "kade", "gatan",
    "vägen", "gata", "veien", "vegen", "vej", "gade", "katu", "tie", "kuja", "polku", "utca", "dreef", "singel", "strasze", "gate", "stræde",
    "gränd", "ring", "steig", "stieg", "chaussee", "promenade",
]);

fn ends_like_street(letters: &str) -> bool {
    letters.len() >= 6 && ENDINGS.end(letters, 2)
}

/// Where a house number behind a street ends: ` 12`, `, 12 B`, ` 12-14`, ` no. 5`.
fn house_behind(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let number = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(' '))?;
    let number = number
        .strip_prefix("n° ")
        .or_else(|| number.strip_prefix("no. "))
        .unwrap_or(number);
    let word = word_at(text.as_bytes(), text.len() - number.len())?;
    let letters = word.of(text);
    let digits = letters.bytes().take_while(u8::is_ascii_digit).count();
    let is_house = (1..=5).contains(&digits) && letters.len() - digits <= 1;
    let mut end = word.end;
    let range = text.get(end..).and_then(|it| it.strip_prefix(['-', '/']));
    if let Some(second) = range
        .and_then(|_| word_at(text.as_bytes(), end + 1))
        .filter(|it| it.end - it.start <= 4)
    {
        end = second.end;
    }
    is_house.then_some(end)
}

/// Where the address ends of which the street ends here: units, town, state, postal code, line by line.
fn town(text: &str, street_end: usize) -> usize {
    let (mut end, mut at, mut names) = (street_end, street_end, 0);
    // What was taken for a house number may have been a postal code: a town follows both.
    let before = text.get(..street_end).unwrap_or_default();
    let mut after_code = before.bytes().rev().take_while(u8::is_ascii_digit).count() >= 4;
    for _ in 0..14 {
        let Some(word) = next_word(text, at, " ,.\n#\r") else {
            break;
        };
        let means = meaning(word.of(text));
        let gap = text.get(at..word.start).unwrap_or_default();
        let is_sentence =
            gap.starts_with(". ") && !gap.contains(',') && at == street_end && !means.has(Meaning::UNIT);
        if means.has(Meaning::UNIT) {
            names = 0;
        } else if word.has_digit && is_postal_code(word.of(text)) || is_state(word.of(text)) {
            names = 0;
            after_code = true;
            end = code_end(text, word);
        } else if may_be_town(text, word, means) && names < 4 && !is_sentence {
            // A name of a town belongs to the address behind a comma or on a new line, or if a code follows.
            names += 1;
            if names > 1 || after_code || gap.contains([',', '\n']) {
                end = word.end;
            }
        } else if !(means.has(Meaning::PARTICLE) && names > 0) {
            break;
        }
        at = code_end(text, word).max(word.end);
    }
    end
}

/// Towns begin with a capital letter, and many with a word that says which of them.
fn may_be_town(text: &str, word: Word, means: Meaning) -> bool {
    const WHICH: &[&str] = &["New", "Old", "North", "South", "East", "West", "Upper", "Lower"];
    is_capital(text, word) && (!means.has(Meaning::PLAIN) || WHICH.contains(&word.of(text)))
}

fn code_end(text: &str, word: Word) -> usize {
    let rest = text.get(word.end..).unwrap_or_default();
    let digits = rest
        .strip_prefix('-')
        .map_or(0, |it| it.bytes().take_while(u8::is_ascii_digit).count());
    if word.has_digit && (2..=4).contains(&digits) {
        word.end + 1 + digits
    } else {
        word.end
    }
}

/// Letters and digits as in postal codes and numbers of flats.
fn is_postal_code(letters: &str) -> bool {
    letters.len() <= 7
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_state(letters: &str) -> bool {
    (2..=3).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn dot(text: &str, end: usize) -> usize {
    let is_dot = text.as_bytes().get(end) == Some(&b'.')
        && text
            .as_bytes()
            .get(end + 1)
            .is_some_and(|byte| b" ,\n".contains(byte));
    end + usize::from(is_dot)
}

fn is_capital(text: &str, word: Word) -> bool {
    word.of(text).chars().next().is_some_and(char::is_uppercase)
}

fn follows_capital(text: &str, at: usize) -> bool {
    next_word(text, at, " ")
        .is_some_and(|word| is_capital(text, word) || meaning(word.of(text)).has(Meaning::PARTICLE))
}

/// The word behind some of these characters (at least one, at most four).
fn next_word(text: &str, at: usize, gaps: &str) -> Option<Word> {
    let bytes = text.as_bytes();
    let rest = bytes.get(at..)?;
    let gap = rest
        .iter()
        .take(4)
        .take_while(|&&byte| gaps.as_bytes().contains(&byte))
        .count();
    let gap = if gap == 0 { gap_length(bytes, at) } else { gap };
    (gap > 0).then(|| word_at(bytes, at + gap)).flatten()
}
