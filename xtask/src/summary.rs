//! The table at the end of `cargo xtask test`.
//!
//! Promises: every step asked for appears once, with what became of it; one that did not run is never counted as
//! passed. Leaves out: colours.

use std::fmt;
use std::time::Duration;

use crate::tally::Tally;

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran and all was well.
    Passed,
    /// It ran and found something, or it could not run although it must.
    Failed(String),
    /// It could not run, and that alone is no failure.
    NotRun(String),
}

/// All steps of one run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: Vec<Row>,
    tally: Option<Tally>,
}

#[derive(Debug)]
struct Row {
    step: String,
    outcome: Outcome,
    took: Duration,
}

impl Summary {
    /// Adds a step that is over.
    pub(crate) fn add(&mut self, step: &str, outcome: Outcome, took: Duration) {
        self.rows.push(Row {
            step: step.to_owned(),
            outcome,
            took,
        });
    }

    /// Notes how the tests came out.
    pub(crate) fn count_tests(&mut self, tally: Tally) {
        self.tally = Some(tally);
    }

    /// True when no step failed.
    pub(crate) fn is_good(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|row| is(&row.outcome)).count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:<8} {:>9}  remark", "step", "result", "time")?;
        for row in &self.rows {
            let (word, remark) = match &row.outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Failed(why) => ("FAILED", why.as_str()),
                Outcome::NotRun(why) => ("not run", why.as_str()),
            };
            let line = format!(
                "{:<12} {:<8} {:>7.1} s  {}",
                row.step,
                word,
                row.took.as_secs_f64(),
                remark
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        let passed = self.count(|outcome| *outcome == Outcome::Passed);
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let not_run = self.count(|outcome| matches!(outcome, Outcome::NotRun(_)));
        write!(f, "\nsteps: {passed} passed, {failed} failed")?;
        if not_run > 0 {
            write!(f, ", {not_run} not run")?;
        }
        match self.tally {
            Some(tally) => write!(f, "\ntests: {tally}"),
            None => write!(f, "\ntests: none were run"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_did_not_pass() {
        let mut summary = Summary::default();
        summary.add("format", Outcome::Passed, Duration::from_millis(840));
        summary.add(
            "deny",
            Outcome::NotRun("cargo-deny is not installed".into()),
            Duration::ZERO,
        );
        summary.add("tests", Outcome::Passed, Duration::from_secs(61));
        summary.count_tests(Tally {
            passed: 312,
            failed: 0,
            ignored: 0,
            unsteady: 0,
        });
        assert!(summary.is_good());
        let expected = [
            "step         result        time  remark",
            "format       passed       0.8 s",
            "deny         not run      0.0 s  cargo-deny is not installed",
            "tests        passed      61.0 s",
            "",
            "steps: 2 passed, 0 failed, 1 not run",
            "tests: 312 passed, 0 failed",
        ];
        assert_eq!(summary.to_string().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn one_failure_spoils_the_run() {
        let mut summary = Summary::default();
        summary.add("format", Outcome::Passed, Duration::ZERO);
        summary.add("clippy", Outcome::Failed("see above".into()), Duration::ZERO);
        assert!(!summary.is_good());
        assert!(
            summary
                .to_string()
                .ends_with("steps: 1 passed, 1 failed\ntests: none were run")
        );
    }
}
