//! Numbers that states give to people, where they are made of digits alone.
//!
//! Promises: check digits, days in them, and what is never issued. A number whose check one in ten passes counts only
//! in its usual spelling or beside a word that says what it is.

use super::context::Context;
use super::found::{Found, Kind};
use super::money::luhn;
use super::number::Groups;

/// One kind of number.
struct National {
    why: &'static str,
    /// Its groups, of which the last spelling is without any.
    spellings: &'static [(&'static [usize], &'static str)],
    check: fn(&[u8]) -> bool,
    /// How sure it is by itself in groups, without groups, and beside a word that says so.
    sure: [u8; 3],
}

#[rustfmt::skip]
const KINDS: &[National] = &[
    National { why: "a social security number of the United States", spellings: &[(&[3, 2, 4], "-"), (&[3, 2, 4], " "), (&[9], "")], check: us, sure: [85, 10, 85] },
    National { why: "an old-age insurance number of Switzerland", spellings: &[(&[3, 4, 4, 2], "."), (&[13], "")], check: swiss, sure: [95, 70, 95] },
    National { why: "a taxpayer number of Brazil", spellings: &[(&[3, 3, 3, 2], "..-"), (&[11], "")], check: brazilian, sure: [90, 40, 80] },
    National { why: "a national number of France", spellings: &[(&[1, 2, 2, 2, 3, 3, 2], " "), (&[13, 2], " "), (&[15], "")], check: french, sure: [95, 80, 95] },
    National { why: "a personal code of Estonia or Lithuania", spellings: &[(&[11], "")], check: estonian, sure: [65, 65, 95] },
    National { why: "a national identity number of Norway", spellings: &[(&[6, 5], " "), (&[11], "")], check: norwegian, sure: [80, 75, 95] },
    National { why: "a PESEL number of Poland", spellings: &[(&[11], "")], check: polish, sure: [60, 60, 95] },
    National { why: "a tax number of Germany", spellings: &[(&[2, 3, 3, 3], " "), (&[11], "")], check: german, sure: [85, 45, 90] },
    National { why: "a personal number of Sweden", spellings: &[(&[6, 4], "-"), (&[6, 4], "+"), (&[8, 4], "-"), (&[10], ""), (&[12], "")], check: swedish, sure: [80, 40, 90] },
    National { why: "an NHS number of the United Kingdom", spellings: &[(&[3, 3, 4], " "), (&[3, 3, 4], "-"), (&[10], "")], check: nhs, sure: [45, 20, 90] },
    National { why: "a citizen service number of the Netherlands", spellings: &[(&[4, 2, 3], "."), (&[9], "")], check: dutch, sure: [60, 20, 90] },
];

pub(super) fn find(groups: &Groups<'_>) -> Option<Found> {
    if groups.lengths(groups.count()).sum::<usize>() < 9 || matches!(groups.before(), Some('+' | '.')) {
        return None;
    }
    let context = groups.context();
    let told = context.speaks_of(Context::IDENTITY | Context::HEALTH);
    let sure = |kind: &National, lengths: &[usize]| match (told, lengths.len()) {
        (true, _) => kind.sure[2],
        (false, 1) => kind.sure[1],
        (false, _) => kind.sure[0],
    };
    let fits = |kind: &'static National| {
        let spelt = kind
            .spellings
            .iter()
            .find(|(lengths, gap)| is_spelt(groups, lengths, gap))?;
        let count = spelt.0.len();
        let range = groups.start()..groups.end(count - 1);
        let is_one = groups.ends_at(count) && (kind.check)(&groups.digits(count));
        is_one.then(|| Found::new(Kind::NationalId, range, sure(kind, spelt.0), kind.why))
    };
    KINDS
        .iter()
        .filter_map(fits)
        .filter(|it| it.confidence >= super::SURE_ENOUGH)
        .max_by_key(|it| it.confidence)
}

fn is_spelt(groups: &Groups<'_>, lengths: &[usize], gap: &str) -> bool {
    let gaps = lengths.len().saturating_sub(1);
    let is_gap = |group: usize| match gap.len() {
        1 => groups.gap(group) == gap,
        _ => gap.get(group..group + 1) == Some(groups.gap(group)),
    };
    groups.are(lengths) && (0..gaps).all(is_gap)
}

/// The sum of digits times weights.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum()
}

fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |number, &digit| number * 10 + u64::from(digit))
}

fn is_day(day: u64, month: u64) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
}

/// Social Security Administration: no area 000 or 666, no group 00, no serial 0000; areas from 900 on are the tax
/// authority's, with its groups.
fn us(digits: &[u8]) -> bool {
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    let is_area =
        !matches!(area, 0 | 666) && (area < 900 || matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99));
    let is_advertised = area == 78 && group == 5 && serial == 1120;
    is_area && group != 0 && serial != 0 && !is_advertised
}

/// EAN-13 with the country's 756.
fn swiss(digits: &[u8]) -> bool {
    digits.starts_with(&[7, 5, 6])
        && weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

fn brazilian(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let first = u32::try_from(count).unwrap_or_default() + 1;
        let weights: Vec<u32> = (2..=first).rev().collect();
        let rest = weighted(&digits[..count], &weights) * 10 % 11 % 10;
        rest == u32::from(digits[count])
    };
    digits.iter().any(|digit| *digit != digits[0]) && check(9) && check(10)
}

/// INSEE: sex, year, month, then a key modulo 97. Corsica's letters are in `identity`.
pub(super) fn french(digits: &[u8]) -> bool {
    let month = number(&digits[3..5]);
    let is_month = matches!(month, 1..=12 | 20..=42 | 50..=99);
    matches!(digits[0], 1..=4 | 7 | 8) && is_month && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

fn estonian(digits: &[u8]) -> bool {
    let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 { first } else { second % 10 };
    (1..=8).contains(&digits[0])
        && is_day(number(&digits[5..7]), number(&digits[3..5]))
        && check == u32::from(digits[10])
}

fn norwegian(digits: &[u8]) -> bool {
    let (day, month) = (number(&digits[..2]), number(&digits[2..4]));
    is_day(if day > 40 { day - 40 } else { day }, month)
        && weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

fn polish(digits: &[u8]) -> bool {
    let month = number(&digits[2..4]) % 20;
    is_day(number(&digits[4..6]), month)
        && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// ISO 7064, MOD 11,10; of the first ten digits one stands two or three times, the others at most once.
fn german(digits: &[u8]) -> bool {
    let mut counts = [0_u8; 10];
    digits[..10]
        .iter()
        .for_each(|&digit| counts[usize::from(digit)] += 1);
    let often = counts.iter().filter(|&&count| count > 1).count();
    let product = digits[..10].iter().fold(10, |product, &digit| {
        let sum = (u32::from(digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let is_form = digits[0] != 0 && often == 1 && counts.iter().all(|&count| count <= 3);
    is_form && (11 - product) % 10 == u32::from(digits[10])
}

fn swedish(digits: &[u8]) -> bool {
    let digits = &digits[digits.len() - 10..];
    let day = number(&digits[4..6]);
    is_day(if day > 60 { day - 60 } else { day }, number(&digits[2..4])) && luhn(digits)
}

fn nhs(digits: &[u8]) -> bool {
    let check = 11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digits.iter().any(|digit| *digit != digits[0]) && check % 11 == u32::from(digits[9])
}

fn dutch(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    number(digits) > 1_000_000 && sum % 11 == u32::from(digits[8])
}
