//! The course of one request: when it came, when it stood still, whether its period was extended, and so when it is due.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;

use crate::{Counting, Holidays, Length, OutOfRange, Period};

/// A period and the longer one that it may be extended to, once, both from the day of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// As it is at first.
    pub usual: Period,
    /// As it is when extended; nothing for what cannot be extended.
    pub extended: Option<Period>,
}

impl Term {
    /// GDPR, article 12(3): one month of receipt; by two further months where necessary.
    pub const GDPR: Self = Self {
        usual: union(Length::Months(1)),
        extended: Some(union(Length::Months(3))),
    };
    /// HIPAA, access of the person, 45 CFR 164.524(b)(2): 30 days after receipt; once by no more than 30 days.
    pub const HIPAA_ACCESS: Self = Self {
        usual: calendar(30),
        extended: Some(calendar(60)),
    };
    /// HIPAA, amendment, 45 CFR 164.526(b)(2): 60 days after receipt; once by no more than 30 days.
    pub const HIPAA_AMENDMENT: Self = Self {
        usual: calendar(60),
        extended: Some(calendar(90)),
    };
    /// HIPAA, accounting of disclosures, 45 CFR 164.528(c)(1): 60 days after receipt; once by no more than 30 days.
    pub const HIPAA_ACCOUNTING: Self = Self {
        usual: calendar(60),
        extended: Some(calendar(90)),
    };

    /// So many days of one's own, which no reason extends.
    pub const fn own(days: u16) -> Self {
        Self {
            usual: calendar(days),
            extended: None,
        }
    }
}

const fn union(length: Length) -> Period {
    Period {
        length,
        counting: Counting::Union,
    }
}

const fn calendar(days: u16) -> Period {
    Period {
        length: Length::Days(days),
        counting: Counting::Calendar,
    }
}

/// Days on which a request stood still, because the person had been asked who they are (GDPR, article 12(6)) and had not
/// answered yet. Each day on which it stood still to the end of the day moves the end by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// When they were asked.
    pub from: Timestamp,
    /// When they answered; not yet, when absent.
    pub to: Option<Timestamp>,
}

/// What counts for the time of one request.
#[derive(Debug, Clone)]
pub struct Course {
    /// When it came.
    pub received: Timestamp,
    /// In the order of time; those that overlap count once.
    pub pauses: Vec<Pause>,
    /// Whether the person was told of an extension and its reasons, within the usual period.
    pub extended: bool,
    /// Where the one who answers is: days begin and end by the clock there.
    pub zone: TimeZone,
}

impl Course {
    /// The last day on which it is still time; nothing while it stands still. A request that is said to be extended under a
    /// term that cannot be is due at the usual time.
    pub fn last_day(&self, term: Term, holidays: &Holidays) -> Result<Option<Date>, OutOfRange> {
        let Some(paused) = self.paused_days()? else {
            return Ok(None);
        };
        let period = term.extended.filter(|_| self.extended).unwrap_or(term.usual);
        period
            .last_day(self.day(self.received)?, paused, holidays)
            .map(Some)
    }

    /// The first moment at which it is too late: the end of the last hour of the last day (Regulation 1182/71, article 3(2)).
    pub fn due(&self, term: Term, holidays: &Holidays) -> Result<Option<Timestamp>, OutOfRange> {
        let Some(last) = self.last_day(term, holidays)? else {
            return Ok(None);
        };
        let end = last.tomorrow().and_then(|day| day.to_zoned(self.zone.clone()));
        let end = end.map_err(|_| OutOfRange)?;
        Ok(Some(Timestamp::from_micros(end.timestamp().as_microsecond())))
    }

    /// Nothing while the last pause has no end.
    fn paused_days(&self) -> Result<Option<u32>, OutOfRange> {
        let (mut days, mut counted_to) = (0, self.day(self.received)?);
        for pause in &self.pauses {
            let Some(to) = pause.to else {
                return Ok(None);
            };
            let from = self.day(pause.from)?.max(counted_to);
            counted_to = self.day(to)?.max(counted_to);
            days += (counted_to - from).get_days().max(0).unsigned_abs();
        }
        Ok(Some(days))
    }

    fn day(&self, at: Timestamp) -> Result<Date, OutOfRange> {
        let moment = jiff::Timestamp::from_microsecond(at.as_micros()).map_err(|_| OutOfRange)?;
        Ok(self.zone.to_datetime(moment).date())
    }
}
