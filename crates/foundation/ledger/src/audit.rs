//! Verification of a whole log from a copy of its tiles and bundles.
//!
//! Promises: everything is derived again from the entries and compared: every hash tile, the root, and the
//! root of an earlier checkpoint on the way. One pass, one bundle at a time; memory does not grow with the log.
//! The first thing that is wrong is named. Leaves out: signatures, which the caller has verified to have the
//! checkpoints, and fetching.

use crate::Hash;
use crate::checkpoint::Checkpoint;
use crate::tile;
use crate::tile::BadBundle;
use crate::tile::LEVELS;
use crate::tile::TILE_WIDTH;
use crate::tree::Frontier;
use crate::tree::TileStore;

/// Where a whole log is read from.
pub trait LogReader: TileStore {
    /// The entry bundle of this index as stored, the partial one as far as it has grown. `None` if there is none.
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// Which entries a log may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryRule {
    /// Links of thirty-two bytes, as every log of ours.
    Links,
    /// Anything, for other logs.
    Any,
}

/// What a good log was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditReport {
    /// Entries read.
    pub entries: u64,
    /// Hash tiles compared, partial ones included.
    pub tiles: u64,
}

/// The first thing found wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum AuditError<E: std::error::Error + 'static> {
    /// The reader failed; this says nothing about the log.
    #[error("reading the log failed")]
    Read(#[source] E),
    /// A bundle that must exist does not.
    #[error("entry bundle {bundle} is missing, and with it the entries from {first_entry}")]
    BundleMissing {
        /// Its index.
        bundle: u64,
        /// The first entry it should hold.
        first_entry: u64,
    },
    /// A bundle cannot be read.
    #[error("entry bundle {bundle} is damaged: {reason}")]
    BundleDamaged {
        /// Its index.
        bundle: u64,
        /// How.
        reason: BadBundle,
    },
    /// An entry is not a link.
    #[error("entry {entry} has {length} bytes and is no link")]
    NotALink {
        /// Its index.
        entry: u64,
        /// Its length in bytes.
        length: usize,
    },
    /// A hash tile that must exist does not.
    #[error("tile {index} of level {level} is missing")]
    TileMissing {
        /// Its level.
        level: u8,
        /// Its index.
        index: u64,
    },
    /// A hash tile does not have whole hashes, or too few or too many.
    #[error("tile {index} of level {level} is damaged: it has {bytes} bytes, at least {wanted} are needed")]
    TileDamaged {
        /// Its level.
        level: u8,
        /// Its index.
        index: u64,
        /// Its length in bytes.
        bytes: usize,
        /// The bytes needed for the audited size.
        wanted: usize,
    },
    /// On level 0, an entry and its leaf hash differ: one of the two was changed.
    #[error("entry {entry} and its hash in the tile differ: one of them was changed")]
    EntryDiffers {
        /// Its index.
        entry: u64,
    },
    /// On a higher level, a hash is not that of the tile below.
    #[error("hash {place} in tile {index} of level {level} is not the root of the tile below it")]
    HashDiffers {
        /// The tile's level.
        level: u8,
        /// The tile's index.
        index: u64,
        /// The place within it, from 0.
        place: u64,
    },
    /// All tiles agree with the entries, but the checkpoint states another root.
    #[error(
        "the log of {size} entries has root {computed}, the checkpoint says {stated}: history was changed"
    )]
    RootDiffers {
        /// The size of the checkpoint.
        size: u64,
        /// The root over the entries.
        computed: Hash,
        /// The root in the checkpoint.
        stated: Hash,
    },
    /// The earlier checkpoint is of another log or of a larger size.
    #[error("the earlier checkpoint ({earlier} entries) is not one of this log's before {size} entries")]
    NotEarlier {
        /// The size of the earlier one.
        earlier: u64,
        /// The size audited.
        size: u64,
    },
}

/// Verifies the first `checkpoint.size` entries of a log, and that an earlier checkpoint was a beginning of it.
///
/// `progress` is called after each bundle with the entries done so far.
pub fn audit<R: LogReader>(
    reader: &R,
    checkpoint: &Checkpoint,
    earlier: Option<&Checkpoint>,
    rule: EntryRule,
    mut progress: impl FnMut(u64),
) -> Result<AuditReport, AuditError<R::Error>> {
    if let Some(earlier) = earlier
        && (earlier.size > checkpoint.size || earlier.origin != checkpoint.origin)
    {
        return Err(AuditError::NotEarlier {
            earlier: earlier.size,
            size: checkpoint.size,
        });
    }
    let mut audit = Audit {
        reader,
        size: checkpoint.size,
        rule,
        earlier,
        earlier_root: None,
        frontier: Frontier::empty(),
        report: AuditReport::default(),
    };
    audit.note_earlier_root();
    while audit.frontier.size() < checkpoint.size {
        audit.next_bundle()?;
        progress(audit.frontier.size());
    }
    audit.partial_tiles()?;
    audit.compare_roots(checkpoint)?;
    Ok(audit.report)
}

struct Audit<'a, R> {
    reader: &'a R,
    size: u64,
    rule: EntryRule,
    earlier: Option<&'a Checkpoint>,
    earlier_root: Option<Hash>,
    frontier: Frontier,
    report: AuditReport,
}

impl<R: LogReader> Audit<'_, R> {
    fn next_bundle(&mut self) -> Result<(), AuditError<R::Error>> {
        let first_entry = self.frontier.size();
        let bundle = first_entry / TILE_WIDTH;
        let width = (self.size - first_entry).min(TILE_WIDTH) as u16;
        let bytes = self.reader.read_entry_bundle(bundle).map_err(AuditError::Read)?;
        let bytes = bytes.ok_or(AuditError::BundleMissing { bundle, first_entry })?;
        let entries = tile::decode_bundle(&bytes, width)
            .map_err(|reason| AuditError::BundleDamaged { bundle, reason })?;
        for entry in entries {
            self.entry(entry)?;
            self.note_earlier_root();
        }
        Ok(())
    }

    fn entry(&mut self, entry: &[u8]) -> Result<(), AuditError<R::Error>> {
        if self.rule == EntryRule::Links && entry.len() != 32 {
            return Err(AuditError::NotALink {
                entry: self.frontier.size(),
                length: entry.len(),
            });
        }
        // Tiles are at most eight at once, and only at the end of a full one.
        let mut filled: Vec<(u8, u64, Vec<Hash>)> = Vec::new();
        self.frontier.push(Hash::leaf(entry), |level, index, hashes| {
            filled.push((level, index, hashes.to_vec()))
        });
        self.report.entries += 1;
        filled
            .iter()
            .try_for_each(|(level, index, hashes)| self.compare_tile(*level, *index, hashes))
    }

    fn partial_tiles(&mut self) -> Result<(), AuditError<R::Error>> {
        for level in 0..LEVELS {
            let hashes = self.frontier.partial(level).to_vec();
            if !hashes.is_empty() {
                self.compare_tile(level, tile::full_tiles(level, self.size), &hashes)?;
            }
        }
        Ok(())
    }

    fn compare_tile(&mut self, level: u8, index: u64, hashes: &[Hash]) -> Result<(), AuditError<R::Error>> {
        let bytes = self
            .reader
            .read_hash_tile(level, index)
            .map_err(AuditError::Read)?;
        let bytes = bytes.ok_or(AuditError::TileMissing { level, index })?;
        let wanted = hashes.len() * 32;
        if bytes.len() < wanted || bytes.len() % 32 != 0 || bytes.len() as u64 > TILE_WIDTH * 32 {
            return Err(AuditError::TileDamaged {
                level,
                index,
                bytes: bytes.len(),
                wanted,
            });
        }
        let differing = hashes
            .iter()
            .zip(bytes.as_chunks().0)
            .position(|(hash, stored)| hash.as_bytes() != stored);
        self.report.tiles += 1;
        match differing {
            None => Ok(()),
            Some(place) if level == 0 => Err(AuditError::EntryDiffers {
                entry: index * TILE_WIDTH + place as u64,
            }),
            Some(place) => Err(AuditError::HashDiffers {
                level,
                index,
                place: place as u64,
            }),
        }
    }

    /// Called at every size: keeps the root when the log has the earlier checkpoint's.
    fn note_earlier_root(&mut self) {
        if self
            .earlier
            .is_some_and(|earlier| earlier.size == self.frontier.size())
        {
            self.earlier_root = Some(self.frontier.root());
        }
    }

    /// Comes last, so that a wrong entry or tile is named rather than a wrong root.
    fn compare_roots(&self, checkpoint: &Checkpoint) -> Result<(), AuditError<R::Error>> {
        if let (Some(earlier), Some(computed)) = (self.earlier, self.earlier_root) {
            compare_root(earlier, computed)?;
        }
        compare_root(checkpoint, self.frontier.root())
    }
}

fn compare_root<E: std::error::Error>(head: &Checkpoint, computed: Hash) -> Result<(), AuditError<E>> {
    if computed == head.root {
        return Ok(());
    }
    Err(AuditError::RootDiffers {
        size: head.size,
        computed,
        stated: head.root,
    })
}

#[cfg(test)]
mod tests;
