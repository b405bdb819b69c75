//! A copy of the public log in memory, to be audited, and to be tampered with.

use std::collections::BTreeMap;
use std::convert::Infallible;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ledger::audit::LogReader;
use ledger::tile::{LEVELS, TILE_WIDTH, TileKind, TilePath, full_tiles, partial_width};
use ledger::tree::TileStore;

use super::visitor::{Call, Step, Trouble, Visitor};

const AT_ONCE: usize = 8;

/// Tiles by what they hold and their place.
pub(super) struct LogCopy(BTreeMap<(TileKind, u64), Vec<u8>>);

impl LogCopy {
    /// Fetches all that a log of this size has.
    pub(super) async fn fetch(stranger: &Visitor, size: u64) -> Step<Self> {
        let fetched = stream::iter(tiles(size)).map(async |tile: TilePath| -> Step<_> {
            let reply = stranger.ask(Call::get(format!("/log/{tile}"))).await?.is(200)?;
            Ok(((tile.kind, tile.index), reply.body))
        });
        Ok(Self(fetched.buffer_unordered(AT_ONCE).try_collect().await?))
    }

    /// Changes one bit of an entry, as somebody might who has the database.
    pub(super) fn change_entry(&mut self, entry: u64) -> Step<()> {
        // Two bytes of length before each of thirty-two.
        let at = usize::try_from(entry % TILE_WIDTH).unwrap_or_default() * 34 + 2;
        let bundle = self.0.get_mut(&(TileKind::Entries, entry / TILE_WIDTH));
        let byte = bundle.and_then(|bundle| bundle.get_mut(at));
        *byte.ok_or_else(|| Trouble::unusable(format!("there is no entry {entry}")))? ^= 1;
        Ok(())
    }
}

fn tiles(size: u64) -> Vec<TilePath> {
    let kinds = (0..LEVELS)
        .map(|level| (TileKind::Hashes(level), level))
        .chain([(TileKind::Entries, 0)]);
    let of_kind = |(kind, level)| {
        let (full, rest) = (full_tiles(level, size), partial_width(level, size));
        let whole = (0..full).map(move |index| TilePath {
            kind,
            index,
            width: TILE_WIDTH as u16,
        });
        whole.chain((rest > 0).then_some(TilePath {
            kind,
            index: full,
            width: rest,
        }))
    };
    kinds.flat_map(of_kind).collect()
}

impl TileStore for LogCopy {
    type Error = Infallible;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(TileKind::Hashes(level), index)).cloned())
    }
}

impl LogReader for LogCopy {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(TileKind::Entries, index)).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_of_a_log_is_asked_for() {
        for size in [1, 255, 256, 257, 70_000] {
            let tiles = tiles(size);
            assert!(tiles.iter().all(|tile| tile.exists_at(size)), "{size}");
            let entries: u64 = tiles
                .iter()
                .filter(|tile| tile.kind == TileKind::Entries)
                .map(|tile| u64::from(tile.width))
                .sum();
            assert_eq!(entries, size);
        }
    }
}
