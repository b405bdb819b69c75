//! Days of the calendar and moments of the clock.
//!
//! A register counts in days of UTC: an entry that is good until a day is good to the end of it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;

/// The day at this moment; the last day of the calendar for a moment beyond it.
pub(crate) fn day_of(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .map_or(Date::MAX, |moment| TimeZone::UTC.to_datetime(moment).date())
}

/// The first moment after this day; nothing at the end of the calendar, which no clock reaches.
pub fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC)).ok()?;
    Some(Timestamp::from_micros(next.timestamp().as_microsecond()))
}

/// So many days after this one.
pub(crate) fn after(day: Date, days: u16) -> Option<Date> {
    day.checked_add(jiff::Span::new().days(days)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let day = jiff::civil::date(2026, 2, 28);
        let end = end_of(day).unwrap();
        assert_eq!(day_of(end), jiff::civil::date(2026, 3, 1));
        assert_eq!(day_of(Timestamp::from_micros(end.as_micros() - 1)), day);
        assert_eq!(end_of(Date::MAX), None);
    }
}
