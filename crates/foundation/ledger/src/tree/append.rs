//! What a sequencer stores after appending.

use std::collections::BTreeMap;

use crate::Hash;
use crate::tile;
use crate::tile::LEVELS;
use crate::tile::TILE_WIDTH;
use crate::tile::full_tiles;

use super::Frontier;

/// A hash tile that is new or has grown; it replaces what is stored under its level and index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashTile {
    /// Its level; 0 holds leaf hashes.
    pub level: u8,
    /// Its place on the level, from 0.
    pub index: u64,
    /// Thirty-two bytes per hash.
    pub bytes: Vec<u8>,
}

/// Bytes that are to be added at the end of an entry bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleTail {
    /// The place of the bundle, from 0.
    pub index: u64,
    /// How many entries the bundle has already; 0 means that it is new.
    pub held: u16,
    /// The further entries, encoded.
    pub bytes: Vec<u8>,
}

/// Everything that appending changed. All of it must be durable before a checkpoint of the new size is signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appended {
    /// Hash tiles to write over the stored ones.
    pub tiles: Vec<HashTile>,
    /// Entry bundles to write or extend.
    pub bundles: Vec<BundleTail>,
}

/// Appends links (see [`crate::Chain`]), the entries of our own log.
pub fn append_entries(frontier: &mut Frontier, links: &[Hash]) -> Appended {
    let bundles = bundle_tails(frontier.size(), links);
    let tiles = append_leaves(frontier, links.iter().map(|link| Hash::leaf(link.as_bytes())));
    Appended { tiles, bundles }
}

/// Appends leaf hashes ([`Hash::leaf`]) of entries of any form; their bundles are the caller's to write.
pub fn append_leaves(frontier: &mut Frontier, leaves: impl IntoIterator<Item = Hash>) -> Vec<HashTile> {
    let before = frontier.size();
    let mut changed = BTreeMap::new();
    for leaf in leaves {
        frontier.push(leaf, |level, index, hashes| {
            changed.insert((level, index), bytes_of(hashes));
        });
    }
    for level in 0..LEVELS {
        let hashes = frontier.partial(level);
        if tile::hashes_at(level, frontier.size()) > tile::hashes_at(level, before) && !hashes.is_empty() {
            changed.insert((level, full_tiles(level, frontier.size())), bytes_of(hashes));
        }
    }
    changed
        .into_iter()
        .map(|((level, index), bytes)| HashTile { level, index, bytes })
        .collect()
}

fn bundle_tails(size: u64, links: &[Hash]) -> Vec<BundleTail> {
    let mut tails = Vec::new();
    let mut next = size;
    let mut rest = links;
    while !rest.is_empty() {
        let held = next % TILE_WIDTH;
        let room = (TILE_WIDTH - held) as usize;
        let (now, after) = rest.split_at(room.min(rest.len()));
        tails.push(BundleTail {
            index: next / TILE_WIDTH,
            held: held as u16,
            bytes: tile::encode_links(now),
        });
        next += now.len() as u64;
        rest = after;
    }
    tails
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len() * 32);
    for hash in hashes {
        bytes.extend_from_slice(hash.as_bytes());
    }
    bytes
}
