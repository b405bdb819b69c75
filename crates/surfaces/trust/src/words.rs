//! States and ages in words that people say.

use std::time::Duration;

use assurance::{ClaimState, State};
use kernel::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A state in words.
pub(crate) const fn state(state: State) -> &'static str {
    match state {
        State::Holds => "holds",
        State::Partly => "holds in part",
        State::Late => "late",
        State::BrokenCheck => "cannot be told",
        State::BrokenPromise => "broken",
        State::OutOfScope => "out of scope",
    }
}

/// When something was, as people say it.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let micros = now.as_micros().saturating_sub(then.as_micros());
    let seconds = Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_secs();
    let (count, unit) = match seconds {
        0..90 => return "a moment ago".to_owned(),
        90..5400 => ((seconds + MINUTE / 2) / MINUTE, "minute"),
        5400..129_600 => ((seconds + HOUR / 2) / HOUR, "hour"),
        _ => ((seconds + DAY / 2) / DAY, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// The day of a moment, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// The minute of a moment, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take(16).collect();
    minute.replace('T', " ") + " UTC"
}

/// How old what stands behind a claim is.
pub(crate) fn age(claim: &ClaimState, now: Timestamp) -> Option<String> {
    let checked = claim.checked_at.map(|at| format!("checked {}", ago(now, at)));
    checked.or_else(|| claim.since.map(|at| format!("on file since {}", day(at))))
}

/// The beginning of a text, cut where a word ends.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole} …")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_as_people_say_them() {
        let now = Timestamp::from_micros(1_767_603_600_000_000);
        for (seconds, said) in [
            (0, "a moment ago"),
            (89, "a moment ago"),
            (90, "2 minutes ago"),
            (180, "3 minutes ago"),
            (3600, "60 minutes ago"),
            (5400, "2 hours ago"),
            (86_400, "24 hours ago"),
            (3 * 86_400, "3 days ago"),
        ] {
            assert_eq!(
                ago(now, now.minus(Duration::from_secs(seconds))),
                said,
                "{seconds}"
            );
        }
        assert_eq!(ago(now, now.plus(Duration::from_secs(9))), "a moment ago");
        assert_eq!(
            (day(now).as_str(), minute(now).as_str()),
            ("2026-01-05", "2026-01-05 09:00 UTC")
        );
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(short("a few words", 20), "a few words");
        assert_eq!(short("a few words", 8), "a few …");
        assert_eq!(short("überlang", 4), "über …");
    }
}
