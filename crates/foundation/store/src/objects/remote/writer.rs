//! An object on its way into a remote store: gathered into pieces, each sent while the next one fills.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kernel::ObjectId;
use object_store::PutPayload;
use tokio::sync::OwnedSemaphorePermit;

use super::head::Head;
use super::shared::Shared;
use crate::StoreError;
use crate::objects::ObjectWriter;

/// So much of an object is gathered without asking for room, so that small objects never wait for large ones.
const WITHOUT_ROOM: usize = 1 << 20;
/// How long an upload waits for room before it is refused.
const FOR_ROOM: Duration = Duration::from_secs(30);

pub(super) struct Writing {
    shared: Arc<Shared>,
    id: ObjectId,
    filling: BytesMut,
    room: Option<OwnedSemaphorePermit>,
    in_flight: Option<mpsc::Receiver<Result<(), StoreError>>>,
    pieces: u64,
    length: u64,
    /// Whether anything may be in the store that has no place there.
    remains: bool,
}

impl Writing {
    /// The id is under way already, and no longer when this is dropped.
    pub(super) fn new(shared: Arc<Shared>, id: ObjectId) -> Self {
        Self {
            shared,
            id,
            filling: BytesMut::new(),
            room: None,
            in_flight: None,
            pieces: 0,
            length: 0,
            remains: false,
        }
    }

    fn piece(&self) -> usize {
        self.shared.piece as usize
    }

    /// Takes room for a whole piece before the buffer grows to it.
    fn make_room(&mut self, more: usize) -> Result<(), StoreError> {
        if self.room.is_some() || self.filling.len() + more <= WITHOUT_ROOM.min(self.piece()) {
            return Ok(());
        }
        let memory = Arc::clone(&self.shared.memory);
        let crowded = || StoreError::unavailable("too many uploads to remote places at once; try again");
        let room = self.shared.wait("take bytes", async move {
            match tokio::time::timeout(FOR_ROOM, memory.acquire_owned()).await {
                Ok(Ok(room)) => Ok(room),
                Ok(Err(_)) | Err(_) => Err(crowded()),
            }
        })?;
        self.room = Some(room);
        self.filling.reserve(self.piece() - self.filling.len());
        Ok(())
    }

    /// Sends what is gathered as the next piece, once the one before has arrived.
    fn send(&mut self) -> Result<(), StoreError> {
        self.arrived()?;
        self.pieces += 1;
        self.remains = true;
        let (shared, id) = (Arc::clone(&self.shared), self.id);
        let path = shared.piece_path(id, self.pieces);
        let payload = PutPayload::from(self.filling.split().freeze());
        let room = self.room.take();
        let (answer, answered) = mpsc::sync_channel(1);
        drop(self.shared.runtime.spawn(async move {
            let sent = shared.put(id, path, payload).await;
            drop(room);
            let _ = answer.send(sent);
        }));
        self.in_flight = Some(answered);
        Ok(())
    }

    /// Waits for the piece that is on its way.
    fn arrived(&mut self) -> Result<(), StoreError> {
        let Some(in_flight) = self.in_flight.take() else {
            return Ok(());
        };
        in_flight
            .recv()
            .unwrap_or_else(|_| Err(StoreError::unavailable("the program is stopping")))
    }

    fn put_head(&mut self, head: Head, content: Bytes) -> Result<(), StoreError> {
        self.remains = true;
        let (shared, id) = (Arc::clone(&self.shared), self.id);
        let head = Bytes::copy_from_slice(&head.to_bytes());
        let payload: PutPayload = [head, content].into_iter().collect();
        self.shared.wait("store bytes", async move {
            let path = shared.head_path(id);
            shared.put(id, path, payload).await
        })
    }
}

impl ObjectWriter for Writing {
    fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            // Sent when more comes, so that content of exactly one piece stays whole.
            if self.filling.len() == self.piece() {
                self.send()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.piece() - self.filling.len()));
            self.make_room(now.len())?;
            self.filling.extend_from_slice(now);
            self.length += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.pieces == 0 {
            let content = self.filling.split().freeze();
            self.put_head(Head::whole(self.length), content)?;
        } else {
            self.send()?;
            self.arrived()?;
            let head = Head::in_pieces(self.length, self.shared.piece);
            self.put_head(head, Bytes::new())?;
        }
        self.remains = false;
        Ok(())
    }
}

impl Drop for Writing {
    /// What cannot be removed now is named by its intent, and swept later.
    fn drop(&mut self) {
        if self.remains {
            let _ = self.arrived();
            let _ = self.shared.remove(self.id);
        }
        self.shared.under_way.end(self.id);
    }
}
