//! From a day and a length to the last day.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use crate::Holidays;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Days.
    Days(u16),
    /// Months: to the same date, or to the last day of a month that lacks it.
    Months(u16),
}

/// How the last day of a period is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Regulation 1182/71, article 3: a period does not end on a Saturday, a Sunday or a public holiday (paragraph 4), and one of
    /// two days or more has at least two working days in it (paragraph 5).
    Union,
    /// Every day counts, the last one too. So count laws that say nothing else, as 45 CFR 164.524(b)(2), and promises of
    /// one's own that should not grow by a weekend.
    Calendar,
}

/// A length and how it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// How long.
    pub length: Length,
    /// How it is counted.
    pub counting: Counting,
}

/// The date does not exist in the calendar, which ends with the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the period ends after the year 9999: give an earlier day or a shorter period")]
pub struct OutOfRange;

impl Period {
    /// The last day of the period, on which it is still time.
    ///
    /// `from` is the day of the event that sets it going, which itself does not count (article 3(1)); `paused` days are added
    /// before weekends and holidays are looked at.
    pub fn last_day(self, from: Date, paused: u32, holidays: &Holidays) -> Result<Date, OutOfRange> {
        let length = match self.length {
            Length::Days(days) => Span::new().days(days),
            // Article 3(2)(c): the same date as the day from which the period runs, or the last day of the month. Adding
            // months to a date keeps to the end of a month by itself.
            Length::Months(months) => Span::new().months(months),
        };
        let end = from
            .checked_add(length)
            .and_then(|end| end.checked_add(Span::new().days(paused)))
            .map_err(|_| OutOfRange)?;
        match self.counting {
            Counting::Calendar => Ok(end),
            Counting::Union => by_the_regulation(from, end, holidays),
        }
    }
}

/// Article 3(4) and (5): moves the end on to a working day, and on until two working days lie in the period.
fn by_the_regulation(from: Date, end: Date, holidays: &Holidays) -> Result<Date, OutOfRange> {
    let is_working_day = |day: Date| is_weekday(day) && !holidays.contain(day);
    let mut last = end;
    while !is_working_day(last) {
        last = next(last)?;
    }
    // A period of a day may have a single one. A longer one that has seven days has two of them unless all but one are
    // holidays, so that looking at the days before the end once more costs little.
    let is_long = from
        .checked_add(Span::new().days(2))
        .is_ok_and(|second| second <= end);
    if is_long && !has_two_working_days(from, last, is_working_day)? {
        last = next(last)?;
        while !is_working_day(last) {
            last = next(last)?;
        }
    }
    Ok(last)
}

fn has_two_working_days(
    from: Date,
    last: Date,
    is_working_day: impl Fn(Date) -> bool,
) -> Result<bool, OutOfRange> {
    let mut found = 0;
    let mut day = from;
    while day < last && found < 2 {
        day = next(day)?;
        found += u8::from(is_working_day(day));
    }
    Ok(found >= 2)
}

fn next(day: Date) -> Result<Date, OutOfRange> {
    day.tomorrow().map_err(|_| OutOfRange)
}

fn is_weekday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
