//! Sealing chunks, on one thread or several.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{Aad, Nonce};
use kernel::Random;

use super::{ChunkSize, HEADER_LEN, Header, NONCE_PREFIX_LEN, TAG_LEN, nonce};
use crate::primitive::{Schedule, certain};
use crate::{Context, Key, Refused};

/// The writing side of one stream. Not `Clone`: a stream has one order of chunks.
pub struct StreamSealer {
    stream: Arc<Stream>,
    /// The next chunk's number, or [`ENDED`] and above.
    next: AtomicU64,
}

/// The right to seal one chunk, once, on whatever thread.
///
/// INVARIANT: at most one place exists per chunk number of a stream, and sealing consumes it. So no two
/// plaintexts are ever sealed under one nonce, whatever callers do.
#[must_use = "a place that is not used leaves a hole, and the stream will be refused"]
pub struct ChunkPlace {
    stream: Arc<Stream>,
    index: u32,
    last: bool,
}

struct Stream {
    schedule: Schedule<NONCE_PREFIX_LEN>,
    chunk_size: ChunkSize,
}

/// Beyond every chunk number, and far from overflow.
const ENDED: u64 = 1 << 63;
const MAX_CHUNKS: u64 = 1 << 32;

/// A whole stream, header and chunks, of bytes that are at hand: no more memory than the result.
///
/// # Errors
/// [`Refused::TooLong`] beyond 2^32 chunks.
pub fn seal_whole(
    key: &Key,
    context: &Context,
    chunk_size: ChunkSize,
    random: &dyn Random,
    plaintext: &[u8],
) -> Result<Vec<u8>, Refused> {
    let (sealer, header) = StreamSealer::new(key, context, chunk_size, random);
    let size = chunk_size.bytes();
    // Empty bytes are one empty chunk.
    let chunks = plaintext.len().div_ceil(size).max(1);
    let mut sealed = vec![0u8; HEADER_LEN + plaintext.len() + chunks * TAG_LEN];
    let (head, mut rest) = sealed.split_at_mut(HEADER_LEN);
    head.copy_from_slice(&header);
    for index in 0..chunks {
        let begins = index * size;
        let chunk = &plaintext[begins..plaintext.len().min(begins + size)];
        let (now, later) = rest.split_at_mut(chunk.len() + TAG_LEN);
        sealer.place(index + 1 == chunks)?.seal_into(chunk, now)?;
        rest = later;
    }
    Ok(sealed)
}

impl StreamSealer {
    /// A new stream under a key for one context, and the header to write before its chunks.
    ///
    /// Its salt is fresh, so a second stream under the same key and context shares nothing with it; still
    /// give every version of an item its own key, so that destroying the key ends that version alone.
    pub fn new(
        key: &Key,
        context: &Context,
        chunk_size: ChunkSize,
        random: &dyn Random,
    ) -> (Self, [u8; HEADER_LEN]) {
        let mut salt = [0u8; 32];
        random.fill(&mut salt);
        let (header, schedule) = Header::create(key, context, chunk_size, salt);
        let stream = Arc::new(Stream { schedule, chunk_size });
        (
            Self {
                stream,
                next: AtomicU64::new(0),
            },
            header.to_bytes(),
        )
    }

    /// The chunk size of this stream.
    pub fn chunk_size(&self) -> ChunkSize {
        self.stream.chunk_size
    }

    /// The next place, in the order of the plaintext. After the last there is none.
    ///
    /// # Errors
    /// [`Refused::Ended`] after the last place; [`Refused::TooLong`] after 2^32.
    pub fn place(&self, last: bool) -> Result<ChunkPlace, Refused> {
        let step = |next: u64| match next {
            ENDED => None,
            MAX_CHUNKS => None,
            _ if last => Some(ENDED),
            _ => Some(next + 1),
        };
        match self.next.fetch_update(Ordering::AcqRel, Ordering::Acquire, step) {
            Ok(index) => Ok(ChunkPlace {
                stream: Arc::clone(&self.stream),
                index: index as u32,
                last,
            }),
            Err(ENDED) => Err(Refused::Ended),
            Err(_) => Err(Refused::TooLong),
        }
    }

    /// Seals the next chunk in place and appends its tag: [`StreamSealer::place`] and [`ChunkPlace::seal`].
    ///
    /// # Errors
    /// As these two.
    pub fn seal_chunk(&self, last: bool, chunk: &mut Vec<u8>) -> Result<(), Refused> {
        self.place(last)?.seal(chunk)
    }

    /// Gives out no more places: for a stream that has failed.
    pub(super) fn end(&self) {
        self.next.store(ENDED, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn skip_to(&self, next: u64) {
        self.next.store(next, Ordering::Release);
    }
}

impl ChunkPlace {
    /// The number of the chunk, from 0; sealed chunks are written in this order.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether this is the last chunk.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// Turns a chunk of plaintext into its sealed bytes, in place; the tag is appended, so room for
    /// [`super::TAG_LEN`] more bytes saves a move.
    ///
    /// # Errors
    /// [`Refused::ChunkLength`] unless the chunk is full, or last and not empty, or alone. The place is
    /// spent all the same: start the stream again.
    pub fn seal(self, chunk: &mut Vec<u8>) -> Result<(), Refused> {
        let tag = self.seal_slice(chunk)?;
        chunk.extend_from_slice(&tag);
        Ok(())
    }

    /// Seals a chunk in place and gives the tag that belongs behind it.
    pub(super) fn seal_slice(self, chunk: &mut [u8]) -> Result<[u8; TAG_LEN], Refused> {
        let nonce = self.nonce_for(chunk.len())?;
        let tag = self
            .stream
            .schedule
            .cipher
            .seal_in_place_separate_tag(nonce, Aad::empty(), chunk);
        let mut bytes = [0u8; TAG_LEN];
        bytes.copy_from_slice(certain(tag, "a chunk has at most a mebibyte").as_ref());
        Ok(bytes)
    }

    /// Seals `plaintext` into `sealed`, which is [`super::TAG_LEN`] bytes longer, without a copy of the
    /// plaintext in between.
    ///
    /// # Errors
    /// As [`ChunkPlace::seal`]; also [`Refused::ChunkLength`] if `sealed` has another length.
    pub fn seal_into(self, plaintext: &[u8], sealed: &mut [u8]) -> Result<(), Refused> {
        if sealed.len() != plaintext.len() + TAG_LEN {
            return Err(Refused::ChunkLength(sealed.len()));
        }
        let nonce = self.nonce_for(plaintext.len())?;
        let (body, tag) = sealed.split_at_mut(plaintext.len());
        let cipher = &self.stream.schedule.cipher;
        let done = cipher.seal_out_of_place_scatter(nonce, Aad::empty(), plaintext, body, &[], tag);
        certain(done, "a chunk has at most a mebibyte and its tag sixteen bytes");
        Ok(())
    }

    fn nonce_for(&self, plaintext_len: usize) -> Result<Nonce, Refused> {
        if !self
            .stream
            .chunk_size
            .allows(plaintext_len, self.index, self.last)
        {
            return Err(Refused::ChunkLength(plaintext_len));
        }
        Ok(nonce(&self.stream.schedule.nonce, self.index, self.last))
    }
}

impl std::fmt::Debug for StreamSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamSealer")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ChunkPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChunkPlace({}, last: {})", self.index, self.last)
    }
}
