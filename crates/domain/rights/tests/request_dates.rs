//! When a request is due, as it is taken in, paused and extended: dates that can be checked by hand, each with its rule.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod site;

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Clock as _, RequestId, Timestamp};
use rights::request::{Kind, Law, Proof, Rule};
use site::*;
use testkit::Person;

/// Eastern European time by its rule, so that no machine's list of zones matters.
const ZONE: &str = "EET-2EEST,M3.5.0/3,M10.5.0/4";

/// Rule, law, country, kind, day it came, days on which the person was asked and proved who they are, day on which they were
/// told that it takes longer, last day of the own promise, last day by the law.
type Row = (
    &'static str,
    Law,
    &'static str,
    Kind,
    &'static str,
    Option<(&'static str, &'static str)>,
    Option<&'static str>,
    &'static str,
    Option<&'static str>,
);

use Kind::{Access, Erasure, Objection, Rectification};
use Law::{Both, Gdpr, Hipaa};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("GDPR 12(3), Regulation 1182/71 3(2)(c): the same date a month later", Gdpr, "EE", Access, "2026-01-06", None, None, "2026-01-13", Some("2026-02-06")),
    ("3(4): a holiday in the middle of the week", Gdpr, "EE", Access, "2026-01-24", None, None, "2026-01-31", Some("2026-02-25")),
    ("3(2)(c) and 3(4): no 31st of February, and the 28th is a Saturday", Gdpr, "EE", Objection, "2026-01-31", None, None, "2026-02-07", Some("2026-03-02")),
    ("3(4): Easter Monday is a working day in Estonia", Gdpr, "EE", Access, "2026-03-05", None, None, "2026-03-12", Some("2026-04-06")),
    ("3(4): and a holiday in Germany", Gdpr, "DE", Access, "2026-03-05", None, None, "2026-03-12", Some("2026-04-07")),
    ("GDPR 12(6): ten days of not knowing who asks move both ends by ten", Gdpr, "EE", Access, "2026-03-05", Some(("2026-03-06", "2026-03-16")), None, "2026-03-22", Some("2026-04-15")),
    ("12(6): asked and proved on one day costs nothing", Gdpr, "EE", Access, "2026-03-05", Some(("2026-03-06", "2026-03-06")), None, "2026-03-12", Some("2026-04-06")),
    ("12(3): extended, three months from receipt and not two from the end", Gdpr, "EE", Access, "2026-03-05", Some(("2026-03-06", "2026-03-06")), Some("2026-03-20"), "2026-03-12", Some("2026-06-05")),
    ("12(3) and 12(6): both", Gdpr, "EE", Access, "2026-03-05", Some(("2026-03-06", "2026-03-16")), Some("2026-03-20"), "2026-03-22", Some("2026-06-15")),
    ("45 CFR 164.524(b)(2)(i): 30 days, a Sunday is one, and no question stops them", Hipaa, "EE", Access, "2026-03-06", Some(("2026-03-07", "2026-03-17")), None, "2026-03-23", Some("2026-04-05")),
    ("45 CFR 164.524(b)(2)(ii): by no more than 30 days", Hipaa, "EE", Access, "2026-03-06", Some(("2026-03-06", "2026-03-06")), Some("2026-03-20"), "2026-03-13", Some("2026-05-05")),
    ("45 CFR 164.526(b)(2)(i): 60 days", Hipaa, "EE", Rectification, "2026-01-05", None, None, "2026-01-12", Some("2026-03-06")),
    ("45 CFR 164: no period for what it gives no right to", Hipaa, "EE", Erasure, "2026-01-05", None, None, "2026-01-12", None),
    ("both laws: the thirty days are over first", Both, "EE", Access, "2026-03-05", None, None, "2026-03-12", Some("2026-04-04")),
    ("both laws: the month is over first", Both, "EE", Rectification, "2026-03-05", None, None, "2026-03-12", Some("2026-04-06")),
    ("both laws: the thirty days do not stand still when the month does", Both, "EE", Access, "2026-03-05", Some(("2026-03-06", "2026-03-16")), None, "2026-03-22", Some("2026-04-04")),
];

/// What happens to a row's request on a day, in this order where the days are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Comes,
    IsAsked,
    Proves,
    IsExtended,
}

engines::on_both! {
    async fn each_date_is_what_its_rule_says(db: TestDb) {
        let site = Site::on(db).await;
        let mut teams = Vec::new();
        for (number, (law, country)) in [(Gdpr, "EE"), (Gdpr, "DE"), (Hipaa, "EE"), (Both, "EE")].into_iter().enumerate() {
            let team = site.world.team(&format!("team-{number}")).await;
            let rule = Rule { law, country: Some(country.into()), zone: ZONE.into(), ..Rule::default() };
            site.settle_by(&team.owner, rule).await.unwrap();
            teams.push(((law, country), team.owner));
        }
        let owner = |row: &Row| teams.iter().find(|(of, _)| *of == (row.1, row.2)).unwrap().1.clone();
        let mut ids: Vec<Option<RequestId>> = vec![None; ROWS.len()];
        for (day, happens, number) in calendar() {
            advance_to(&site, day);
            let row = &ROWS[number];
            happen(&site, &owner(row), row.3, &mut ids[number], happens).await;
        }
        for (row, id) in ROWS.iter().zip(ids) {
            let request = site.file(&owner(row), id.unwrap()).await.unwrap().request;
            assert_eq!(request.own_due_at, Some(end_of(row.7)), "own promise; {}", row.0);
            assert_eq!(request.law_due_at, row.8.map(end_of), "{}", row.0);
        }
    }
}

fn calendar() -> Vec<(Date, Happens, usize)> {
    let mut calendar = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        calendar.push((day(row.4), Happens::Comes, number));
        if let Some((asked, proved)) = row.5 {
            calendar.push((day(asked), Happens::IsAsked, number));
            calendar.push((day(proved), Happens::Proves, number));
        }
        calendar.extend(row.6.map(|extended| (day(extended), Happens::IsExtended, number)));
    }
    calendar.sort();
    calendar
}

async fn happen(site: &Site, by: &Person, kind: Kind, id: &mut Option<RequestId>, happens: Happens) {
    if happens == Happens::Comes {
        *id = Some(site.open(by, kind).await.id);
        return;
    }
    let id = id.unwrap();
    match happens {
        Happens::IsAsked => drop(site.ask(by, id, Proof::StaffCheck).await.unwrap()),
        Happens::Proves => drop(site.identify(by, id).await.unwrap()),
        Happens::Comes | Happens::IsExtended => drop(site.extend(by, id).await.unwrap()),
    }
}

fn advance_to(site: &Site, day: Date) {
    let noon = day
        .at(12, 0, 0, 0)
        .to_zoned(zone())
        .unwrap()
        .timestamp()
        .as_microsecond();
    let now = site.world.clock.now().as_micros();
    site.world
        .clock
        .advance(Duration::from_micros(u64::try_from(noon - now).unwrap_or(0)));
}

/// The first moment after a day there.
fn end_of(text: &str) -> Timestamp {
    let end = day(text).tomorrow().unwrap().to_zoned(zone()).unwrap();
    Timestamp::from_micros(end.timestamp().as_microsecond())
}

fn zone() -> TimeZone {
    TimeZone::posix(ZONE).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}
