//! A moment as people type it: RFC 3339, or how long ago.

use std::str::FromStr;
use std::time::Duration;

use kernel::Timestamp;

/// A moment, or a time before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// At this moment.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

impl Since {
    /// The moment that is meant, if it is `now`.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Ago(duration) => now.minus(duration),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(moment) = text.parse() {
            return Ok(Self::At(moment));
        }
        let wrong = || "give a moment such as 2026-03-01T00:00:00Z, or how long ago: 90s, 30m, 12h, 7d";
        text.parse()
            .map(|Span(ago)| Self::Ago(ago))
            .map_err(|_| wrong().to_owned())
    }
}

/// A length of time as people type it: `90s`, `30m`, `12h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "give how long: 90s, 30m, 12h, 7d".to_owned();
        let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(wrong()),
        };
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = number.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        number
            .checked_mul(seconds)
            .map(|seconds| Self(Duration::from_secs(seconds)))
            .ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_times_ago_are_read() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let before = |text: &str| text.parse::<Since>().unwrap().before(now).to_string();
        assert_eq!(before("2h"), "2023-11-14T20:13:20.000000Z");
        assert_eq!(before("7d"), "2023-11-07T22:13:20.000000Z");
        assert_eq!(before("2026-03-01T01:00:00+01:00"), "2026-03-01T00:00:00.000000Z");
        for bad in [
            "",
            "h",
            "2",
            "-2h",
            "+2h",
            "2 h",
            "2y",
            "99999999999999999999d",
            "18446744073709551615d",
            "é",
        ] {
            assert!(bad.parse::<Since>().is_err(), "{bad}");
        }
    }
}
