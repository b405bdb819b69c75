//! A chain: one party's entries in order, each bound to the one before.
//!
//! Leaving out or swapping entries of a chain changes every later link, so a party that keeps its own
//! events sees at once when one is withheld. The chain does not know whose it is.

use crate::{Hash, link};

/// The end of a chain, to which the next commitment is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    next: u64,
    last: Hash,
}

/// One entry of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEntry {
    /// Its place in the chain, from 0.
    pub sequence: u64,
    /// The link before it, [`Hash::ZERO`] at place 0.
    pub previous: Hash,
    /// Its own link: the log entry.
    pub link: Hash,
}

impl Chain {
    /// A chain without entries.
    pub const fn start() -> Self {
        Self {
            next: 0,
            last: Hash::ZERO,
        }
    }

    /// The chain after this entry, as stored.
    pub const fn after(sequence: u64, link: Hash) -> Self {
        Self {
            next: sequence.saturating_add(1),
            last: link,
        }
    }

    /// The place of the next entry.
    pub const fn next_sequence(&self) -> u64 {
        self.next
    }

    /// The last link, [`Hash::ZERO`] before the first.
    pub const fn last_link(&self) -> Hash {
        self.last
    }

    /// Appends an event's commitment.
    pub fn append(&mut self, commitment: &Hash) -> ChainEntry {
        let entry = ChainEntry {
            sequence: self.next,
            previous: self.last,
            link: link(self.next, &self.last, commitment),
        };
        *self = Self::after(entry.sequence, entry.link);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(commitments: &[u8]) -> Vec<Hash> {
        let mut chain = Chain::start();
        commitments
            .iter()
            .map(|byte| chain.append(&Hash::from_bytes([*byte; 32])).link)
            .collect()
    }

    #[test]
    fn withholding_or_swapping_an_entry_changes_every_later_link() {
        let whole = links(&[1, 2, 3, 4]);
        let withheld = links(&[1, 3, 4]);
        let swapped = links(&[1, 3, 2, 4]);
        assert_eq!(whole[0], withheld[0]);
        assert!(withheld[1..].iter().all(|link| !whole.contains(link)));
        assert!(swapped[1..].iter().all(|link| !whole.contains(link)));
    }

    #[test]
    fn a_stored_chain_goes_on_where_it_stopped() {
        let mut chain = Chain::start();
        let first = chain.append(&Hash::from_bytes([1; 32]));
        let mut resumed = Chain::after(first.sequence, first.link);
        let second = resumed.append(&Hash::from_bytes([2; 32]));
        assert_eq!((second.sequence, second.previous), (1, first.link));
        assert_eq!(second.link, links(&[1, 2])[1]);
    }
}
