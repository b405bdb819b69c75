//! `bailee verify checkpoint`.

use std::path::{Path, PathBuf};

use ledger::Policy;
use ledger::checkpoint::{CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
use ledger::note::MAX_NOTE_BYTES;

use super::receipt::{head, head_text};
use super::trust::TrustArgs;
use super::{read_input, verdict};
use crate::client::Failure;
use crate::client::output::Output;

/// Which checkpoint, and whom to trust.
#[derive(Debug, clap::Args)]
pub struct CheckpointArgs {
    /// The checkpoint file; - is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// Judges one checkpoint.
pub(crate) fn run(args: &CheckpointArgs, output: &Output) -> Result<(), Failure> {
    let policy = args.trust.policy()?;
    let bytes = read_input(&args.file, MAX_NOTE_BYTES)?;
    let found = judge(&bytes, &policy).map(|verified| (head(&verified), head_text(&verified)));
    verdict(
        output,
        &args.file.to_string_lossy(),
        found.map_err(|error| error.to_string()),
    )
}

/// The verdict on the bytes of one checkpoint.
pub(crate) fn judge(bytes: &[u8], policy: &Policy) -> Result<VerifiedCheckpoint, CheckpointError> {
    SignedCheckpoint::parse(bytes)?.verify(policy)
}

/// A checkpoint that was kept. The log's own signature is enough: it was under no quorum when it was kept.
pub(crate) fn read_earlier(
    file: &Path,
    policy: &Policy,
) -> Result<Result<VerifiedCheckpoint, String>, Failure> {
    let log_only =
        Policy::log_only(policy.log().clone()).map_err(|error| Failure::usage(error.to_string()))?;
    let bytes = read_input(file, MAX_NOTE_BYTES)?;
    Ok(judge(&bytes, &log_only)
        .map_err(|error| format!("the earlier checkpoint {}: {error}", file.display())))
}
