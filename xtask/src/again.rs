//! A second look, alone, at the few tests that failed beside others.
//!
//! Promises: a test that fails twice has failed; one that passes alone is counted and named as unsteady at the end of the run, never
//! quietly as passed; a program that broke off, and a run in which more than a few failed, gets no second look. Leaves out: finding
//! out why; the output of both runs is printed for whoever does.

use std::ffi::OsString;
use std::path::Path;

use crate::programs::{self, Program};
use crate::tally::Tally;

/// With more than these, something is wrong that is no matter of chance.
const FEW: usize = 3;

/// A program that failed.
pub(crate) struct Failure {
    pub(crate) program: Program,
    /// Its tests that did; none when it broke off.
    pub(crate) tests: Vec<String>,
}

/// The names of the tests that a program said to have failed, unless it broke off before it could tell them all.
pub(crate) fn failed_tests(said: &[u8]) -> Vec<String> {
    let said = String::from_utf8_lossy(said);
    let mut tally = Tally::default();
    said.lines().for_each(|line| tally.add_line(line));
    let name = |line: &str| {
        Some(
            line.strip_prefix("test ")?
                .strip_suffix(" ... FAILED")?
                .to_owned(),
        )
    };
    let tests: Vec<String> = said.lines().filter_map(name).collect();
    if tally.failed == tests.len() as u64 {
        tests
    } else {
        Vec::new()
    }
}

/// Runs what failed once more, each program alone on the machine. The names of the programs that failed for good.
pub(crate) fn alone(
    failures: Vec<Failure>,
    variables: &[(&str, OsString)],
    log: &Path,
    tally: &mut Tally,
) -> Vec<String> {
    let count: usize = failures.iter().map(|failure| failure.tests.len()).sum();
    let mut failed = Vec::new();
    for failure in failures {
        let name = failure.program.name.clone();
        if count <= FEW && passes_alone(&failure, variables, log) {
            println!("unsteady: {name}: {}", failure.tests.join(", "));
            tally.is_unsteady(failure.tests.len() as u64);
        } else {
            failed.push(name);
        }
    }
    failed
}

fn passes_alone(failure: &Failure, variables: &[(&str, OsString)], log: &Path) -> bool {
    if failure.tests.is_empty() {
        return false;
    }
    let mut arguments = vec!["--exact", "--test-threads=1"];
    arguments.extend(failure.tests.iter().map(String::as_str));
    match programs::one(&failure.program, &arguments, variables, log) {
        Ok(ended) => {
            programs::tell(&ended);
            ended.good
        }
        Err(error) => {
            println!("{} could not be run again: {error}", failure.program.name);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_that_broke_off_names_no_test() {
        let said =
            b"test a::b ... ok\ntest a::c ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 0 ignored";
        assert_eq!(failed_tests(said), ["a::c"]);
        assert!(failed_tests(b"test a::c ... FAILED\n").is_empty());
        assert!(failed_tests(b"test result: FAILED. 1 passed; 2 failed\ntest a::c ... FAILED\n").is_empty());
    }

    #[test]
    fn what_passes_alone_is_unsteady_and_what_fails_twice_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("program");
        let script = "#!/bin/sh\necho asked \"$@\"\n[ \"$3\" = steady ]\n";
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let failure = |tests: &[&str]| Failure {
            program: Program {
                name: tests.join("+"),
                file: file.clone(),
                folder: folder.path().into(),
            },
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        };
        let (log, mut tally) = (
            folder.path().join("log"),
            Tally {
                failed: 4,
                ..Tally::default()
            },
        );
        let failures = vec![failure(&["steady"]), failure(&["other"]), failure(&[])];
        assert_eq!(alone(failures, &[], &log, &mut tally), ["other", ""]);
        assert_eq!((tally.failed, tally.unsteady), (3, 1));
        let many = vec![failure(&["steady", "b", "c", "d"])];
        assert_eq!(alone(many, &[], &log, &mut tally), ["steady+b+c+d"]);
        assert_eq!((tally.failed, tally.unsteady), (3, 1));
    }
}
