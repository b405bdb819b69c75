//! Sealed streams: the bytes of an item, in chunks that are opened one by one.
//!
//! STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with AES-256-GCM: a header, then chunks of one fixed
//! size, each with its number and a last-chunk flag in the nonce. Promises: bytes are given out only
//! after their chunk is verified; cutting, extending, reordering, exchanging chunks or moving the whole to
//! another context is refused; a range is opened without the rest. Leaves out: compression, hiding the
//! length, and knowing how long a stream *should* be when only a middle range is read (the caller's row does).

mod header;
mod layout;
mod open;
mod seal;
mod sealing;
#[cfg(test)]
mod tests;

pub use header::{HEADER_LEN, Header};
pub use layout::{ChunkSize, ChunkSpan, Layout, Span, TAG_LEN};
pub use open::StreamOpener;
pub use seal::{ChunkPlace, StreamSealer, seal_whole};
pub use sealing::Sealing;

use aws_lc_rs::aead::Nonce;

/// Bytes of the nonce that are the same for all chunks of a stream.
const NONCE_PREFIX_LEN: usize = 7;
const DOMAIN: &str = "bailee/v1/stream";

/// Prefix, chunk number (big endian), last flag: twelve bytes, different for every chunk of a stream.
fn nonce(prefix: &[u8; NONCE_PREFIX_LEN], index: u32, last: bool) -> Nonce {
    let mut bytes = [0u8; 12];
    bytes[..NONCE_PREFIX_LEN].copy_from_slice(prefix);
    bytes[NONCE_PREFIX_LEN..11].copy_from_slice(&index.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}
