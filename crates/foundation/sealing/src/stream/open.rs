//! Opening chunks, in any order and on any thread.

use aws_lc_rs::aead::Aad;

use super::{ChunkSize, Header, NONCE_PREFIX_LEN, TAG_LEN, nonce};
use crate::primitive::Schedule;
use crate::{Context, Key, Refused};

/// The reading side of one stream, made only when key and context fit the header.
pub struct StreamOpener {
    schedule: Schedule<NONCE_PREFIX_LEN>,
    chunk_size: ChunkSize,
}

impl StreamOpener {
    /// Checks a header ([`super::HEADER_LEN`] bytes; more may follow) against key and context.
    ///
    /// # Errors
    /// As [`Header::parse`]; [`Refused::WrongKeyOrContext`] when the commitment differs.
    pub fn new(key: &Key, context: &Context, header: &[u8]) -> Result<Self, Refused> {
        let header = Header::parse(header)?;
        Ok(Self {
            schedule: header.verified(key, context)?,
            chunk_size: header.chunk_size(),
        })
    }

    /// The chunk size of this stream.
    pub fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// Opens one sealed chunk in place and returns its plaintext, the front of the same bytes.
    ///
    /// Whoever reads to the end must have opened a chunk with `last` true: that is the proof that
    /// nothing was cut off. [`super::Layout::chunk`] gives number and flag.
    ///
    /// # Errors
    /// [`Refused::ChunkLength`] for a length that cannot stand there; [`Refused::Altered`] for changed
    /// bytes, another place, another stream, or a wrong `last`. The bytes are then worthless.
    pub fn open_chunk<'a>(
        &self,
        index: u32,
        last: bool,
        chunk: &'a mut [u8],
    ) -> Result<&'a mut [u8], Refused> {
        let plaintext_len = chunk
            .len()
            .checked_sub(TAG_LEN)
            .ok_or(Refused::ChunkLength(chunk.len()))?;
        if !self.chunk_size.allows(plaintext_len, index, last) {
            return Err(Refused::ChunkLength(chunk.len()));
        }
        let nonce = nonce(&self.schedule.nonce, index, last);
        self.schedule
            .cipher
            .open_in_place(nonce, Aad::empty(), chunk)
            .map_err(|_| Refused::Altered)
    }
}

impl std::fmt::Debug for StreamOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamOpener")
            .field("chunk_size", &self.chunk_size)
            .finish_non_exhaustive()
    }
}
