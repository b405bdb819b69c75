//! Keeping book of runs as they come.

use std::time::Duration;

use assurance::history::{Mark, Run};
use kernel::Timestamp;

use super::{CheckHistory, Gap, Stretch};

/// The most stretches, and the most gaps, that are listed of one check.
const MOST: usize = 500;

/// The history of a check as far as it was read.
#[derive(Debug)]
pub struct Book {
    longest_pause: Duration,
    begin: Timestamp,
    /// From when on the next run is late.
    due: Timestamp,
    history: CheckHistory,
    /// The stretch that the next run may belong to.
    open: Option<Stretch>,
    /// The first of the listed exceptions that is not healed.
    unhealed: usize,
}

impl Book {
    /// Begins at a moment, with the last run before it.
    pub fn begin(longest_pause: Duration, begin: Timestamp, before: Option<Mark>) -> Self {
        let known = before.map_or(begin, |run| run.at);
        Self {
            longest_pause,
            begin,
            due: known.plus(longest_pause),
            history: CheckHistory::default(),
            open: None,
            unhealed: 0,
        }
    }

    /// The next run.
    pub fn add(&mut self, run: &Run) {
        let (finding, mark) = (
            &run.kept.finding,
            Mark {
                at: run.kept.ran_at,
                event: run.kept.event,
            },
        );
        *self.history.counts.entry(finding.outcome).or_default() += 1;
        if mark.at > self.due {
            self.gap(Some(mark));
        }
        self.due = mark.at.plus(self.longest_pause);
        match &mut self.open {
            Some(open) if open.outcome == finding.outcome => {
                open.runs += 1;
                open.last = mark;
            }
            _ => {
                self.close();
                let begun = Stretch {
                    outcome: finding.outcome,
                    reason: finding.reason.clone(),
                    control: finding.control.clone(),
                    runs: 1,
                    first: mark,
                    last: mark,
                    healed: None,
                };
                if !begun.is_exception() {
                    self.heal(mark);
                }
                self.open = Some(begun);
            }
        }
    }

    /// What was kept until a moment.
    pub fn end(mut self, until: Timestamp) -> CheckHistory {
        self.close();
        if until > self.due {
            self.gap(None);
        }
        self.history
    }

    fn close(&mut self) {
        let Some(closed) = self.open.take() else { return };
        match self.history.stretches.len() < MOST {
            true => self.history.stretches.push(closed),
            false => self.history.more_stretches += 1,
        }
    }

    fn heal(&mut self, by: Mark) {
        for stretch in &mut self.history.stretches[self.unhealed..] {
            if stretch.is_exception() {
                stretch.healed = Some(by);
            }
        }
        self.unhealed = self.history.stretches.len();
    }

    fn gap(&mut self, ended_by: Option<Mark>) {
        let gap = Gap {
            from: self.due.max(self.begin),
            to: ended_by.map(|run| run.at),
            ended_by,
        };
        match self.history.gaps.len() < MOST {
            true => self.history.gaps.push(gap),
            false => self.history.more_gaps += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use assurance::Kept;
    use assurance::check::{Finding, Outcome};
    use kernel::{EventId, SystemRandom};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(hours: u32) -> Timestamp {
        Timestamp::from_micros(0).plus(HOUR * hours)
    }

    fn run(hours: u32, outcome: Outcome) -> Run {
        let finding = Finding {
            outcome,
            reason: format!("at {hours}"),
            control: String::new(),
            inputs: [0; 32],
            facts: BTreeMap::new(),
        };
        let kept = Kept {
            check: "c".into(),
            ran_at: at(hours),
            took_ms: 1,
            finding,
            since: at(hours),
            event: EventId::make(at(hours), &SystemRandom),
        };
        Run { kept, index: None }
    }

    fn history(runs: &[(u32, Outcome)], until: u32) -> CheckHistory {
        let mut book = Book::begin(HOUR, at(0), None);
        runs.iter()
            .for_each(|(hours, outcome)| book.add(&run(*hours, *outcome)));
        book.end(at(until))
    }

    #[test]
    fn what_comes_to_the_same_is_one_stretch_and_what_holds_again_heals() {
        use Outcome::{BrokenCheck, BrokenPromise, Holds};
        let runs = [
            (1, Holds),
            (2, Holds),
            (3, BrokenPromise),
            (4, BrokenCheck),
            (5, Holds),
            (6, BrokenPromise),
        ];
        let history = history(&runs, 6);
        let lengths: Vec<u64> = history.stretches.iter().map(|stretch| stretch.runs).collect();
        assert_eq!((lengths, history.runs()), (vec![2, 1, 1, 1, 1], 6));
        let healed: Vec<_> = history
            .exceptions()
            .map(|stretch| stretch.healed.map(|run| run.at))
            .collect();
        assert_eq!(healed, [Some(at(5)), Some(at(5)), None]);
        assert_eq!((history.gaps.len(), history.is_clean()), (0, false));
    }

    #[test]
    fn silence_is_a_gap_at_the_begin_in_between_and_at_the_end() {
        let history = history(
            &[(3, Outcome::Holds), (4, Outcome::Holds), (9, Outcome::Holds)],
            12,
        );
        let gaps: Vec<_> = history.gaps.iter().map(|gap| (gap.from, gap.to)).collect();
        assert_eq!(gaps, [(at(1), Some(at(3))), (at(5), Some(at(9))), (at(10), None)]);
        assert!(!history.is_clean());
    }

    #[test]
    fn a_check_that_never_ran_is_one_gap_and_one_that_flaps_takes_bounded_memory() {
        let never = history(&[], 12);
        assert_eq!((never.runs(), never.gaps.len()), (0, 1));
        let flaps: Vec<_> = (1..3_000)
            .map(|hours| {
                (
                    hours,
                    if hours % 2 == 0 {
                        Outcome::Holds
                    } else {
                        Outcome::Late
                    },
                )
            })
            .collect();
        let flapped = history(&flaps, 3_000);
        assert_eq!(
            (flapped.stretches.len(), flapped.more_stretches),
            (MOST, 2_999 - MOST as u64)
        );
        assert_eq!(flapped.runs(), 2_999);
    }
}
