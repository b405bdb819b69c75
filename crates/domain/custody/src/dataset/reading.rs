//! Why content is read, where a dataset asks for it.
//!
//! Promises: where a dataset names reasons, no content of it is opened for anybody who does not say one of them in the very act, whichever
//! door they come by; the entry of the read has what was said, sealed like the rest of it, and a read without one is refused, and its
//! entry says that. Leaves out: whether what is said is true, which is for people to find out from the trail.
//!
//! A surface where one page is many reads lets it be said once and brings it along with each, for the dataset that it was said for
//! ([`Credential::reading_for`](crate::Credential::reading_for)); it counts as if it had been said then, and stands in each entry.
//!
//! Three need not say anything, for the act itself says why: who holds a live lease of the item, whose entry names the task; the person
//! whom it is about, who takes what is theirs; and whoever takes the package that answers a person's request. The public can say nothing
//! that anybody answers for, and reads nothing.

use access::{Action, Class};
use operation::{Op, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ingest::is_class;
use crate::error::{Error, Result};
use crate::item::rows::ItemRow;
use crate::session::Session;

/// The most entries of `reasons`.
const MOST_REASONS: usize = 32;
/// In the trail: no reason was given, or none that the dataset knows.
const NO_REASON: &str = "reading.reason";
/// In the trail: the public asked.
const NOT_FOR_THE_PUBLIC: &str = "reading.public";

/// For which reasons a dataset's content is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Words, of which whoever reads says one.
    pub reasons: Vec<String>,
    /// Whether more may be said, after the word and a colon.
    #[serde(default)]
    pub note: bool,
}

impl Reading {
    /// Whether it can be a dataset's rule.
    pub(crate) fn checked(self) -> Result<Self> {
        let count = self.reasons.len();
        if (1..=MOST_REASONS).contains(&count) && self.reasons.iter().all(|word| is_class(word)) {
            return Ok(self);
        }
        let problem = "reasons are 1 to 32 words of 1 to 64 characters a to z, 0 to 9 and '-'; leave the rule out to ask for none";
        Err(Error::invalid("reading", problem))
    }

    /// Whether this is one of the reasons, with more to it only where the rule lets that be said.
    pub fn holds(&self, said: &str) -> bool {
        let (word, note) = match said.split_once(':') {
            Some((word, note)) => (word, Some(note.trim())),
            None => (said, None),
        };
        let known = self.reasons.iter().any(|reason| reason == word.trim());
        known && note.is_none_or(|note| self.note && !note.is_empty())
    }

    fn asks(&self) -> String {
        let more = match self.note {
            true => ", with more after a colon where there is more to say",
            false => "",
        };
        format!(
            "content of this dataset is read for a reason: send `Bailee-Reason` with one of {}{more}",
            self.reasons.join(", ")
        )
    }
}

/// Lets content be opened for the reason that the request gives, or refuses it. Asked after the policies, so that nobody learns of a rule
/// who may not read anything.
pub(crate) fn check(op: &mut Op<'_>, session: &Session, row: &ItemRow, action: Action) -> Result<()> {
    if !row.asks_why() || row.is_leased() || session.visit().is_some() {
        return Ok(());
    }
    // Before the rule is opened, which takes the tenant's key: the public has none.
    if session.class == Class::Public {
        let says = "content of this dataset is read for a reason, which nobody can give by a link";
        return refused(op, row, action, NOT_FOR_THE_PUBLIC, says.to_owned());
    }
    let Some(rule) = row.reading(session)? else {
        return Ok(());
    };
    if op.reason().is_some_and(|said| rule.holds(said)) {
        return Ok(());
    }
    if let Some(said) = session.reasons.get(&row.dataset).filter(|said| rule.holds(said)) {
        op.give_reason(said);
        return Ok(());
    }
    refused(op, row, action, NO_REASON, rule.asks())
}

fn refused(op: &mut Op<'_>, row: &ItemRow, action: Action, reason: &'static str, says: String) -> Result<()> {
    let resource = Resource::version(row.dataset, row.id, row.version);
    op.refuse(action, resource, json!({ "reasons": [reason] }))?;
    Err(Error::NoReason { reason, says })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(reasons: &[&str], note: bool) -> Reading {
        let reasons = reasons.iter().map(|word| (*word).to_owned()).collect();
        Reading { reasons, note }
    }

    #[test]
    fn a_rule_names_words() {
        assert!(rule(&["care", "second-opinion"], false).checked().is_ok());
        let many = vec!["care"; MOST_REASONS + 1];
        for wrong in [&[][..], &["Care"], &[""], &["care: more"], &many] {
            assert!(rule(wrong, true).checked().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_reason_is_one_of_the_words_and_more_only_where_that_may_be_said() {
        let (short, long) = (rule(&["care", "billing"], false), rule(&["care"], true));
        for good in ["care", " billing "] {
            assert!(short.holds(good), "{good}");
        }
        for bad in [
            "",
            "Care",
            "careful",
            "care billing",
            "care: she called",
            "care:",
            ": care",
        ] {
            assert!(!short.holds(bad), "{bad}");
        }
        assert!(long.holds("care") && long.holds("care: she called: twice"));
        assert!(!long.holds("care: ") && !long.holds("billing: care"));
    }
}
