//! Which days a report is about.
//!
//! Promises: a period is days of UTC, both ends included, that lie neither backwards nor in the future. Leaves out: whether anything was
//! kept in them, which the report says itself.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;

/// The most days of a period: three years, so that a mistyped year is noticed.
pub const MOST_DAYS: i32 = 1_096;

/// Days that cannot be reported on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// Not a day.
    #[error("`{0}` is not a day: write it as 2026-01-31")]
    NotADay(String),
    /// The last day is before the first.
    #[error("the period ends on {last}, before it begins on {first}: turn the days round")]
    Backwards {
        /// The first day asked for.
        first: Date,
        /// The last day asked for.
        last: Date,
    },
    /// Some of it is still to come.
    #[error("the period ends on {last}, which is still to come: it may end on {today} at the latest")]
    Future {
        /// The last day asked for.
        last: Date,
        /// Today.
        today: Date,
    },
    /// Too long.
    #[error("the period has {days} days: ask for {MOST_DAYS} at most, and for the rest once more")]
    TooLong {
        /// How many days were asked for.
        days: i32,
    },
    /// Nothing was kept then.
    #[error(
        "the period ends on {last}, and this installation was first started on {made}: nothing was kept before that"
    )]
    BeforeAnything {
        /// The last day asked for.
        last: Date,
        /// The day of the first start.
        made: Date,
    },
}

/// Days of UTC, the first and the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    first: Date,
    last: Date,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
}

impl Period {
    /// The period of these days, as they are written.
    ///
    /// # Errors
    /// [`BadPeriod`].
    pub fn parse(first: &str, last: &str, now: Timestamp) -> Result<Self, BadPeriod> {
        let day = |text: &str| {
            text.parse::<Date>()
                .map_err(|_| BadPeriod::NotADay(text.to_owned()))
        };
        Self::of(day(first)?, day(last)?, now)
    }

    /// The period of these days.
    ///
    /// # Errors
    /// [`BadPeriod`].
    pub fn of(first: Date, last: Date, now: Timestamp) -> Result<Self, BadPeriod> {
        let today = day_of(now);
        if last < first {
            return Err(BadPeriod::Backwards { first, last });
        }
        if last > today {
            return Err(BadPeriod::Future { last, today });
        }
        let days = last.since(first).map_or(i32::MAX, |span| span.get_days());
        if days >= MOST_DAYS {
            return Err(BadPeriod::TooLong {
                days: days.saturating_add(1),
            });
        }
        let beyond = || BadPeriod::Future { last, today };
        let (from, to) = (begin_of(first), last.tomorrow().ok().and_then(begin_of));
        Ok(Self {
            first,
            last,
            from: from.ok_or_else(beyond)?,
            to: to.ok_or_else(beyond)?,
            now,
        })
    }

    /// The same, of an installation that was made at this moment.
    pub(crate) fn since(self, made_at: Timestamp) -> Result<Self, BadPeriod> {
        let (last, made) = (self.last, day_of(made_at));
        match made > last {
            true => Err(BadPeriod::BeforeAnything { last, made }),
            false => Ok(self),
        }
    }

    /// The first day.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day.
    pub fn last(&self) -> Date {
        self.last
    }

    /// The first moment.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The first moment after it.
    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// Whether its last day is over.
    pub fn is_over(&self) -> bool {
        self.to <= self.now
    }

    /// The last moment that can be spoken about: the end, or now while the last day is not over.
    pub fn known_until(&self) -> Timestamp {
        self.to.min(self.now)
    }

    /// Whether the moment lies in it.
    pub fn holds(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// The day of UTC at this moment.
pub(crate) fn day_of(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .map_or(Date::MAX, |moment| TimeZone::UTC.to_datetime(moment).date())
}

fn begin_of(day: Date) -> Option<Timestamp> {
    let moment = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_micros(moment.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon(day: &str) -> Timestamp {
        format!("{day}T12:00:00Z").parse().unwrap()
    }

    #[test]
    fn both_ends_belong_to_it() {
        let period = Period::parse("2026-01-01", "2026-01-31", noon("2026-02-01")).unwrap();
        assert!(period.holds(noon("2026-01-01")) && period.holds(noon("2026-01-31")));
        assert!(!period.holds(noon("2025-12-31")) && !period.holds(noon("2026-02-01")));
        assert!(period.is_over() && period.known_until() == period.to());
        let today = Period::parse("2026-01-01", "2026-02-01", noon("2026-02-01")).unwrap();
        assert!(!today.is_over() && today.known_until() == noon("2026-02-01"));
    }

    #[test]
    fn what_cannot_be_reported_on_says_why() {
        let told = |first, last| {
            Period::parse(first, last, noon("2026-02-01"))
                .unwrap_err()
                .to_string()
        };
        assert!(told("2026-01-31", "2026-01-01").contains("before it begins"));
        assert!(told("2026-01-01", "2026-12-31").contains("2026-02-01 at the latest"));
        assert!(told("yesterday", "2026-01-31").contains("write it as"));
        assert!(told("2026-01-01", "").contains("not a day"));
        assert!(told("1999-01-01", "2026-01-31").contains("days"));
        let before = Period::parse("2026-01-01", "2026-01-31", noon("2026-02-01")).unwrap();
        assert!(
            before
                .since(noon("2026-02-01"))
                .unwrap_err()
                .to_string()
                .contains("first started")
        );
        assert_eq!(before.since(noon("2026-01-31")), Ok(before));
    }
}
