//! `bailee verify` and `bailee mirror`: proof without trust in the server that gave it.
//!
//! Promises: receipts and checkpoints are judged from files and keys alone, without any connection; a whole log is
//! audited in one pass whose memory does not grow with it, from a folder or over HTTP, and the first thing that is wrong is
//! named; a mirror takes over only what continues what it has. Exit codes: 0 verified, 1 refused with the reason on
//! standard output, 2 the command line or a file cannot be used, 3 the log's server gives no answer. Leaves out: where
//! keys come from. They must come from elsewhere than what they verify.

mod checkpoint;
mod folder;
mod log;
mod mirror;
mod plan;
mod receipt;
mod remote;
mod source;
mod stored;
mod trust;

#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

pub(crate) use folder::FolderLog;
pub use mirror::MirrorArgs;
pub use stored::export_stored;

use crate::client::Failure;
use crate::client::failure::DONE;
use crate::client::output::{Output, shown};
use crate::client::read_small;

/// Verify a receipt, a checkpoint, or a whole log.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// What is verified, and by which keys.
    #[command(subcommand)]
    pub what: VerifyCommand,
    /// One JSON object per line.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What is verified.
#[derive(Debug, clap::Subcommand)]
pub enum VerifyCommand {
    /// Verify receipts, offline: that the log committed to these events, byte for byte.
    Receipt(receipt::ReceiptArgs),
    /// Verify a checkpoint, offline: who signed it.
    Checkpoint(checkpoint::CheckpointArgs),
    /// Verify a whole log: every entry, every tile, the root, and that it continues an earlier checkpoint.
    Log(log::LogArgs),
}

/// Runs `bailee verify` and gives the exit code.
pub async fn run(args: VerifyArgs) -> ExitCode {
    let output = Output::standard(args.json);
    let done = match &args.what {
        VerifyCommand::Receipt(receipts) => receipt::run(receipts, &output),
        VerifyCommand::Checkpoint(checkpoint) => checkpoint::run(checkpoint, &output),
        VerifyCommand::Log(log) => log::run(log, &output).await,
    };
    exit_code(done, args.json)
}

/// Runs `bailee mirror` and gives the exit code.
pub async fn mirror(args: MirrorArgs) -> ExitCode {
    exit_code(mirror::run(&args, &Output::standard(args.json)).await, args.json)
}

fn exit_code(done: Result<(), Failure>, json: bool) -> ExitCode {
    match done {
        Ok(()) => ExitCode::from(DONE),
        Err(failure) => failure.report(json),
    }
}

/// Prints the verdict on one thing, and passes it on.
fn verdict(output: &Output, name: &str, found: Result<(Value, String), String>) -> Result<(), Failure> {
    match found {
        Ok((mut value, text)) => {
            value["verified"] = true.into();
            value["name"] = name.into();
            output.result(&value, || {
                format!("verified  {}\n{text}", shown(name)).trim_end().to_owned()
            })
        }
        Err(reason) => {
            let value = json!({ "verified": false, "name": name, "reason": reason });
            output.result(&value, || {
                format!("REFUSED   {}\n  {}", shown(name), shown(&reason))
            })?;
            Err(Failure::NotVerified)
        }
    }
}

/// A whole file, or standard input for `-`. One byte more than is allowed may come, so that the reader refuses it.
fn read_input(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(most as u64 + 1).read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(Failure::file("read", path));
    }
    read_small(path, most as u64)
}
