//! Payment cards (ISO/IEC 7812) and bank accounts (ISO 13616).
//!
//! Promises: Luhn's check and the issuers' beginnings and lengths for cards; the length of the country and the check
//! modulo 97 for accounts.

use super::context::Context;
use super::found::{Found, Kind};
use super::number::Groups;

/// A card number in usual groups, or without any.
pub(super) fn card(groups: &Groups<'_>) -> Option<Found> {
    let wide = (1..=groups.count().min(5)).rev();
    wide.filter(|&count| is_grouped(groups, count)).find_map(|count| {
        let digits = groups.digits(count);
        if !(12..=19).contains(&digits.len()) || !luhn(&digits) || !groups.ends_at(count) {
            return None;
        }
        let confidence = match is_issued(&digits) {
            true if digits.len() >= 15 => 95,
            true => 75,
            false => 45,
        };
        let told = groups.context().speaks_of(Context::CARD);
        let confidence = if told { confidence.max(90) } else { confidence };
        let range = groups.start()..groups.end(count - 1);
        Some(Found::new(
            Kind::Card,
            range,
            confidence,
            "Luhn's check and the issuer's range",
        ))
    })
}

fn is_grouped(groups: &Groups<'_>, count: usize) -> bool {
    let is_usual = |lengths: &[usize]| count == lengths.len() && groups.are(lengths);
    count == 1
        || groups.is_parted_by(count, b" -.")
            && [
                &[4, 4, 4, 4][..],
                &[4, 6, 5],
                &[4, 6, 4],
                &[4, 4, 4, 4, 3],
                &[4, 4, 4, 1],
                &[4, 4, 4],
                &[4, 4, 4, 3],
            ]
            .into_iter()
            .any(is_usual)
}

/// Luhn's check: from the right every second digit counts twice.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&digit| digit != 0)
}

/// Whether somebody issues cards with this beginning and this length.
fn is_issued(digits: &[u8]) -> bool {
    let start = digits
        .iter()
        .take(4)
        .fold(0_u32, |number, &digit| number * 10 + u32::from(digit));
    let length = digits.len();
    match start {
        4000..=4999 => matches!(length, 13 | 16 | 18 | 19),
        5100..=5599 | 2221..=2720 => length == 16,
        3400..=3499 | 3700..=3799 => length == 15,
        6011 | 6440..=6599 => (16..=19).contains(&length),
        3000..=3059 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length),
        3528..=3589 => (16..=19).contains(&length),
        2131 | 1800 => length == 15,
        6200..=6299 | 8100..=8171 => (16..=19).contains(&length),
        5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799 => (12..=19).contains(&length),
        2200..=2204 => (16..=19).contains(&length),
        _ => false,
    }
}

/// How long accounts of a country are (registry of ISO 13616).
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22),
    (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27),
    (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27),
    (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28),
    (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28),
    (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22),
    (b"MK", 19), (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25), (b"SV", 28),
    (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];

/// An account that begins here, in groups of four or without any.
pub(super) fn iban(text: &str, start: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let country = [
        bytes.get(start)?.to_ascii_uppercase(),
        bytes.get(start + 1)?.to_ascii_uppercase(),
    ];
    let (_, length) = *LENGTHS.iter().find(|(name, _)| **name == country)?;
    let (mut end, mut letters) = (start, Vec::with_capacity(length));
    while letters.len() < length {
        let byte = *bytes.get(end)?;
        let may_part =
            !letters.is_empty() && letters.len() % 4 == 0 && bytes.get(end.checked_sub(1)?) != Some(&b' ');
        match byte {
            _ if byte.is_ascii_alphanumeric() => letters.push(byte.to_ascii_uppercase()),
            b' ' | b'-' if may_part => {}
            _ => return None,
        }
        end += 1;
    }
    let follows = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let why = "the country's length and the check modulo 97";
    (!follows && mod_97(&letters) == Some(1)).then(|| Found::new(Kind::Iban, start..end, 99, why))
}

/// ISO 7064, MOD 97-10: letters count from ten on, the first four stand at the end.
fn mod_97(letters: &[u8]) -> Option<u32> {
    let (head, tail) = letters.split_at_checked(4)?;
    tail.iter().chain(head).try_fold(0, |rest, &byte| {
        let value = char::from(byte).to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}
