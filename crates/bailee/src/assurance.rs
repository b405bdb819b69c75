//! `bailee claims` and `bailee checks`: what the installation claims, and what shows it.
//!
//! Promises: both work beside a running server; nothing is shown as held that no check of this version and nothing on
//! file says. Leaves out pages.

use std::collections::BTreeMap;
use std::process::ExitCode;

use assurance::check::Outcome;
use assurance::{Assurance, ClaimState, Kept, State};
use backup::Shelved;
use clap::{Args, Subcommand};
use gate::Gate;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::backups::{Shelves, found};
use crate::config::{ConfigFlags, Settings};
use crate::failure::Failure;
use crate::out;
use crate::server::{Wiring, beside, program};

/// What `claims` takes.
#[derive(Debug, Args)]
pub struct ClaimsArgs {
    /// Only claims in this state: holds, partly, late, broken-check, broken-promise, out-of-scope.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// What to do with checks.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// List them, with what each came to last.
    List(Common),
    /// Run them now. The result of each stands in the operator's trail.
    ///
    /// Ends with an error when a promise or a check is broken.
    Run(RunArgs),
}

/// Which checks to run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Their names; all when none is given.
    #[arg(value_name = "CHECK")]
    names: Vec<String>,
    /// Only those whose time has come, as a timer would want.
    #[arg(long, conflicts_with = "names")]
    due: bool,
    #[command(flatten)]
    common: Common,
}

/// What each takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Where the server makes its backups, once it made their key.
async fn shelved(settings: &Settings) -> Result<Option<Shelved>, Failure> {
    let (runtime, gate) = (Handle::current(), Gate::unattended());
    let Some(shelves) = Shelves::open(&settings.backup, None, None, (&runtime, &gate))? else {
        return Ok(None);
    };
    let file = settings.backup.key_file.clone();
    let key = tokio::task::spawn_blocking(move || found(&file)).await??;
    Ok(key.map(|key| shelves.with(key)))
}

impl Common {
    async fn open(&self) -> Result<Assurance, Failure> {
        let settings = crate::settings(&self.config)?;
        let custody = beside::custody_with_places(&settings, Wiring::system()).await?;
        let url = settings.public_url.clone().unwrap_or_default();
        let alarms = settings.mail.alarms(&url);
        let program = program::of(&settings).await?;
        let profiles = crate::profiles::of(&settings.trust)?;
        let made = Assurance::new(custody, vec![settings.data.clone()], "command")?;
        let made = made
            .with_alarms(alarms)
            .with_program(program)
            .with_profiles(profiles);
        Ok(made.with_backups(shelved(&settings).await?))
    }

    fn say(&self, json: &Value, text: impl FnOnce() -> String) {
        match self.json {
            true => out::line(json),
            false => out::line(text().trim_end()),
        }
    }
}

/// Shows what is claimed.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn claims(args: &ClaimsArgs) -> Result<ExitCode, Failure> {
    let mut claims = args.common.open().await?.claims().await?;
    if let Some(wanted) = &args.state {
        let known = State::ALL.into_iter().find(|state| state.as_str() == wanted);
        let state =
            known.ok_or_else(|| Failure::Said(format!("there is no state `{wanted}`: --help lists them")))?;
        claims.retain(|claim| claim.state == state);
    }
    args.common.say(&json!({ "claims": claims }), || text_of(&claims));
    Ok(ExitCode::SUCCESS)
}

fn text_of(claims: &[ClaimState]) -> String {
    let mut text = String::new();
    for claim in claims {
        let public = if claim.published {
            ""
        } else {
            "  (not on the public page)"
        };
        text.push_str(&format!("{:<15} {}{public}\n", claim.state.as_str(), claim.id));
        text.push_str(&format!("{:<15} {}\n", "", claim.statement));
        if let Some(reason) = &claim.reason {
            text.push_str(&format!("{:<15} {reason}\n", ""));
        }
    }
    let count = |state| claims.iter().filter(|claim| claim.state == state).count();
    let counts: Vec<String> = State::ALL
        .into_iter()
        .map(|state| format!("{} {}", count(state), state.as_str()))
        .collect();
    format!("{text}\n{} claims: {}", claims.len(), counts.join(", "))
}

/// Lists or runs checks.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn checks(command: &ChecksCommand) -> Result<ExitCode, Failure> {
    match command {
        ChecksCommand::List(common) => list(common).await,
        ChecksCommand::Run(args) => run(args).await,
    }
}

async fn list(common: &Common) -> Result<ExitCode, Failure> {
    let assurance = common.open().await?;
    let results = assurance.results().await?;
    let entries: Vec<Value> = assurance
        .catalogue()
        .checks()
        .iter()
        .map(|check| {
            json!({
                "id": check.id, "source": check.source, "cadence": check.cadence, "scope": check.scope,
                "does": check.does, "control": check.control, "not_built": check.absent,
                "last": results.get(&check.id).map(as_json),
            })
        })
        .collect();
    common.say(&json!({ "checks": entries }), || lines(&assurance, &results));
    Ok(ExitCode::SUCCESS)
}

fn lines(assurance: &Assurance, results: &BTreeMap<String, Kept>) -> String {
    let line = |check: &assurance::catalogue::CheckEntry| {
        let (state, reason) = match (results.get(&check.id), &check.absent) {
            (_, Some(why)) => ("not built", why.as_str()),
            (None, None) => ("never run", ""),
            (Some(kept), None) => (kept.finding.outcome.as_str(), kept.finding.reason.as_str()),
        };
        format!("{state:<15} {:<36} {reason}\n", check.id)
    };
    assurance.catalogue().checks().iter().map(line).collect()
}

async fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let assurance = args.common.open().await?;
    let ran = match args.due {
        true => assurance.run_due().await?,
        false => assurance.run_now(&args.names).await?,
    };
    let list: Vec<Value> = ran.iter().map(as_json).collect();
    args.common
        .say(&json!({ "ran": list }), || ran.iter().map(line).collect());
    let red = |kept: &Kept| {
        matches!(
            kept.finding.outcome,
            Outcome::BrokenPromise | Outcome::BrokenCheck
        )
    };
    match ran.iter().any(red) {
        true => Ok(ExitCode::FAILURE),
        false => Ok(ExitCode::SUCCESS),
    }
}

fn line(kept: &Kept) -> String {
    let (finding, took) = (&kept.finding, kept.took_ms);
    let why = match finding.reason.as_str() {
        "" => finding.control.as_str(),
        reason => reason,
    };
    format!(
        "{:<15} {:<36} {took:>6} ms  {why}\n",
        finding.outcome.as_str(),
        kept.check
    )
}

fn as_json(kept: &Kept) -> Value {
    let finding = &kept.finding;
    json!({
        "check": kept.check, "outcome": finding.outcome, "reason": finding.reason, "control": finding.control,
        "inputs": hex::encode(finding.inputs), "ran_at": kept.ran_at, "took_ms": kept.took_ms, "since": kept.since,
        "event": kept.event,
    })
}
