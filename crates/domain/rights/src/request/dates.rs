//! When a request is due, when it is looked at in the queue, and when somebody is reminded.

use std::time::Duration;

use custody::Result;
use deadline::{Course, Holidays, OutOfRange, Pause, Term};
use jiff::tz::TimeZone;
use kernel::Timestamp;

use super::{Kind, Law, Rule};
use crate::acts::invalid;

/// When a request is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// By the tenant's own promise.
    pub own: Option<Timestamp>,
    /// By the law.
    pub law: Option<Timestamp>,
}

/// A rule that was read: holidays and zone are at hand.
pub(super) struct Settled {
    pub(super) rule: Rule,
    zone: TimeZone,
    holidays: Holidays,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Settled {
    /// Reads holidays and zone.
    pub(super) fn new(rule: Rule) -> Result<Self> {
        Ok(Self {
            zone: zone(&rule.zone)?,
            holidays: holidays(&rule)?,
            rule,
        })
    }

    /// When a request of this kind is due that came then, stood still so, and was extended or not.
    pub(super) fn dates(
        &self,
        kind: Kind,
        received: Timestamp,
        pauses: &[Pause],
        extended: bool,
    ) -> Result<Dates> {
        let course = Course {
            received,
            pauses: pauses.to_vec(),
            extended,
            zone: self.zone.clone(),
        };
        let own = course.due(Term::own(self.rule.own_days), &self.holidays);
        let gdpr = match self.rule.law {
            Law::Gdpr | Law::Both => course.due(Term::GDPR, &self.holidays),
            Law::Hipaa => Ok(None),
        };
        // 45 CFR 164.524 and 164.526 run from receipt, whatever is asked meanwhile.
        let running = Course {
            pauses: Vec::new(),
            ..course
        };
        let hipaa = self.rule.hipaa_term(kind);
        let hipaa = hipaa.map_or(Ok(None), |term| running.due(term, &self.holidays));
        let sooner = gdpr
            .map_err(too_far)?
            .into_iter()
            .chain(hipaa.map_err(too_far)?)
            .min();
        Ok(Dates {
            own: own.map_err(too_far)?,
            law: sooner,
        })
    }
}

impl Rule {
    /// The period that HIPAA sets, where it counts for the tenant.
    pub(super) fn hipaa_term(&self, kind: Kind) -> Option<Term> {
        let counts = matches!(self.law, Law::Hipaa | Law::Both);
        match kind {
            Kind::Access | Kind::Portability => counts.then_some(Term::HIPAA_ACCESS),
            Kind::Rectification => counts.then_some(Term::HIPAA_AMENDMENT),
            _ => None,
        }
    }

    /// Whether a law sets a period that can be extended.
    pub(super) fn can_be_extended(&self, kind: Kind) -> bool {
        self.law != Law::Hipaa || self.hipaa_term(kind).is_some()
    }
}

impl Dates {
    /// What the queue is sorted by: what is due first. Once the person was told that it takes longer, the law's date alone.
    pub(super) fn first(self, extended: bool) -> Timestamp {
        let own = self.own.filter(|_| !extended || self.law.is_none());
        let first = own.into_iter().chain(self.law).min();
        first.unwrap_or(Timestamp::from_micros(i64::MAX))
    }

    /// When somebody is to be reminded next, after a moment: so many days before what was promised ends, a week and a day
    /// before the law's period does, at each end, and every day from then on.
    pub(super) fn next_reminder(self, extended: bool, days: u16, after: Timestamp) -> Option<Timestamp> {
        let own = self.own.filter(|_| !extended);
        let before = |due: Timestamp, days: u16| due.minus(DAY * u32::from(days));
        let promised = own.into_iter().flat_map(|due| [before(due, days), due]);
        let lawful = self
            .law
            .into_iter()
            .flat_map(|due| [before(due, 7), before(due, 1), due]);
        let all: Vec<Timestamp> = promised.chain(lawful).collect();
        let next = all.iter().copied().filter(|at| *at > after).min();
        next.or_else(|| (!all.is_empty()).then(|| after.plus(DAY)))
    }
}

fn zone(name: &str) -> Result<TimeZone> {
    let known = match name {
        "UTC" => Ok(TimeZone::UTC),
        name => TimeZone::get(name).or_else(|_| TimeZone::posix(name)),
    };
    known.map_err(|_| {
        invalid(
            "zone",
            "give a name of the time zone database, such as Europe/Tallinn, or a rule, such as EET-2EEST,M3.5.0/3,M10.5.0/4",
        )
    })
}

fn holidays(rule: &Rule) -> Result<Holidays> {
    let of_country = match &rule.country {
        None => Holidays::none(),
        Some(code) => Holidays::of_country(code).ok_or_else(|| {
            invalid(
                "country",
                "holidays of DE, EE, ES and FR are known; leave it out for others and list the holidays",
            )
        })?,
    };
    let own = Holidays::parse(&rule.holidays).map_err(|bad| invalid("holidays", bad.to_string()))?;
    Ok(of_country.and(own))
}

fn too_far(error: OutOfRange) -> custody::Error {
    invalid("received_at", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_micros(number * 86_400_000_000)
    }

    #[test]
    fn the_queue_goes_by_what_is_due_first() {
        let both = Dates {
            own: Some(day(7)),
            law: Some(day(31)),
        };
        assert_eq!(both.first(false), day(7));
        assert_eq!(both.first(true), day(31), "the person was told of a later day");
        let still = Dates { own: None, law: None };
        assert!(still.first(false) > day(100_000), "what stands still comes last");
        assert_eq!(Dates { law: None, ..both }.first(true), day(7));
    }

    #[test]
    fn reminders_come_before_each_end_and_every_day_after() {
        let dates = Dates {
            own: Some(day(7)),
            law: Some(day(31)),
        };
        let mut at = day(0);
        let mut all = Vec::new();
        for _ in 0..7 {
            at = dates.next_reminder(false, 2, at).unwrap();
            all.push(at);
        }
        assert_eq!(all, [5, 7, 24, 30, 31, 32, 33].map(day));
        assert_eq!(dates.next_reminder(true, 2, day(0)), Some(day(24)));
        assert_eq!(
            Dates { own: None, law: None }.next_reminder(false, 2, day(0)),
            None
        );
    }
}
