//! `bailee verify log`: a whole log, from its tiles.

use std::path::{Path, PathBuf};

use ledger::Policy;
use ledger::audit::{AuditError, AuditReport, EntryRule, LogReader, audit};
use ledger::checkpoint::{Checkpoint, VerifiedCheckpoint};

use super::receipt::{head, head_text};
use super::source::{Source, finding};
use super::trust::TrustArgs;
use super::{checkpoint, verdict};
use crate::client::Failure;
use crate::client::output::Output;
use crate::client::progress::Progress;

/// Which log, and whom to trust.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// The log's address, such as https://bailee.example.org/log, or a folder with a copy of it.
    #[arg(value_name = "URL|FOLDER")]
    pub source: String,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// A checkpoint that you kept: the log must continue it.
    #[arg(long, value_name = "FILE")]
    pub earlier: Option<PathBuf>,
    /// Keep the verified checkpoint in this file, to be given as --earlier the next time.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Trust this CA certificate (PEM) and no other for the connection.
    #[arg(long, value_name = "FILE", env = "BAILEE_CA")]
    pub ca: Option<PathBuf>,
}

/// Audits the log and prints the verdict.
pub(crate) async fn run(args: &LogArgs, output: &Output) -> Result<(), Failure> {
    let policy = args.trust.policy()?;
    let source = Source::parse(&args.source, args.ca.as_deref())?;
    let bytes = source.checkpoint().await?;
    let found = judge(args, &policy, &source, &bytes, output.is_json()).await?;
    if let (Ok(_), Some(file)) = (&found, &args.save) {
        save(file, &bytes)?;
    }
    verdict(output, &args.source, found)
}

/// The description of a good log, or the finding.
async fn judge(
    args: &LogArgs,
    policy: &Policy,
    source: &Source,
    checkpoint: &[u8],
    json: bool,
) -> Result<Result<(serde_json::Value, String), String>, Failure> {
    let verified = match checkpoint::judge(checkpoint, policy) {
        Ok(verified) => verified,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let earlier = match args
        .earlier
        .as_deref()
        .map(|file| checkpoint::read_earlier(file, policy))
        .transpose()?
    {
        Some(Err(finding)) => return Ok(Err(finding)),
        Some(Ok(earlier)) => Some(earlier.checkpoint().clone()),
        None => None,
    };
    let reader = source.reader(verified.checkpoint().size, |_| false);
    let audited = audit_aside(reader, verified.checkpoint().clone(), earlier.clone(), json).await?;
    match audited {
        Ok(report) => Ok(Ok(described(&verified, earlier.as_ref(), report))),
        Err(error) => finding(error).map(Err),
    }
}

/// An audit on a thread of its own, with a bar.
pub(crate) async fn audit_aside<R>(
    reader: R,
    head: Checkpoint,
    earlier: Option<Checkpoint>,
    json: bool,
) -> Result<Result<AuditReport, AuditError<R::Error>>, Failure>
where
    R: LogReader + Send + 'static,
{
    let progress = Progress::of_things(head.size, json);
    progress.says("entries");
    let bar = progress.clone();
    let audited = tokio::task::spawn_blocking(move || {
        audit(&reader, &head, earlier.as_ref(), EntryRule::Links, |done| {
            bar.reached(done)
        })
    });
    let audited = audited
        .await
        .map_err(|error| Failure::Damaged(format!("the audit broke off: {error}")));
    progress.finish();
    audited
}

fn described(
    verified: &VerifiedCheckpoint,
    earlier: Option<&Checkpoint>,
    report: AuditReport,
) -> (serde_json::Value, String) {
    let mut value = head(verified);
    value["entries"] = report.entries.into();
    value["tiles"] = report.tiles.into();
    value["earlier"] = earlier.map(|earlier| earlier.size).into();
    let mut text = head_text(verified);
    text += &format!("  read      {} entries, {} tiles\n", report.entries, report.tiles);
    if let Some(earlier) = earlier {
        text += &format!("  continues the checkpoint of {} entries\n", earlier.size);
    }
    (value, text)
}

/// Writes a file whole or not at all.
pub(crate) fn save(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let written =
        std::fs::File::create(&new).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(Failure::file("write", &new))?;
    std::fs::rename(&new, file).map_err(Failure::file("write", file))?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Failure::file("make safe", folder))
}
