//! A log over HTTP, fetched ahead of the audit that reads it.
//!
//! An audit reads one tile after the other. Over a network that would be one round trip each, so a task fetches what
//! will be read next, several at once, and hands it over in order; how much waits is bounded.

use std::cell::RefCell;
use std::path::Path;

use futures_util::{StreamExt as _, stream};
use kernel::SystemRandom;
use ledger::audit::LogReader;
use ledger::note::MAX_NOTE_BYTES;
use ledger::tile::{TileKind, TilePath};
use ledger::tree::TileStore;
use reqwest::{Client, StatusCode, Url};
use tokio::sync::mpsc::{Receiver, channel};

use super::folder::TILE_BYTES_MAX;
use super::plan::{at, whole};
use super::source::SourceError;
use crate::client::patience::Patience;
use crate::client::server::{Unread, read_up_to};
use crate::client::{Failure, http_client};

const AT_ONCE: usize = 16;
const WAITING: usize = 64;

/// A log's address.
#[derive(Clone)]
pub(crate) struct Remote {
    http: Client,
    url: Url,
    patience: Patience,
}

/// What was fetched of a tile.
type Fetched = (TilePath, Result<Option<Vec<u8>>, SourceError>);

/// Reads a log at one size, in the order of the plan.
pub(crate) struct RemoteLog {
    size: u64,
    fetched: RefCell<Receiver<Fetched>>,
}

impl Remote {
    /// A log at this address. There is no secret in its requests, and what comes is verified: clear HTTP will do.
    pub(crate) fn new(url: Url, ca: Option<&Path>) -> Result<Self, Failure> {
        let http = http_client(&url, ca)?;
        Ok(Self {
            http,
            url,
            patience: Patience::USUAL,
        })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The head, not verified.
    pub(crate) async fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        self.get("checkpoint", MAX_NOTE_BYTES).await
    }

    async fn tile(&self, tile: TilePath) -> Fetched {
        let found = match self.get(&tile.to_string(), TILE_BYTES_MAX).await {
            // Servers may drop a partial tile when the full one is there (C2SP tlog-tiles).
            Ok(None) => {
                self.get(&whole(tile.kind, tile.index).to_string(), TILE_BYTES_MAX)
                    .await
            }
            found => found,
        };
        (tile, found)
    }

    async fn get(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let wrong = |why: &str| SourceError::Answer {
            url: format!("{}{path}", self.url),
            why: why.to_owned(),
        };
        let url = self.url.join(path).map_err(|error| wrong(&error.to_string()))?;
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.get_once(&url, most).await {
                Err(error @ SourceError::Unreachable { .. }) => error,
                other => return other,
            };
            let pause = self.patience.pause(tried, None, &SystemRandom);
            tokio::time::sleep(pause.ok_or(error)?).await;
        }
    }

    async fn get_once(&self, url: &Url, most: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let wrong = |why: String| SourceError::Answer {
            url: url.to_string(),
            why,
        };
        let response = self
            .http
            .get(url.clone())
            .send()
            .await
            .map_err(|error| SourceError::unreachable(url, &error))?;
        match response.status() {
            StatusCode::OK => match read_up_to(response, most).await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(Unread::TooLong) => Err(wrong(format!("it has more than {most} bytes"))),
                Err(Unread::Broken(error)) => Err(SourceError::unreachable(url, &error)),
            },
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(SourceError::Unreachable {
                    url: url.to_string(),
                    cause: format!("HTTP status {status}"),
                })
            }
            status => Err(wrong(format!("HTTP status {status}"))),
        }
    }
}

impl RemoteLog {
    /// Begins to fetch these tiles.
    pub(crate) fn start(
        remote: Remote,
        size: u64,
        wanted: impl Iterator<Item = TilePath> + Send + 'static,
    ) -> Self {
        let (sender, fetched) = channel(WAITING);
        tokio::spawn(async move {
            let fetching = stream::iter(wanted)
                .map(|tile| remote.tile(tile))
                .buffered(AT_ONCE);
            let mut fetching = std::pin::pin!(fetching);
            while let Some(tile) = fetching.next().await {
                // Nobody reads any more: the audit has ended.
                if sender.send(tile).await.is_err() {
                    return;
                }
            }
        });
        Self {
            size,
            fetched: RefCell::new(fetched),
        }
    }

    fn next(&self, kind: TileKind, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let wanted = at(kind, index, self.size);
        match self.fetched.borrow_mut().blocking_recv() {
            Some((tile, found)) if tile == wanted => found,
            _ => Err(SourceError::Order(wanted.to_string())),
        }
    }
}

impl TileStore for RemoteLog {
    type Error = SourceError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.next(TileKind::Hashes(level), index)
    }
}

impl LogReader for RemoteLog {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.next(TileKind::Entries, index)
    }
}
