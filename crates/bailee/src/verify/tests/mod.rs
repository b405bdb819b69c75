//! The verifier through its own commands: what is true is accepted, what was changed is refused.

mod logs;
mod mirrors;
mod receipts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use clap::{Args as _, FromArgMatches as _};
use ledger::memory::MemoryLog;
use ledger::proof::Proof;
use ledger::tile::{TileKind, TilePath};
use ledger::tree::inclusion_proof;
use ledger::{Chain, Hash, KeyKind, Receipt, SigningKey, canonical, commit};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::plan::plan;
use crate::client::Failure;
use crate::client::output::testing::Printed;

pub(super) const ORIGIN: &str = "log.example/audit";

pub(super) fn log_key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, KeyKind::Log, &[1; 32]).unwrap()
}

pub(super) fn witness_key(number: u8) -> SigningKey {
    SigningKey::from_seed(
        &format!("witness.example/{number}"),
        KeyKind::Cosignature,
        &[10 + number; 32],
    )
    .unwrap()
}

/// A log of one chain, whose events are `{"item": "scan-<n>"}`.
pub(super) struct Kept {
    pub(super) log: MemoryLog,
    entries: Vec<ledger::ChainEntry>,
}

fn event(number: u64) -> String {
    canonical::canonicalize(&json!({ "action": "item.read", "item": format!("scan-{number}") })).unwrap()
}

const SALT: [u8; 32] = [9; 32];

/// The links of a chain over these events.
pub(super) fn links(numbers: impl IntoIterator<Item = u64>) -> Vec<ledger::ChainEntry> {
    let mut chain = Chain::start();
    numbers
        .into_iter()
        .map(|number| chain.append(&commit(&SALT, event(number).as_bytes())))
        .collect()
}

impl Kept {
    pub(super) fn of(numbers: impl IntoIterator<Item = u64>) -> Self {
        let entries = links(numbers);
        let mut log = MemoryLog::default();
        log.append_links(&entries.iter().map(|entry| entry.link).collect::<Vec<Hash>>());
        Self { log, entries }
    }

    /// The signed head, with the lines of these witnesses.
    pub(super) fn checkpoint(&self, witnesses: &[u8]) -> ledger::checkpoint::SignedCheckpoint {
        let mut signed = self.log.checkpoint(ORIGIN).sign(&log_key()).unwrap();
        for number in witnesses {
            let line = signed.cosignature(&witness_key(*number), 1_700_000_000).unwrap();
            signed.add(line).unwrap();
        }
        signed
    }

    pub(super) fn receipt(&self, number: usize, witnesses: &[u8]) -> String {
        let entry = self.entries[number];
        let hashes = inclusion_proof(&self.log, entry.sequence, self.log.size()).unwrap();
        let proof = Proof {
            extra: None,
            index: entry.sequence,
            hashes,
            checkpoint: self.checkpoint(witnesses),
        };
        Receipt::new(
            &event(entry.sequence),
            SALT,
            entry.sequence,
            entry.previous,
            proof,
        )
        .unwrap()
        .to_string()
    }

    /// The bytes of a tile at the size of this log.
    pub(super) fn tile(&self, tile: &TilePath) -> Vec<u8> {
        let (stored, each) = match tile.kind {
            TileKind::Entries => (&self.log.bundles[&tile.index], 34),
            TileKind::Hashes(level) => (&self.log.tiles[&(level, tile.index)], 32),
        };
        stored[..usize::from(tile.width) * each].to_vec()
    }

    /// Writes the log as it is published.
    pub(super) fn publish(&self, folder: &Path) {
        for tile in plan(self.log.size()) {
            let path = folder.join(tile.to_string());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, self.tile(&tile)).unwrap();
        }
        std::fs::write(folder.join("checkpoint"), self.checkpoint(&[]).to_string()).unwrap();
    }
}

/// A folder with what a test needs.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.at(name), bytes).unwrap();
        self.path(name)
    }
}

pub(super) fn vkey() -> String {
    log_key().verifier().to_string()
}

/// Runs `bailee verify …` as from a command line; gives the exit code and what was printed.
pub(super) async fn verify(arguments: &[&str]) -> (u8, Vec<Value>) {
    let command = super::VerifyArgs::augment_args(clap::Command::new("verify"));
    let matches = command.try_get_matches_from([&["verify"], arguments].concat());
    let Ok(matches) = matches else {
        return (2, Vec::new());
    };
    let args = super::VerifyArgs::from_arg_matches(&matches).unwrap();
    let printed = Printed::default();
    let output = printed.output(true);
    let done = match &args.what {
        super::VerifyCommand::Receipt(receipts) => super::receipt::run(receipts, &output),
        super::VerifyCommand::Checkpoint(checkpoint) => super::checkpoint::run(checkpoint, &output),
        super::VerifyCommand::Log(log) => super::log::run(log, &output).await,
    };
    (code(done), printed.json())
}

/// Runs `bailee mirror …`.
pub(super) async fn mirror(arguments: &[&str]) -> (u8, Vec<Value>) {
    let command = super::MirrorArgs::augment_args(clap::Command::new("mirror"));
    let matches = command
        .try_get_matches_from([&["mirror"], arguments].concat())
        .unwrap();
    let args = super::MirrorArgs::from_arg_matches(&matches).unwrap();
    let printed = Printed::default();
    let done = super::mirror::run(&args, &printed.output(true)).await;
    (code(done), printed.json())
}

fn code(done: Result<(), Failure>) -> u8 {
    done.map_or_else(|failure| failure.code(), |()| 0)
}

/// A plain file server for a published log.
pub(super) struct Served {
    pub(super) url: String,
    requests: Arc<AtomicUsize>,
}

impl Served {
    pub(super) async fn start(folder: PathBuf) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .route("/log/{*path}", axum::routing::get(file))
            .with_state((folder, requests.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/log", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, requests }
    }

    /// How many requests there were since the last time.
    pub(super) fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

async fn file(
    State((folder, requests)): State<(PathBuf, Arc<AtomicUsize>)>,
    UrlPath(path): UrlPath<String>,
) -> Result<Vec<u8>, StatusCode> {
    requests.fetch_add(1, Ordering::Relaxed);
    std::fs::read(folder.join(path)).map_err(|_| StatusCode::NOT_FOUND)
}
