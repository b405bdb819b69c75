//! Objects in a store elsewhere: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage.
//!
//! An object of at most one piece (8 MiB) is one remote object: a head of 24 bytes, then the content. A larger one is
//! pieces, written while they come, and last the head, which makes it visible. Names are ids and numbers: `ab/cd/<id>`
//! for the head, `ab/cd/<id>.1` and so on for pieces, under a prefix, where `ab` and `cd` are the id's last bytes.
//!
//! Multipart uploads are not used: one that is abandoned does not show in a listing, so that a crash would leave bytes
//! that nobody finds (docs/decisions/0006). A piece does show.
//!
//! Promises beyond those of every implementation: memory is bounded over all uploads and for every reader; errors name
//! the place and never repeat credentials. Leaves out: what the bytes are.

mod bucket;
mod connect;
mod failure;
mod gated;
mod head;
mod locator;
mod reader;
mod shared;
mod writer;

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use kernel::ObjectId;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

pub use bucket::{Bucket, BucketError, BucketWriting, Found, MOST_WRITTEN, Written};
pub use connect::Remote;
pub use head::{HEAD_LEN, Head, NoHead};
pub use locator::{Credentials, Locator, UnusableLocation};

use self::shared::{Shared, UnderWay, id_of};
use self::writer::Writing;
use super::{Listing, ObjectReader, ObjectWriter, Objects, PlaceLabel};
use crate::StoreError;

/// The most bytes of one remote object's content.
pub const PIECE: u32 = 8 << 20;
/// Pieces in memory over all uploads to one place: a quarter of a gigabyte.
const PIECES_IN_MEMORY: usize = 32;
/// How many names one turn of a listing takes.
const NAMES: usize = 500;

/// Objects in a remote store.
pub struct RemoteObjects {
    shared: Arc<Shared>,
}

impl RemoteObjects {
    /// Keeps objects in this store below the prefix. Requests run on the runtime; errors name the place.
    pub fn new(place: PlaceLabel, store: Arc<dyn ObjectStore>, prefix: Path, runtime: Handle) -> Self {
        Self::with_pieces(place, store, prefix, runtime, PIECE)
    }

    /// The same with pieces of another size. Objects with others are read all the same.
    pub fn with_pieces(
        place: PlaceLabel,
        store: Arc<dyn ObjectStore>,
        prefix: Path,
        runtime: Handle,
        piece: u32,
    ) -> Self {
        let shared = Shared {
            place,
            store,
            prefix,
            runtime,
            piece: piece.max(1),
            memory: Arc::new(Semaphore::new(PIECES_IN_MEMORY)),
            under_way: UnderWay::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl Objects for RemoteObjects {
    fn create(&self, id: ObjectId) -> Result<Box<dyn ObjectWriter>, StoreError> {
        if !self.shared.under_way.begin(id) {
            return Err(StoreError::ObjectExists(id));
        }
        // From here on the writer ends what has begun, also when it is dropped at once.
        let writing = Writing::new(Arc::clone(&self.shared), id);
        let shared = Arc::clone(&self.shared);
        self.shared.wait("look for an object", async move {
            match shared.store.head(&shared.head_path(id)).await {
                Ok(_) => Err(StoreError::ObjectExists(id)),
                Err(error) => match failure::of_object(&shared.place, "look for an object", id, &error) {
                    StoreError::ObjectMissing(_) => Ok(()),
                    other => Err(other),
                },
            }
        })?;
        Ok(Box::new(writing))
    }

    fn open(&self, id: ObjectId) -> Result<Box<dyn ObjectReader>, StoreError> {
        let opened = self
            .shared
            .wait("read", reader::open(Arc::clone(&self.shared), id))?;
        Ok(Box::new(opened))
    }

    fn delete(&self, id: ObjectId) -> Result<(), StoreError> {
        self.shared.under_way.wait_for(id)?;
        self.shared.remove(id)
    }

    fn list(&self) -> Result<Listing<'_>, StoreError> {
        Ok(Box::new(Names {
            shared: Arc::clone(&self.shared),
            stream: Some(self.shared.store.list(Some(&self.shared.prefix))),
            found: Vec::new().into_iter(),
            last: None,
        }))
    }
}

/// A listing, taken some names at a time. Pieces come right after their head, so that an id is given once.
struct Names {
    shared: Arc<Shared>,
    stream: Option<BoxStream<'static, object_store::Result<ObjectMeta>>>,
    found: std::vec::IntoIter<object_store::Result<ObjectMeta>>,
    last: Option<ObjectId>,
}

impl Names {
    /// More names; `false` at the end.
    fn more(&mut self) -> Result<bool, StoreError> {
        let Some(mut stream) = self.stream.take() else {
            return Ok(false);
        };
        let (stream, found) = self.shared.wait("list", async move {
            let found: Vec<_> = stream.by_ref().take(NAMES).collect().await;
            Ok((stream, found))
        })?;
        // A stream that has ended must not be asked again.
        self.stream = (found.len() == NAMES).then_some(stream);
        self.found = found.into_iter();
        Ok(true)
    }
}

impl Iterator for Names {
    type Item = Result<ObjectId, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            for found in self.found.by_ref() {
                let found = match found {
                    Ok(found) => found,
                    Err(error) => return Some(Err(failure::of_place(&self.shared.place, "list", &error))),
                };
                // What is not ours has no id for a name and is left alone.
                let id = id_of(&found.location);
                if let Some(id) = id.filter(|id| self.last != Some(*id)) {
                    self.last = Some(id);
                    return Some(Ok(id));
                }
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
