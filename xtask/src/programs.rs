//! All test programs of the workspace, some at a time.
//!
//! Promises: builds what `cargo test --workspace` builds and runs each program as cargo does, in its package's folder; whole output of one
//! program stands together, in the order in which they ended, and those that failed are named at the end. Several run at once, because
//! many wait for disks, browsers and servers. Leaves out: choosing tests (who wants a part asks cargo, which runs one program after
//! the other), and documentation tests, which are cargo's.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::again;
use crate::metadata::{Workspace, cargo};
use crate::tally::Tally;

/// Programs at once: with more, tests that promise something within a second are held up by their neighbours.
const LANES: usize = 2;

/// A built test program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its package and target, as in `custody/all`.
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// Its package's folder.
    pub(crate) folder: PathBuf,
}

/// How one ended.
pub(crate) struct Ended {
    name: String,
    said: Vec<u8>,
    pub(crate) good: bool,
    took: Duration,
}

/// Builds and runs them all. The names of those that failed; `None` when one did not build.
pub(crate) fn run(
    workspace: &Workspace,
    variables: &[(&str, OsString)],
    tally: &mut Tally,
) -> io::Result<Option<Vec<String>>> {
    let Some(mut programs) = build(&workspace.root)? else {
        return Ok(None);
    };
    // Whoever stands on most others starts most: a long one that begins last is waited for alone.
    programs.sort_by_key(|program| std::cmp::Reverse(weight(workspace, program)));
    let logs = workspace.target.join("test-output");
    fs::create_dir_all(&logs)?;
    let queue = Mutex::new(VecDeque::from(programs));
    let told = Mutex::new((tally, Vec::new()));
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let (queue, told, log) = (&queue, &told, logs.join(lane.to_string()));
            scope.spawn(move || {
                while let Some(program) = next(queue) {
                    let ended = one(&program, &[], variables, &log).unwrap_or_else(|error| Ended {
                        name: program.name.clone(),
                        said: format!("it could not be run: {error}\n").into_bytes(),
                        good: false,
                        took: Duration::ZERO,
                    });
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    count(&ended, told.0);
                    tell(&ended);
                    if !ended.good {
                        let tests = again::failed_tests(&ended.said);
                        told.1.push(again::Failure { program, tests });
                    }
                }
            });
        }
    });
    let (tally, failed) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failed = again::alone(failed, variables, &logs.join("alone"), tally);
    if !failed.is_empty() {
        println!("\nfailed: {}", failed.join(", "));
    }
    Ok(Some(failed))
}

fn next(queue: &Mutex<VecDeque<Program>>) -> Option<Program> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// How many of the workspace's packages the program's own asks for.
fn weight(workspace: &Workspace, program: &Program) -> usize {
    let is_its = |folder: Option<&Path>| folder == Some(program.folder.as_path());
    let package = workspace
        .packages
        .iter()
        .find(|package| is_its(package.manifest_path.parent()));
    package.map_or(0, |package| {
        package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            .count()
    })
}

/// What it prints goes through a file: a server that outlives its test would hold a pipe open for ever.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a program took is shown and decides nothing"
)]
pub(crate) fn one(
    program: &Program,
    arguments: &[&str],
    variables: &[(&str, OsString)],
    log: &Path,
) -> io::Result<Ended> {
    let output = File::create(log)?;
    let start = Instant::now();
    let status = Command::new(&program.file)
        .args(arguments)
        .current_dir(&program.folder)
        .env("CARGO_MANIFEST_DIR", &program.folder)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()?;
    Ok(Ended {
        name: program.name.clone(),
        said: fs::read(log)?,
        good: status.success(),
        took: start.elapsed(),
    })
}

fn count(ended: &Ended, tally: &mut Tally) {
    for line in String::from_utf8_lossy(&ended.said).lines() {
        tally.add_line(line);
    }
}

pub(crate) fn tell(ended: &Ended) {
    let (said, seconds) = (String::from_utf8_lossy(&ended.said), ended.took.as_secs_f64());
    let word = if ended.good { "ok" } else { "FAILED" };
    println!("\n-- {}: {word} in {seconds:.0} s", ended.name);
    // Among hundreds that passed, nobody finds the one that did not.
    let shown = |line: &&str| ended.good || !line.ends_with(" ... ok");
    said.lines().filter(shown).for_each(|line| println!("{line}"));
}

/// One line of what cargo says while it builds.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    profile: Option<Profile>,
    #[serde(default)]
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

fn build(root: &Path) -> io::Result<Option<Vec<Program>>> {
    let mut child = Command::new(cargo())
        .args([
            "test",
            "--workspace",
            "--no-run",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut programs = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            programs.extend(read(&line?));
        }
    }
    Ok(child.wait()?.success().then_some(programs))
}

/// The test program that a line announces, if it does.
fn read(line: &str) -> Option<Program> {
    let message: Message = serde_json::from_str(line).ok()?;
    let file = message
        .executable
        .filter(|_| message.profile.is_some_and(|profile| profile.test))?;
    let folder = message.manifest_path.parent()?.to_owned();
    let package = folder.file_name()?.to_string_lossy().into_owned();
    Some(Program {
        name: format!("{package}/{}", message.target?.name),
        file,
        folder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(file: &str) -> Program {
        Program {
            name: "ledger/all".into(),
            file: file.into(),
            folder: "/".into(),
        }
    }

    #[test]
    fn only_test_programs_are_read_from_what_cargo_says() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/p/ledger/Cargo.toml","target":{"name":"all","kind":["test"]},
            "profile":{"test":true},"executable":"/t/all-1"}"#;
        let found = read(line).unwrap();
        assert_eq!(
            (found.name.as_str(), found.folder.as_path()),
            ("ledger/all", Path::new("/p/ledger"))
        );
        for other in [
            line.replace("\"test\":true", "\"test\":false"),
            line.replace("\"/t/all-1\"", "null"),
            r#"{"reason":"build-finished","success":true}"#.into(),
            "not JSON".into(),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
    }

    #[test]
    fn a_program_is_told_where_it_is_and_what_was_prepared() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let ended = one(&program("/usr/bin/env"), &[], &[("WORD", "seen".into())], &log).unwrap();
        let said = String::from_utf8(ended.said).unwrap();
        assert!(
            ended.good && said.contains("CARGO_MANIFEST_DIR=/\n") && said.contains("WORD=seen\n"),
            "{said}"
        );
        assert!(!one(&program("/bin/false"), &[], &[], &log).unwrap().good);
        assert!(one(&program("/no/such/program"), &[], &[], &log).is_err());
    }

    #[test]
    fn what_a_program_says_is_counted() {
        let mut tally = Tally::default();
        let ended = Ended {
            name: "ledger/all".into(),
            said: b"\xff\ntest result: FAILED. 2 passed; 1 failed; 0 ignored".to_vec(),
            good: false,
            took: Duration::ZERO,
        };
        count(&ended, &mut tally);
        assert_eq!((tally.passed, tally.failed), (2, 1));
    }
}
