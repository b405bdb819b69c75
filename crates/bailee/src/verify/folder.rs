//! A log in a folder, as a mirror keeps it and a plain file server serves it (C2SP tlog-tiles).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ledger::audit::LogReader;
use ledger::note::MAX_NOTE_BYTES;
use ledger::tile::{TileKind, TilePath};
use ledger::tree::TileStore;

use super::plan::{at, whole};
use super::source::SourceError;

/// 256 entries of 34 bytes are the most that any tile of ours has; one byte more is enough to be refused.
pub(crate) const TILE_BYTES_MAX: usize = 256 * 34;

/// Reads a folder at one size of its log.
pub(crate) struct FolderLog {
    folder: PathBuf,
    size: u64,
}

impl FolderLog {
    pub(crate) fn new(folder: &Path, size: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            size,
        }
    }

    /// The head, not verified.
    pub(crate) fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        read(&self.folder.join("checkpoint"), MAX_NOTE_BYTES)
    }

    /// Where this tile is kept.
    pub(crate) fn path(&self, tile: &TilePath) -> PathBuf {
        self.folder.join(tile.to_string())
    }

    fn tile(&self, kind: TileKind, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let tile = at(kind, index, self.size);
        match read(&self.path(&tile), TILE_BYTES_MAX)? {
            // A partial tile that has become full since begins with the same bytes.
            None => read(&self.path(&whole(kind, index)), TILE_BYTES_MAX),
            found => Ok(found),
        }
    }
}

impl TileStore for FolderLog {
    type Error = SourceError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.tile(TileKind::Hashes(level), index)
    }
}

impl LogReader for FolderLog {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.tile(TileKind::Entries, index)
    }
}

/// A file of at most so many bytes, and one more if it is longer.
fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SourceError::File {
            path: path.to_owned(),
            source,
        }),
    }
}
