//! `cargo xtask test`: everything a change must pass, in one go.
//!
//! Promises: prepares the machine, starts a PostgreSQL of its own and installs S3 clients and a sign-on provider for the tests, runs every step
//! even after one failed, and ends with a table. Leaves out: skipping; what a step needs is installed or the run fails.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use clap::ValueEnum;
use engines::PostgresServer;
use engines::ServerError;
use engines::ServerOptions;

use crate::browser;
use crate::browser::BROWSER_VARIABLE;
use crate::clients;
use crate::clients::CLIENTS_VARIABLE;
use crate::metadata::Workspace;
use crate::packages;
use crate::provider;
use crate::provider::PROVIDER_VARIABLE;
use crate::steps::POSTGRES_VARIABLE;
use crate::steps::Step;
use crate::steps::concerns;
use crate::steps::run_tests;
use crate::summary::Outcome;
use crate::summary::Summary;

/// The package of which a test has a network of its own.
const NETWORK_NEEDED_BY: &str = "bailee";

/// How to run the tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run this step only (may be given several times).
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// Install nothing; fail when something is missing.
    #[arg(long)]
    no_install: bool,
    /// The folder of PostgreSQL's server programs, instead of the usual places.
    #[arg(long, value_name = "DIR")]
    postgres_bin: Option<PathBuf>,
    /// Arguments for `cargo test`, such as `-p ledger` or a part of a test's name.
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// The run could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestError {
    #[error(transparent)]
    Package(#[from] packages::PackageError),
    #[error(transparent)]
    Postgres(#[from] ServerError),
    #[error(transparent)]
    Clients(#[from] clients::ClientsError),
    #[error(transparent)]
    Provider(#[from] provider::ProviderError),
    #[error(transparent)]
    Browser(#[from] browser::BrowserError),
}

/// Runs the steps; true when none failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<bool, TestError> {
    let steps = chosen(&options.only);
    prepare_rust(&steps, !options.no_install)?;
    let mut variables = Vec::new();
    // Kept until the end: dropping it stops the server.
    let mut server = None;
    if steps.contains(&Step::Tests) {
        server = start_postgres(options)?;
        variables.extend(
            server
                .as_ref()
                .map(|server| (POSTGRES_VARIABLE, server.url().into())),
        );
        variables
            .extend(install_clients(workspace, options)?.map(|folder| (CLIENTS_VARIABLE, folder.into())));
        if concerns(&options.arguments, NETWORK_NEEDED_BY) {
            packages::network(!options.no_install)?;
        }
        let provider = install_provider(workspace, options)?;
        variables.extend(provider.map(|folder| (PROVIDER_VARIABLE, folder.into())));
        variables
            .extend(install_browser(workspace, options)?.map(|folder| (BROWSER_VARIABLE, folder.into())));
    }
    let mut summary = Summary::default();
    for step in steps {
        println!("\n== {} ==", step.name());
        let (outcome, took) = timed(|| match step {
            Step::Tests => {
                let (outcome, tally) = run_tests(workspace, &options.arguments, &variables);
                summary.count_tests(tally);
                outcome
            }
            other => other.run(workspace, !options.no_install),
        });
        summary.add(step.name(), outcome, took);
    }
    drop(server);
    println!("\n{summary}");
    Ok(summary.is_good())
}

/// The steps asked for, each once and in their order; all of them when none was named.
fn chosen(only: &[Step]) -> Vec<Step> {
    Step::value_variants()
        .iter()
        .copied()
        .filter(|step| only.is_empty() || only.contains(step))
        .collect()
}

fn prepare_rust(steps: &[Step], may_install: bool) -> Result<(), packages::PackageError> {
    for (step, command, component) in [
        (Step::Format, "fmt", "rustfmt"),
        (Step::Clippy, "clippy", "clippy"),
    ] {
        if steps.contains(&step) {
            packages::component(command, component, may_install)?;
        }
    }
    Ok(())
}

/// A server of our own, unless the caller's environment names one already.
fn start_postgres(options: &Options) -> Result<Option<PostgresServer>, TestError> {
    if env::var_os(POSTGRES_VARIABLE).is_some() {
        println!("PostgreSQL: the server that {POSTGRES_VARIABLE} names");
        return Ok(None);
    }
    let folder = packages::postgres(options.postgres_bin.as_deref(), !options.no_install)?;
    let server = PostgresServer::start(ServerOptions {
        binaries: Some(folder.clone()),
        ..ServerOptions::default()
    })?;
    println!(
        "PostgreSQL: a server of our own, with the programs in {}",
        folder.display()
    );
    Ok(Some(server))
}

/// The folder of the S3 clients, unless the caller's environment names one already or no test chosen needs them.
fn install_clients(workspace: &Workspace, options: &Options) -> Result<Option<PathBuf>, TestError> {
    if !clients::NEEDED_BY
        .iter()
        .any(|package| concerns(&options.arguments, package))
    {
        return Ok(None);
    }
    if env::var_os(CLIENTS_VARIABLE).is_some() {
        println!("S3 clients: those in the folder that {CLIENTS_VARIABLE} names");
        return Ok(None);
    }
    let folder = clients::prepare(workspace, !options.no_install)?;
    println!("S3 clients: those in {}", folder.display());
    Ok(Some(folder))
}

/// The folder of the provider of single sign-on, unless the caller's environment names one already or no test chosen needs it.
fn install_provider(workspace: &Workspace, options: &Options) -> Result<Option<PathBuf>, TestError> {
    if !concerns(&options.arguments, provider::NEEDED_BY) || env::var_os(PROVIDER_VARIABLE).is_some() {
        return Ok(None);
    }
    Ok(Some(provider::prepare(workspace, !options.no_install)?))
}

/// The folder of the program that walks through the console, unless no test chosen needs it.
fn install_browser(workspace: &Workspace, options: &Options) -> Result<Option<PathBuf>, TestError> {
    if !concerns(&options.arguments, browser::NEEDED_BY) {
        return Ok(None);
    }
    let folder = browser::folder(workspace, !options.no_install)?;
    println!("Browser: driven by the programs in {}", folder.display());
    Ok(Some(folder))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is shown and decides nothing"
)]
fn timed(work: impl FnOnce() -> Outcome) -> (Outcome, Duration) {
    let start = Instant::now();
    let outcome = work();
    (outcome, start.elapsed())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn read(words: &[&str]) -> Options {
        Line::try_parse_from([&["test"], words].concat()).unwrap().options
    }

    #[test]
    fn nothing_named_means_everything_in_order() {
        assert_eq!(chosen(&read(&[]).only), Step::value_variants());
    }

    #[test]
    fn named_steps_run_once_and_in_their_order() {
        let options = read(&["--only", "tests", "--only", "format", "--only", "tests"]);
        assert_eq!(chosen(&options.only), [Step::Format, Step::Tests]);
    }

    #[test]
    fn everything_after_the_dashes_is_for_cargo() {
        let options = read(&["--no-install", "--", "-p", "ledger", "--", "--nocapture"]);
        assert!(options.no_install);
        assert_eq!(options.arguments, ["-p", "ledger", "--", "--nocapture"]);
    }
}
