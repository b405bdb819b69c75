//! The log as it is published: checkpoints, hash tiles, entry bundles.
//!
//! Promises: only what a signed checkpoint covers is given out, and a partial tile exactly as wide as that
//! checkpoint implies. Nothing here is secret: entries are links, which say nothing without an event and
//! its salt. Leaves out: HTTP, and who asks witnesses.

use std::cell::RefCell;

use ledger::Hash;
use ledger::audit::LogReader;
use ledger::tile::{TILE_WIDTH, TileKind, TilePath, encode_links};
use ledger::tree::TileStore;
use store::{Db, StoreError, Tx, params};

const CHECKPOINT: &str = "SELECT note FROM log_checkpoint ORDER BY tree_size DESC LIMIT 1";
const SIZE: &str = "SELECT tree_size FROM log_checkpoint ORDER BY tree_size DESC LIMIT 1";
const TILE: &str = "SELECT hashes FROM log_tile WHERE tile_level = $1 AND tile_index = $2";
const LINKS: &str = "SELECT link FROM log_entry WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";

/// The newest checkpoint as a signed note; nothing before the first event.
pub async fn checkpoint(db: &Db) -> Result<Option<String>, StoreError> {
    db.read(|tx| tx.optional(CHECKPOINT, &[])?.map(|row| row.get(0)).transpose())
        .await
}

/// The bytes of a tile or an entry bundle, if the newest checkpoint covers it.
pub async fn tile(db: &Db, path: TilePath) -> Result<Option<Vec<u8>>, StoreError> {
    db.read(move |tx| {
        let size = size(tx)?;
        if !covered(&path, size) {
            return Ok(None);
        }
        match path.kind {
            TileKind::Entries => {
                let first = path.index * TILE_WIDTH;
                bundle(tx, first, first + u64::from(path.width)).map(Some)
            }
            TileKind::Hashes(level) => {
                let stored = hash_tile(tx, level, path.index)?;
                Ok(stored.and_then(|hashes| hashes.get(..usize::from(path.width) * 32).map(<[u8]>::to_vec)))
            }
        }
    })
    .await
}

/// How many entries the newest checkpoint covers.
pub(crate) fn size(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.optional(SIZE, &[])?.map_or(Ok(0), |row| row.get(0))
}

/// Full tiles for good; partial ones for any earlier checkpoint too, since they are prefixes of what has grown.
fn covered(path: &TilePath, size: u64) -> bool {
    let level = if let TileKind::Hashes(level) = path.kind {
        u32::from(level)
    } else {
        0
    };
    let hashes = size.checked_shr(8 * level).unwrap_or(0);
    path.index
        .checked_mul(TILE_WIDTH)
        .and_then(|first| first.checked_add(path.width.into()))
        .is_some_and(|end| end <= hashes)
}

fn hash_tile(tx: &mut Tx, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Ok(index) = i64::try_from(index) else {
        return Ok(None);
    };
    tx.optional(TILE, params![i64::from(level), index])?
        .map(|row| row.get(0))
        .transpose()
}

fn bundle(tx: &mut Tx, first: u64, end: u64) -> Result<Vec<u8>, StoreError> {
    let bound = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
    let rows = tx.all(LINKS, params![bound(first), bound(end)])?;
    let links = rows
        .iter()
        .map(|row| row.get(0).map(Hash::from_bytes))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(encode_links(&links))
}

/// Tiles inside a transaction.
pub(crate) struct TxTiles<'a>(pub(crate) RefCell<&'a mut Tx>);

impl TileStore for TxTiles<'_> {
    type Error = StoreError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        hash_tile(*self.0.borrow_mut(), level, index)
    }
}

/// The stored log for an audit. Blocks; for threads outside the asynchronous runtime.
pub struct StoredLog(pub Db);

impl TileStore for StoredLog {
    type Error = StoreError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read_blocking(move |tx| hash_tile(tx, level, index))
    }
}

impl LogReader for StoredLog {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read_blocking(move |tx| {
            let first = index.saturating_mul(TILE_WIDTH);
            let end = first.saturating_add(TILE_WIDTH).min(size(tx)?);
            let bundle = bundle(tx, first, end)?;
            Ok((!bundle.is_empty()).then_some(bundle))
        })
    }
}
