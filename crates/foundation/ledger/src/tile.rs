//! Tiles: how a log is cut into files of at most 256 hashes or entries (C2SP tlog-tiles).
//!
//! Promises: the path of every tile in both directions, each tile with one spelling; how wide tiles are at a
//! given size; entry bundles. Leaves out: fetching and storing. The path here has no tile height in it, unlike
//! the older one of Go's checksum database.

use std::fmt;
use std::str::FromStr;

use crate::Hash;
use crate::text;

/// Hashes or entries in a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Levels a tree of at most 2^64 - 1 entries can have.
pub const LEVELS: u8 = 8;
/// The longest entry a bundle can hold, in bytes.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;
/// The highest level that the format can name; only [`LEVELS`] of them can hold anything.
const HIGHEST_LEVEL: u8 = 63;
/// There are fewer tiles than this on any level.
const TILES: u64 = 1 << 56;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of this level; level 0 are the leaf hashes.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of a tile. Its text is the path under the log's prefix: `tile/<L>/<N>[.p/<W>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Its place on its level, from 0.
    pub index: u64,
    /// How many hashes or entries: 1 to 256, and 256 is a full tile.
    pub width: u16,
}

/// Text that is not the path of a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a tile: paths look like tile/0/x001/234 or tile/entries/000.p/17")]
pub struct BadTilePath;

/// Bytes that are not an entry bundle, or entries that do not fit in one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// An entry is too long to be stored.
    #[error("an entry has {length} bytes; put a hash of anything over {MAX_ENTRY_BYTES} into the log")]
    EntryTooLong {
        /// Bytes of the entry.
        length: usize,
    },
    /// The bundle ends early.
    #[error("the bundle holds {found} whole entries, {wanted} are needed: fetch it again")]
    TooShort {
        /// Whole entries in it.
        found: u64,
        /// Entries asked for.
        wanted: u64,
    },
}

/// How many full tiles level `level` has when the log holds `size` entries.
pub fn full_tiles(level: u8, size: u64) -> u64 {
    hashes_at(level, size) / TILE_WIDTH
}

/// How wide the partial tile of `level` is when the log holds `size` entries; 0 means there is none.
pub fn partial_width(level: u8, size: u64) -> u16 {
    (hashes_at(level, size) % TILE_WIDTH) as u16
}

/// How many hashes of `level` exist when the log holds `size` entries.
pub(crate) fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

impl TilePath {
    /// Whether a log of `size` entries has this tile, whole or as the partial tile of exactly that size.
    pub fn exists_at(&self, size: u64) -> bool {
        let level = match self.kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let full = full_tiles(level, size);
        if u64::from(self.width) == TILE_WIDTH {
            return self.index < full;
        }
        self.index == full && self.width == partial_width(level, size)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        write_index(f, self.index)?;
        if u64::from(self.width) < TILE_WIDTH {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

impl FromStr for TilePath {
    type Err = BadTilePath;

    fn from_str(path: &str) -> Result<Self, BadTilePath> {
        let (kind, rest) = path
            .strip_prefix("tile/")
            .and_then(|path| path.split_once('/'))
            .ok_or(BadTilePath)?;
        let kind = read_kind(kind).ok_or(BadTilePath)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (
                index,
                text::decimal(width).filter(|width| (1..TILE_WIDTH).contains(width)),
            ),
            None => (rest, Some(TILE_WIDTH)),
        };
        let index = read_index(index).ok_or(BadTilePath)?;
        let width = width
            .and_then(|width| u16::try_from(width).ok())
            .ok_or(BadTilePath)?;
        Ok(Self { kind, index, width })
    }
}

/// Packs entries as `u16be length ‖ bytes`, one after the other. Bundles of neighbours can be joined as bytes.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BadBundle> {
    let mut bundle = Vec::with_capacity(entries.iter().map(|entry| entry.as_ref().len() + 2).sum());
    for entry in entries {
        let entry = entry.as_ref();
        let length =
            u16::try_from(entry.len()).map_err(|_| BadBundle::EntryTooLong { length: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// Packs links, the entries of our own log: 34 bytes each.
pub fn encode_links(links: &[Hash]) -> Vec<u8> {
    let mut bundle = Vec::with_capacity(links.len() * 34);
    for link in links {
        bundle.extend_from_slice(&[0, 32]);
        bundle.extend_from_slice(link.as_bytes());
    }
    bundle
}

/// The first `width` entries of a bundle. What follows them is not looked at: a stored bundle may have grown
/// since the size that is being read.
pub fn decode_bundle(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, BadBundle> {
    let mut entries = Vec::with_capacity(usize::from(width).min(bundle.len() / 2));
    let mut rest = bundle;
    while entries.len() < usize::from(width) {
        let short = BadBundle::TooShort {
            found: entries.len() as u64,
            wanted: width.into(),
        };
        let (length, after) = rest.split_first_chunk().ok_or(short.clone())?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(short)?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

fn read_kind(text: &str) -> Option<TileKind> {
    if text == "entries" {
        return Some(TileKind::Entries);
    }
    let level = u8::try_from(text::decimal(text)?).ok()?;
    (level <= HIGHEST_LEVEL).then_some(TileKind::Hashes(level))
}

/// Groups of three digits, all but the last with an x before them.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let digits = index.to_string();
    let groups = digits.len().div_ceil(3);
    let padded = format!("{index:0width$}", width = groups * 3);
    for group in 0..groups {
        let text = &padded[group * 3..group * 3 + 3];
        if group + 1 < groups {
            write!(f, "x{text}/")?
        } else {
            f.write_str(text)?
        }
    }
    Ok(())
}

fn read_index(text: &str) -> Option<u64> {
    // Longer than the longest index: refused before any arithmetic.
    if text.len() > 40 {
        return None;
    }
    let mut groups = text.split('/').peekable();
    let mut index: u64 = 0;
    let mut first = true;
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_some() {
            group.strip_prefix('x')?
        } else {
            group
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // A leading group of zeros would be a second spelling of the same index.
        if first && digits == "000" && groups.peek().is_some() {
            return None;
        }
        index = index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)?;
        first = false;
    }
    (index < TILES).then_some(index)
}

#[cfg(test)]
mod tests;
