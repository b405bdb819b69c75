//! Numbers of people and accounts that hold letters.
//!
//! Promises: check letters where there are any, days where they are part of it. Leaves out: numbers of passports and
//! driving licences, which have no check and look like any other number.

use super::found::{Found, Kind};
use super::money::iban;
use super::walk::Word;

/// A word that has digits in it. Says where to go on, if it is one of them.
pub(super) fn at(text: &str, word: Word, found: &mut Vec<Found>) -> Option<usize> {
    let kinds: [fn(&str, Word) -> Option<Found>; 6] = [account, italian, british, spanish, finnish, corsican];
    let it = kinds.iter().find_map(|kind| kind(text, word))?;
    let end = it.range.end;
    found.push(it);
    Some(end)
}

/// Two letters, behind which digits may follow after a space.
pub(super) fn at_letters(text: &str, word: Word, found: &mut Vec<Found>) -> Option<usize> {
    let next = text.as_bytes().get(word.end + 1)?;
    let it = next.is_ascii_digit().then(|| british(text, word))??;
    let end = it.range.end;
    found.push(it);
    Some(end)
}

fn account(text: &str, word: Word) -> Option<Found> {
    let letters = word.of(text).bytes().take(4).map(|byte| byte.is_ascii_digit());
    letters
        .eq([false, false, true, true])
        .then(|| iban(text, word.start))
        .flatten()
}

fn national(range: std::ops::Range<usize>, confidence: u8, why: &'static str) -> Option<Found> {
    Some(Found::new(Kind::NationalId, range, confidence, why))
}

/// Codice fiscale: six letters, a day, a place, a check letter.
fn italian(text: &str, word: Word) -> Option<Found> {
    let form = b"AAAAAA00A00A000A";
    if word.end - word.start != form.len() {
        return None;
    }
    let code = word.of(text).to_ascii_uppercase().into_bytes();
    // Where two people would have the same code, digits become letters.
    let is_digit = |byte: u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte);
    let fits = |(&byte, &kind): (&u8, &u8)| {
        if kind == b'A' {
            byte.is_ascii_uppercase()
        } else {
            is_digit(byte)
        }
    };
    if !code.iter().zip(form).all(fits) {
        return None;
    }
    let (check, rest) = code.split_last()?;
    let sum: usize = rest
        .iter()
        .enumerate()
        .map(|(place, &byte)| italian_value(byte, place % 2 == 0))
        .sum();
    (sum % 26 == usize::from(check - b'A')).then_some(())?;
    national(word.start..word.end, 97, "a codice fiscale of Italy")
}

fn italian_value(byte: u8, is_odd: bool) -> usize {
    const ODD: [usize; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let value = usize::from(if byte.is_ascii_digit() {
        byte - b'0'
    } else {
        byte - b'A'
    });
    if is_odd {
        ODD.get(value).copied().unwrap_or_default()
    } else {
        value
    }
}

/// National insurance number: two letters, six digits, A to D, in pairs or without spaces.
fn british(text: &str, word: Word) -> Option<Found> {
    let bytes = text.as_bytes();
    let (mut end, mut code) = (word.start, Vec::with_capacity(9));
    while code.len() < 9 {
        match *bytes.get(end)? {
            byte if byte.is_ascii_alphanumeric() => code.push(byte.to_ascii_uppercase()),
            b' ' if code.len() % 2 == 0 && !code.is_empty() => {}
            _ => return None,
        }
        end += 1;
    }
    let (head, tail) = code.split_at_checked(2)?;
    let is_head = head
        .iter()
        .all(|byte| byte.is_ascii_uppercase() && !b"DFIQUV".contains(byte))
        && head.get(1) != Some(&b'O')
        && ![b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"]
            .iter()
            .any(|it| head == *it);
    let is_tail = tail.iter().take(6).all(u8::is_ascii_digit) && matches!(tail.last(), Some(b'A'..=b'D'));
    let follows = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (is_head && is_tail && !follows).then_some(())?;
    national(
        word.start..end,
        85,
        "a national insurance number of the United Kingdom",
    )
}

/// DNI and NIE: the letter follows from the number modulo 23.
fn spanish(text: &str, word: Word) -> Option<Found> {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let bytes = text.as_bytes();
    let code = word.of(text).as_bytes();
    // The letter may stand behind a hyphen.
    let behind = match code.last()? {
        last if last.is_ascii_digit() && bytes.get(word.end) == Some(&b'-') => 2,
        last if last.is_ascii_digit() => return None,
        _ => 0,
    };
    let letter = bytes
        .get((word.end + behind).checked_sub(1)?)?
        .to_ascii_uppercase();
    let follows = behind > 0
        && bytes
            .get(word.end + behind)
            .is_some_and(u8::is_ascii_alphanumeric);
    let digits = if behind > 0 { code } else { code.split_last()?.1 };
    let head = match digits.first()?.to_ascii_uppercase() {
        head @ b'X'..=b'Z' => u32::from(head - b'X'),
        head if head.is_ascii_digit() => u32::from(head - b'0'),
        _ => return None,
    };
    let rest = digits.get(1..)?;
    if digits.len() != 8 || !rest.iter().all(u8::is_ascii_digit) || follows {
        return None;
    }
    let number = rest
        .iter()
        .fold(head, |number, byte| number * 10 + u32::from(byte - b'0'));
    (LETTERS.get(usize::try_from(number % 23).ok()?) == Some(&letter)).then_some(())?;
    national(word.start..word.end + behind, 80, "a DNI or NIE of Spain")
}

/// Henkilötunnus: a day, a sign for the century, three digits and a check character modulo 31.
fn finnish(text: &str, word: Word) -> Option<Found> {
    const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let code = text.as_bytes().get(word.start..word.start + 11)?;
    let (day, rest) = code.split_at_checked(6)?;
    let (serial, check) = (rest.get(1..4)?, rest.get(4)?.to_ascii_uppercase());
    let is_form =
        day.iter().chain(serial).all(u8::is_ascii_digit) && b"-+ABCDEFUVWXY".contains(rest.first()?);
    let follows = text
        .as_bytes()
        .get(word.start + 11)
        .is_some_and(u8::is_ascii_alphanumeric);
    if !is_form || follows {
        return None;
    }
    let value = |digits: &[u8]| {
        digits
            .iter()
            .fold(0_usize, |number, byte| number * 10 + usize::from(byte - b'0'))
    };
    let is_day = (1..=31).contains(&value(day.get(..2)?)) && (1..=12).contains(&value(day.get(2..4)?));
    let number = value(day) * 1000 + value(serial);
    (is_day && CHECKS.get(number % 31) == Some(&check)).then_some(())?;
    national(
        word.start..word.start + 11,
        95,
        "a personal identity code of Finland",
    )
}

/// The French number of somebody born on Corsica: 2A counts as 19, 2B as 18.
fn corsican(text: &str, word: Word) -> Option<Found> {
    if word.end - word.start != 15 {
        return None;
    }
    let code = word.of(text).to_ascii_uppercase();
    let plain = match code.get(5..7)? {
        "2A" => code.replacen("2A", "19", 1),
        "2B" => code.replacen("2B", "18", 1),
        _ => return None,
    };
    let digits: Vec<u8> = plain
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| byte - b'0')
        .collect();
    (digits.len() == 15 && super::national::french(&digits)).then_some(())?;
    national(word.start..word.end, 95, "a national number of France")
}
