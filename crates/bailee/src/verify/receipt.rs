//! `bailee verify receipt`.

use std::path::PathBuf;

use kernel::Timestamp;
use ledger::checkpoint::VerifiedCheckpoint;
use ledger::receipt::{MAX_RECEIPT_BYTES, ReceiptError};
use ledger::{Policy, Receipt, VerifiedReceipt};
use serde_json::{Value, json};

use super::trust::TrustArgs;
use super::{read_input, verdict};
use crate::client::Failure;
use crate::client::output::{Output, shown};

/// Which receipts, and whom to trust.
#[derive(Debug, clap::Args)]
pub struct ReceiptArgs {
    /// Receipt files; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Tolerate signature lines of witnesses whose keys are not given. They prove nothing, and nothing would notice if
    /// they were changed; all else is as certain.
    #[arg(long)]
    pub allow_unknown: bool,
}

/// Judges every receipt; one that is refused does not stop the others.
pub(crate) fn run(args: &ReceiptArgs, output: &Output) -> Result<(), Failure> {
    let policy = args.trust.policy()?;
    let mut outcome = Ok(());
    for file in &args.files {
        let bytes = read_input(file, MAX_RECEIPT_BYTES)?;
        let found = judge(&bytes, &policy, args.allow_unknown);
        let found = found
            .map(|receipt| described(&receipt))
            .map_err(|error| error.to_string());
        match verdict(output, &file.to_string_lossy(), found) {
            Err(Failure::NotVerified) => outcome = Err(Failure::NotVerified),
            other => other?,
        }
    }
    outcome
}

/// The verdict on the bytes of one receipt.
pub(crate) fn judge(
    bytes: &[u8],
    policy: &Policy,
    allow_unknown: bool,
) -> Result<VerifiedReceipt, ReceiptError> {
    let receipt = Receipt::parse(bytes)?;
    if allow_unknown {
        receipt.verify_ignoring_unknown(policy)
    } else {
        receipt.verify(policy)
    }
}

fn described(receipt: &VerifiedReceipt) -> (Value, String) {
    let mut value = head(&receipt.checkpoint);
    value["event"] = receipt.event.clone();
    value["index"] = receipt.index.into();
    value["sequence"] = receipt.sequence.into();
    value["previous"] = receipt.previous.to_string().into();
    value["link"] = receipt.link.to_string().into();
    let size = receipt.checkpoint.checkpoint().size;
    let text = format!(
        "  event     {}\n  entry     {} of {size}, number {} of its chain\n{}",
        shown(&receipt.event_text),
        receipt.index,
        receipt.sequence,
        head_text(&receipt.checkpoint),
    );
    (value, text)
}

/// The head of the log and who vouches for it, for programs.
pub(crate) fn head(verified: &VerifiedCheckpoint) -> Value {
    let head = verified.checkpoint();
    let witnesses: Vec<Value> = verified
        .cosignatures()
        .iter()
        .map(|signature| json!({ "name": signature.key.name(), "signed_at": signature.time.map(moment) }))
        .collect();
    json!({
        "log": head.origin, "size": head.size, "root": head.root.to_string(),
        "witnesses": witnesses, "unknown": verified.unknown(),
    })
}

/// The same for people.
pub(crate) fn head_text(verified: &VerifiedCheckpoint) -> String {
    let head = verified.checkpoint();
    let mut text = format!(
        "  log       {}\n  size      {}\n  root      {}\n",
        shown(&head.origin),
        head.size,
        head.root
    );
    for signature in verified.cosignatures() {
        let time = signature.time.map(moment).unwrap_or_default();
        text += &format!("  witness   {} at {time}\n", shown(signature.key.name()));
    }
    for name in verified.unknown() {
        text += &format!("  unknown   {}: its signature was not looked at\n", shown(name));
    }
    text
}

fn moment(seconds: u64) -> String {
    let micros = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000));
    micros.map_or_else(
        || format!("{seconds} s after 1970"),
        |micros| Timestamp::from_micros(micros).to_string(),
    )
}
