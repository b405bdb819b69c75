//! Times, sizes, counts and classes as people read them.

use std::time::Duration;

use access::Class;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use maud::{Markup, html};

/// What somebody is to the team, in words.
pub const fn class_word(class: Class) -> &'static str {
    match class {
        Class::Owner => "Owner",
        Class::Admin => "Admin",
        Class::User => "User",
        Class::WorkforceManager => "Workforce manager",
        Class::Worker => "Worker",
        Class::Auditor => "Auditor",
        Class::PrivacyOfficer => "Privacy officer",
        Class::Operator => "Operator",
        Class::Public => "The public",
        Class::DataSubject => "The person",
    }
}

/// What the class means, in one sentence.
pub const fn class_says(class: Class) -> &'static str {
    match class {
        Class::Owner => "Everything in the team, the contract included.",
        Class::Admin => "Runs members, keys and datasets; not the contract, nor owners and admins.",
        Class::User => "Works with all datasets. Deletes nothing and manages nobody.",
        Class::WorkforceManager => "Leads work in the datasets they are given. Takes no originals away.",
        Class::Worker => "Sees only the items that a task hands to them, and only for as long.",
        Class::Auditor => "Reads the trail and the registers, never content.",
        Class::PrivacyOfficer => "Answers the people the data is about: finds, restricts, erases.",
        Class::Operator => "Staff of the installation. No right on anything a team keeps.",
        Class::Public => "Whoever has a link. Sees what it shares and nothing else; nobody's class.",
        Class::DataSubject => {
            "Whom the data is about, at the page for them. Reaches what is their own; nobody's class."
        }
    }
}

/// The day of a moment, in UTC.
pub fn date(at: Timestamp) -> String {
    formatted(at, "%-d %b %Y")
}

/// A moment to the minute, in UTC.
pub fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (formatted(at, "%-d %b %Y, %H:%M")) " UTC" } }
}

/// A moment as seen from now; the exact one shows when pointed at.
pub fn when(at: Timestamp, now: Timestamp) -> Markup {
    let exact = formatted(at, "%-d %b %Y, %H:%M:%S UTC");
    html! { time datetime=(at) title=(exact) { (from_now(at, now)) } }
}

fn from_now(at: Timestamp, now: Timestamp) -> String {
    let micros = at.as_micros().abs_diff(now.as_micros());
    let span = Duration::from_micros(micros);
    match (span.as_secs(), at <= now) {
        // What a page has just done is a little later than the page.
        (0..45, true) | (0..3, false) => "just now".to_owned(),
        (0..45, false) => "in a moment".to_owned(),
        (..2_592_000, true) => format!("{} ago", share_of_time(span)),
        (..2_592_000, false) => format!("in {}", share_of_time(span)),
        _ => date(at),
    }
}

/// A span of time in its largest unit.
pub fn share_of_time(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => count(seconds, "second", "seconds"),
        60..3_600 => count(seconds / 60, "minute", "minutes"),
        3_600..86_400 => count(seconds / 3_600, "hour", "hours"),
        _ => count(seconds / 86_400, "day", "days"),
    }
}

fn formatted(at: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .map(|moment| moment.to_zoned(TimeZone::UTC).strftime(format).to_string())
        .unwrap_or_else(|_| at.to_string())
}

/// A size in the units of disks: 1 MB is 1,000,000 bytes.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if size < 1_000 {
        return count(size, "byte", "bytes");
    }
    let mut value = size as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A number with its noun, thousands apart: "1,204 items".
pub fn count(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", thousands(number))
}

pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// At most two letters for a name, for the round sign beside it.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_told_from_now() {
        let now = at("2026-03-02T12:00:00Z");
        let told = |text: &str| from_now(at(text), now);
        assert_eq!(told("2026-03-02T11:59:40Z"), "just now");
        assert_eq!(
            (told("2026-03-02T12:00:01Z"), told("2026-03-02T12:00:20Z")),
            ("just now".into(), "in a moment".into())
        );
        assert_eq!(told("2026-03-02T11:58:00Z"), "2 minutes ago");
        assert_eq!(told("2026-03-02T13:00:00Z"), "in 1 hour");
        assert_eq!(told("2026-02-20T12:00:00Z"), "10 days ago");
        assert_eq!(told("2025-03-02T12:00:00Z"), "2 Mar 2025");
    }

    #[test]
    fn sizes_have_two_digits_and_a_unit() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(48_213), "48 kB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(5_497_558_138_880), "5.5 TB");
        assert_eq!(bytes(u64::MAX), "18447 PB");
    }

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!(count(1, "item", "items"), "1 item");
        assert_eq!(count(999, "item", "items"), "999 items");
        assert_eq!(count(1_204_567, "item", "items"), "1,204,567 items");
    }

    #[test]
    fn names_have_at_most_two_initials() {
        assert_eq!(initials("Ada Maria Lovelace"), "AL");
        assert_eq!(initials("  édith "), "É");
        assert_eq!(initials("—"), "");
    }
}
