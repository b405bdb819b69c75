//! Proofs built from tiles.
//!
//! Every hash of a proof is the root over a range of entries. A range is cut into complete subtrees, and a
//! complete subtree lies within one tile, so a proof reads at most two tiles per level: the one on the way
//! from the entry to the root and the one at the right edge.

use std::collections::HashMap;
use std::ops::Range;

use crate::Hash;
use crate::tile::TILE_WIDTH;

use super::TileStore;
use super::frontier::hashes_of;
use super::frontier::subtree_root;

/// Why a proof could not be built.
#[derive(Debug, thiserror::Error)]
pub enum TreeError<E: std::error::Error + 'static> {
    /// The reader failed.
    #[error("reading a tile failed")]
    Read(#[source] E),
    /// A tile is missing or too short for the size asked for.
    #[error(
        "tile {index} of level {level} has {found} hashes, {wanted} are needed: store tiles before signing a size"
    )]
    Missing {
        /// Its level.
        level: u8,
        /// Its place.
        index: u64,
        /// Hashes in it; 0 if there is no such tile.
        found: usize,
        /// Hashes needed.
        wanted: u16,
    },
    /// A tile is not made of at most 256 whole hashes.
    #[error("tile {index} of level {level} is damaged: restore it or rebuild it from the entries")]
    Damaged {
        /// Its level.
        level: u8,
        /// Its place.
        index: u64,
    },
    /// There is no such entry or no such size.
    #[error("{asked} is beyond the log's {size} entries")]
    Beyond {
        /// The index or older size asked for.
        asked: u64,
        /// The size of the log.
        size: u64,
    },
}

/// The proof that entry `index` is in the log of `size` entries: its sibling first, a child of the root last.
pub fn inclusion_proof<T: TileStore>(
    tiles: &T,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, TreeError<T::Error>> {
    if index >= size {
        return Err(TreeError::Beyond { asked: index, size });
    }
    let mut ranges = Vec::new();
    let mut within = 0..size;
    while within.end - within.start > 1 {
        let (left, right) = split(&within);
        let (here, sibling) = if index < left.end {
            (left, right)
        } else {
            (right, left)
        };
        ranges.push(sibling);
        within = here;
    }
    hash_ranges(tiles, size, ranges)
}

/// The proof that the log of `old` entries is the beginning of the log of `new` entries.
///
/// Empty if `old` is 0 or equal to `new`.
pub fn consistency_proof<T: TileStore>(
    tiles: &T,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, TreeError<T::Error>> {
    if old > new {
        return Err(TreeError::Beyond {
            asked: old,
            size: new,
        });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut ranges = Vec::new();
    let mut within = 0..new;
    while within.end != old {
        let (left, right) = split(&within);
        let (here, sibling) = if old <= left.end {
            (left, right)
        } else {
            (right, left)
        };
        ranges.push(sibling);
        within = here;
    }
    // The verifier knows the old root already, and it is this subtree's root if that starts at 0.
    if within.start != 0 {
        ranges.push(within);
    }
    hash_ranges(tiles, new, ranges)
}

/// The root of the log when it held `size` entries, [`Hash::empty`] for 0.
pub fn root_at<T: TileStore>(tiles: &T, size: u64) -> Result<Hash, TreeError<T::Error>> {
    if size == 0 {
        return Ok(Hash::empty());
    }
    Walk {
        tiles,
        size,
        read: HashMap::new(),
    }
    .range_root(0..size)
}

/// A tile's first `width` hashes.
pub(super) fn read_tile<T: TileStore>(
    tiles: &T,
    level: u8,
    index: u64,
    width: u16,
) -> Result<Vec<Hash>, TreeError<T::Error>> {
    let bytes = tiles
        .read_hash_tile(level, index)
        .map_err(TreeError::Read)?
        .unwrap_or_default();
    if bytes.len() % 32 != 0 || bytes.len() as u64 > TILE_WIDTH * 32 {
        return Err(TreeError::Damaged { level, index });
    }
    let mut hashes = hashes_of(&bytes);
    if hashes.len() < usize::from(width) {
        return Err(TreeError::Missing {
            level,
            index,
            found: hashes.len(),
            wanted: width,
        });
    }
    hashes.truncate(width.into());
    Ok(hashes)
}

/// Cuts a range of at least two at the largest power of two below its length.
fn split(range: &Range<u64>) -> (Range<u64>, Range<u64>) {
    let middle = range.start + (1 << (range.end - range.start - 1).ilog2());
    (range.start..middle, middle..range.end)
}

/// Ranges were found from the root down; proofs are written from the leaf up.
fn hash_ranges<T: TileStore>(
    tiles: &T,
    size: u64,
    ranges: Vec<Range<u64>>,
) -> Result<Vec<Hash>, TreeError<T::Error>> {
    let mut walk = Walk {
        tiles,
        size,
        read: HashMap::new(),
    };
    ranges
        .into_iter()
        .rev()
        .map(|range| walk.range_root(range))
        .collect()
}

/// One proof's reads: every tile at most once.
struct Walk<'a, T> {
    tiles: &'a T,
    size: u64,
    read: HashMap<(u8, u64), Vec<Hash>>,
}

impl<T: TileStore> Walk<'_, T> {
    /// The root over a range that starts at a multiple of the largest power of two in its length.
    fn range_root(&mut self, range: Range<u64>) -> Result<Hash, TreeError<T::Error>> {
        let mut start = range.start;
        let mut subtrees = Vec::new();
        while start < range.end {
            let height = (range.end - start).ilog2();
            subtrees.push(self.complete_root(start, height)?);
            start += 1 << height;
        }
        let mut right_to_left = subtrees.into_iter().rev();
        let last = right_to_left.next().unwrap_or_else(Hash::empty);
        Ok(right_to_left.fold(last, |right, left| Hash::node(&left, &right)))
    }

    /// The root over the `2^height` entries from `start`, a multiple of that.
    fn complete_root(&mut self, start: u64, height: u32) -> Result<Hash, TreeError<T::Error>> {
        let level = (height / 8) as u8;
        let first = start >> (8 * u32::from(level));
        let count = 1_usize << (height % 8);
        let offset = (first % TILE_WIDTH) as usize;
        let hashes = self.tile(level, first / TILE_WIDTH)?;
        // `tile` gave everything that exists at this size, and the range lies within the size.
        Ok(subtree_root(
            hashes.get(offset..offset + count).unwrap_or_default(),
        ))
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash], TreeError<T::Error>> {
        use std::collections::hash_map::Entry;
        match self.read.entry((level, index)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let existing = crate::tile::hashes_at(level, self.size) - index * TILE_WIDTH;
                let width = existing.min(TILE_WIDTH) as u16;
                Ok(unknown.insert(read_tile(self.tiles, level, index, width)?))
            }
        }
    }
}
