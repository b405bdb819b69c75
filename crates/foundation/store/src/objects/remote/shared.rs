//! What the remote store, its readers and its writers have in common: paths, requests, and what is being written.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kernel::ObjectId;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::failure;
use crate::StoreError;
use crate::objects::PlaceLabel;

/// How long one request may take with all its repetitions.
const PATIENCE: Duration = Duration::from_secs(90);
/// Pieces that one step of a removal lists, and how many of them it removes at a time.
const PIECES_AT_ONCE: usize = 500;
const REMOVALS_AT_ONCE: usize = 8;
/// How long a removal waits for the writer of the same object to be gone.
const FOR_A_WRITER: Duration = Duration::from_secs(10);

pub(super) struct Shared {
    pub(super) place: PlaceLabel,
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) prefix: Path,
    pub(super) runtime: Handle,
    pub(super) piece: u32,
    /// Pieces that may be in memory, over all uploads.
    pub(super) memory: Arc<Semaphore>,
    pub(super) under_way: UnderWay,
}

impl Shared {
    /// Runs a request on the runtime and waits for it, from a thread of any kind.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        verb: &'static str,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let slow = failure::too_slow(&self.place, verb);
        drop(self.runtime.spawn(async move {
            let done = tokio::time::timeout(PATIENCE, work).await;
            let _ = answer.send(done.unwrap_or(Err(slow)));
        }));
        answered
            .recv()
            .unwrap_or_else(|_| Err(StoreError::unavailable("the program is stopping")))
    }

    /// The folder that an object's head and pieces lie in: the last two bytes of an id are random and spread evenly.
    pub(super) fn folder(&self, id: ObjectId) -> Path {
        let [.., outer, inner] = *id.as_bytes();
        let folder = self.prefix.clone().join(format!("{outer:02x}"));
        folder.join(format!("{inner:02x}"))
    }

    pub(super) fn head_path(&self, id: ObjectId) -> Path {
        self.folder(id).join(id.to_string())
    }

    pub(super) fn piece_path(&self, id: ObjectId, number: u64) -> Path {
        self.folder(id).join(format!("{id}.{number}"))
    }

    pub(super) async fn put(&self, id: ObjectId, path: Path, payload: PutPayload) -> Result<(), StoreError> {
        // A store that takes no bytes any more must not hold an upload for ever.
        match tokio::time::timeout(PATIENCE, self.store.put(&path, payload)).await {
            Ok(put) => put
                .map(drop)
                .map_err(|error| failure::of_object(&self.place, "store bytes", id, &error)),
            Err(_) => Err(failure::too_slow(&self.place, "store bytes")),
        }
    }

    /// Removes head and pieces, the head first: a head without its pieces must never be seen. Every step has its own
    /// patience, for an object may have very many pieces.
    pub(super) fn remove(self: &Arc<Self>, id: ObjectId) -> Result<(), StoreError> {
        let shared = Arc::clone(self);
        self.wait("remove", async move {
            shared.remove_one(id, shared.head_path(id)).await
        })?;
        loop {
            let shared = Arc::clone(self);
            let pieces = self.wait("list", async move { shared.some_pieces(id).await })?;
            if pieces.is_empty() {
                return Ok(());
            }
            let shared = Arc::clone(self);
            self.wait("remove", async move { shared.remove_all(id, pieces).await })?;
        }
    }

    /// Some pieces that are still there; none when all are gone.
    async fn some_pieces(&self, id: ObjectId) -> Result<Vec<Path>, StoreError> {
        let (folder, head) = (self.folder(id), self.head_path(id));
        let prefix = format!("{id}.");
        // Names after the head's, of a folder that a 65,536th of all objects shares.
        let mut later = self.store.list_with_offset(Some(&folder), &head);
        let failed = |error| failure::of_place(&self.place, "list", &error);
        let mut pieces = Vec::new();
        while pieces.len() < PIECES_AT_ONCE {
            let Some(found) = later.try_next().await.map_err(failed)? else {
                break;
            };
            if named(&found.location).is_some_and(|name| name.starts_with(&prefix)) {
                pieces.push(found.location);
            }
        }
        Ok(pieces)
    }

    async fn remove_all(&self, id: ObjectId, paths: Vec<Path>) -> Result<(), StoreError> {
        let removals = paths.into_iter().map(|path| self.remove_one(id, path));
        let mut removals = stream::iter(removals).buffer_unordered(REMOVALS_AT_ONCE);
        while removals.try_next().await?.is_some() {}
        Ok(())
    }

    async fn remove_one(&self, id: ObjectId, path: Path) -> Result<(), StoreError> {
        match self.store.delete(&path).await {
            Ok(()) => Ok(()),
            Err(error) => match failure::of_object(&self.place, "remove", id, &error) {
                StoreError::ObjectMissing(_) => Ok(()),
                other => Err(other),
            },
        }
    }
}

/// The last part of a path.
pub(super) fn named(path: &Path) -> Option<&str> {
    path.filename()
}

/// The id in the name of a head or a piece; nothing for names that are not ours.
pub(super) fn id_of(path: &Path) -> Option<ObjectId> {
    let name = named(path)?;
    match name.split_once('.') {
        None => name.parse().ok(),
        Some((id, number)) if number.parse::<u64>().is_ok() => id.parse().ok(),
        Some(_) => None,
    }
}

/// Objects that this process is writing.
#[derive(Default)]
pub(super) struct UnderWay {
    ids: Mutex<HashSet<ObjectId>>,
    ended: Condvar,
}

impl UnderWay {
    fn lock(&self) -> MutexGuard<'_, HashSet<ObjectId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `false` when it is being written already.
    pub(super) fn begin(&self, id: ObjectId) -> bool {
        self.lock().insert(id)
    }

    pub(super) fn end(&self, id: ObjectId) {
        self.lock().remove(&id);
        self.ended.notify_all();
    }

    /// Waits until nobody writes it: a piece that is on its way would arrive after its removal.
    pub(super) fn wait_for(&self, id: ObjectId) -> Result<(), StoreError> {
        let waited = self
            .ended
            .wait_timeout_while(self.lock(), FOR_A_WRITER, |ids| ids.contains(&id));
        match waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
            true => Err(StoreError::unavailable(
                "the object is still being written and is removed later",
            )),
            false => Ok(()),
        }
    }
}
