//! `bailee egress`: whom the server connects to.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use governance::egress::OwnHosts;
use kernel::SystemClock;
use serde_json::json;

use crate::config::ConfigFlags;
use crate::failure::Failure;
use crate::out;
use crate::server::egress;

/// What `egress` takes.
#[derive(Debug, Args)]
pub struct EgressArgs {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Lists the hosts, each with what it is for and which key names it.
///
/// # Errors
/// [`Failure::Config`].
pub fn run(args: &EgressArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let keeper = egress::keeper(&settings, Arc::new(SystemClock));
    match (args.json, keeper.own()) {
        (true, own) => out::line(json!({ "hosts": own })),
        (false, []) => out::line("the server connects to nobody"),
        (false, own) => own.iter().for_each(|own| out::line(text_of(own))),
    }
    Ok(ExitCode::SUCCESS)
}

fn text_of(own: &OwnHosts) -> String {
    format!("{}: {} (by `{}`)", own.purpose, own.hosts.join(", "), own.key)
}
