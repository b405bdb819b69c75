//! Dates that can be checked by hand, each with the rule that it follows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use deadline::{Counting, Course, Holidays, Length, Pause, Period, Term};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use proptest::prelude::*;

const REQUEST: Term = Term::GDPR;

/// Rule, country, day of the request, days of standing still, whether extended, term, last day.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    bool,
    Term,
    &'static str,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Months: Regulation 1182/71.
    ("3(2)(c): the same date a month later, moved by 3(4) over Easter Sunday and Monday", "DE", "2026-03-05", &[], false, REQUEST, "2026-04-07"),
    ("3(2)(c) the same, where Easter Monday is a working day", "EE", "2026-03-05", &[], false, REQUEST, "2026-04-06"),
    ("3(2)(c): no 31st of September, so the last day of the month", "EE", "2026-08-31", &[], false, REQUEST, "2026-09-30"),
    ("3(2)(c): the 31st of January ends on the 29th of February in a leap year", "EE", "2024-01-31", &[], false, REQUEST, "2024-02-29"),
    ("3(2)(c): and on the 28th in another", "EE", "2025-01-31", &[], false, REQUEST, "2025-02-28"),
    ("3(2)(c) and 3(4): the 28th is a Saturday, so Monday", "EE", "2026-01-31", &[], false, REQUEST, "2026-03-02"),
    ("3(1): a day that is no working day sets the period going like any other", "EE", "2026-11-22", &[], false, REQUEST, "2026-12-22"),
    ("3(4): two holidays and a weekend after Christmas Eve, a holiday too", "EE", "2025-11-24", &[], false, REQUEST, "2025-12-29"),
    ("3(4): Christmas Eve is a working day", "DE", "2025-11-24", &[], false, REQUEST, "2025-12-24"),
    ("3(4): a holiday of the middle of the week", "EE", "2026-01-24", &[], false, REQUEST, "2026-02-25"),
    ("3(4): the 1st of May is a Friday", "FR", "2026-04-01", &[], false, REQUEST, "2026-05-04"),
    ("3(4): over the end of the year", "ES", "2026-12-01", &[], false, REQUEST, "2027-01-04"),
    ("3(4): Midsummer, two holidays in a row", "EE", "2026-05-23", &[], false, REQUEST, "2026-06-25"),
    ("3(4): a holiday elsewhere is none here", "FR", "2026-05-23", &[], false, REQUEST, "2026-06-23"),
    // Summer time: days are dates, whatever their length.
    ("3(2): the last day is the one on which the clock goes forward, a Sunday", "EE", "2026-03-01", &[], false, REQUEST, "2026-04-01"),
    ("3(4): the Sunday on which the clock goes back", "EE", "2026-09-25", &[], false, REQUEST, "2026-10-26"),
    // Extension: GDPR 12(3).
    ("12(3): by two further months, three from receipt", "EE", "2026-03-05", &[], true, REQUEST, "2026-06-05"),
    ("12(3) and 3(2)(c): three months after the 30th of November there is no 30th", "EE", "2026-11-30", &[], true, REQUEST, "2027-03-01"),
    // Pauses: GDPR 12(6).
    ("12(6): ten days of waiting move the end by ten", "EE", "2026-03-05", &[("2026-03-06", "2026-03-16")], false, REQUEST, "2026-04-15"),
    ("12(6): asked and answered on one day costs nothing", "EE", "2026-03-05", &[("2026-03-06", "2026-03-06")], false, REQUEST, "2026-04-06"),
    ("12(6): two pauses that overlap count once", "EE", "2026-03-05", &[("2026-03-06", "2026-03-16"), ("2026-03-10", "2026-03-16")], false, REQUEST, "2026-04-15"),
    ("12(6), then 3(4): the pause first, then the weekend", "EE", "2026-03-05", &[("2026-03-06", "2026-03-12")], false, REQUEST, "2026-04-13"),
    ("12(6) and 12(3): both", "EE", "2026-03-05", &[("2026-03-06", "2026-03-16")], true, REQUEST, "2026-06-15"),
    // One's own promise: every day counts.
    ("own: seven days, a Sunday is one", "EE", "2026-11-22", &[], false, Term::own(7), "2026-11-29"),
    ("own: what cannot be extended is not", "EE", "2026-11-22", &[], true, Term::own(7), "2026-11-29"),
    ("own: over a leap day", "EE", "2024-02-25", &[], false, Term::own(7), "2024-03-03"),
    // HIPAA.
    ("45 CFR 164.524(b)(2)(i): 30 days, a Sunday is one", "EE", "2026-03-06", &[], false, Term::HIPAA_ACCESS, "2026-04-05"),
    ("45 CFR 164.524(b)(2)(ii): by no more than 30 days", "EE", "2026-03-06", &[], true, Term::HIPAA_ACCESS, "2026-05-05"),
    ("45 CFR 164.526(b)(2)(i): 60 days", "EE", "2025-12-31", &[], false, Term::HIPAA_AMENDMENT, "2026-03-01"),
    ("45 CFR 164.526(b)(2)(ii): by no more than 30 days", "EE", "2025-12-31", &[], true, Term::HIPAA_AMENDMENT, "2026-03-31"),
    ("45 CFR 164.528(c)(1)(i): 60 days, in a leap year", "EE", "2023-12-31", &[], false, Term::HIPAA_ACCOUNTING, "2024-02-29"),
];

#[test]
fn each_date_is_what_its_rule_says() {
    for (rule, country, received, pauses, extended, term, last) in ROWS {
        let course = Course {
            received: noon(received),
            pauses: pauses.iter().map(|(from, to)| pause(from, Some(to))).collect(),
            extended: *extended,
            zone: tallinn(),
        };
        let holidays = Holidays::of_country(country).unwrap();
        let found = course.last_day(*term, &holidays).unwrap().unwrap();
        assert_eq!(found, day(last), "{rule}; asked on {received}");
    }
}

/// Regulation 1182/71, article 3(5).
#[test]
fn two_days_or_more_have_two_working_days() {
    let days = |days| Period {
        length: Length::Days(days),
        counting: Counting::Union,
    };
    let estonia = Holidays::of_country("EE").unwrap();
    for (length, from, last, why) in [
        (1, "2026-11-20", "2026-11-23", "Friday and a day: Monday, by 3(4)"),
        (
            2,
            "2026-11-20",
            "2026-11-24",
            "a weekend, and Monday alone is not enough",
        ),
        (
            2,
            "2026-11-19",
            "2026-11-23",
            "Saturday moves to Monday, after Friday: that is two",
        ),
        (
            4,
            "2025-12-23",
            "2025-12-30",
            "four holidays and weekend, then Monday and Tuesday",
        ),
    ] {
        assert_eq!(
            days(length).last_day(day(from), 0, &estonia),
            Ok(day(last)),
            "{why}"
        );
    }
}

#[test]
fn while_the_person_is_asked_who_they_are_nothing_is_due() {
    let mut course = of("2026-03-05");
    course.pauses = vec![pause("2026-03-06", None)];
    assert_eq!(course.last_day(REQUEST, &Holidays::none()), Ok(None));
    assert_eq!(course.due(REQUEST, &Holidays::none()), Ok(None));
}

#[test]
fn it_is_due_at_the_end_of_the_last_hour_where_one_is() {
    let due = |received: &str, zone: TimeZone| {
        let course = Course { zone, ..of(received) };
        let due = course.due(Term::own(7), &Holidays::none()).unwrap().unwrap();
        jiff::Timestamp::from_microsecond(due.as_micros())
            .unwrap()
            .to_string()
    };
    // Midnight in Tallinn, in winter and in summer; and through the night in which the clock goes back.
    assert_eq!(due("2026-11-10", tallinn()), "2026-11-17T22:00:00Z");
    assert_eq!(due("2026-07-10", tallinn()), "2026-07-17T21:00:00Z");
    assert_eq!(due("2026-10-18", tallinn()), "2026-10-25T22:00:00Z");
    assert_eq!(due("2026-11-10", TimeZone::UTC), "2026-11-18T00:00:00Z");
}

#[test]
fn the_day_of_the_request_is_the_one_of_the_place() {
    let at = DateTime::constant(2026, 11, 9, 23, 30, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap();
    let received = Timestamp::from_micros(at.timestamp().as_microsecond());
    let there = Course {
        received,
        ..of("2026-11-09")
    };
    let last = there.last_day(Term::own(7), &Holidays::none()).unwrap();
    assert_eq!(last, Some(day("2026-11-17")), "it is the 10th there already");
}

proptest! {
    #[test]
    fn no_day_is_too_odd(micros in any::<i64>(), days in any::<u16>(), from in any::<i64>(), to in any::<Option<i64>>(), extended in any::<bool>()) {
        let course = Course {
            received: Timestamp::from_micros(micros),
            pauses: vec![Pause { from: Timestamp::from_micros(from), to: to.map(Timestamp::from_micros) }],
            extended,
            zone: tallinn(),
        };
        for term in [REQUEST, Term::own(days), Term::HIPAA_ACCESS] {
            let _ = course.due(term, &Holidays::of_country("EE").unwrap());
        }
    }

    #[test]
    fn the_regulation_never_shortens(day in 0i32..20_000, days in 0u16..400, paused in 0u32..60) {
        let from = jiff::civil::date(2000, 1, 1).saturating_add(jiff::Span::new().days(day));
        let holidays = Holidays::of_country("EE").unwrap();
        let last = |counting| Period { length: Length::Days(days), counting }.last_day(from, paused, &holidays).unwrap();
        prop_assert!(last(Counting::Union) >= last(Counting::Calendar));
        prop_assert!(!holidays.contain(last(Counting::Union)));
    }
}

fn of(received: &str) -> Course {
    Course {
        received: noon(received),
        pauses: Vec::new(),
        extended: false,
        zone: tallinn(),
    }
}

fn pause(from: &str, to: Option<&str>) -> Pause {
    Pause {
        from: noon(from),
        to: to.map(noon),
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn noon(text: &str) -> Timestamp {
    let noon = day(text).at(12, 0, 0, 0).to_zoned(tallinn()).unwrap();
    Timestamp::from_micros(noon.timestamp().as_microsecond())
}

/// Eastern European time by its rule, so that no machine's list of zones matters.
fn tallinn() -> TimeZone {
    TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap()
}
