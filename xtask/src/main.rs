//! Chores of the project, run as `cargo xtask <command>`.
//!
//! Promises: continuous integration and people run the same commands; what was not checked is said and never
//! counted as passed. Leaves out: anything a running server needs.

#![allow(
    clippy::print_stdout,
    reason = "talking to the terminal is what this program is for"
)]

mod again;
mod browser;
mod clients;
mod house;
mod layers;
mod metadata;
mod npm;
mod packages;
mod programs;
mod provider;
mod steps;
mod summary;
mod tally;
mod test_command;

use std::process::ExitCode;

use clap::Parser;

use crate::metadata::Workspace;

/// Chores of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Runs everything a change must pass, with a PostgreSQL of its own.
    Test(test_command::Options),
    /// Takes pictures of every page of the console, and renews those that documents show.
    Screenshots(browser::Options),
    /// Checks that crates depend only on what the plan of the house allows.
    CheckLayers,
    /// Checks small rules no compiler knows: module headers, READMEs, no local paths.
    CheckHouse,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all was well; an error means that it could not be found out.
fn run(command: Command) -> Result<bool, Box<dyn std::error::Error>> {
    let workspace = Workspace::read()?;
    Ok(match command {
        Command::Test(options) => test_command::run(&workspace, &options)?,
        Command::Screenshots(options) => browser::screenshots(&workspace, &options)?,
        Command::CheckLayers => report("layers", &layers::check(&workspace.packages, &workspace.root)),
        Command::CheckHouse => report("house", &house::check(&workspace)?),
    })
}

/// Prints every finding, then how many there were. True when there were none.
fn report<F: std::fmt::Display>(check: &str, findings: &[F]) -> bool {
    for finding in findings {
        println!("{check}: {finding}");
    }
    match findings.len() {
        0 => println!("{check}: in order"),
        1 => println!("{check}: 1 finding"),
        many => println!("{check}: {many} findings"),
    }
    findings.is_empty()
}
