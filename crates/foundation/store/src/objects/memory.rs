//! Objects in memory, for tests, with faults on demand.
//!
//! Every outside act has two ways to go wrong, and code must stand both: it failed, or it happened and the answer got
//! lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::ObjectId;

use super::{Listing, ObjectReader, ObjectWriter, Objects};
use crate::StoreError;

/// An act that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Beginning an object.
    Create,
    /// Appending bytes.
    Write,
    /// Making an object durable.
    Finish,
    /// Opening an object.
    Open,
    /// Reading from an opened object.
    Read,
    /// Removing an object.
    Delete,
    /// Listing.
    List,
}

/// How the next such act goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and nothing happened.
    Fails(Act),
    /// It happens, and is reported as failed.
    HappensButFails(Act),
}

impl Fault {
    fn act(self) -> Act {
        match self {
            Self::Fails(act) | Self::HappensButFails(act) => act,
        }
    }
}

/// Objects in memory. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryObjects {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// No bytes: begun and not finished.
    objects: BTreeMap<ObjectId, Option<Arc<[u8]>>>,
    faults: VecDeque<Fault>,
}

impl MemoryObjects {
    /// No objects, no faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next act of this sort go wrong. Faults of the same act queue up.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    /// How many objects are there, unfinished ones included.
    pub fn count(&self) -> usize {
        self.lock().objects.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the act as the next fault for it says.
    fn act<T>(
        &self,
        act: Act,
        run: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.lock();
        let position = state.faults.iter().position(|fault| fault.act() == act);
        match position.and_then(|position| state.faults.remove(position)) {
            None => run(&mut state),
            Some(Fault::Fails(_)) => Err(injected(act)),
            Some(Fault::HappensButFails(_)) => run(&mut state).and_then(|_| Err(injected(act))),
        }
    }
}

fn injected(act: Act) -> StoreError {
    StoreError::unavailable(format!("injected fault in {act:?}"))
}

impl Objects for MemoryObjects {
    fn create(&self, id: ObjectId) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.act(Act::Create, |state| match state.objects.contains_key(&id) {
            true => Err(StoreError::ObjectExists(id)),
            false => Ok(state.objects.insert(id, None)),
        })?;
        Ok(Box::new(Writing {
            objects: self.clone(),
            id,
            bytes: Vec::new(),
            finished: false,
        }))
    }

    fn open(&self, id: ObjectId) -> Result<Box<dyn ObjectReader>, StoreError> {
        let bytes = self.act(Act::Open, |state| {
            state
                .objects
                .get(&id)
                .cloned()
                .flatten()
                .ok_or(StoreError::ObjectMissing(id))
        })?;
        Ok(Box::new(Reading {
            objects: self.clone(),
            bytes,
        }))
    }

    fn delete(&self, id: ObjectId) -> Result<(), StoreError> {
        self.act(Act::Delete, |state| {
            state.objects.remove(&id);
            Ok(())
        })
    }

    fn list(&self) -> Result<Listing<'_>, StoreError> {
        let ids = self.act(Act::List, |state| {
            Ok(state.objects.keys().copied().collect::<Vec<_>>())
        })?;
        Ok(Box::new(ids.into_iter().map(Ok)))
    }
}

struct Writing {
    objects: MemoryObjects,
    id: ObjectId,
    bytes: Vec<u8>,
    finished: bool,
}

impl ObjectWriter for Writing {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.objects.act(Act::Write, |_| {
            self.bytes.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        let bytes: Arc<[u8]> = std::mem::take(&mut self.bytes).into();
        let (id, finished) = (self.id, &mut self.finished);
        self.objects.act(Act::Finish, |state| {
            state.objects.insert(id, Some(bytes));
            *finished = true;
            Ok(())
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.finished {
            self.objects.lock().objects.remove(&self.id);
        }
    }
}

struct Reading {
    objects: MemoryObjects,
    bytes: Arc<[u8]>,
}

impl ObjectReader for Reading {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        self.objects.act(Act::Read, |_| {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(self.bytes.len());
            let count = buffer.len().min(self.bytes.len() - start);
            buffer[..count].copy_from_slice(&self.bytes[start..start + count]);
            Ok(count)
        })
    }
}
