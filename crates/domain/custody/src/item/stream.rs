//! Bytes on their way out: read, opened and checked ahead of whoever takes them.
//!
//! Promises: memory does not grow with the item; every chunk is verified before any of it leaves; when the
//! key dies or the lease ends the stream ends with an error and without another chunk; altered bytes end it the same way and
//! are named in the trail.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use bytes::Bytes;
use kernel::{DatasetId, ItemId, VersionId};
use operation::Resource;
use sealing::{ChunkSpan, Context, HEADER_LEN, Key, Layout, StreamOpener};
use serde_json::json;
use store::objects::{Address, ObjectReader};
use store::params;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::Item;
use super::reference::{self, Pinned};
use crate::Custody;
use crate::error::{Error, Result};
use crate::live::Liveness;
use crate::session::Witness;

/// Sealed bytes read at once: a few chunks, so that a system call costs little beside opening them.
const READ_AHEAD: u64 = 256 << 10;
/// Opened pieces that may wait for a slow client.
const PIECES_IN_FLIGHT: usize = 4;

/// Where sealed bytes come from.
pub(crate) enum Source {
    Inline(Vec<u8>),
    Object(Address),
    /// They are not sealed: an object in a bucket of the tenant's own.
    Reference(Arc<Pinned>),
}

/// One sealed stream of a version: all of it, or one part.
pub(crate) struct Segment {
    pub(crate) key: Key,
    pub(crate) context: Context,
    /// Its bytes of content.
    pub(crate) size: u64,
    /// Which of them are wanted.
    pub(crate) range: Range<u64>,
    pub(crate) source: Source,
}

/// The content of an item, piece by piece.
#[derive(Debug)]
pub struct ItemStream {
    first: Option<Bytes>,
    rest: Option<mpsc::Receiver<Result<Bytes>>>,
    live: Liveness,
}

impl ItemStream {
    /// Opens the first piece before it returns, so that a small altered item is an error and not half an answer.
    pub(crate) async fn start(
        custody: &Custody,
        mut segments: Vec<Segment>,
        item: &Item,
        witness: Witness,
        live: Liveness,
    ) -> Result<Self> {
        let place = Place {
            dataset: item.dataset,
            item: item.id,
            version: item.version.id,
        };
        if let [segment] = &segments[..]
            && let Source::Reference(pinned) = &segment.source
        {
            let resource = Resource::version(place.dataset, place.item, place.version);
            let range = segment.range.clone();
            let passed = reference::pass(custody, pinned, range, resource, witness, live.clone());
            return Ok(Self {
                first: None,
                rest: Some(passed.await?),
                live,
            });
        }
        let (pieces, mut rest) = mpsc::channel(PIECES_IN_FLIGHT);
        let work = OpeningWork {
            custody: custody.clone(),
            place,
            live: live.clone(),
            witness,
        };
        if let [segment] = &mut segments[..]
            && let Source::Inline(sealed) = &mut segment.source
        {
            // A small item costs less than a change of threads.
            let sealed = std::mem::take(sealed);
            let opened = open_inline(segment, sealed);
            let opened = work.witnessed(opened).await?;
            return Ok(Self {
                first: Some(opened),
                rest: None,
                live,
            });
        }
        drop(tokio::task::spawn_blocking(move || work.run(segments, &pieces)));
        let first = match rest.recv().await {
            Some(first) => Some(first?),
            None => None,
        };
        Ok(Self {
            first,
            rest: Some(rest),
            live,
        })
    }

    /// Whether this is so of its first piece, which is not taken.
    pub(crate) async fn begins(&mut self, so: impl FnOnce(&[u8]) -> bool) -> Result<bool> {
        if self.first.is_none() {
            self.first = match &mut self.rest {
                Some(rest) => rest.recv().await.transpose()?,
                None => None,
            };
        }
        Ok(self.first.as_deref().is_some_and(so))
    }

    /// All of it, for what is looked at as a whole; the caller has seen that it is not too much.
    pub(crate) async fn whole(&mut self, size: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(size);
        while let Some(piece) = self.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// The next piece, which is never empty; nothing at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        // An empty item opens to an empty piece, which must not become an empty frame on the wire: clients
        // count those and hang up on a server that sends too many.
        let first = self.first.take().filter(|first| !first.is_empty());
        let piece = match (first, &mut self.rest) {
            (Some(first), _) => Ok(first),
            (None, Some(rest)) => rest.recv().await?,
            (None, None) => return None,
        };
        // Asked again here: the piece may have waited while the key was invalidated or the lease ended.
        Some(self.live.check().and(piece))
    }
}

#[derive(Clone, Copy)]
struct Place {
    dataset: DatasetId,
    item: ItemId,
    version: VersionId,
}

struct OpeningWork {
    custody: Custody,
    place: Place,
    live: Liveness,
    witness: Witness,
}

/// Whether anybody still takes pieces.
type Taken = ControlFlow<()>;

impl OpeningWork {
    fn run(self, segments: Vec<Segment>, pieces: &mpsc::Sender<Result<Bytes>>) {
        if let Err(mut error) = self.open_all(segments, pieces) {
            if matches!(error, Error::Altered) {
                match self.is_kept() {
                    true => self.record_blocking(),
                    false => error = Error::NotFound("item"),
                }
            }
            let _ = pieces.blocking_send(Err(error));
        }
    }

    fn open_all(&self, segments: Vec<Segment>, pieces: &mpsc::Sender<Result<Bytes>>) -> Result<()> {
        for mut segment in segments {
            let taken = match &mut segment.source {
                Source::Object(address) => {
                    let address = address.clone();
                    self.open_object(&segment, &address, pieces)?
                }
                // Begun otherwise, in `start`.
                Source::Reference(_) => return Err(Error::Internal("a reference among segments".into())),
                Source::Inline(sealed) => {
                    let sealed = std::mem::take(sealed);
                    send(pieces, open_inline(&segment, sealed)?)
                }
            };
            if taken.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn open_object(
        &self,
        segment: &Segment,
        address: &Address,
        pieces: &mpsc::Sender<Result<Bytes>>,
    ) -> Result<Taken> {
        let live = || self.live.check();
        each_piece(&self.custody, segment, address, live, |piece| send(pieces, piece))
    }

    async fn witnessed<T>(&self, outcome: Result<T>) -> Result<T> {
        if matches!(outcome, Err(Error::Altered)) {
            let (witness, resource) = (self.witness.clone(), self.resource());
            let desk = &self.custody.desk;
            let recorded: Result<()> = desk
                .act(desk.own_request(), move |op| fail(op, &witness, resource.clone()))
                .await;
            log_altered(&self.place, recorded);
        }
        outcome
    }

    fn record_blocking(&self) {
        let (witness, resource) = (self.witness.clone(), self.resource());
        let desk = &self.custody.desk;
        let recorded: Result<()> =
            desk.act_blocking(desk.own_request(), move |op| fail(op, &witness, resource.clone()));
        log_altered(&self.place, recorded);
    }

    /// Whether the version is still there: bytes that are missing because it was deleted meanwhile were not altered. When
    /// that cannot be found out, it counts as there.
    fn is_kept(&self) -> bool {
        const KEPT: &str = "SELECT 1 FROM item_version WHERE version_id = $1";
        let version = self.place.version;
        let found =
            self.custody.desk.db.read_blocking(move |tx| {
                Ok::<_, store::StoreError>(!tx.all(KEPT, params![version])?.is_empty())
            });
        found.unwrap_or(true)
    }

    fn resource(&self) -> Resource {
        Resource::version(self.place.dataset, self.place.item, self.place.version)
    }
}

/// Opens the object piece by piece, as long as it may be opened and somebody takes the pieces.
fn each_piece(
    custody: &Custody,
    segment: &Segment,
    address: &Address,
    live: impl Fn() -> Result<()>,
    mut take: impl FnMut(Bytes) -> Taken,
) -> Result<Taken> {
    let place = custody.places.get(&address.place)?;
    let reader = place.objects.open(address.object).map_err(missing_is_altered)?;
    let mut header = [0u8; HEADER_LEN];
    read_exact(&*reader, 0, &mut header)?;
    let opener = segment.opener(&header)?;
    let layout = segment.layout(&opener, reader.len())?;
    let span = layout.range(segment.range.clone())?;
    let (mut skip, mut left) = (span.skip, span.keep);
    let mut chunks = span.chunks.peekable();
    while let Some(first) = chunks.next() {
        let mut run = vec![layout.chunk(first)?];
        while run
            .last()
            .is_some_and(|last| last.sealed.end - run[0].sealed.start < READ_AHEAD)
        {
            let Some(next) = chunks.next() else { break };
            run.push(layout.chunk(next)?);
        }
        live()?;
        let piece = open_run(&*reader, &opener, &run, skip, left)?;
        left -= piece.len() as u64;
        skip = 0;
        if take(piece).is_break() {
            return Ok(Taken::Break(()));
        }
    }
    Ok(Taken::Continue(()))
}

/// All bytes of segments that are no version's yet, for what looks at them before they become one. The caller has seen that
/// they are not too many.
pub(crate) async fn open_whole(custody: &Custody, segments: Vec<Segment>) -> Result<Zeroizing<Vec<u8>>> {
    let custody = custody.clone();
    let work = move || {
        let size: u64 = segments.iter().map(|segment| segment.size).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default()));
        for segment in segments {
            match &segment.source {
                Source::Inline(sealed) => bytes.extend_from_slice(&open_inline(&segment, sealed.clone())?),
                Source::Object(address) => {
                    let take = |piece: Bytes| {
                        bytes.extend_from_slice(&piece);
                        Taken::Continue(())
                    };
                    let _ = each_piece(&custody, &segment, address, || Ok(()), take)?;
                }
                Source::Reference(_) => return Err(Error::Internal("a reference is not opened here".into())),
            }
        }
        Ok(bytes)
    };
    let opened = tokio::task::spawn_blocking(work).await;
    opened.map_err(|error| Error::Internal(error.to_string()))?
}

impl Segment {
    fn opener(&self, header: &[u8]) -> Result<StreamOpener> {
        Ok(StreamOpener::new(&self.key, &self.context, header)?)
    }

    /// The layout that the row's size demands; stored bytes of another length were cut or extended.
    fn layout(&self, opener: &StreamOpener, sealed_len: u64) -> Result<Layout> {
        let layout = Layout::new(self.size, opener.chunk_size())?;
        if layout.sealed_len() == sealed_len {
            Ok(layout)
        } else {
            Err(Error::Altered)
        }
    }
}

pub(super) fn open_inline(segment: &Segment, mut sealed: Vec<u8>) -> Result<Bytes> {
    let opener = segment.opener(&sealed)?;
    let layout = segment.layout(&opener, sealed.len() as u64)?;
    let span = layout.range(segment.range.clone())?;
    let mut opened = Vec::with_capacity((segment.range.end - segment.range.start) as usize);
    let mut skip = span.skip;
    for index in span.chunks {
        let chunk = layout.chunk(index)?;
        let plain = opener.open_chunk(chunk.index, chunk.last, part(&mut sealed, &chunk, 0)?)?;
        opened.extend_from_slice(&plain[skip.min(plain.len())..]);
        skip = 0;
    }
    opened.truncate(span.keep as usize);
    Ok(opened.into())
}

/// An empty piece is nothing to send.
fn send(pieces: &mpsc::Sender<Result<Bytes>>, piece: Bytes) -> Taken {
    if !piece.is_empty() && pieces.blocking_send(Ok(piece)).is_err() {
        return Taken::Break(());
    }
    Taken::Continue(())
}

/// Always an error, so that the act rolls back and its failure is recorded.
fn fail(op: &mut operation::Op<'_>, witness: &Witness, resource: Resource) -> Result<()> {
    op.enter(witness.caller());
    op.fail(witness.action, resource, json!({ "cause": "altered" }))?;
    Err(Error::Altered)
}

fn log_altered(place: &Place, recorded: Result<()>) {
    let recorded = matches!(recorded, Err(Error::Altered));
    tracing::error!(item = %place.item, version = %place.version, recorded, "stored bytes were altered and are refused");
}

fn open_run(
    reader: &dyn ObjectReader,
    opener: &StreamOpener,
    run: &[ChunkSpan],
    mut skip: usize,
    left: u64,
) -> Result<Bytes> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return Ok(Bytes::new());
    };
    let start = first.sealed.start;
    let mut sealed = vec![0u8; (last.sealed.end - start) as usize];
    read_exact(reader, start, &mut sealed)?;
    // Opened in place, then moved together over the tags, so that a piece is one buffer and one send.
    let mut filled = 0;
    for chunk in run {
        let from = (chunk.sealed.start - start) as usize;
        let opened = opener
            .open_chunk(chunk.index, chunk.last, part(&mut sealed, chunk, start)?)?
            .len();
        let kept = skip.min(opened);
        sealed.copy_within(from + kept..from + opened, filled);
        filled += opened - kept;
        skip = 0;
    }
    sealed.truncate(filled.min(usize::try_from(left).unwrap_or(usize::MAX)));
    Ok(sealed.into())
}

fn part<'a>(sealed: &'a mut [u8], chunk: &ChunkSpan, base: u64) -> Result<&'a mut [u8]> {
    let range = (chunk.sealed.start - base) as usize..(chunk.sealed.end - base) as usize;
    sealed.get_mut(range).ok_or(Error::Altered)
}

fn read_exact(reader: &dyn ObjectReader, offset: u64, buffer: &mut [u8]) -> Result<()> {
    let read = reader.read_at(offset, buffer).map_err(missing_is_altered)?;
    if read == buffer.len() {
        Ok(())
    } else {
        Err(Error::Altered)
    }
}

/// An object that a row refers to and that is gone or short was altered; a disk that fails is a disk that fails.
fn missing_is_altered(error: store::StoreError) -> Error {
    if matches!(
        error,
        store::StoreError::ObjectMissing(_) | store::StoreError::ObjectAltered(_)
    ) {
        Error::Altered
    } else {
        error.into()
    }
}
