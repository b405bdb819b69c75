//! The Merkle tree (RFC 6962, section 2.1) over tiles of 256 hashes.
//!
//! Promises: appending with a right edge that stays small ([`Frontier`]), proofs from a few tiles
//! ([`inclusion_proof`], [`consistency_proof`]) and their verification exactly as RFC 9162, sections 2.1.3.2
//! and 2.1.4.2. Leaves out: where tiles are kept; a reader is an argument and its errors pass through.

mod append;
mod frontier;
mod prove;
mod verify;

pub use append::{Appended, BundleTail, HashTile, append_entries, append_leaves};
pub use frontier::{BadFrontier, Frontier};
pub use prove::{TreeError, consistency_proof, inclusion_proof, root_at};
pub use verify::{ProofRefused, root_from_inclusion, verify_consistency, verify_inclusion};

/// Where hash tiles are read from.
pub trait TileStore {
    /// What may go wrong while reading.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The tile of this level and index as stored: thirty-two bytes per hash, the partial one as far as it has
    /// grown. `None` if there is none.
    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;
}

impl<T: TileStore + ?Sized> TileStore for &T {
    type Error = T::Error;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        (**self).read_hash_tile(level, index)
    }
}

#[cfg(test)]
mod tests;
