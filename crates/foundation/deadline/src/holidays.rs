//! Public holidays: files for some countries, and a format for one's own.
//!
//! One day a line: `12-25` every year, `easter-2` by days from Easter Sunday (Gregorian), `2026-06-05` once; `#` begins a comment.

use jiff::Span;
use jiff::civil::{Date, date};

/// Days of the year on which nothing is due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(Vec<Holiday>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holiday {
    /// Every year.
    Yearly {
        month: i8,
        day: i8,
    },
    /// So many days after Easter Sunday; before it if negative.
    Easter(i16),
    Once(Date),
}

/// A line of a list of holidays that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the holidays, {text:?}: write 12-25, easter-2, or 2026-06-05")]
pub struct BadHoliday {
    /// From 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl Holidays {
    /// No holidays: weekends still count as such.
    pub fn none() -> Self {
        Self::default()
    }

    /// The nationwide public holidays of a country by its ISO 3166-1 code; nothing for those that have no file here. What
    /// regions celebrate alone is not among them.
    pub fn of_country(code: &str) -> Option<Self> {
        let text = match code {
            "DE" => include_str!("holidays/de.txt"),
            "EE" => include_str!("holidays/ee.txt"),
            "ES" => include_str!("holidays/es.txt"),
            "FR" => include_str!("holidays/fr.txt"),
            _ => return None,
        };
        Self::parse(text).ok()
    }

    /// Reads a list.
    pub fn parse(text: &str) -> Result<Self, BadHoliday> {
        let days = text.lines().zip(1..).filter_map(|(line, number)| {
            let day = line.split('#').next().unwrap_or_default().trim();
            (!day.is_empty()).then(|| {
                Holiday::parse(day).ok_or_else(|| BadHoliday {
                    line: number,
                    text: day.to_owned(),
                })
            })
        });
        Ok(Self(days.collect::<Result<_, _>>()?))
    }

    /// These days and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether nothing is due on this day.
    pub fn contain(&self, day: Date) -> bool {
        self.0.iter().any(|holiday| holiday.is(day))
    }
}

impl Holiday {
    fn parse(text: &str) -> Option<Self> {
        if let Some(days) = text.strip_prefix("easter") {
            let days = if days.is_empty() { 0 } else { signed(days)? };
            return (-120..=120).contains(&days).then_some(Self::Easter(days));
        }
        let numbers: Vec<&str> = text.split('-').collect();
        match numbers[..] {
            [month, day] => {
                let (month, day) = (two_digits(month)?, two_digits(day)?);
                // A leap year, so that the 29th of February can be one.
                Date::new(2024, month, day).ok()?;
                Some(Self::Yearly { month, day })
            }
            [year, ..] if year.len() == 4 => text.parse().ok().map(Self::Once),
            _ => None,
        }
    }

    fn is(self, day: Date) -> bool {
        match self {
            Self::Yearly { month, day: of_month } => (day.month(), day.day()) == (month, of_month),
            Self::Easter(days) => easter(day.year()).saturating_add(Span::new().days(days)) == day,
            Self::Once(once) => once == day,
        }
    }
}

fn signed(text: &str) -> Option<i16> {
    let (sign, digits) = text.split_at_checked(1)?;
    let days: i16 = digits.parse().ok().filter(|days| *days >= 0)?;
    match sign {
        "+" => Some(days),
        "-" => Some(-days),
        _ => None,
    }
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2).then(|| text.parse().ok()).flatten()
}

/// Easter Sunday of a year of the Gregorian calendar: the anonymous algorithm of 1876 (Nature 13, 487; Meeus, Astronomical
/// Algorithms, chapter 8), whose names are kept.
fn easter(year: i16) -> Date {
    let year = i32::from(year).max(0);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let since = h + l - 7 * m;
    // The 22nd of March and `since` days.
    let first = date(i16::try_from(year).unwrap_or(i16::MAX).min(9999), 3, 22);
    first.saturating_add(Span::new().days(since))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// U.S. Naval Observatory, "The Date of Easter"; the earliest and the latest there are.
    #[test]
    fn easter_is_when_it_is() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1999, 4, 4),
            (2000, 4, 23),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn the_files_can_be_read() {
        for (country, holidays) in [("DE", 9), ("EE", 12), ("ES", 10), ("FR", 11)] {
            assert_eq!(
                Holidays::of_country(country).unwrap().0.len(),
                holidays,
                "{country}"
            );
        }
        assert_eq!(Holidays::of_country("XX"), None);
    }

    #[test]
    fn a_line_that_is_no_day_is_named() {
        for (line, text) in [
            (1, "13-01"),
            (2, "# fine\n02-30"),
            (1, "easter*2"),
            (1, "easter+900"),
            (1, "2026-02-29"),
            (1, "christmas"),
            (1, "1-1"),
        ] {
            assert_eq!(Holidays::parse(text).map_err(|bad| bad.line), Err(line), "{text}");
        }
        let some = Holidays::parse("02-29 # rare\n\neaster\n2026-06-05").unwrap();
        assert!(some.contain(date(2028, 2, 29)) && some.contain(date(2026, 4, 5)));
        assert!(some.contain(date(2026, 6, 5)) && !some.contain(date(2027, 6, 5)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*|(easter|[0-9]{1,4})?[+-]?[0-9]{0,5}(-[0-9]{1,3})?") {
            let _ = Holidays::parse(&text);
        }

        #[test]
        fn easter_is_a_sunday_in_spring(year in 1583i16..=9999) {
            let easter = easter(year);
            prop_assert_eq!(easter.weekday(), jiff::civil::Weekday::Sunday);
            prop_assert!((date(year, 3, 22)..=date(year, 4, 25)).contains(&easter));
        }
    }
}
