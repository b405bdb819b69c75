//! Rows that know of every object which no other row refers to, so that a crash leaves nothing behind for ever.
//!
//! ```text
//! intend(tx, address)     durable before the first byte         a crash from here on: sweep lets go of the object
//! objects.create … finish
//! keep(tx, address)       with the row that refers to it        a crash from here on: the object stays
//! …
//! discard(tx, address)    with the row's removal                a crash from here on: the object is in the trash
//! empty_trash(…)
//! ```

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::{ObjectId, Timestamp};

use super::{Address, Objects, Place, PlaceLabel, Places};
use crate::{Db, StoreError, Tx, params};

const INTEND: &str =
    "INSERT INTO object_intent (object_place, object_id, node, made_at) VALUES ($1, $2, $3, $4)";
const KEEP: &str = "DELETE FROM object_intent WHERE object_place = $1 AND object_id = $2";
const DISCARD: &str = "INSERT INTO object_trash (object_place, object_id, at) VALUES ($1, $2, $3) \
     ON CONFLICT (object_place, object_id) DO NOTHING";
const DEAD: &str =
    "DELETE FROM object_intent WHERE node = $1 OR made_at < $2 RETURNING object_id, object_place";
const TRASH: &str = "SELECT object_id FROM object_trash WHERE object_place = $1 ORDER BY object_id LIMIT 500";
const TRASHED: &str = "SELECT DISTINCT object_place FROM object_trash ORDER BY object_place";
const FORGET: &str = "DELETE FROM object_trash WHERE object_place = $1 AND object_id = $2";
const TRACKED: &str = "
    SELECT 1 WHERE EXISTS (SELECT 1 FROM object_intent WHERE object_id = $1 AND object_place = $2)
    OR EXISTS (SELECT 1 FROM object_trash WHERE object_id = $1 AND object_place = $2)";

/// How many listed objects one transaction looks up.
const CHUNK: usize = 500;

/// Says that this object is about to be written. Commit this before creating the object.
pub fn intend(tx: &mut Tx, address: &Address, node: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(INTEND, params![&address.place, address.object, node, now])
        .map(drop)
}

/// Ends the intent, in the transaction that adds the row which refers to the finished object.
/// [`StoreError::ObjectMissing`] when the intent was swept, and the object with it: do not commit.
pub fn keep(tx: &mut Tx, address: &Address) -> Result<(), StoreError> {
    match tx.execute(KEEP, params![&address.place, address.object])? {
        1 => Ok(()),
        _ => Err(StoreError::ObjectMissing(address.object)),
    }
}

/// Lets go of an object whose upload came to nothing, as far as is known; gives whether it did.
///
/// INVARIANT: only an object that still has its intent is let go of. Whoever asks may be wrong: a commit whose answer was
/// lost, or that nobody waited for any longer, may have happened, and then a row refers to the object.
pub fn abandon(tx: &mut Tx, address: &Address, now: Timestamp) -> Result<bool, StoreError> {
    if tx.execute(KEEP, params![&address.place, address.object])? == 0 {
        return Ok(false);
    }
    tx.execute(DISCARD, params![&address.place, address.object, now])?;
    Ok(true)
}

/// Lets go of an object, in the transaction that removes the row which referred to it. Its bytes go with the next
/// [`empty_trash`] of its place.
pub fn discard(tx: &mut Tx, address: &Address, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(KEEP, params![&address.place, address.object])?;
    tx.execute(DISCARD, params![&address.place, address.object, now])
        .map(drop)
}

/// Lets go of what a crash left: call it when this node starts, before it serves. Intents of this node are all from an
/// earlier life; those of other nodes count as dead after `patience`, which must be longer than any upload may take.
/// Gives how many uploads never ended; their bytes are in the trash now.
pub fn sweep(db: &Db, node: &str, now: Timestamp, patience: Duration) -> Result<usize, StoreError> {
    let node = node.to_owned();
    // The intent goes first: an upload that is alive after all then fails in `keep` and refers to nothing.
    db.write_blocking(move |tx| {
        let dead = tx.all(DEAD, params![&node, now.minus(patience)])?;
        for row in &dead {
            let (object, place): (ObjectId, PlaceLabel) = (row.get(0)?, row.get(1)?);
            tx.execute(DISCARD, params![place, object, now])?;
        }
        Ok::<_, StoreError>(dead.len())
    })
}

/// Removes the bytes of everything let go of in one place; gives how many objects. Stops at the first that cannot be
/// removed; what is left stays in the trash.
pub fn empty_trash(db: &Db, place: &Place) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let label = place.label.clone();
        let ids = db.read_blocking(move |tx| {
            tx.all(TRASH, params![&label])?
                .iter()
                .map(|row| row.get(0))
                .collect::<Result<Vec<ObjectId>, StoreError>>()
        })?;
        if ids.is_empty() {
            return Ok(removed);
        }
        let (gone, failure) = remove(&*place.objects, ids);
        removed += gone.len();
        let label = place.label.clone();
        db.write_blocking(move |tx| {
            gone.iter()
                .try_for_each(|id| tx.execute(FORGET, params![&label, id]).map(drop))
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
}

/// Removes objects up to the first that cannot be; gives those that are gone.
fn remove(objects: &dyn Objects, ids: Vec<ObjectId>) -> (Vec<ObjectId>, Option<StoreError>) {
    let mut gone = Vec::with_capacity(ids.len());
    for id in ids {
        match objects.delete(id) {
            Ok(()) => gone.push(id),
            Err(error) => return (gone, Some(error)),
        }
    }
    (gone, None)
}

/// What emptying the trash of several places came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Emptied {
    /// Objects removed.
    pub removed: usize,
    /// Places where not everything could be removed, each with the reason. What is left stays in the trash.
    pub left: Vec<(PlaceLabel, StoreError)>,
}

impl Emptied {
    /// How many objects were removed, or the first place's reason why not all.
    pub fn whole(mut self) -> Result<usize, StoreError> {
        match self.left.is_empty() {
            true => Ok(self.removed),
            false => Err(self.left.swap_remove(0).1),
        }
    }

    fn add(&mut self, label: PlaceLabel, outcome: Result<usize, StoreError>) {
        match outcome {
            Ok(removed) => self.removed += removed,
            Err(error) => self.left.push((label, error)),
        }
    }
}

/// Empties the trash of every place that has any, each in a thread of its own: one that does not answer holds up no
/// other. Errors are the database's alone.
pub fn empty_all_trash(db: &Db, places: &Places) -> Result<Emptied, StoreError> {
    let labels = db.read_blocking(|tx| {
        tx.all(TRASHED, &[])?
            .iter()
            .map(|row| row.get(0))
            .collect::<Result<Vec<PlaceLabel>, StoreError>>()
    })?;
    let outcomes = std::thread::scope(|scope| {
        let begun = labels.iter().map(|label| {
            let work = move || places.get(label).and_then(|place| empty_trash(db, place));
            std::thread::Builder::new().spawn_scoped(scope, work)
        });
        let begun: Vec<_> = begun.collect();
        let ended = begun
            .into_iter()
            .map(|thread| match thread.map(|thread| thread.join()) {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => {
                    Err(StoreError::unavailable("a thread that removes objects broke off"))
                }
            });
        ended.collect::<Vec<_>>()
    });
    let mut emptied = Emptied::default();
    for (label, outcome) in labels.into_iter().zip(outcomes) {
        emptied.add(label, outcome);
    }
    Ok(emptied)
}

/// Labels that rows use and that are not configured. `statements` give the smallest label after $1, or NULL, so that
/// each label costs one look into an index however many rows there are.
pub fn unknown_places(
    db: &Db,
    places: &Places,
    statements: &'static [&'static str],
) -> Result<Vec<PlaceLabel>, StoreError> {
    const OWN: &[&str] = &[
        "SELECT min(object_place) FROM object_intent WHERE object_place > $1",
        "SELECT min(object_place) FROM object_trash WHERE object_place > $1",
    ];
    let used = db.read_blocking(move |tx| {
        let mut used = BTreeSet::new();
        for statement in OWN.iter().chain(statements) {
            let mut last = String::new();
            while let Some(label) = tx.one(statement, params![&last])?.get::<Option<PlaceLabel>>(0)? {
                last = label.to_string();
                used.insert(label);
            }
        }
        Ok::<_, StoreError>(used)
    })?;
    Ok(used
        .into_iter()
        .filter(|label| places.get(label).is_err())
        .collect())
}

/// Compares a full listing of a place with the rows: the objects that nothing refers to and nothing tracks. There
/// should be none.
///
/// `referenced` are statements with two parameters, an object's id and its place, that give a row when something
/// refers to it. Memory does not grow with the number of objects. May run beside live traffic.
pub fn orphans(
    db: &Db,
    place: &Place,
    referenced: &'static [&'static str],
) -> Result<Vec<ObjectId>, StoreError> {
    let mut found = Vec::new();
    let mut listing = place.objects.list()?;
    loop {
        let chunk: Vec<ObjectId> = listing.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            break;
        }
        let label = place.label.clone();
        found.extend(db.read_blocking(move |tx| unknown(tx, &label, &chunk, referenced))?);
    }
    // An object removed between listing and asking is no orphan.
    found.sort();
    found.dedup();
    still_there(&*place.objects, found)
}

fn unknown(
    tx: &mut Tx,
    place: &PlaceLabel,
    ids: &[ObjectId],
    referenced: &[&str],
) -> Result<Vec<ObjectId>, StoreError> {
    let mut unknown = Vec::new();
    'ids: for id in ids {
        for statement in referenced.iter().chain(&[TRACKED]) {
            if !tx.all(statement, params![id, place])?.is_empty() {
                continue 'ids;
            }
        }
        unknown.push(*id);
    }
    Ok(unknown)
}

fn still_there(objects: &dyn Objects, suspects: Vec<ObjectId>) -> Result<Vec<ObjectId>, StoreError> {
    if suspects.is_empty() {
        return Ok(suspects);
    }
    let mut there = Vec::new();
    for id in objects.list()? {
        let id = id?;
        if suspects.binary_search(&id).is_ok() {
            there.push(id);
        }
    }
    there.sort();
    there.dedup();
    Ok(there)
}
