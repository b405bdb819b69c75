//! A remote object being read: what comes in order flows ahead of whoever takes it, a jump begins another flow.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use kernel::ObjectId;
use object_store::GetOptions;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::failure;
use super::head::{HEAD_LEN, Head};
use super::shared::Shared;
use crate::StoreError;
use crate::objects::ObjectReader;

/// Content that comes with the head, and the least that a jump asks for: enough for a header or a chunk, little enough
/// to throw away.
const BEGINNING: u64 = 128 << 10;
/// Buffers that may wait for a slow reader; each is what the network gave at once.
const AHEAD: usize = 16;
/// How often a flow that broke off is taken up again without having come any further.
const BREAKS: usize = 3;

pub(super) struct Reading {
    shared: Arc<Shared>,
    id: ObjectId,
    head: Head,
    /// The first bytes of the content, as far as they came with the head.
    beginning: Bytes,
    cursor: Mutex<Cursor>,
}

struct Cursor {
    /// Where the last read ended.
    next: u64,
    flow: Option<Flow>,
}

/// Opens an object: its head, and what comes with it.
pub(super) async fn open(shared: Arc<Shared>, id: ObjectId) -> Result<Reading, StoreError> {
    let path = shared.head_path(id);
    let range = 0..HEAD_LEN as u64 + BEGINNING;
    let options = GetOptions::new().with_range(Some(range));
    let failed = |error| failure::of_object(&shared.place, "read", id, &error);
    let found = shared.store.get_opts(&path, options).await.map_err(failed)?;
    let stored = found.meta.size;
    let bytes = found.bytes().await.map_err(failed)?;
    let altered = || StoreError::ObjectAltered(id);
    let head = Head::parse(&bytes).map_err(|_| altered())?;
    if head.stored() != stored {
        return Err(altered());
    }
    let beginning = bytes.slice(HEAD_LEN..);
    Ok(Reading {
        id,
        head,
        cursor: Mutex::new(Cursor {
            next: beginning.len() as u64,
            flow: None,
        }),
        beginning,
        shared,
    })
}

impl ObjectReader for Reading {
    fn len(&self) -> u64 {
        self.head.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset.saturating_add(filled as u64);
            match self.fill(&mut cursor, at, &mut buffer[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        Ok(filled)
    }
}

impl Reading {
    /// Gives some bytes; none only at the end, or where a piece is shorter than it should be.
    fn fill(&self, cursor: &mut Cursor, at: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        if at >= self.len() {
            return Ok(0);
        }
        let beginning = usize::try_from(at).ok().and_then(|at| self.beginning.get(at..));
        if let Some(beginning) = beginning.filter(|rest| !rest.is_empty()) {
            let count = beginning.len().min(buffer.len());
            buffer[..count].copy_from_slice(&beginning[..count]);
            cursor.next = at + count as u64;
            return Ok(count);
        }
        let mut flow = match cursor.flow.take() {
            Some(flow) if flow.next.start == at && at < flow.next.end => flow,
            _ => self.begin(at, self.wanted(cursor, at, buffer.len())),
        };
        let count = flow.take(&self.shared, buffer)?;
        cursor.next = at + count as u64;
        cursor.flow = Some(flow);
        Ok(count)
    }

    /// To where a new flow goes: to the end when reading goes on where it was, or not much further than is asked for.
    fn wanted(&self, cursor: &Cursor, at: u64, asked: usize) -> u64 {
        if at > 0 && at == cursor.next {
            return self.len();
        }
        at.saturating_add((asked as u64).max(BEGINNING)).min(self.len())
    }

    fn begin(&self, at: u64, end: u64) -> Flow {
        let (sender, buffers) = mpsc::channel(AHEAD);
        let source = Source {
            shared: Arc::clone(&self.shared),
            id: self.id,
            head: self.head,
        };
        Flow {
            next: at..end,
            rest: Bytes::new(),
            buffers: Some(buffers),
            task: self.shared.runtime.spawn(source.pour(at..end, sender)),
        }
    }
}

/// Bytes that come in order, read by a task ahead of whoever takes them.
struct Flow {
    /// What is still to be taken.
    next: Range<u64>,
    rest: Bytes,
    buffers: Option<mpsc::Receiver<Result<Bytes, StoreError>>>,
    task: JoinHandle<()>,
}

impl Flow {
    fn take(&mut self, shared: &Shared, buffer: &mut [u8]) -> Result<usize, StoreError> {
        while self.rest.is_empty() {
            let Some(mut buffers) = self.buffers.take() else {
                return Ok(0);
            };
            let (buffers, came) = shared.wait("read", async move {
                let came = buffers.recv().await;
                Ok((buffers, came))
            })?;
            match came {
                Some(came) => self.rest = came?,
                None => return Ok(0),
            }
            self.buffers = Some(buffers);
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        self.next.start += count as u64;
        Ok(count)
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Source {
    shared: Arc<Shared>,
    id: ObjectId,
    head: Head,
}

type Sender = mpsc::Sender<Result<Bytes, StoreError>>;

impl Source {
    /// Hands on these bytes of the content, piece after piece. A server that closes a connection which nobody read from
    /// for a while is asked again.
    async fn pour(self, mut left: Range<u64>, sender: Sender) {
        let mut breaks = 0;
        while left.start < left.end {
            let before = left.start;
            match self.pour_span(&mut left, &sender).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    breaks = if left.start > before { 0 } else { breaks + 1 };
                    let last = breaks >= BREAKS || !error.is_temporary();
                    if last {
                        let _ = sender.send(Err(error)).await;
                        return;
                    }
                }
            }
        }
    }

    /// One remote object's share. `false` when nobody takes any more, or the object is not as long as it should be,
    /// which whoever reads sees by the bytes that are missing.
    async fn pour_span(&self, left: &mut Range<u64>, sender: &Sender) -> Result<bool, StoreError> {
        let span = self.head.span(left.start);
        let path = match span.number {
            Some(number) => self.shared.piece_path(self.id, number),
            None => self.shared.head_path(self.id),
        };
        let most = left.end - left.start;
        let range = span.bytes.start..span.bytes.end.min(span.bytes.start.saturating_add(most));
        let options = GetOptions::new().with_range(Some(range));
        let failed = |error| failure::of_object(&self.shared.place, "read", self.id, &error);
        let found = self.shared.store.get_opts(&path, options).await.map_err(failed)?;
        if found.meta.size != span.stored {
            return Ok(false);
        }
        let before = left.start;
        let mut stream = found.into_stream();
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.map_err(failed)?;
            left.start += bytes.len() as u64;
            if sender.send(Ok(bytes)).await.is_err() {
                return Ok(false);
            }
        }
        Ok(left.start > before)
    }
}
