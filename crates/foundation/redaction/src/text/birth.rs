//! Days of birth: a date beside a word for being born.
//!
//! Leaves out: dates that nothing calls a day of birth, and ages.

use super::context::Context;
use super::found::{Found, Kind};
use super::lexicon;
use super::number::Groups;
use super::walk::word_at;

const WHY: &str = "a date beside a word for birth";

/// A date that begins with a number: `3.12.1980`, `1980-12-03`, `19801203`, `3 December 1980`.
pub(super) fn find(groups: &Groups<'_>) -> Option<Found> {
    let end = numeric(groups).or_else(|| day_and_month(groups))?;
    told(groups.text, groups.start()).then(|| Found::new(Kind::BirthDate, groups.start()..end, 90, WHY))
}

/// A date that begins with a month: `December 3, 1980`.
pub(super) fn at_month(text: &str, start: usize, month_end: usize) -> Option<Found> {
    let rest = text.get(month_end..)?;
    let day = rest.trim_start_matches(['.', ' ']);
    let digits = day.bytes().take_while(u8::is_ascii_digit).count();
    let behind = day.get(digits..)?;
    let year = behind
        .trim_start_matches(|it: char| it.is_ascii_lowercase())
        .trim_start_matches([',', ' ']);
    let is_day = (1..=2).contains(&digits) && told(text, start);
    let end = text.len() - year.len() + year_length(year)?;
    is_day.then(|| Found::new(Kind::BirthDate, start..end, 90, WHY))
}

fn told(text: &str, start: usize) -> bool {
    Context::before(text.as_bytes(), start).speaks_of(Context::BIRTH)
}

fn numeric(groups: &Groups<'_>) -> Option<usize> {
    let parts: [u32; 3] = std::array::from_fn(|group| groups.group(group).parse().unwrap_or(0));
    let lengths = groups.first_lengths();
    let is_gap = groups.is_parted_by(3, b"./- ");
    let is_year = |year: u32| (1880..=2100).contains(&year);
    let is_day =
        |one: u32, other: u32| (1..=31).contains(&one) && (1..=31).contains(&other) && one.min(other) <= 12;
    match lengths {
        [1 | 2, 1 | 2, 4] if is_gap && is_day(parts[0], parts[1]) && is_year(parts[2]) => Some(groups.end(2)),
        [1 | 2, 1 | 2, 2] if is_gap && is_day(parts[0], parts[1]) => Some(groups.end(2)),
        [4, 1 | 2, 1 | 2] if is_gap && is_year(parts[0]) && is_day(parts[1], parts[2]) => Some(groups.end(2)),
        [8, _, _] if groups.ends_at(1) => Some(groups.end(0)),
        // A year alone.
        [4, _, _] if is_year(parts[0]) && groups.ends_at(1) => Some(groups.end(0)),
        _ => None,
    }
}

fn day_and_month(groups: &Groups<'_>) -> Option<usize> {
    if groups.group(0).len() > 2 {
        return None;
    }
    let text = groups.text;
    let behind = text
        .get(groups.end(0)..)?
        .trim_start_matches(|it: char| it.is_ascii_lowercase() || ". ".contains(it));
    let behind = behind.strip_prefix("of ").unwrap_or(behind);
    // Months are written small in many languages, so they may have been passed over with the ordinal's letters.
    let start = text.len() - behind.len();
    let month = (groups.end(0)..=start)
        .filter(|&at| text.is_char_boundary(at))
        .filter_map(|at| word_at(text.as_bytes(), at))
        .find(|word| lexicon::meaning(word.of(text)).is_month())?;
    let rest = text.get(month.end..)?.trim_start_matches([',', '.', ' ']);
    Some(text.len() - rest.len() + year_length(rest)?)
}

/// How many digits the year here has, if there is one.
fn year_length(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let year: u32 = rest.get(..digits)?.parse().ok()?;
    (digits == 4 && (1880..=2100).contains(&year) || digits == 2).then_some(digits)
}
