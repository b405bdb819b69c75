//! Randomness and keys that tests can foresee.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use kernel::Random;

use crate::{Context, Key};

/// "Random" bytes that never repeat: SHA-256 of 0, 1, 2, … (eight bytes, big endian), one after another;
/// each request starts at a new digest.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            part.copy_from_slice(&digest(&SHA256, &count.to_be_bytes()).as_ref()[..part.len()]);
        }
    }
}

/// The key whose bytes are all `byte`.
pub(crate) fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

/// A context for one place.
pub(crate) fn place(name: &str) -> Context {
    Context::new("test").with(name)
}
