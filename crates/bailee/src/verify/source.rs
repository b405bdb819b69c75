//! Where a log is read from: a folder or a web address.

use std::path::{Path, PathBuf};

use ledger::audit::{AuditError, LogReader};
use ledger::tile::TilePath;
use ledger::tree::TileStore;
use reqwest::Url;

use super::folder::FolderLog;
use super::plan::plan;
use super::remote::{Remote, RemoteLog};
use crate::client::{Failure, causes};

/// A place that has a log.
pub(crate) enum Source {
    Folder(PathBuf),
    Remote(Remote),
}

/// Why a part of a log could not be read. It says nothing about the log.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No answer came.
    #[error("no answer from {url}: {cause}")]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// Why.
        cause: String,
    },
    /// An answer that is neither the part nor its absence.
    #[error("{url} cannot be used: {why}")]
    Answer {
        /// What was asked for.
        url: String,
        /// Why.
        why: String,
    },
    /// A part was asked for out of turn; a fault of ours.
    #[error("{0} was read out of turn")]
    Order(String),
}

impl Source {
    /// Reads what a user typed.
    pub(crate) fn parse(text: &str, ca: Option<&Path>) -> Result<Self, Failure> {
        if text.starts_with("http://") || text.starts_with("https://") {
            let mut url = Url::parse(text).map_err(|error| Failure::usage(format!("{text}: {error}")))?;
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            return Remote::new(url, ca).map(Self::Remote);
        }
        let folder = PathBuf::from(text);
        if folder.is_dir() {
            Ok(Self::Folder(folder))
        } else {
            Err(Failure::usage(format!(
                "{text} is neither a folder nor a web address"
            )))
        }
    }

    /// The log's head as it is published, not verified.
    pub(crate) async fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        let (found, place) = match self {
            Self::Folder(folder) => (
                FolderLog::new(folder, 0).checkpoint(),
                folder.display().to_string(),
            ),
            Self::Remote(remote) => (remote.checkpoint().await, remote.url().to_string()),
        };
        let missing = || {
            Failure::Missing(format!(
                "{place}: there is no checkpoint; a log's address often ends in /log"
            ))
        };
        found.map_err(Failure::from)?.ok_or_else(missing)
    }

    /// A reader for an audit at this size, which will not ask for what is left out. To be used on a thread that may wait.
    pub(crate) fn reader(&self, size: u64, left_out: impl Fn(&TilePath) -> bool + Send + 'static) -> Reader {
        match self {
            Self::Folder(folder) => Reader::Folder(FolderLog::new(folder, size)),
            Self::Remote(remote) => {
                let wanted = plan(size).filter(move |path| !left_out(path));
                Reader::Remote(RemoteLog::start(remote.clone(), size, wanted))
            }
        }
    }
}

/// Reads tiles from either.
pub(crate) enum Reader {
    Folder(FolderLog),
    Remote(RemoteLog),
}

impl TileStore for Reader {
    type Error = SourceError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Folder(log) => log.read_hash_tile(level, index),
            Self::Remote(log) => log.read_hash_tile(level, index),
        }
    }
}

impl LogReader for Reader {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Folder(log) => log.read_entry_bundle(index),
            Self::Remote(log) => log.read_entry_bundle(index),
        }
    }
}

impl SourceError {
    pub(crate) fn unreachable(url: &Url, error: &reqwest::Error) -> Self {
        Self::Unreachable {
            url: url.to_string(),
            cause: causes(error),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Unreachable { url, cause } => Self::Unreachable {
                server: url,
                cause,
                hint: "",
            },
            SourceError::File { path, source } => Self::File {
                doing: "read",
                path,
                source,
            },
            other => Self::Answer(other.to_string()),
        }
    }
}

/// A finding is a verdict; a reader that failed is none.
pub(crate) fn finding<E: std::error::Error + Into<Failure>>(error: AuditError<E>) -> Result<String, Failure> {
    match error {
        AuditError::Read(error) => Err(error.into()),
        found => Ok(found.to_string()),
    }
}
