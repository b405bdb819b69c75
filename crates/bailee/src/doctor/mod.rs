//! `bailee doctor`: what is wrong with this installation, and how to mend it.
//!
//! Promises: nothing is made or changed, except a small object that is written and removed to see that the disk keeps what
//! it is told; works beside a running server and without one. Each check says what it found, and when that is not
//! fine what to do. Leaves out: mending.

mod backups;
mod database;
mod machine;
mod mail;
mod network;
mod places;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use kernel::Timestamp;
use serde::Serialize;

use crate::config::{ConfigFlags, Layers, Settings};
use crate::failure::Failure;
use crate::out;
use crate::server::Wiring;

/// What `doctor` takes.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Answer in JSON: a list of checks.
    #[arg(long)]
    json: bool,
    /// Leave out what takes long on large installations: the whole log and all objects.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Fine.
    Ok,
    /// Works, and should be changed.
    Warn,
    /// Does not work, or is not safe.
    Fail,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found.
    pub finding: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Finding {
    pub(crate) fn ok(name: &'static str, finding: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            finding: finding.into(),
            mend: None,
        }
    }

    pub(crate) fn warn(name: &'static str, finding: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Warn,
            finding: finding.into(),
            mend: Some(mend.into()),
        }
    }

    pub(crate) fn fail(name: &'static str, finding: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Fail,
            finding: finding.into(),
            mend: Some(mend.into()),
        }
    }
}

/// Runs every check and prints them. Exit code 1 when one failed.
///
/// # Errors
/// [`Failure::Config`] when there are no settings to check.
pub async fn run(args: DoctorArgs) -> Result<ExitCode, Failure> {
    let layers = crate::layers(&args.config)?;
    let settings = Settings::of(&layers)?;
    let findings = examine(&layers, &settings, &Wiring::system(), args.quick).await;
    if args.json {
        out::line(serde_json::to_string(&findings).unwrap_or_default());
    } else {
        findings
            .iter()
            .for_each(|finding| out::line(as_text(finding, std::io::stdout().is_terminal())));
    }
    let failed = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    Ok(ExitCode::from(u8::from(failed)))
}

/// Every check, in the order in which trouble should be mended.
pub async fn examine(layers: &Layers, settings: &Settings, wiring: &Wiring, quick: bool) -> Vec<Finding> {
    let now = wiring.clock.now();
    let mut findings = vec![configuration(layers)];
    findings.extend(machine::checks(settings, wiring));
    findings.extend(places::checks(settings, wiring).await);
    findings.extend(database::checks(settings, wiring, quick).await);
    findings.extend(mail::checks(settings, wiring).await);
    findings.extend(network::checks(settings, now).await);
    findings
}

fn configuration(layers: &Layers) -> Finding {
    const NAME: &str = "configuration";
    if layers.warnings.is_empty() {
        return Finding::ok(NAME, "every key is known and fits");
    }
    Finding::warn(
        NAME,
        layers.warnings.join("; "),
        "correct or remove these variables",
    )
}

fn as_text(finding: &Finding, colours: bool) -> String {
    let (word, colour) = match finding.verdict {
        Verdict::Ok => ("ok  ", "32"),
        Verdict::Warn => ("warn", "33"),
        Verdict::Fail => ("FAIL", "31"),
    };
    let word = if colours {
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    };
    let mend = finding
        .mend
        .as_ref()
        .map(|mend| format!("\n      → {mend}"))
        .unwrap_or_default();
    format!("{word}  {}: {}{mend}", finding.name, finding.finding)
}

/// A moment as people write it.
pub(crate) fn day(moment: Timestamp) -> String {
    moment.to_string().get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
