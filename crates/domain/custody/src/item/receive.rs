//! Bytes on their way in: hashed, sealed and stored while they arrive, before anything refers to them.
//!
//! Promises: memory does not grow with the body; nothing in clear touches the disk; an upload that ends
//! early, is too large or does not match what was declared leaves neither bytes nor rows behind. Leaves
//! out: who may do it and what it becomes (`put`).

use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use kernel::{ObjectId, VersionId};
use sealing::{ChunkSize, Key, Sealing};
use store::StoreError;
use tokio::sync::mpsc;

use super::put::PutItem;
use crate::error::{Error, Result};
use crate::{Custody, contexts};

/// How many pieces of a body may wait for the sealing thread: enough to keep it busy, little enough to forget.
const PIECES_IN_FLIGHT: usize = 8;

/// Why a body ended before its end.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct BodyError(pub String);

/// Sealed bytes that no row refers to yet.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) version: VersionId,
    pub(crate) key: Arc<Key>,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) body: SealedBody,
    /// The plaintext of a record, which is small, for its declared fields.
    pub(crate) record: Option<Arc<zeroize::Zeroizing<Vec<u8>>>>,
}

/// Where the sealed bytes are.
#[derive(Clone)]
pub(crate) enum SealedBody {
    /// To be kept in the row.
    Inline(Arc<Vec<u8>>),
    /// Written and durable as an object, under an intent that the act takes over.
    Object(ObjectId),
}

/// Collects the beginning of a body, to see whether it is small.
pub(crate) struct Beginning {
    pub(crate) bytes: zeroize::Zeroizing<Vec<u8>>,
    /// True when the body ended within it.
    pub(crate) whole: bool,
}

/// Reads up to `limit` bytes; one piece may reach beyond it.
pub(crate) async fn begin<S>(body: &mut S, limit: usize) -> Result<Beginning>
where
    S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
{
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    while bytes.len() <= limit {
        match body.next().await {
            Some(piece) => {
                bytes.extend_from_slice(&piece.map_err(|error| Error::Interrupted(error.to_string()))?)
            }
            None => return Ok(Beginning { bytes, whole: true }),
        }
    }
    Ok(Beginning { bytes, whole: false })
}

impl Custody {
    /// Seals a small body for its row.
    pub(crate) fn receive_small(
        &self,
        put: &PutItem,
        bytes: zeroize::Zeroizing<Vec<u8>>,
    ) -> Result<Received> {
        let (version, key) = self.new_version();
        let sha256 = sha256(&bytes);
        put.check_body(bytes.len() as u64, &sha256)?;
        let (mut sealing, header) = Sealing::new(
            &key,
            &contexts::version_bytes(version),
            ChunkSize::DEFAULT,
            &*self.desk.random,
        );
        let mut sealed = Vec::with_capacity(header.len() + bytes.len() + 64);
        sealed.extend_from_slice(&header);
        let mut write = |chunk: &[u8]| -> std::result::Result<(), sealing::Refused> {
            sealed.extend_from_slice(chunk);
            Ok(())
        };
        sealing.push(&bytes, &mut write)?;
        sealing.finish(&mut write)?;
        let size = bytes.len() as u64;
        let record = (put.kind == super::Kind::Record).then(|| Arc::new(bytes));
        let body = SealedBody::Inline(Arc::new(sealed));
        Ok(Received {
            version,
            key: Arc::new(key),
            size,
            sha256,
            body,
            record,
        })
    }

    /// Seals a large body into an object whose intent is already durable.
    pub(crate) async fn receive_large<S>(
        &self,
        put: &PutItem,
        object: ObjectId,
        beginning: Beginning,
        mut body: S,
    ) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let (version, key) = self.new_version();
        let key = Arc::new(key);
        let (pieces, waiting) = mpsc::channel(PIECES_IN_FLIGHT);
        let work = SealingWork {
            custody: self.clone(),
            version,
            key: Arc::clone(&key),
            object,
        };
        let worker = tokio::task::spawn_blocking(move || work.run(waiting));
        let sent = self.send_all(&pieces, beginning, &mut body).await;
        drop(pieces);
        let finished = worker.await.map_err(|error| Error::Internal(error.to_string()))?;
        sent?;
        let (size, sha256) = finished?;
        put.check_body(size, &sha256)?;
        Ok(Received {
            version,
            key,
            size,
            sha256,
            body: SealedBody::Object(object),
            record: None,
        })
    }

    async fn send_all<S>(
        &self,
        pieces: &mpsc::Sender<Piece>,
        beginning: Beginning,
        body: &mut S,
    ) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let mut total = beginning.bytes.len() as u64;
        // A closed channel means that the worker has failed; its own error is the one to tell.
        let first = Bytes::copy_from_slice(&beginning.bytes);
        if pieces.send(Piece::Data(first)).await.is_err() {
            return Ok(());
        }
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| Error::Interrupted(error.to_string()))?;
            total += piece.len() as u64;
            if total > self.limits.item_bytes {
                return Err(Error::TooLarge {
                    limit: self.limits.item_bytes,
                });
            }
            if pieces.send(Piece::Data(piece)).await.is_err() {
                return Ok(());
            }
        }
        let _ = pieces.send(Piece::End).await;
        Ok(())
    }

    fn new_version(&self) -> (VersionId, Key) {
        let random = &*self.desk.random;
        (
            VersionId::make(self.desk.clock.now(), random),
            Key::generate(random),
        )
    }
}

/// What the sealing thread gets. A channel that closes without `End` is an upload that broke off.
enum Piece {
    Data(Bytes),
    End,
}

struct SealingWork {
    custody: Custody,
    version: VersionId,
    key: Arc<Key>,
    object: ObjectId,
}

impl SealingWork {
    fn run(self, mut pieces: mpsc::Receiver<Piece>) -> Result<(u64, [u8; 32])> {
        let mut writer = self.custody.objects.create(self.object)?;
        let context = contexts::version_bytes(self.version);
        let (mut sealing, header) = Sealing::new(
            &self.key,
            &context,
            ChunkSize::DEFAULT,
            &*self.custody.desk.random,
        );
        writer.write_all(&header)?;
        let mut hasher = digest::Context::new(&digest::SHA256);
        let mut size = 0u64;
        let mut write = |chunk: &[u8]| writer.write_all(chunk).map_err(SealOrStore::from);
        loop {
            match pieces.blocking_recv() {
                Some(Piece::Data(piece)) => {
                    size += piece.len() as u64;
                    hasher.update(&piece);
                    sealing.push(&piece, &mut write)?;
                }
                Some(Piece::End) => break,
                // Dropping the writer removes what was written.
                None => {
                    return Err(Error::Interrupted(
                        "the connection ended before the body did".into(),
                    ));
                }
            }
        }
        sealing.finish(&mut write)?;
        writer.finish()?;
        let mut sha256 = [0u8; 32];
        sha256.copy_from_slice(hasher.finish().as_ref());
        Ok((size, sha256))
    }
}

/// What can fail between a chunk and its place on the disk.
enum SealOrStore {
    Seal,
    Store(StoreError),
}

impl From<sealing::Refused> for SealOrStore {
    fn from(_: sealing::Refused) -> Self {
        Self::Seal
    }
}

impl From<StoreError> for SealOrStore {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SealOrStore> for Error {
    fn from(error: SealOrStore) -> Self {
        match error {
            // The only refusal of the sealing side that bytes can cause is running out of chunks.
            SealOrStore::Seal => Self::TooLarge {
                limit: ChunkSize::DEFAULT.bytes() as u64 * (1 << 32),
            },
            SealOrStore::Store(error) => error.into(),
        }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0u8; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}
