//! `bailee mirror`: a copy of a public log in a folder, which a plain file server can serve and `verify log` audits.
//!
//! Promises: what is copied is audited on the way; a later run fetches only what is new, and takes over nothing that does
//! not continue what the folder has; the checkpoint is written last, when every tile under it is on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::audit::LogReader;
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ledger::note::MAX_NOTE_BYTES;
use ledger::tile::{TILE_WIDTH, TileKind, TilePath, full_tiles};
use ledger::tree::TileStore;
use ledger::{Policy, VerifierKey};
use serde_json::json;

use super::folder::FolderLog;
use super::log::{audit_aside, save};
use super::plan::{at, level};
use super::source::{Source, SourceError, finding};
use super::trust::{WitnessArgs, log_key};
use super::{checkpoint, read_input, verdict};
use crate::client::Failure;
use crate::client::output::Output;

/// Copy a public log into a folder, verifying it on the way.
#[derive(Debug, clap::Args)]
pub struct MirrorArgs {
    /// The log's address, such as <https://bailee.example.org/log>, or a folder with a copy of it.
    #[arg(value_name = "URL|FOLDER")]
    pub source: String,
    /// The folder to keep the copy in.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The log's verifier key. Without it only the agreement of the log with itself and with the folder is checked.
    #[arg(long, value_name = "KEY", conflicts_with = "vkey_file")]
    pub vkey: Option<String>,
    /// A file that holds the log's verifier key.
    #[arg(long, value_name = "FILE")]
    pub vkey_file: Option<PathBuf>,
    /// The witnesses to rely on.
    #[command(flatten)]
    pub witnesses: WitnessArgs,
    /// Trust this CA certificate (PEM) and no other for the connection.
    #[arg(long, value_name = "FILE", env = "BAILEE_CA")]
    pub ca: Option<PathBuf>,
    /// One JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// Brings the folder up to the log.
pub(crate) async fn run(args: &MirrorArgs, output: &Output) -> Result<(), Failure> {
    let policy = policy(args, log_key(args.vkey.as_deref(), args.vkey_file.as_deref())?)?;
    let source = Source::parse(&args.source, args.ca.as_deref())?;
    let bytes = source.checkpoint().await?;
    let head = match read_head(&bytes, policy.as_ref()) {
        Ok(head) => head,
        Err(reason) => return verdict(output, &args.source, Err(reason)),
    };
    let copy = Copy::open(&args.folder, policy.as_ref())?;
    let kept = copy.clone();
    let reader = source.reader(head.size, move |tile| kept.has(tile));
    let copied = copy.bring_up(reader, &bytes, head, output.is_json()).await?;
    verdict(
        output,
        &args.source,
        copied.map(|(size, before)| described(size, before, policy.is_some())),
    )
}

fn policy(args: &MirrorArgs, key: Option<VerifierKey>) -> Result<Option<Policy>, Failure> {
    match key {
        Some(key) => args.witnesses.policy(key).map(Some),
        None if args.witnesses.witnesses.is_empty() => Ok(None),
        None => Err(Failure::usage(
            "witnesses sign beside the log: name its key too, with --vkey or --vkey-file",
        )),
    }
}

/// The head, verified if there is a policy.
fn read_head(bytes: &[u8], policy: Option<&Policy>) -> Result<Checkpoint, String> {
    let head = match policy {
        Some(policy) => checkpoint::judge(bytes, policy).map(|verified| verified.checkpoint().clone()),
        None => SignedCheckpoint::parse(bytes).map(|signed| signed.unverified().clone()),
    };
    head.map_err(|error| error.to_string())
}

pub(crate) fn described(size: u64, before: u64, verified: bool) -> (serde_json::Value, String) {
    let mut text = format!("  size      {size}\n  new       {}\n", size - before);
    if !verified {
        text += "  the signature was not looked at, for no key was given\n";
    }
    (
        json!({ "size": size, "new": size - before, "signature_verified": verified }),
        text,
    )
}

/// The folder of a mirror.
#[derive(Clone)]
pub(crate) struct Copy {
    folder: PathBuf,
    /// What it has, as its own checkpoint says.
    earlier: Option<Checkpoint>,
}

impl Copy {
    /// Makes the folder, or finds out what it has.
    pub(crate) fn open(folder: &Path, policy: Option<&Policy>) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(Failure::file("make the folder", folder))?;
        let file = folder.join("checkpoint");
        if !file.exists() {
            return Ok(Self {
                folder: folder.to_owned(),
                earlier: None,
            });
        }
        let log_only = policy.and_then(|policy| Policy::log_only(policy.log().clone()).ok());
        let head = read_head(&read_input(&file, MAX_NOTE_BYTES)?, log_only.as_ref());
        let head = head.map_err(|reason| {
            Failure::usage(format!("{}: {reason}; choose an empty folder", file.display()))
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            earlier: Some(head),
        })
    }

    /// Whether the folder has this tile for good: full, under its own checkpoint, and there.
    fn has(&self, tile: &TilePath) -> bool {
        let size = self.earlier.as_ref().map_or(0, |earlier| earlier.size);
        let covered = u64::from(tile.width) == TILE_WIDTH && tile.index < full_tiles(level(tile.kind), size);
        covered && self.folder.join(tile.to_string()).is_file()
    }

    /// Copies and audits; gives the new size and the one before.
    pub(crate) async fn bring_up<R>(
        self,
        reader: R,
        bytes: &[u8],
        head: Checkpoint,
        json: bool,
    ) -> Result<Result<(u64, u64), String>, Failure>
    where
        R: LogReader + Send + 'static,
        R::Error: Into<Failure>,
    {
        let (folder, earlier) = (self.folder.clone(), self.earlier.clone());
        let (size, before) = (head.size, earlier.as_ref().map_or(0, |earlier| earlier.size));
        let tee = Tee {
            local: FolderLog::new(&folder, size),
            copy: self,
            reader,
            size,
        };
        match audit_aside(tee, head, earlier, json).await? {
            Ok(_) => save(&folder.join("checkpoint"), bytes).map(|()| Ok((size, before))),
            Err(error) => finding(error).map(Err),
        }
    }
}

/// Reads what the folder has from there and the rest from the source, and keeps it.
struct Tee<R> {
    copy: Copy,
    local: FolderLog,
    reader: R,
    size: u64,
}

/// Why copying broke off.
#[derive(Debug, thiserror::Error)]
enum TeeError<E: std::error::Error + 'static> {
    #[error(transparent)]
    Source(E),
    #[error(transparent)]
    Local(SourceError),
    #[error(transparent)]
    Write(Failure),
}

impl<E: std::error::Error + Into<Failure>> From<TeeError<E>> for Failure {
    fn from(error: TeeError<E>) -> Self {
        match error {
            TeeError::Source(error) => error.into(),
            TeeError::Local(error) => error.into(),
            TeeError::Write(failure) => failure,
        }
    }
}

impl<R: LogReader> Tee<R> {
    fn tile(
        &self,
        tile: TilePath,
        local: impl FnOnce(&FolderLog) -> Result<Option<Vec<u8>>, SourceError>,
        source: impl FnOnce(&R) -> Result<Option<Vec<u8>>, R::Error>,
    ) -> Result<Option<Vec<u8>>, TeeError<R::Error>> {
        if self.copy.has(&tile) {
            return local(&self.local).map_err(TeeError::Local);
        }
        let found = source(&self.reader).map_err(TeeError::Source)?;
        if let Some(bytes) = &found {
            self.keep(&tile, bytes).map_err(TeeError::Write)?;
        }
        Ok(found)
    }

    /// Exactly the tile of this size, also when the source has grown.
    fn keep(&self, tile: &TilePath, bytes: &[u8]) -> Result<(), Failure> {
        let each = if tile.kind == TileKind::Entries { 34 } else { 32 };
        let exact = bytes.get(..usize::from(tile.width) * each).unwrap_or(bytes);
        let path = self.copy.folder.join(tile.to_string());
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Failure::file("make the folder", folder))?;
        save(&path, exact)
    }
}

impl<R: LogReader> TileStore for Tee<R> {
    type Error = TeeError<R::Error>;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        let tile = at(TileKind::Hashes(level), index, self.size);
        self.tile(
            tile,
            |local| local.read_hash_tile(level, index),
            |reader| reader.read_hash_tile(level, index),
        )
    }
}

impl<R: LogReader> LogReader for Tee<R> {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        let tile = at(TileKind::Entries, index, self.size);
        self.tile(
            tile,
            |local| local.read_entry_bundle(index),
            |reader| reader.read_entry_bundle(index),
        )
    }
}
