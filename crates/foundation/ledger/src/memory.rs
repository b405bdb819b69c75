//! A whole log in memory, for tests here and in other crates.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::Hash;
use crate::audit::LogReader;
use crate::checkpoint::Checkpoint;
use crate::tile;
use crate::tile::BadBundle;
use crate::tile::TILE_WIDTH;
use crate::tree::Frontier;
use crate::tree::TileStore;
use crate::tree::append_entries;
use crate::tree::append_leaves;

/// Tiles, bundles and the right edge of one log. Its parts are public so that tests can damage them.
#[derive(Debug, Default)]
pub struct MemoryLog {
    frontier: Frontier,
    /// Hash tiles by level and index.
    pub tiles: BTreeMap<(u8, u64), Vec<u8>>,
    /// Entry bundles by index.
    pub bundles: BTreeMap<u64, Vec<u8>>,
}

impl MemoryLog {
    /// Appends links, as a sequencer does.
    pub fn append_links(&mut self, links: &[Hash]) {
        let appended = append_entries(&mut self.frontier, links);
        self.tiles.extend(
            appended
                .tiles
                .into_iter()
                .map(|tile| ((tile.level, tile.index), tile.bytes)),
        );
        for tail in appended.bundles {
            self.bundles
                .entry(tail.index)
                .or_default()
                .extend_from_slice(&tail.bytes);
        }
    }

    /// Appends entries of any form.
    pub fn append_bytes<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<(), BadBundle> {
        for entry in entries {
            let bundle = tile::encode_bundle(&[entry])?;
            self.bundles
                .entry(self.size() / TILE_WIDTH)
                .or_default()
                .extend_from_slice(&bundle);
            self.append_leaves(&[Hash::leaf(entry.as_ref())]);
        }
        Ok(())
    }

    /// Appends leaf hashes alone: proofs work, an audit does not.
    pub fn append_leaves(&mut self, leaves: &[Hash]) {
        let tiles = append_leaves(&mut self.frontier, leaves.iter().copied());
        self.tiles.extend(
            tiles
                .into_iter()
                .map(|tile| ((tile.level, tile.index), tile.bytes)),
        );
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over all entries.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The right edge.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// All hash tiles by level and index.
    pub fn hash_tiles(&self) -> &BTreeMap<(u8, u64), Vec<u8>> {
        &self.tiles
    }

    /// The head of this log under the given origin, not signed.
    pub fn checkpoint(&self, origin: &str) -> Checkpoint {
        Checkpoint {
            origin: origin.to_owned(),
            size: self.size(),
            root: self.root(),
            extensions: Vec::new(),
        }
    }
}

impl TileStore for MemoryLog {
    type Error = Infallible;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.tiles.get(&(level, index)).cloned())
    }
}

impl LogReader for MemoryLog {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.bundles.get(&index).cloned())
    }
}
