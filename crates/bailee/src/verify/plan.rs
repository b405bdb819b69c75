//! The tiles of a log in the order in which an audit reads them, so that they can be fetched ahead of it.

use ledger::tile::{LEVELS, TILE_WIDTH, TileKind, TilePath, full_tiles, partial_width};

/// Every tile and bundle of a log of this size, in the order of [`ledger::audit::audit`].
pub(crate) fn plan(size: u64) -> impl Iterator<Item = TilePath> {
    let bundles = size.div_ceil(TILE_WIDTH);
    let partial = (0..LEVELS).filter_map(move |level| {
        let width = partial_width(level, size);
        (width > 0).then(|| TilePath {
            kind: TileKind::Hashes(level),
            index: full_tiles(level, size),
            width,
        })
    });
    (0..bundles)
        .flat_map(move |bundle| with_filled_tiles(bundle, size))
        .chain(partial)
}

/// A bundle, and the tiles that are full with its last entry.
fn with_filled_tiles(bundle: u64, size: u64) -> impl Iterator<Item = TilePath> {
    let full = bundle < full_tiles(0, size);
    let levels = if full {
        1 + (bundle + 1).trailing_zeros() / TILE_WIDTH.trailing_zeros()
    } else {
        0
    };
    let tiles = (0..levels).map(move |level| {
        let index = ((bundle + 1) >> (level * TILE_WIDTH.trailing_zeros())) - 1;
        whole(TileKind::Hashes(level as u8), index)
    });
    std::iter::once(at(TileKind::Entries, bundle, size)).chain(tiles)
}

/// The tile of this index as it is at this size: full, or the partial one.
pub(crate) fn at(kind: TileKind, index: u64, size: u64) -> TilePath {
    let level = level(kind);
    if index < full_tiles(level, size) {
        whole(kind, index)
    } else {
        TilePath {
            kind,
            index,
            width: partial_width(level, size),
        }
    }
}

/// The full tile of this index.
pub(crate) fn whole(kind: TileKind, index: u64) -> TilePath {
    TilePath {
        kind,
        index,
        width: TILE_WIDTH as u16,
    }
}

/// Entries are cut like level 0.
pub(crate) fn level(kind: TileKind) -> u8 {
    match kind {
        TileKind::Hashes(level) => level,
        TileKind::Entries => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use ledger::Hash;
    use ledger::audit::{EntryRule, LogReader, audit};
    use ledger::memory::MemoryLog;
    use ledger::tree::TileStore;

    use super::*;

    /// Notes what is read.
    struct Noting<'a>(&'a MemoryLog, RefCell<Vec<TilePath>>, u64);

    impl TileStore for Noting<'_> {
        type Error = Infallible;

        fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
            self.1
                .borrow_mut()
                .push(at(TileKind::Hashes(level), index, self.2));
            self.0.read_hash_tile(level, index)
        }
    }

    impl LogReader for Noting<'_> {
        fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
            self.1.borrow_mut().push(at(TileKind::Entries, index, self.2));
            self.0.read_entry_bundle(index)
        }
    }

    #[test]
    fn the_plan_is_what_an_audit_reads() {
        let mut log = MemoryLog::default();
        for size in [0u64, 1, 255, 256, 257, 65_535, 65_536, 65_793, 131_072] {
            let more: Vec<Hash> = (log.size()..size)
                .map(|index| Hash::leaf(&index.to_be_bytes()))
                .collect();
            log.append_links(&more);
            let noting = Noting(&log, RefCell::default(), size);
            audit(&noting, &log.checkpoint("log"), None, EntryRule::Links, |_| {}).unwrap();
            let planned: Vec<TilePath> = plan(size).collect();
            assert_eq!(noting.1.into_inner(), planned, "size {size}");
            assert!(planned.iter().all(|path| path.exists_at(size)), "size {size}");
        }
    }
}
