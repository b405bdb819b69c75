//! Commitments, chains, a Merkle tree over tiles, signed checkpoints, proofs and receipts.
//!
//! Promises: what an event becomes in the log ([`commit`], [`Chain`]), how the log is stored and proved
//! ([`tree`], [`tile`]), how its head is signed ([`note`], [`checkpoint`]), and how one event is proved to
//! somebody who has nothing but a key ([`proof`], [`receipt`]) or a copy of the whole log ([`audit`]).
//! Leaves out: any input or output, clocks, databases, and whose chain a chain is. The formats are
//! described for a second implementation in `docs/formats/ledger.md`.

pub mod audit;
pub mod canonical;
mod chain;
pub mod checkpoint;
mod hash;
mod key;
#[cfg(any(test, feature = "test-util"))]
pub mod memory;
pub mod note;
mod policy;
pub mod proof;
pub mod receipt;
mod text;
pub mod tile;
pub mod tree;

#[cfg(test)]
mod interop_tests;
#[cfg(test)]
mod vector_tests;

pub use chain::{Chain, ChainEntry};
pub use hash::{Hash, Salt, commit, link};
pub use key::{BadKey, KeyKind, SigningKey, VerifierKey, is_key_name};
pub use policy::{BadPolicy, Policy};
pub use receipt::{Receipt, VerifiedReceipt};
