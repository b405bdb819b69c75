//! Objects: copied once, listed with their hashes, compared when they come back.
//!
//! Objects never change and are sealed already, so a copy that an earlier backup lists is not made again, and one that an interrupted
//! run left is taken over when its hash has been read. Several are copied at once; memory holds one piece for each.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::digest::{self, SHA256};
use kernel::ObjectId;
use store::objects::{ObjectReader, Objects, PlaceLabel, Places};
use store::{Db, StoreError, Value, params};

use crate::error::{Error, Result};
use crate::part::{PartReader, PartWriter};
use crate::shelf::Shelf;

/// Objects that are copied at the same time: each waits for a disk or a network.
const AT_ONCE: usize = 8;
/// Objects that are given out to copy together.
const TOGETHER: usize = 64;
const PIECE: usize = 256 << 10;
/// Values of a row in the list of objects.
pub(crate) const LISTED: usize = 4;
/// Values of a row in the list of references.
pub(crate) const REFERRED: usize = 2;

/// One line of the list of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) place: PlaceLabel,
    pub(crate) id: ObjectId,
    pub(crate) length: u64,
    pub(crate) sha256: Vec<u8>,
}

impl Listed {
    fn row(&self) -> Result<[Value; LISTED]> {
        Ok([
            Value::from(&self.place),
            Value::from(self.id),
            Value::Int(i64::try_from(self.length).map_err(Error::internal)?),
            Value::Bytes(self.sha256.clone()),
        ])
    }

    /// The next line of a part.
    pub(crate) fn next(part: &mut PartReader) -> Result<Option<Self>> {
        let Some(values) = part.next()? else {
            return Ok(None);
        };
        let row = store::Row::new(values);
        let read = || {
            Ok::<_, StoreError>(Self {
                place: row.get(0)?,
                id: row.get(1)?,
                length: row.get(2)?,
                sha256: row.get(3)?,
            })
        };
        read().map(Some).map_err(|_| part.damaged())
    }

    fn is(&self, reference: &Reference) -> bool {
        (&self.place, &self.id) == (&reference.place, &reference.id)
    }

    fn is_before(&self, reference: &Reference) -> bool {
        (self.place.as_str(), &self.id) < (reference.place.as_str(), &reference.id)
    }
}

/// What a row refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    place: PlaceLabel,
    id: ObjectId,
}

impl Reference {
    fn next(part: &mut PartReader) -> Result<Option<Self>> {
        let Some(values) = part.next()? else {
            return Ok(None);
        };
        let row = store::Row::new(values);
        let read = || {
            Ok::<_, StoreError>(Self {
                place: row.get(0)?,
                id: row.get(1)?,
            })
        };
        read().map(Some).map_err(|_| part.damaged())
    }
}

/// What copying came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) copied: u64,
    pub(crate) copied_bytes: u64,
    pub(crate) all_bytes: u64,
    /// Erased between the look at the database and their turn.
    pub(crate) gone: u64,
}

/// Copies what the references name and the list before does not, and writes the new list.
pub(crate) struct Copying<'a> {
    pub(crate) db: &'a Db,
    pub(crate) places: &'a Places,
    pub(crate) shelf: &'a Shelf,
}

impl Copying<'_> {
    pub(crate) fn run(
        &self,
        references: &mut PartReader,
        mut before: Option<PartReader>,
        list: &mut PartWriter,
        mut progress: impl FnMut(u64) -> Result<()>,
    ) -> Result<Copied> {
        let mut done = Copied::default();
        let mut known = next_of(&mut before)?;
        let mut ended = false;
        let mut seen = 0;
        while !ended {
            let mut batch = Vec::with_capacity(TOGETHER);
            while batch.len() < TOGETHER {
                let Some(reference) = Reference::next(references)? else {
                    ended = true;
                    break;
                };
                while known.as_ref().is_some_and(|known| known.is_before(&reference)) {
                    known = next_of(&mut before)?;
                }
                let listed = known.clone().filter(|known| known.is(&reference));
                batch.push((reference, listed));
            }
            seen += batch.len() as u64;
            self.batch(batch, list, &mut done)?;
            progress(seen)?;
        }
        Ok(done)
    }

    fn batch(
        &self,
        batch: Vec<(Reference, Option<Listed>)>,
        list: &mut PartWriter,
        done: &mut Copied,
    ) -> Result<()> {
        let wanted: Vec<&Reference> = batch
            .iter()
            .filter(|(_, listed)| listed.is_none())
            .map(|(reference, _)| reference)
            .collect();
        let mut copies = at_once(&wanted, |reference| self.one(reference))?.into_iter();
        for (_, listed) in &batch {
            let listed = match listed {
                Some(listed) => Some(listed.clone()),
                None => {
                    let copy = copies.next().flatten();
                    done.gone += u64::from(copy.is_none());
                    if let Some(copy) = &copy {
                        done.copied += 1;
                        done.copied_bytes += copy.length;
                    }
                    copy
                }
            };
            if let Some(listed) = listed {
                done.all_bytes += listed.length;
                list.row(&listed.row()?)?;
            }
        }
        Ok(())
    }

    fn one(&self, reference: &Reference) -> Result<Option<Listed>> {
        let Reference { place, id } = reference;
        let source = match self.places.get(place)?.objects.open(*id) {
            Ok(source) => source,
            Err(StoreError::ObjectMissing(_)) => return self.gone(reference).map(|()| None),
            Err(other) => return Err(other.into()),
        };
        let room = self.shelf.objects(place)?;
        let (length, sha256) = match copy_of(&*room, *id, source.len())? {
            Some(sha256) => (source.len(), sha256),
            None => match copy(&*source, &*room, *id) {
                Err(Error::Store(StoreError::ObjectMissing(_))) => {
                    return self.gone(reference).map(|()| None);
                }
                copied => (source.len(), copied?),
            },
        };
        Ok(Some(Listed {
            place: place.clone(),
            id: *id,
            length,
            sha256,
        }))
    }

    /// An object may go while the backup is made: then no row refers to it any more.
    fn gone(&self, reference: &Reference) -> Result<()> {
        let Reference { place, id } = reference.clone();
        let label = place.clone();
        let referred = self.db.read_blocking(move |tx| refers(tx, &label, id))?;
        match referred {
            false => Ok(()),
            true => Err(Error::ObjectLost {
                object: id,
                place: place.to_string(),
            }),
        }
    }
}

/// Does this with each, several at the same time; gives what came of them in their order, or the first failure.
pub(crate) fn at_once<T: Sync, R: Send>(all: &[T], one: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let turn = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(all.len()));
    let work = || {
        loop {
            let at = turn.fetch_add(1, Ordering::Relaxed);
            let Some(next) = all.get(at) else { return };
            let outcome = one(next);
            if outcome.is_err() {
                // The others finish what they have begun, and begin nothing more.
                turn.store(all.len(), Ordering::Relaxed);
            }
            found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Whether a row refers to the object.
pub(crate) fn refers(
    tx: &mut store::Tx,
    place: &PlaceLabel,
    id: ObjectId,
) -> std::result::Result<bool, StoreError> {
    for sql in custody::item::OBJECT_REFERENCES {
        if !tx.all(sql, params![id, place])?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn next_of(part: &mut Option<PartReader>) -> Result<Option<Listed>> {
    part.as_mut().map_or(Ok(None), Listed::next)
}

/// The hash of a copy that is whole; nothing where there is none.
fn copy_of(room: &dyn Objects, id: ObjectId, length: u64) -> Result<Option<Vec<u8>>> {
    match room.open(id) {
        Ok(copy) if copy.len() == length => hash(&*copy).map(Some),
        Ok(_) | Err(StoreError::ObjectMissing(_) | StoreError::ObjectAltered(_)) => {
            // Also what an interrupted run left half-written, which would be in the way of a new one.
            room.delete(id)?;
            Ok(None)
        }
        Err(other) => Err(other.into()),
    }
}

/// Copies an object; gives the hash of what was read. The copy is durable afterwards.
pub(crate) fn copy(source: &dyn ObjectReader, to: &dyn Objects, id: ObjectId) -> Result<Vec<u8>> {
    let mut writer = to.create(id)?;
    let sha256 = pieces(source, |piece| Ok(writer.write_all(piece)?))?;
    writer.finish()?;
    Ok(sha256)
}

/// The hash of an object.
pub(crate) fn hash(object: &dyn ObjectReader) -> Result<Vec<u8>> {
    pieces(object, |_| Ok(()))
}

fn pieces(object: &dyn ObjectReader, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<Vec<u8>> {
    let mut hash = digest::Context::new(&SHA256);
    let mut buffer = vec![0; PIECE];
    let mut at = 0;
    while at < object.len() {
        let read = object.read_at(at, &mut buffer)?;
        if read == 0 {
            return Err(StoreError::unavailable("an object ended before its length").into());
        }
        hash.update(&buffer[..read]);
        take(&buffer[..read])?;
        at += read as u64;
    }
    Ok(hash.finish().as_ref().to_vec())
}
