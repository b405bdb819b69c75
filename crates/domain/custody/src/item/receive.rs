//! Bytes on their way in: hashed, sealed and stored while they arrive, before anything refers to them.
//!
//! Promises: memory does not grow with the body; nothing in clear touches the disk; an upload that ends
//! early, is too large or does not match what was declared leaves neither bytes nor rows behind. Leaves
//! out: who may do it and what it becomes (`put`).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use kernel::VersionId;
use sealing::{ChunkSize, Context, Key, Sealing};
use store::StoreError;
use store::objects::Address;
use tokio::sync::mpsc;

use super::cleaning::Verdict;
use crate::Custody;
use crate::dataset::ingest::{self, Gate};
use crate::error::{Error, Result};

/// Bytes that are handed on at once: whole chunks, and enough that waking a thread costs little beside its work.
const BATCH: usize = 4 * ChunkSize::DEFAULT.bytes();
/// How many batches may wait for the sealing thread, and as many for the hashing one: enough to keep them busy, little
/// enough to forget.
const BATCHES_IN_FLIGHT: usize = 4;

/// Why a body ended before its end.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct BodyError(pub String);

/// A sealed version that no row refers to yet.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) version: VersionId,
    pub(crate) key: Arc<Key>,
    pub(crate) sealed: Sealed,
    /// Recognises the key that came with the request, if one did.
    pub(crate) provided: Option<String>,
    /// The plaintext of a record, which is small, for its declared fields.
    pub(crate) record: Option<Arc<zeroize::Zeroizing<Vec<u8>>>>,
    /// What is known of it, where the dataset cleans.
    pub(crate) verdict: Verdict,
}

impl Received {
    /// Whether the bytes are what whoever put them said, and nothing was taken out of them.
    pub(crate) fn came_as_said(&self) -> bool {
        matches!(self.verdict, Verdict::Unseen)
    }

    /// Whether nobody has looked yet at bytes that came here. Of a reference that was imported they did not.
    pub(crate) fn may_be_cleaned(&self) -> bool {
        matches!(self.verdict, Verdict::Unseen) && self.sealed.came_here()
    }
}

/// What bytes are sealed under, and for what place.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) key: Arc<Key>,
    pub(crate) context: Context,
}

/// Sealed bytes, and what was learned while they came.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    /// The media type that its first bytes tell, when they do.
    pub(crate) sniffed: Option<String>,
    pub(crate) body: SealedBody,
}

/// What a client said of a body before it came.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Declared {
    pub(crate) length: Option<u64>,
    pub(crate) sha256: Option<[u8; 32]>,
}

impl Declared {
    /// Holds the body to it.
    pub(super) fn check(&self, size: u64, sha256: &[u8; 32]) -> Result<()> {
        if let Some(length) = self.length.filter(|length| *length != size) {
            return Err(Error::Mismatch(format!(
                "{length} bytes were declared and {size} came"
            )));
        }
        if self.sha256.is_some_and(|declared| declared != *sha256) {
            return Err(Error::Mismatch(
                "its SHA-256 is another than the declared one".into(),
            ));
        }
        Ok(())
    }
}

/// Where the sealed bytes are.
#[derive(Clone)]
pub(crate) enum SealedBody {
    /// To be kept in the row.
    Inline(Arc<Vec<u8>>),
    /// Written and durable as an object, under an intent that the act takes over.
    Object(Address),
    /// In parts whose rows are there already, of so many bytes each.
    Parts(Arc<[u64]>),
    /// In a bucket of the tenant's own, and nowhere here. Whether the bytes came through here, so that their digest is known.
    Reference(Arc<super::Reference>, bool),
}

impl Sealed {
    /// The digest as it is shown: of the bytes, or of the parts' digests and then with their number.
    pub(crate) fn sha256_text(&self) -> String {
        match &self.body {
            SealedBody::Parts(sizes) => format!("{}-{}", hex::encode(self.sha256), sizes.len()),
            SealedBody::Reference(_, false) => String::new(),
            SealedBody::Inline(_) | SealedBody::Object(_) | SealedBody::Reference(_, true) => {
                hex::encode(self.sha256)
            }
        }
    }

    /// The bytes of each part, for what came in parts.
    pub(crate) fn parts(&self) -> Vec<u64> {
        match &self.body {
            SealedBody::Parts(sizes) => sizes.to_vec(),
            SealedBody::Inline(_) | SealedBody::Object(_) | SealedBody::Reference(..) => Vec::new(),
        }
    }

    /// Whether the bytes came through here.
    pub(crate) fn came_here(&self) -> bool {
        !matches!(self.body, SealedBody::Reference(_, false))
    }

    /// The object it is, for a reference.
    pub(crate) fn reference(&self) -> Option<super::Reference> {
        match &self.body {
            SealedBody::Reference(reference, _) => Some((**reference).clone()),
            _ => None,
        }
    }

    /// Whether the dataset may take it: one with a bucket of its own takes nothing but references.
    pub(crate) fn check_dataset(&self, own_bucket: Option<&[u8]>) -> Result<()> {
        match &self.body {
            SealedBody::Reference(..) => Ok(()),
            _ => crate::dataset::own_bucket::check_takes_bytes(own_bucket),
        }
    }
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
    pub(crate) fn seal_small(&self, place: &Place, declared: &Declared, bytes: &[u8]) -> Result<Sealed> {
        let sha256 = sha256(bytes);
        declared.check(bytes.len() as u64, &sha256)?;
        let (random, size) = (&*self.desk.random, ChunkSize::DEFAULT);
        let sealed = sealing::seal_whole(&place.key, &place.context, size, random, bytes)?;
        Ok(Sealed {
            size: bytes.len() as u64,
            sha256,
            sniffed: ingest::sniff(bytes).map(str::to_owned),
            body: SealedBody::Inline(Arc::new(sealed)),
        })
    }

    /// Seals a large body into an object whose intent is already durable, as long as the gate lets it pass.
    #[allow(
        clippy::too_many_arguments,
        reason = "a body, what is known of it, and where it goes"
    )]
    pub(crate) async fn seal_large<S>(
        &self,
        place: Place,
        declared: &Declared,
        gate: &mut Gate,
        address: &Address,
        beginning: Beginning,
        mut body: S,
    ) -> Result<Sealed>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let (batches, waiting) = mpsc::channel(BATCHES_IN_FLIGHT);
        let work = SealingWork {
            custody: self.clone(),
            place,
            address: address.clone(),
        };
        let worker = tokio::task::spawn_blocking(move || work.run(waiting));
        let sent = self.send_all(batches, gate, beginning, &mut body).await;
        let finished = worker.await.map_err(|error| Error::Internal(error.to_string()))?;
        sent?;
        let (size, sha256, sniffed) = finished?;
        declared.check(size, &sha256)?;
        Ok(Sealed {
            size,
            sha256,
            sniffed,
            body: SealedBody::Object(address.clone()),
        })
    }

    /// Sends a body on as it comes, as long as the gate lets it pass.
    pub(super) async fn send_all<S>(
        &self,
        batches: mpsc::Sender<Part>,
        gate: &mut Gate,
        beginning: Beginning,
        body: &mut S,
    ) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let mut total = beginning.bytes.len() as u64;
        let mut batch = Batching::new(batches);
        gate.pass(&beginning.bytes)?;
        if !batch.add(&beginning.bytes).await {
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
            gate.pass(&piece)?;
            if !batch.add(&piece).await {
                return Ok(());
            }
        }
        let sniffed = gate.end()?;
        batch.end(sniffed).await;
        Ok(())
    }
}

/// What the sealing thread gets. A channel that closes without `End` is an upload that broke off.
pub(super) enum Part {
    Batch(Bytes),
    /// With the media type that the first bytes tell, when they do.
    End(Option<String>),
}

/// Gathers pieces of any size into batches of one.
///
/// A piece is copied, so that the buffer it was read into is free for the next, and batches begin where chunks begin,
/// so that sealing them copies nothing. Their memory is used again when both threads are done with it: fresh memory
/// costs more than the copy.
struct Batching {
    batches: mpsc::Sender<Part>,
    filling: BytesMut,
    given: VecDeque<Bytes>,
}

impl Batching {
    fn new(batches: mpsc::Sender<Part>) -> Self {
        Self {
            batches,
            filling: BytesMut::new(),
            given: VecDeque::new(),
        }
    }

    /// Takes a piece. `false` when nobody wants more: the worker has failed, and its own error is the one to tell.
    async fn add(&mut self, mut piece: &[u8]) -> bool {
        while !piece.is_empty() {
            if self.filling.capacity() == 0 {
                self.filling = self.empty();
            }
            let (now, later) = piece.split_at(piece.len().min(BATCH - self.filling.len()));
            self.filling.extend_from_slice(now);
            piece = later;
            if self.filling.len() == BATCH && !self.send().await {
                return false;
            }
        }
        true
    }

    async fn send(&mut self) -> bool {
        let batch = std::mem::take(&mut self.filling).freeze();
        self.given.push_back(batch.clone());
        self.batches.send(Part::Batch(batch)).await.is_ok()
    }

    async fn end(mut self, sniffed: Option<String>) {
        if self.send().await {
            let _ = self.batches.send(Part::End(sniffed)).await;
        }
    }

    /// The oldest batch if nobody looks at it any more, otherwise new memory.
    fn empty(&mut self) -> BytesMut {
        match self.given.pop_front().map(Bytes::try_into_mut) {
            Some(Ok(mut done)) => {
                done.clear();
                return done;
            }
            Some(Err(in_use)) => self.given.push_front(in_use),
            None => {}
        }
        BytesMut::with_capacity(BATCH)
    }
}

struct SealingWork {
    custody: Custody,
    place: Place,
    address: Address,
}

impl SealingWork {
    /// Seals and writes here, and hashes in a thread beside: hashing costs several times what sealing does.
    ///
    /// The hashing thread is one of its own and not of the runtime's pool, where it might wait for threads that wait
    /// for it.
    fn run(self, batches: mpsc::Receiver<Part>) -> Result<(u64, [u8; 32], Option<String>)> {
        thread::scope(|scope| {
            let (hashing, to_hash) = sync_channel(BATCHES_IN_FLIGHT);
            let hasher = thread::Builder::new()
                .name("hashing".to_owned())
                .spawn_scoped(scope, move || hash_all(&to_hash))
                .map_err(|error| Error::Unavailable(format!("cannot start a thread: {error}")))?;
            let (size, sniffed) = self.seal_all(batches, hashing)?;
            let sha256 = hasher
                .join()
                .map_err(|_| Error::Internal("the hashing thread failed".into()))?;
            Ok((size, sha256, sniffed))
        })
    }

    fn seal_all(
        self,
        mut batches: mpsc::Receiver<Part>,
        hashing: SyncSender<Bytes>,
    ) -> Result<(u64, Option<String>)> {
        let place = self.custody.places.get(&self.address.place)?;
        let mut writer = place.objects.create(self.address.object)?;
        let random = &*self.custody.desk.random;
        let (mut sealing, header) =
            Sealing::new(&self.place.key, &self.place.context, ChunkSize::DEFAULT, random);
        writer.write_all(&header)?;
        let mut size = 0u64;
        let mut write = |chunk: &[u8]| writer.write_all(chunk).map_err(SealOrStore::from);
        let sniffed = loop {
            match batches.blocking_recv() {
                Some(Part::Batch(batch)) => {
                    // A hashing thread that is gone has failed, which its join will tell.
                    let _ = hashing.send(batch.clone());
                    size += batch.len() as u64;
                    sealing.push_shared(batch, &mut write)?;
                }
                Some(Part::End(sniffed)) => break sniffed,
                // Dropping the writer removes what was written.
                None => {
                    return Err(Error::Interrupted(
                        "the connection ended before the body did".into(),
                    ));
                }
            }
        };
        // The rest is hashed while the disk is waited for.
        drop(hashing);
        sealing.finish(&mut write)?;
        writer.finish()?;
        Ok((size, sniffed))
    }
}

/// The SHA-256 of all that comes.
fn hash_all(batches: &Receiver<Bytes>) -> [u8; 32] {
    let mut hasher = digest::Context::new(&digest::SHA256);
    for batch in batches {
        hasher.update(&batch);
    }
    let mut sha256 = [0u8; 32];
    sha256.copy_from_slice(hasher.finish().as_ref());
    sha256
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
