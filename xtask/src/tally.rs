//! How many tests passed, read from what `cargo test` prints.
//!
//! Promises: the sums over all test programs and documentation tests. Leaves out: which ones failed; cargo says
//! that itself.

use std::fmt;

/// Counts of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    /// Failed beside others, and passed alone.
    pub(crate) unsteady: u64,
}

impl Tally {
    /// So many of those that failed passed when they ran alone.
    pub(crate) fn is_unsteady(&mut self, count: u64) {
        self.failed = self.failed.saturating_sub(count);
        self.unsteady += count;
    }

    /// Adds what one line of the output says; other lines say nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in counts.split(['.', ';']) {
            let Some((number, word)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(f, ", {} ignored", self.ignored)?;
        }
        if self.unsteady > 0 {
            write!(f, ", {} unsteady: passed only alone", self.unsteady)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_over_all_programs() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test page::tests::turns ... ok",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 11 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 12.30s",
        ] {
            tally.add_line(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 14,
                failed: 2,
                ignored: 1,
                unsteady: 0
            }
        );
        assert_eq!(tally.to_string(), "14 passed, 2 failed, 1 ignored");
        tally.is_unsteady(1);
        assert_eq!(
            tally.to_string(),
            "14 passed, 1 failed, 1 ignored, 1 unsteady: passed only alone"
        );
    }
}
