//! Clocks that an entry sets going by what it says.
//!
//! Promises: until when an entry is good follows from its own values and is settled when it is written; a later version that says that it
//! was done has no such end any more. Leaves out: what follows when nobody did it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Register;
use crate::day;

/// Something that has to be done within days of a day that the entry names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The field with the day from which it is counted.
    pub from: String,
    /// How many days later the last is on which it is in time.
    pub days: u16,
    /// The field that says that it was done.
    pub done: String,
    /// A field and its word with which nothing has to be done.
    pub unless: (String, String),
}

/// What makes an entry good for a shorter time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shorter {
    /// The field with a number.
    pub field: String,
    /// Where that is above 0, so many days.
    pub days: u16,
}

type Values = BTreeMap<String, String>;

impl Register {
    /// The last day on which an entry with these values is in time, where something has to be done about it.
    pub(crate) fn due_on(&self, values: &Values) -> Option<Date> {
        let days = self.dues.iter().filter_map(|due| due.on(values));
        days.min()
    }

    /// For how many days an entry with these values is good.
    pub(crate) fn good_for(&self, values: &Values) -> Option<u16> {
        let shorter = self.shorter.as_ref().filter(|shorter| {
            let number = values.get(&shorter.field).map(|value| value.trim());
            number.is_some_and(|number| number.bytes().any(|byte| !matches!(byte, b'0' | b'.')))
        });
        let shorter = shorter.map(|shorter| shorter.days);
        self.good_for_days.into_iter().chain(shorter).min()
    }
}

impl Due {
    fn on(&self, values: &Values) -> Option<Date> {
        let (field, word) = &self.unless;
        if values.contains_key(&self.done) || values.get(field).is_some_and(|value| value == word) {
            return None;
        }
        day::after(values.get(&self.from)?.parse().ok()?, self.days)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::register::{Register, find, registers};

    fn due(values: &[(&str, &str)]) -> Option<jiff::civil::Date> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        find("incidents")
            .unwrap()
            .due_on(&values.iter().map(owned).collect())
    }

    #[test]
    fn an_authority_is_told_within_three_days_and_who_gave_the_data_within_sixty() {
        let noticed = ("noticed_on", "2026-03-01");
        assert_eq!(
            due(&[noticed, ("breach", "under-assessment")]),
            Some(date(2026, 3, 3))
        );
        let told = ("told_authority_on", "2026-03-02");
        assert_eq!(due(&[noticed, ("breach", "yes"), told]), Some(date(2026, 4, 30)));
        let both = [
            noticed,
            ("breach", "yes"),
            told,
            ("told_controllers_on", "2026-03-02"),
        ];
        assert_eq!(due(&both), None);
        assert_eq!(due(&[noticed, ("breach", "no")]), None);
    }

    #[test]
    fn a_scan_with_open_findings_is_good_for_a_month() {
        let scans = find("vulnerability-scans").unwrap();
        let good_for = |open: &str| scans.good_for(&[("open_high".to_owned(), open.to_owned())].into());
        assert_eq!(
            ["0", "00", "1", "12"].map(good_for),
            [Some(92), Some(92), Some(30), Some(30)]
        );
    }

    #[test]
    fn clocks_go_by_fields_that_there_are() {
        for register in registers() {
            let has = |name: &String| register.field(name).is_some();
            let due = |register: &Register| {
                register
                    .dues
                    .iter()
                    .all(|due| has(&due.from) && has(&due.done) && has(&due.unless.0))
            };
            assert!(due(register), "{}", register.id);
            assert!(
                register
                    .shorter
                    .as_ref()
                    .is_none_or(|shorter| has(&shorter.field)),
                "{}",
                register.id
            );
        }
    }
}
