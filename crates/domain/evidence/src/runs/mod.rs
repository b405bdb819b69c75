//! What was kept of the checks over a period.
//!
//! Promises: every run is counted once; runs that came to the same one after the other are one stretch; a time in which a check did not
//! run for longer than it may is a gap, also before its first run and after its last. Memory does not grow with the number of runs: of
//! a check that changes all the time the first stretches and gaps are listed, and how many more there are. Leaves out: what follows.

mod book;
pub(crate) mod sheet;

use std::collections::BTreeMap;

use assurance::Assurance;
use assurance::catalogue::CheckEntry;
use assurance::check::Outcome;
use assurance::history::{Mark, Run};
use kernel::Timestamp;

pub use book::Book;

use crate::Period;
use crate::error::Result;

/// Runs that are fetched at a time.
const AT_A_TIME: u32 = 1_000;

/// Runs of a check one after the other that came to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// What they came to.
    pub outcome: Outcome,
    /// Why, as the first of them says.
    pub reason: String,
    /// How the control case came out at the first of them.
    pub control: String,
    /// How many.
    pub runs: u64,
    /// The first.
    pub first: Mark,
    /// The last.
    pub last: Mark,
    /// The first run after them that found nothing wrong.
    pub healed: Option<Mark>,
}

impl Stretch {
    /// Whether something was wrong.
    pub fn is_exception(&self) -> bool {
        !matches!(self.outcome, Outcome::Holds | Outcome::OutOfScope)
    }
}

/// A time in which a check did not run though it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// From when on it was late.
    pub from: Timestamp,
    /// When it ran again; nothing when it did not.
    pub to: Option<Timestamp>,
    /// The run that ended it.
    pub ended_by: Option<Mark>,
}

/// What was kept of one check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckHistory {
    /// How many runs came to what.
    pub counts: BTreeMap<Outcome, u64>,
    /// The stretches, oldest first.
    pub stretches: Vec<Stretch>,
    /// How many stretches more there are than are listed.
    pub more_stretches: u64,
    /// The gaps, oldest first.
    pub gaps: Vec<Gap>,
    /// How many gaps more there are than are listed.
    pub more_gaps: u64,
}

impl CheckHistory {
    /// How many runs there were.
    pub fn runs(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many came to this.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }

    /// Whether it ran, never found anything wrong and was never late.
    pub fn is_clean(&self) -> bool {
        let wrong = |outcome| self.count(outcome) > 0;
        let any = [Outcome::Late, Outcome::BrokenCheck, Outcome::BrokenPromise].map(wrong);
        self.runs() > 0 && !any.contains(&true) && self.gaps.is_empty()
    }

    /// The stretches in which something was wrong.
    pub fn exceptions(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.iter().filter(|stretch| stretch.is_exception())
    }
}

/// Goes through the runs of a check in a period, and gives each to `each` on the way. Blocks.
///
/// # Errors
/// Those of the store, and those of `each`.
pub fn read(
    assurance: &Assurance,
    check: &CheckEntry,
    (period, made_at): (&Period, Timestamp),
    mut each: impl FnMut(&Run) -> Result<()>,
) -> Result<CheckHistory> {
    let before = assurance.last_run_before(&check.id, period.from())?;
    let mut book = Book::begin(check.cadence.longest_pause(), period.from().max(made_at), before);
    let mut after = Timestamp::from_micros(period.from().as_micros() - 1);
    loop {
        let runs = assurance.runs_between(&check.id, (after, period.to()), AT_A_TIME)?;
        for run in &runs {
            each(run)?;
            book.add(run);
        }
        match runs.last() {
            Some(last) => after = last.kept.ran_at,
            None => return Ok(book.end(period.known_until())),
        }
    }
}
