//! The public log as an outsider sees it: fetched over HTTPS, verified with nothing but the verifier key.

use std::collections::HashMap;
use std::convert::Infallible;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ledger::audit::{AuditError, AuditReport, EntryRule, LogReader, audit};
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ledger::tile::{LEVELS, TILE_WIDTH, TileKind, TilePath, full_tiles, partial_width};
use ledger::tree::TileStore;
use ledger::{Policy, Receipt, VerifiedReceipt};
use reqwest::Client;

use super::api::client;
use super::place::Place;
use super::server::Server;

/// How many tiles are fetched at once.
const AT_ONCE: usize = 8;

/// The log of a server.
#[derive(Debug, Clone)]
pub struct PublicLog {
    client: Client,
    url: String,
    policy: Policy,
}

/// A copy of everything that the log publishes at one size.
#[derive(Debug, Default)]
pub struct Mirror(HashMap<TilePath, Vec<u8>>, u64);

impl PublicLog {
    /// The log of this server, whose key the place has had since its first start.
    pub fn of(server: &Server, place: &Place) -> Self {
        let vkey = std::fs::read_to_string(place.vkey()).unwrap();
        let policy = Policy::log_only(vkey.trim().parse().unwrap()).unwrap();
        Self {
            client: client(server, true),
            url: server.url.clone(),
            policy,
        }
    }

    /// The newest checkpoint, its signature verified. Nothing when the server does not answer.
    pub async fn checkpoint(&self) -> Option<Checkpoint> {
        self.verify(&self.checkpoint_text().await?)
    }

    /// The newest checkpoint as the server sends it.
    pub async fn checkpoint_text(&self) -> Option<String> {
        let answer = self
            .client
            .get(format!("{}/log/checkpoint", self.url))
            .send()
            .await
            .ok()?;
        answer.error_for_status().ok()?.text().await.ok()
    }

    /// Reads a checkpoint whose signature is the log's.
    ///
    /// # Panics
    /// When it is not.
    pub fn verify(&self, note: &str) -> Option<Checkpoint> {
        let signed = SignedCheckpoint::parse(note.as_bytes()).expect("a checkpoint");
        Some(
            signed
                .verify(&self.policy)
                .expect("signed by the log")
                .checkpoint()
                .clone(),
        )
    }

    /// The receipt of an event, verified.
    ///
    /// # Panics
    /// When it is not true.
    pub fn believe(&self, receipt: &str) -> VerifiedReceipt {
        Receipt::parse(receipt.as_bytes())
            .and_then(|receipt| receipt.verify(&self.policy))
            .unwrap_or_else(|why| panic!("{why}: {receipt}"))
    }

    /// Fetches everything a checkpoint covers and derives it again from the entries, and an earlier checkpoint on the way.
    pub async fn audit(
        &self,
        head: &Checkpoint,
        earlier: Option<&Checkpoint>,
    ) -> Result<AuditReport, AuditError<Infallible>> {
        let mirror = self.mirror(head.size).await;
        audit(&mirror, head, earlier, EntryRule::Links, |_| ())
    }

    /// Fetches everything that the log of this size publishes.
    ///
    /// # Panics
    /// When the server does not answer, or a tile that must exist does not.
    pub async fn mirror(&self, size: u64) -> Mirror {
        let fetched =
            stream::iter(tiles(size)).map(|path| async move { Some((path, self.tile(path).await?)) });
        let fetched: Vec<_> = fetched.buffer_unordered(AT_ONCE).collect().await;
        let fetched = stream::iter(fetched.into_iter().map(|tile| tile.ok_or(())))
            .try_collect()
            .await;
        Mirror(fetched.expect("every tile that the checkpoint covers"), size)
    }

    async fn tile(&self, path: TilePath) -> Option<Vec<u8>> {
        let answer = self
            .client
            .get(format!("{}/log/{path}", self.url))
            .send()
            .await
            .unwrap();
        Some(answer.error_for_status().ok()?.bytes().await.unwrap().to_vec())
    }
}

/// Every tile and bundle of a log of this size.
fn tiles(size: u64) -> Vec<TilePath> {
    let mut paths = Vec::new();
    for level in 0..LEVELS {
        let full = full_tiles(level, size);
        let partial = partial_width(level, size);
        let wide = (0..full)
            .map(|index| (index, TILE_WIDTH as u16))
            .chain((partial > 0).then_some((full, partial)));
        for (index, width) in wide {
            paths.push(TilePath {
                kind: TileKind::Hashes(level),
                index,
                width,
            });
            if level == 0 {
                paths.push(TilePath {
                    kind: TileKind::Entries,
                    index,
                    width,
                });
            }
        }
    }
    paths
}

impl Mirror {
    fn find(&self, kind: TileKind, index: u64) -> Option<Vec<u8>> {
        let level = if let TileKind::Hashes(level) = kind {
            level
        } else {
            0
        };
        let widths = [TILE_WIDTH as u16, partial_width(level, self.1)];
        widths
            .into_iter()
            .find_map(|width| self.0.get(&TilePath { kind, index, width }).cloned())
    }
}

impl TileStore for Mirror {
    type Error = Infallible;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.find(TileKind::Hashes(level), index))
    }
}

impl LogReader for Mirror {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.find(TileKind::Entries, index))
    }
}
