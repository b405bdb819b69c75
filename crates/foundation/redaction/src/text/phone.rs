//! Telephone numbers.
//!
//! Promises: numbers with a country's code (ITU E.164), those of North America in their usual spellings, and any
//! grouped or long number beside a word that says so. Leaves out: whether a number is assigned.

use super::context::Context;
use super::found::{Found, Kind};
use super::number::Groups;

/// How many groups a number has, how sure that is, and why.
type Shape = (usize, u8, &'static str);

const COUNTRY: &str = "a country's code";
const AMERICAN: &str = "the form of North America";
const TRUNK: &str = "a leading zero and groups";
const TOLD: &str = "beside a word for telephones";

pub(super) fn find(groups: &Groups<'_>) -> Option<Found> {
    let shapes: [fn(&Groups<'_>) -> Option<Shape>; 4] = [international, american, trunk, told];
    let (count, confidence, why) = shapes.iter().find_map(|shape| shape(groups))?;
    let end = extension(groups.text, groups.end(count - 1));
    Some(Found::new(Kind::Phone, opening(groups)..end, confidence, why))
}

/// Where the number begins: a plus sign and a parenthesis belong to it.
fn opening(groups: &Groups<'_>) -> usize {
    let before = groups.text.get(..groups.start()).unwrap_or_default();
    let signs = before
        .bytes()
        .rev()
        .take(2)
        .take_while(|byte| b"+(".contains(byte))
        .count();
    groups.start() - signs
}

/// Where it ends: `ext. 12`, `x12`, `#12`.
fn extension(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    let word = rest.trim_start_matches([' ', ',']);
    let marks = ["extension", "ext.", "ext", "x", "#", "Ext.", "Ext"];
    let Some(digits) = marks.iter().find_map(|mark| word.strip_prefix(mark)) else {
        return end;
    };
    let digits = digits.trim_start_matches([' ', ':']);
    let count = digits.bytes().take(7).take_while(u8::is_ascii_digit).count();
    match (1..=6).contains(&count) {
        true => text.len() - digits.len() + count,
        false => end,
    }
}

/// How many groups make between `least` and `most` digits, the most that end well.
fn groups_of(groups: &Groups<'_>, least: usize, most: usize) -> Option<usize> {
    (1..=groups.count()).rev().find(|&count| {
        let digits: usize = groups.lengths(count).sum();
        (least..=most).contains(&digits)
            && varies(groups, count)
            && ends_at(groups, count)
            && (0..count - 1).all(|gap| is_gap(groups.gap(gap)))
    })
}

/// Whether the words before or right behind speak of telephones.
fn is_told(groups: &Groups<'_>, count: usize) -> bool {
    const BEHIND: &[&str] = &["office", "fax", "mobile", "phone", "cell", "home", "desk"];
    let rest = groups.text.get(groups.end(count - 1)..).unwrap_or_default();
    let rest = rest.trim_start_matches([' ', '-', '(']).as_bytes();
    let begins = |word: &&str| {
        rest.get(..word.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    groups.context().speaks_of(Context::PHONE) || BEHIND.iter().any(begins)
}

/// Whether digits stand before the first group, so that the number is the rest of a longer one.
fn is_inside(groups: &Groups<'_>) -> bool {
    let before = groups.text.get(..groups.start()).unwrap_or_default();
    before
        .trim_end_matches([' ', '-'])
        .ends_with(|it: char| it.is_ascii_digit())
}

/// Whether it has more than one digit: rows of zeros are no number.
fn varies(groups: &Groups<'_>, count: usize) -> bool {
    let digits = groups.digits(count);
    digits.iter().any(|digit| Some(digit) != digits.first())
}

/// Whether nothing that belongs to the number follows, but an extension or a word.
fn ends_at(groups: &Groups<'_>, count: usize) -> bool {
    let end = groups.end(count - 1);
    groups.ends_at(count) || extension(groups.text, end) > end
}

/// What stands between the groups of one number.
fn is_gap(gap: &str) -> bool {
    matches!(
        gap.as_bytes(),
        b" " | b"-"
            | b"."
            | b"/"
            | b")"
            | b") "
            | b" ("
            | b"("
            | b")-"
            | b" - "
            | b")("
            | b" / "
            | b"-("
            | b")/"
    )
}

/// `+372 5555 5555`, `0049 30 123456`.
fn international(groups: &Groups<'_>) -> Option<Shape> {
    let has_plus = groups.before() == Some('+')
        || groups.before() == Some('(') && {
            groups
                .text
                .get(..groups.start())
                .is_some_and(|it| it.ends_with("+("))
        };
    let first = groups.group(0);
    let code = match first.strip_prefix("00") {
        _ if has_plus => first,
        Some("") if groups.count() > 1 => groups.group(1),
        Some(code) => code,
        None => return None,
    };
    let prefix = if has_plus { 0 } else { 2 };
    let count = groups_of(groups, 7 + prefix, 16 + prefix).filter(|_| is_country(code))?;
    let told = is_told(groups, count);
    if !has_plus && is_inside(groups) {
        return None;
    }
    Some((
        count,
        if has_plus {
            95
        } else if told || count > 2 {
            75
        } else {
            40
        },
        COUNTRY,
    ))
}

/// Whether a country's code is at the beginning (ITU E.164, zones 1 to 9).
fn is_country(digits: &str) -> bool {
    !digits.is_empty() && !digits.starts_with('0') && !["21", "28", "83", "89", "97"].contains(&digits) // Zones without such a two-digit code.
}

/// `(212) 555-0142`, `1-212-555-0142`, `212.555.0142`: neither area nor exchange begin with 0 or 1.
fn american(groups: &Groups<'_>) -> Option<Shape> {
    let trunk = usize::from(groups.group(0) == "1" || groups.group(0) == "001");
    let is_form = match trunk {
        0 => groups.are(&[3, 3, 4]),
        _ => groups.lengths(4).skip(1).eq([3, 3, 4]),
    };
    let plain = groups.group(0).len() == 10 && groups.ends_at(1);
    if plain {
        let area = groups.group(0).as_bytes();
        let is_number = (b'2'..=b'9').contains(&area[0]) && (b'2'..=b'9').contains(&area[3]);
        let told = is_told(groups, 1);
        return (is_number && told).then_some((1, 75, AMERICAN));
    }
    let is_spelt = matches!(
        [groups.gap(trunk), groups.gap(trunk + 1)].map(str::as_bytes),
        [b"-", b"-"]
            | [b".", b"."]
            | [b")" | b") " | b")-", b"-" | b"." | b" "]
            | [b" ", b"-" | b" "]
            | [b"/", b"-"]
    );
    if !is_form || !is_spelt {
        return None;
    }
    let begins = |group: usize| groups.group(group).starts_with(|it| ('2'..='9').contains(&it));
    // Parentheses and an extension say as much as the numbers that are never given.
    let end = groups.end(trunk + 2);
    let is_marked = groups.gap(trunk).starts_with(')') || extension(groups.text, end) > end;
    let fits = ends_at(groups, trunk + 3) && (is_marked || begins(trunk) && begins(trunk + 1));
    fits.then_some((trunk + 3, 80, AMERICAN))
}

/// `0171 2345678`, `(07700) 900123`, `07 12 34 56 78`.
fn trunk(groups: &Groups<'_>) -> Option<Shape> {
    if !groups.group(0).starts_with('0') || is_date(groups) {
        return None;
    }
    let count = groups_of(groups, 7, 12)?;
    let told = is_told(groups, count);
    let digits: usize = groups.lengths(count).sum();
    // Another form of number, of which this one is none that is given.
    let is_social_security = groups.are(&[3, 2, 4]) && groups.is_parted_by(3, b"-");
    if !told && (digits < 9 || is_inside(groups) || is_social_security) {
        return None;
    }
    let in_parentheses = groups.before() == Some('(');
    let confidence = match (told, count) {
        (true, _) => 80,
        (false, 1) if groups.group(0).starts_with("07") && groups.group(0).len() == 11 => 60,
        (false, 1) => 30,
        (false, _) if in_parentheses => 75,
        // A decimal fraction has a dot and no more groups.
        (false, 2) if groups.gap(0) == "." => 30,
        (false, _) => 60,
    };
    Some((count, confidence, TRUNK))
}

fn is_date(groups: &Groups<'_>) -> bool {
    let is_all = groups.count() == 3 || groups.gap(2) != groups.gap(1);
    groups.is_parted_by(3, b"/.-")
        && is_all
        && (groups.are(&[2, 2, 4])
            || groups.are(&[2, 1, 4])
            || groups.are(&[4, 2, 2])
            || groups.are(&[2, 2, 2]))
}

/// Any number of a likely length that is called one.
fn told(groups: &Groups<'_>) -> Option<Shape> {
    let is_year_first = groups.are(&[4, 2, 2]) && groups.is_parted_by(3, b"-");
    if is_date(groups) || is_year_first {
        return None;
    }
    let count = groups_of(groups, 6, 15)?;
    is_told(groups, count).then_some((count, 65, TOLD))
}
