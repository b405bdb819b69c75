//! The right edge of the tree: what a sequencer must know to append.

use crate::Hash;
use crate::tile::LEVELS;
use crate::tile::TILE_WIDTH;
use crate::tile::partial_width;

use super::TileStore;
use super::TreeError;
use super::prove::read_tile;

/// The hashes of the partial tile of every level. At most 65,280 bytes, whatever the size of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// INVARIANT: `partial[level]` holds exactly `partial_width(level, size)` hashes.
    partial: [Vec<Hash>; LEVELS as usize],
}

/// Bytes that are not a frontier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFrontier {
    /// The length does not fit the size that the first eight bytes state.
    #[error("not a frontier: rebuild it from the tiles")]
    Length,
}

impl Default for Frontier {
    fn default() -> Self {
        Self::empty()
    }
}

impl Frontier {
    /// The frontier of a log without entries.
    pub fn empty() -> Self {
        Self {
            size: 0,
            partial: Default::default(),
        }
    }

    /// Reads the right edge of a log of `size` entries: one tile per level.
    pub fn from_tiles<T: TileStore>(tiles: &T, size: u64) -> Result<Self, TreeError<T::Error>> {
        let mut frontier = Self {
            size,
            ..Self::empty()
        };
        for level in 0..LEVELS {
            let width = partial_width(level, size);
            if width > 0 {
                let index = crate::tile::full_tiles(level, size);
                frontier.partial[usize::from(level)] = read_tile(tiles, level, index, width)?;
            }
        }
        Ok(frontier)
    }

    /// Reads what [`Frontier::to_bytes`] wrote. The bytes are trusted: compare [`Frontier::root`] with a checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let (size, mut rest) = bytes.split_first_chunk().ok_or(BadFrontier::Length)?;
        let mut frontier = Self {
            size: u64::from_be_bytes(*size),
            ..Self::empty()
        };
        for level in 0..LEVELS {
            let length = usize::from(partial_width(level, frontier.size)) * 32;
            let (hashes, after) = rest.split_at_checked(length).ok_or(BadFrontier::Length)?;
            frontier.partial[usize::from(level)] = hashes_of(hashes);
            rest = after;
        }
        if rest.is_empty() {
            Ok(frontier)
        } else {
            Err(BadFrontier::Length)
        }
    }

    /// `u64be size`, then the partial tiles from level 0 up.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for hash in self.partial.iter().flatten() {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// How many entries the log holds.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the partial tile of a level, empty if there is none.
    pub fn partial(&self, level: u8) -> &[Hash] {
        self.partial.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// The root over all entries; [`Hash::empty`] if there are none. Costs a thousand hashes at most.
    pub fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for hashes in &self.partial {
            right = fold_right(hashes, right);
        }
        right.unwrap_or_else(Hash::empty)
    }

    /// Appends a leaf hash. `filled` is called with every tile that this entry fills, lowest level first.
    pub(crate) fn push(&mut self, leaf: Hash, mut filled: impl FnMut(u8, u64, &[Hash])) {
        self.size += 1;
        let mut rising = leaf;
        for level in 0..LEVELS {
            let hashes = &mut self.partial[usize::from(level)];
            hashes.push(rising);
            if (hashes.len() as u64) < TILE_WIDTH {
                return;
            }
            filled(
                level,
                (self.size >> (8 * u32::from(level))) / TILE_WIDTH - 1,
                hashes,
            );
            rising = subtree_root(hashes);
            hashes.clear();
        }
    }

    /// Appends a leaf hash (RFC 6962: `SHA-256(0x00 ‖ entry)`, see [`Hash::leaf`]).
    pub fn append(&mut self, leaf: Hash) {
        self.push(leaf, |_, _, _| {});
    }
}

/// The hashes in a tile's bytes; a torn last one is left out.
pub(crate) fn hashes_of(bytes: &[u8]) -> Vec<Hash> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| Hash::from_bytes(*bytes))
        .collect()
}

/// The root over a power of two of equally high neighbours.
pub(crate) fn subtree_root(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        for pair in 0..row.len() / 2 {
            row[pair] = Hash::node(&row[2 * pair], &row[2 * pair + 1]);
        }
        row.truncate(row.len() / 2);
    }
    row.first().copied().unwrap_or_else(Hash::empty)
}

/// The root over `hashes` followed by what `right` covers, which must be smaller than one of `hashes`.
///
/// The largest power of two goes to the left (RFC 6962), so the binary digits of the count are the subtrees.
fn fold_right(hashes: &[Hash], right: Option<Hash>) -> Option<Hash> {
    let mut rest = hashes;
    let mut right = right;
    while !rest.is_empty() {
        let smallest = 1 << rest.len().trailing_zeros();
        let (before, subtree) = rest.split_at(rest.len() - smallest);
        let root = subtree_root(subtree);
        right = Some(right.map_or(root, |right| Hash::node(&root, &right)));
        rest = before;
    }
    right
}
