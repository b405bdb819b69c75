//! How an entry stands: from dates and the clock, and from nothing else.

use kernel::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use store::params;

use crate::register::{self, Register};
use crate::{Error, Governance, Result, day};

/// How an entry stands at one moment. The order is from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Good, and not soon at its end.
    Current,
    /// Good, and its owner is reminded.
    Due,
    /// At its end, within the days of grace.
    Overdue,
    /// Past the days of grace.
    Late,
    /// Nobody else than its author has approved any version.
    Unapproved,
    /// Somebody ended it: it shows nothing any more.
    Ended,
}

/// How a register stands as a whole, by the best of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterStanding {
    /// Its id.
    pub register: String,
    /// The best standing of an entry.
    pub best: Standing,
    /// How many entries are not ended.
    pub entries: u64,
    /// How many of them are late or unapproved.
    pub late: u64,
    /// Until when the best entry is good.
    pub until: Option<Timestamp>,
}

/// The dates that a standing follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dates {
    pub(crate) is_approved: bool,
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) is_ended: bool,
}

impl Standing {
    /// Whether the entry shows today what it is for.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Current | Self::Due)
    }

    pub(crate) fn of(register: &Register, dates: Dates, now: Timestamp) -> Self {
        if dates.is_ended {
            return Self::Ended;
        }
        if !dates.is_approved {
            return Self::Unapproved;
        }
        let Some(until) = dates.valid_until else {
            return Self::Current;
        };
        // `until` is the first moment at which it is not good any more.
        let reminded_from = until.minus(days(register.remind_days));
        let late_from = until.plus(days(register.grace_days));
        match now {
            now if now < reminded_from => Self::Current,
            now if now < until => Self::Due,
            now if now < late_from => Self::Overdue,
            _ => Self::Late,
        }
    }
}

impl Governance {
    /// How the registers of a tenant stand, of those that have entries. It says nothing but states and days, so the server may ask it
    /// for itself; whatever entries say stays sealed.
    pub async fn standings(&self, tenant: TenantId) -> Result<Vec<RegisterStanding>> {
        const ROWS: &str = "SELECT register, approved, valid_until FROM register_entry \
             WHERE tenant_id = $1 AND ended_at IS NULL ORDER BY register";
        let desk = self.custody.desk();
        let now = desk.clock.now();
        let rows = desk
            .db
            .read(move |tx| tx.all(ROWS, params![tenant]))
            .await
            .map_err(Error::from)?;
        let mut standings: Vec<RegisterStanding> = Vec::new();
        for row in rows {
            let id: String = row.get(0)?;
            let dates = Dates {
                is_approved: row.get::<Option<i64>>(1)?.is_some(),
                valid_until: row.get(2)?,
                is_ended: false,
            };
            // A register that this version does not know any more tells nothing.
            let Some(register) = register::find(&id) else {
                continue;
            };
            add(&mut standings, register, dates, now);
        }
        Ok(standings)
    }
}

fn add(standings: &mut Vec<RegisterStanding>, register: &Register, dates: Dates, now: Timestamp) {
    let standing = Standing::of(register, dates, now);
    if standings.last().is_none_or(|last| last.register != register.id) {
        standings.push(RegisterStanding {
            register: register.id.clone(),
            best: standing,
            entries: 0,
            late: 0,
            until: dates.valid_until,
        });
    }
    let Some(last) = standings.last_mut() else { return };
    last.entries += 1;
    last.late += u64::from(!standing.is_good() && standing != Standing::Overdue);
    // No end at all is later than any.
    let later = |until: Option<Timestamp>| until.unwrap_or(Timestamp::from_micros(i64::MAX));
    if (standing, std::cmp::Reverse(later(dates.valid_until)))
        < (last.best, std::cmp::Reverse(later(last.until)))
    {
        last.best = standing;
        last.until = dates.valid_until;
    }
}

/// The first moment at which what is good until this day is not good any more.
pub(crate) fn end(day: jiff::civil::Date) -> Option<Timestamp> {
    day::end_of(day)
}

fn days(days: u16) -> std::time::Duration {
    std::time::Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A penetration test of the last day of a leap year's February: reminded 60 days before, no grace.
    #[test]
    fn an_entry_goes_from_current_to_late_by_itself() {
        let register = register::find("penetration-tests").unwrap();
        let dates = Dates {
            is_approved: true,
            valid_until: end(date(2025, 2, 28)),
            is_ended: false,
        };
        let on =
            |day: jiff::civil::Date| Standing::of(register, dates, end(day.yesterday().unwrap()).unwrap());
        for (day, standing) in [
            (date(2024, 12, 30), Standing::Current),
            (date(2024, 12, 31), Standing::Due),
            (date(2025, 2, 28), Standing::Due),
            (date(2025, 3, 1), Standing::Late),
        ] {
            assert_eq!(on(day), standing, "{day}");
        }
    }

    #[test]
    fn fourteen_days_lie_between_overdue_and_late() {
        let register = register::find("policies").unwrap();
        let dates = Dates {
            is_approved: true,
            valid_until: end(date(2026, 6, 30)),
            is_ended: false,
        };
        let at = |day| Standing::of(register, dates, end(day).unwrap());
        assert_eq!(at(date(2026, 6, 30)), Standing::Overdue);
        assert_eq!(at(date(2026, 7, 13)), Standing::Overdue);
        assert_eq!(at(date(2026, 7, 14)), Standing::Late);
    }

    #[test]
    fn without_approval_or_after_its_end_an_entry_shows_nothing() {
        let register = register::find("policies").unwrap();
        let dates = Dates {
            is_approved: false,
            valid_until: None,
            is_ended: false,
        };
        let now = Timestamp::from_micros(0);
        assert_eq!(Standing::of(register, dates, now), Standing::Unapproved);
        let ended = Dates {
            is_approved: true,
            is_ended: true,
            ..dates
        };
        assert_eq!(Standing::of(register, ended, now), Standing::Ended);
    }
}
