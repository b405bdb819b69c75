//! A part: rows in a sealed stream, on a shelf.
//!
//! Promises: a part opens under its key and at its own place in its own backup alone; what was changed, cut or exchanged is
//! refused before a row of it is given out; memory holds one chunk.

use aws_lc_rs::digest::{self, SHA256};
use kernel::{ObjectId, Random, Timestamp};
use sealing::{ChunkSize, Context, HEADER_LEN, Header, Key, Layout, Refused, Sealing, StreamOpener};
use serde::{Deserialize, Serialize};
use store::objects::{ObjectReader, ObjectWriter};
use store::{StoreError, Value};

use crate::error::{Error, Result};
use crate::shelf::{Room, Shelf};
use crate::values::{self, Next, NoRows, Source};

/// Rows are handed to the seal in pieces of about this size.
const PIECE: usize = 64 << 10;

/// Where a part lies and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The object.
    pub id: ObjectId,
    /// How many rows.
    pub rows: u64,
    /// How many bytes, sealed.
    pub bytes: u64,
    /// SHA-256 of the sealed bytes, in hex.
    pub sha256: String,
}

/// What a part is bound to: its backup, and what it is in it.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) backup: ObjectId,
    pub(crate) what: String,
}

impl Name {
    fn context(&self) -> Context {
        Context::new("backup part")
            .with(self.backup.as_bytes())
            .with(&self.what)
    }
}

/// A part being written. Dropped unfinished, it leaves nothing.
pub(crate) struct PartWriter {
    id: ObjectId,
    sealing: Sealing,
    out: Out,
    waiting: Vec<u8>,
    rows: u64,
}

/// The object, and the hash over what goes into it.
struct Out {
    object: Box<dyn ObjectWriter>,
    hash: digest::Context,
    bytes: u64,
}

/// What a seal's callback may fail with.
enum Trouble {
    Refused(Refused),
    Store(StoreError),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(refused) => Self::internal(refused),
            Trouble::Store(error) => error.into(),
        }
    }
}

impl Out {
    fn write(&mut self, bytes: &[u8]) -> std::result::Result<(), Trouble> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.object.write_all(bytes).map_err(Trouble::Store)
    }
}

impl PartWriter {
    pub(crate) fn begin(
        (shelf, room): (&Shelf, Room<'_>),
        name: &Name,
        key: &Key,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self> {
        Self::begin_as(ObjectId::make(now, random), (shelf, room), name, key, random)
    }

    /// Under an id that is made already.
    pub(crate) fn begin_as(
        id: ObjectId,
        (shelf, room): (&Shelf, Room<'_>),
        name: &Name,
        key: &Key,
        random: &dyn Random,
    ) -> Result<Self> {
        let (sealing, header) = Sealing::new(key, &name.context(), ChunkSize::DEFAULT, random);
        let mut out = Out {
            object: shelf.room(room)?.create(id)?,
            hash: digest::Context::new(&SHA256),
            bytes: 0,
        };
        out.write(&header)?;
        Ok(Self {
            id,
            sealing,
            out,
            waiting: Vec::with_capacity(2 * PIECE),
            rows: 0,
        })
    }

    pub(crate) fn row<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) -> Result<()> {
        values::put_row(&mut self.waiting, values).map_err(Error::internal)?;
        self.rows += 1;
        if self.waiting.len() >= PIECE {
            self.hand_on()?;
        }
        Ok(())
    }

    /// The part is durable afterwards.
    pub(crate) fn finish(mut self) -> Result<Part> {
        values::put_end(&mut self.waiting, self.rows);
        self.hand_on()?;
        let Self { sealing, mut out, .. } = self;
        sealing.finish(&mut |bytes: &[u8]| out.write(bytes))?;
        out.object.finish()?;
        Ok(Part {
            id: self.id,
            rows: self.rows,
            bytes: out.bytes,
            sha256: hex::encode(out.hash.finish()),
        })
    }

    fn hand_on(&mut self) -> Result<()> {
        let out = &mut self.out;
        self.sealing
            .push(&self.waiting, &mut |bytes: &[u8]| out.write(bytes))?;
        self.waiting.clear();
        Ok(())
    }
}

/// A part being read, row by row.
pub(crate) struct PartReader {
    stream: Stream,
    sha256: Option<String>,
    width: usize,
    rows: u64,
    ended: bool,
}

/// The opened bytes of a part, one chunk at a time.
struct Stream {
    shown: String,
    shelf: String,
    object: Box<dyn ObjectReader>,
    opener: StreamOpener,
    layout: Layout,
    next: u64,
    chunk: Vec<u8>,
    from: usize,
    to: usize,
    left: u64,
    hash: digest::Context,
}

impl PartReader {
    /// Opens it for rows of this many values.
    pub(crate) fn open(
        (shelf, room): (&Shelf, Room<'_>),
        name: &Name,
        part: &Part,
        key: &Key,
        width: usize,
    ) -> Result<Self> {
        let object = object(shelf, room, name, part)?;
        Ok(Self {
            sha256: Some(part.sha256.clone()),
            ..Self::over(shelf, name, object, key, width)?
        })
    }

    /// A part that no manifest names.
    pub(crate) fn open_unnamed(
        (shelf, room): (&Shelf, Room<'_>),
        name: &Name,
        id: ObjectId,
        key: &Key,
        width: usize,
    ) -> Result<Self> {
        let object = shelf
            .room(room)?
            .open(id)
            .map_err(|error| missing(error, shelf, name))?;
        Self::over(shelf, name, object, key, width)
    }

    fn over(
        shelf: &Shelf,
        name: &Name,
        object: Box<dyn ObjectReader>,
        key: &Key,
        width: usize,
    ) -> Result<Self> {
        let damaged = |trouble: &dyn std::fmt::Display| damaged(shelf, name, trouble);
        let mut header = [0u8; HEADER_LEN];
        object.read_at(0, &mut header)?;
        // That the key is the right one was seen from the manifest: what does not fit here was changed or exchanged.
        let opener = StreamOpener::new(key, &name.context(), &header).map_err(|refused| damaged(&refused))?;
        let mut hash = digest::Context::new(&SHA256);
        hash.update(&header);
        let size = Header::parse(&header)
            .map_err(|refused| damaged(&refused))?
            .chunk_size();
        let layout = Layout::from_sealed_len(object.len(), size).map_err(|refused| damaged(&refused))?;
        Ok(Self {
            stream: Stream {
                shown: name.what.clone(),
                shelf: shelf.shown().to_owned(),
                object,
                opener,
                layout,
                next: 0,
                chunk: Vec::new(),
                from: 0,
                to: 0,
                left: layout.plaintext_len(),
                hash,
            },
            sha256: None,
            width,
            rows: 0,
            ended: false,
        })
    }

    /// The next row; nothing after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<Value>>> {
        if self.ended {
            return Ok(None);
        }
        let next = values::next(&mut self.stream, self.width).map_err(|unread| match unread {
            Unread::Rows(error) => self.stream.damaged(&error),
            Unread::Error(error) => error,
        })?;
        match next {
            Next::Row(values) => {
                self.rows += 1;
                Ok(Some(values))
            }
            Next::End(rows) if rows == self.rows => {
                self.ended = true;
                self.check_hash()?;
                Ok(None)
            }
            Next::End(_) => Err(self.stream.damaged(&NoRows)),
        }
    }

    fn check_hash(&self) -> Result<()> {
        let read = hex::encode(self.stream.hash.clone().finish());
        match &self.sha256 {
            Some(wanted) if *wanted != read => {
                Err(self.stream.damaged(&"its hash is another than the manifest says"))
            }
            _ => Ok(()),
        }
    }

    /// A row that does not say what it should.
    pub(crate) fn damaged(&self) -> Error {
        self.stream.damaged(&NoRows)
    }
}

/// What reading rows may fail with, before it is known of which part.
enum Unread {
    Rows(NoRows),
    Error(Error),
}

impl From<NoRows> for Unread {
    fn from(error: NoRows) -> Self {
        Self::Rows(error)
    }
}

impl Source for Stream {
    type Error = Unread;

    fn take(&mut self, mut into: &mut [u8]) -> std::result::Result<(), Unread> {
        if into.len() as u64 > self.left {
            return Err(Unread::Error(self.damaged(&NoRows)));
        }
        self.left -= into.len() as u64;
        while !into.is_empty() {
            if self.from == self.to {
                self.open_next().map_err(Unread::Error)?;
            }
            let now = into.len().min(self.to - self.from);
            let (filled, rest) = into.split_at_mut(now);
            filled.copy_from_slice(&self.chunk[self.from..self.from + now]);
            self.from += now;
            into = rest;
        }
        Ok(())
    }

    fn left(&self) -> u64 {
        self.left
    }
}

impl Stream {
    fn open_next(&mut self) -> Result<()> {
        let span = self
            .layout
            .chunk(self.next)
            .map_err(|refused| self.damaged(&refused))?;
        let length = usize::try_from(span.sealed.end - span.sealed.start).map_err(Error::internal)?;
        self.chunk.resize(length, 0);
        let read = self.object.read_at(span.sealed.start, &mut self.chunk)?;
        if read < length {
            return Err(self.damaged(&"it ends early"));
        }
        self.hash.update(&self.chunk);
        let opened = self.opener.open_chunk(span.index, span.last, &mut self.chunk);
        let opened = match opened {
            Ok(opened) => opened.len(),
            Err(refused) => return Err(self.damaged(&refused)),
        };
        (self.from, self.to) = (0, opened);
        self.next += 1;
        Ok(())
    }

    fn damaged(&self, trouble: &dyn std::fmt::Display) -> Error {
        Error::Damaged {
            what: self.shown.clone(),
            shelf: self.shelf.clone(),
            trouble: trouble.to_string(),
        }
    }
}

/// Opens one of the part's pieces, each as likely as any other.
pub(crate) fn peek(
    (shelf, room): (&Shelf, Room<'_>),
    name: &Name,
    part: &Part,
    key: &Key,
    random: &dyn Random,
) -> Result<()> {
    let object = object(shelf, room, name, part)?;
    let mut stream = PartReader::over(shelf, name, object, key, 0)?.stream;
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    stream.next = u64::from_be_bytes(bytes) % stream.layout.chunk_count().max(1);
    stream.open_next()
}

/// Whether the part is there in its full length, without reading it.
pub(crate) fn check(shelf: &Shelf, room: Room<'_>, name: &Name, part: &Part) -> Result<()> {
    object(shelf, room, name, part).map(drop)
}

fn object(shelf: &Shelf, room: Room<'_>, name: &Name, part: &Part) -> Result<Box<dyn ObjectReader>> {
    let object = shelf
        .room(room)?
        .open(part.id)
        .map_err(|error| missing(error, shelf, name))?;
    if object.len() != part.bytes {
        let trouble = format!("it has {} bytes and not {}", object.len(), part.bytes);
        return Err(damaged(shelf, name, &trouble));
    }
    Ok(object)
}

fn missing(error: StoreError, shelf: &Shelf, name: &Name) -> Error {
    match error {
        StoreError::ObjectMissing(_) => Error::Missing {
            what: name.what.clone(),
            shelf: shelf.shown().to_owned(),
        },
        StoreError::ObjectAltered(_) => damaged(shelf, name, &"it is not what was written"),
        other => other.into(),
    }
}

fn damaged(shelf: &Shelf, name: &Name, trouble: &dyn std::fmt::Display) -> Error {
    Error::Damaged {
        what: name.what.clone(),
        shelf: shelf.shown().to_owned(),
        trouble: trouble.to_string(),
    }
}
