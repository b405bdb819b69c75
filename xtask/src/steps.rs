//! The steps of `cargo xtask test`, each with the command it stands for.
//!
//! Promises: one step is one command that a person can type as well. Leaves out: the order of preparation and the
//! summary, which are `test_command`'s.

use std::ffi::OsString;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::browser;
use crate::house;
use crate::layers;
use crate::metadata::Workspace;
use crate::metadata::cargo;
use crate::packages;
use crate::programs;
use crate::report;
use crate::summary::Outcome;
use crate::tally::Tally;

/// A step. They run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Step {
    /// `cargo fmt --check`
    Format,
    /// `cargo xtask check-layers`
    Layers,
    /// `cargo xtask check-house`
    House,
    /// `cargo clippy` over everything, warnings are errors
    Clippy,
    /// `cargo deny check` of licences, banned crates and sources
    Deny,
    /// `cargo deny check` of known vulnerabilities
    Advisories,
    /// what `cargo test` runs over everything, on both database engines
    Tests,
    /// the console's sample pages in a browser: accessibility, policy, width
    Pages,
    /// `cargo doc`, warnings are errors
    Docs,
}

impl Step {
    /// The word for it on the command line and in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Layers => "layers",
            Self::House => "house",
            Self::Clippy => "clippy",
            Self::Deny => "deny",
            Self::Advisories => "advisories",
            Self::Tests => "tests",
            Self::Pages => "pages",
            Self::Docs => "docs",
        }
    }

    /// Runs it. `Tests` is run by [`run_tests`], which has more to say.
    pub(crate) fn run(self, workspace: &Workspace, may_install: bool) -> Outcome {
        let root = &workspace.root;
        match self {
            Self::Format => outcome(cargo_in(root, &["fmt", "--all", "--check"]).status()),
            Self::Layers => checked(report(self.name(), &layers::check(&workspace.packages, root))),
            Self::House => match house::check(workspace) {
                Ok(findings) => checked(report(self.name(), &findings)),
                Err(error) => Outcome::Failed(error.to_string()),
            },
            Self::Clippy => outcome(
                cargo_in(
                    root,
                    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
                )
                .status(),
            ),
            Self::Deny => deny(root, &["licenses", "bans", "sources"]),
            Self::Advisories => deny(root, &["advisories"]),
            Self::Tests => run_tests(workspace, &[], &[]).0,
            Self::Pages => match browser::check(workspace, may_install) {
                Ok(good) => checked(good),
                Err(error) => Outcome::Failed(error.to_string()),
            },
            Self::Docs => outcome(
                cargo_in(root, &["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings")
                    .status(),
            ),
        }
    }
}

/// Runs all tests, or those that the arguments choose, shows what they print, and counts them. The variables tell them what was prepared.
pub(crate) fn run_tests(
    workspace: &Workspace,
    arguments: &[OsString],
    variables: &[(&str, OsString)],
) -> (Outcome, Tally) {
    let mut tally = Tally::default();
    if arguments.is_empty() {
        let outcome = match all_tests(workspace, variables, &mut tally) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(error.to_string()),
        };
        return (outcome, tally);
    }
    let mut command = cargo_in(&workspace.root, &["test", "--no-fail-fast"]);
    if !names_packages(arguments) {
        command.arg("--workspace");
    }
    command
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped());
    match run_and_count(&mut command, &mut tally) {
        Ok(true) if tally.passed == 0 => (
            Outcome::Failed("no test ran; does the filter match any?".into()),
            tally,
        ),
        Ok(true) => (Outcome::Passed, tally),
        Ok(false) if tally.failed == 0 => (
            Outcome::Failed("a test program did not build or broke off".into()),
            tally,
        ),
        Ok(false) => (Outcome::Failed(format!("{} failed", tally.failed)), tally),
        Err(error) => (Outcome::Failed(error.to_string()), tally),
    }
}

/// What `cargo test --workspace` runs: the programs, some at a time, and then what documentation shows.
fn all_tests(
    workspace: &Workspace,
    variables: &[(&str, OsString)],
    tally: &mut Tally,
) -> io::Result<Outcome> {
    let Some(failed) = programs::run(workspace, variables, tally)? else {
        return Ok(Outcome::Failed("a test program did not build".into()));
    };
    let mut command = cargo_in(
        &workspace.root,
        &["test", "--workspace", "--doc", "--no-fail-fast"],
    );
    command
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped());
    let documented = run_and_count(&mut command, tally)?;
    Ok(match (tally.failed, failed.is_empty() && documented) {
        (0, true) => Outcome::Passed,
        (0, false) => Outcome::Failed("a test program broke off".into()),
        (count, _) => Outcome::Failed(format!("{count} failed")),
    })
}

/// Where the tests look for a PostgreSQL server's address.
pub(crate) const POSTGRES_VARIABLE: &str = "BAILEE_TEST_POSTGRES";

fn run_and_count(command: &mut Command, tally: &mut Tally) -> io::Result<bool> {
    let mut child = command.spawn()?;
    if let Some(output) = child.stdout.take() {
        let mut lines = BufReader::new(output);
        let mut line = Vec::new();
        // A test may print bytes that are no text; they are shown as far as they go and never end the run.
        while lines.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            tally.add_line(text.trim_end());
            line.clear();
        }
    }
    Ok(child.wait()?.success())
}

/// Whether the arguments for cargo leave this package in.
pub(crate) fn concerns(arguments: &[OsString], package: &str) -> bool {
    // `-p bailee`, `-pbailee`, `--package=bailee`
    !names_packages(arguments) || for_cargo(arguments).any(|argument| argument.ends_with(package))
}

/// Whether the arguments for cargo choose packages themselves.
fn names_packages(arguments: &[OsString]) -> bool {
    for_cargo(arguments).any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// What follows `--` is for the test programs.
fn for_cargo(arguments: &[OsString]) -> impl Iterator<Item = &str> {
    arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .take_while(|argument| *argument != "--")
}

/// cargo-deny is a separate program; without it nothing was checked, and that is said.
fn deny(root: &Path, checks: &[&str]) -> Outcome {
    if !packages::cargo_has("deny") {
        return Outcome::NotRun("cargo-deny is missing: `cargo install cargo-deny --locked`".into());
    }
    let output = cargo_in(root, &["deny", "--all-features", "check"])
        .args(checks)
        .stderr(Stdio::piped())
        .output();
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            eprint!("{said}");
            deny_outcome(output.status.success(), &said)
        }
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// A list of vulnerabilities that cannot be fetched says nothing about us, neither good nor bad.
fn deny_outcome(success: bool, said: &str) -> Outcome {
    if !success && said.contains("failed to fetch advisory database") {
        return Outcome::NotRun("the advisory database cannot be fetched from here".into());
    }
    checked(success)
}

fn cargo_in(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root).args(arguments);
    command
}

fn outcome(status: io::Result<std::process::ExitStatus>) -> Outcome {
    match status {
        Ok(status) => checked(status.success()),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn checked(good: bool) -> Outcome {
    if good {
        Outcome::Passed
    } else {
        Outcome::Failed("see above".into())
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_step_is_called_the_same_everywhere() {
        for step in Step::value_variants() {
            assert_eq!(step.to_possible_value().unwrap().get_name(), step.name());
        }
    }

    #[test]
    fn chosen_packages_replace_the_whole_workspace() {
        let names = |words: &[&str]| names_packages(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(names(&["-p", "ledger"]) && names(&["-pledger"]) && names(&["--package=ledger", "proof"]));
        assert!(!names(&["proof"]) && !names(&["--", "-p"]) && !names(&[]));
    }

    #[test]
    fn a_package_is_concerned_unless_others_are_chosen() {
        let concerns =
            |words: &[&str]| concerns(&words.iter().map(OsString::from).collect::<Vec<_>>(), "bailee");
        assert!(concerns(&[]) && concerns(&["proof"]) && concerns(&["-p", "ledger", "-p", "bailee"]));
        assert!(concerns(&["-pbailee"]) && concerns(&["--package=bailee", "--test", "clients"]));
        assert!(!concerns(&["-p", "ledger"]) && !concerns(&["-p", "ledger", "--", "bailee"]));
    }

    #[test]
    fn an_advisory_list_that_cannot_be_had_is_no_pass_and_no_finding() {
        assert!(matches!(
            deny_outcome(false, "[ERROR] failed to fetch advisory database"),
            Outcome::NotRun(_)
        ));
        assert!(matches!(
            deny_outcome(false, "advisories FAILED"),
            Outcome::Failed(_)
        ));
        assert_eq!(deny_outcome(true, "advisories ok"), Outcome::Passed);
    }
}
