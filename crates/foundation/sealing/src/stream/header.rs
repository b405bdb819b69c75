//! The first bytes of a stream.

use super::{ChunkSize, DOMAIN, NONCE_PREFIX_LEN};
use crate::primitive::{COMMITMENT_LEN, SUITE_1, Schedule};
use crate::{Context, Key, Refused};

/// Bytes of every stream header: 4 magic, version, suite, chunk size, flags, 32 salt, 32 commitment.
pub const HEADER_LEN: usize = PREFIX_LEN + SALT_LEN + COMMITMENT_LEN;

const MAGIC: [u8; 4] = *b"BAIL";
const VERSION: u8 = 1;
const PREFIX_LEN: usize = 8;
const SALT_LEN: usize = 32;
const WHAT: &str = "a sealed stream";

/// A stream header that is well formed. Nothing in it is verified before a [`super::StreamOpener`] is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    chunk_size: ChunkSize,
    salt: [u8; SALT_LEN],
    commitment: [u8; COMMITMENT_LEN],
}

impl Header {
    /// Reads the header from the first [`HEADER_LEN`] bytes of a stream; more may follow.
    ///
    /// # Errors
    /// [`Refused::TooShort`], [`Refused::NotAStream`], [`Refused::UnknownFormat`], [`Refused::ChunkSize`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let Some((head, _)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Refused::TooShort { what: WHAT });
        };
        let [m0, m1, m2, m3, version, suite, chunk_log2, flags] = head[..PREFIX_LEN] else {
            return Err(Refused::NotAStream);
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Err(Refused::NotAStream);
        }
        if (version, suite) != (VERSION, SUITE_1) {
            return Err(Refused::UnknownFormat {
                what: WHAT,
                version,
                suite,
            });
        }
        if flags != 0 {
            return Err(Refused::NotAStream);
        }
        let mut header = Self {
            chunk_size: ChunkSize::from_log2(chunk_log2)?,
            salt: [0; SALT_LEN],
            commitment: [0; 32],
        };
        header
            .salt
            .copy_from_slice(&head[PREFIX_LEN..PREFIX_LEN + SALT_LEN]);
        header.commitment.copy_from_slice(&head[PREFIX_LEN + SALT_LEN..]);
        Ok(header)
    }

    /// The chunk size this stream was sealed with.
    pub fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// A new stream's header and what follows from it.
    pub(super) fn create(
        key: &Key,
        context: &Context,
        chunk_size: ChunkSize,
        salt: [u8; SALT_LEN],
    ) -> (Self, Schedule<NONCE_PREFIX_LEN>) {
        let mut header = Self {
            chunk_size,
            salt,
            commitment: [0; COMMITMENT_LEN],
        };
        let schedule = header.schedule(key, context);
        header.commitment = schedule.commitment;
        (header, schedule)
    }

    /// What follows from the header, if the commitment fits.
    pub(super) fn verified(
        &self,
        key: &Key,
        context: &Context,
    ) -> Result<Schedule<NONCE_PREFIX_LEN>, Refused> {
        let schedule = self.schedule(key, context);
        schedule.check(&self.commitment)?;
        Ok(schedule)
    }

    /// The header as it is written.
    pub(super) fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0u8; HEADER_LEN];
        bytes[..PREFIX_LEN].copy_from_slice(&self.prefix());
        bytes[PREFIX_LEN..PREFIX_LEN + SALT_LEN].copy_from_slice(&self.salt);
        bytes[PREFIX_LEN + SALT_LEN..].copy_from_slice(&self.commitment);
        bytes
    }

    fn schedule(&self, key: &Key, context: &Context) -> Schedule<NONCE_PREFIX_LEN> {
        Schedule::new(key, &self.salt, DOMAIN, &self.prefix(), context)
    }

    fn prefix(&self) -> [u8; PREFIX_LEN] {
        let [m0, m1, m2, m3] = MAGIC;
        [m0, m1, m2, m3, VERSION, SUITE_1, self.chunk_size.log2(), 0]
    }
}
