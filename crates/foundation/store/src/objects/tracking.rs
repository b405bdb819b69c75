//! Rows that know of every object which no other row refers to, so that a crash leaves nothing behind for ever.
//!
//! ```text
//! intend(tx, id)          durable before the first byte         a crash from here on: sweep removes the object
//! objects.create … finish
//! keep(tx, id)            with the row that refers to it        a crash from here on: the object stays
//! …
//! discard(tx, id)         with the row's removal                a crash from here on: sweep removes the object
//! empty_trash(…)
//! ```

use std::time::Duration;

use kernel::{ObjectId, Timestamp};

use super::Objects;
use crate::{Db, StoreError, Tx, params};

const INTEND: &str = "INSERT INTO object_intent (object_id, node, made_at) VALUES ($1, $2, $3)";
const KEEP: &str = "DELETE FROM object_intent WHERE object_id = $1";
const DISCARD: &str =
    "INSERT INTO object_trash (object_id, at) VALUES ($1, $2) ON CONFLICT (object_id) DO NOTHING";
const OWN_INTENTS: &str = "DELETE FROM object_intent WHERE node = $1 OR made_at < $2 RETURNING object_id";
const TRASH: &str = "SELECT object_id FROM object_trash ORDER BY object_id LIMIT 500";
const FORGET: &str = "DELETE FROM object_trash WHERE object_id = $1";
const TRACKED: &str = "
    SELECT 1 WHERE EXISTS (SELECT 1 FROM object_intent WHERE object_id = $1)
    OR EXISTS (SELECT 1 FROM object_trash WHERE object_id = $1)";

/// How many listed objects one transaction looks up.
const CHUNK: usize = 500;

/// Says that this object is about to be written. Commit this before creating the object.
pub fn intend(tx: &mut Tx, id: ObjectId, node: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(INTEND, params![id, node, now]).map(drop)
}

/// Ends the intent, in the transaction that adds the row which refers to the finished object.
/// [`StoreError::ObjectMissing`] when the intent was swept, and the object with it: do not commit.
pub fn keep(tx: &mut Tx, id: ObjectId) -> Result<(), StoreError> {
    match tx.execute(KEEP, params![id])? {
        1 => Ok(()),
        _ => Err(StoreError::ObjectMissing(id)),
    }
}

/// Lets go of an object whose upload came to nothing, as far as is known; gives whether it did.
///
/// INVARIANT: only an object that still has its intent is let go of. Whoever asks may be wrong: a commit whose answer was
/// lost, or that nobody waited for any longer, may have happened, and then a row refers to the object.
pub fn abandon(tx: &mut Tx, id: ObjectId, now: Timestamp) -> Result<bool, StoreError> {
    if tx.execute(KEEP, params![id])? == 0 {
        return Ok(false);
    }
    tx.execute(DISCARD, params![id, now])?;
    Ok(true)
}

/// Lets go of an object, in the transaction that removes the row which referred to it. Its bytes go with the next
/// [`empty_trash`].
pub fn discard(tx: &mut Tx, id: ObjectId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(KEEP, params![id])?;
    tx.execute(DISCARD, params![id, now]).map(drop)
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweep {
    /// Uploads that never ended, now let go of.
    pub intents: usize,
    /// Objects removed.
    pub removed: usize,
}

/// Removes what a crash left: call it when this node starts, before it serves. Intents of this node are all from an
/// earlier life; those of other nodes count as dead after `patience`, which must be longer than any upload may take.
pub fn sweep(
    db: &Db,
    objects: &dyn Objects,
    node: &str,
    now: Timestamp,
    patience: Duration,
) -> Result<Sweep, StoreError> {
    let node = node.to_owned();
    // The intent goes first: an upload that is alive after all then fails in `keep` and refers to nothing.
    let intents = db.write_blocking(move |tx| {
        let dead = tx.all(OWN_INTENTS, params![&node, now.minus(patience)])?;
        for row in &dead {
            tx.execute(DISCARD, params![row.get::<ObjectId>(0)?, now])?;
        }
        Ok::<_, StoreError>(dead.len())
    })?;
    Ok(Sweep {
        intents,
        removed: empty_trash(db, objects)?,
    })
}

/// Removes the bytes of everything let go of; gives how many. Stops at the first object that cannot be removed; what
/// is left stays in the trash.
pub fn empty_trash(db: &Db, objects: &dyn Objects) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let ids = db.read_blocking(|tx| {
            tx.all(TRASH, &[])?
                .iter()
                .map(|row| row.get(0))
                .collect::<Result<Vec<ObjectId>, StoreError>>()
        })?;
        if ids.is_empty() {
            return Ok(removed);
        }
        ids.iter().try_for_each(|id| objects.delete(*id))?;
        removed += ids.len();
        db.write_blocking(move |tx| {
            ids.iter()
                .try_for_each(|id| tx.execute(FORGET, params![id]).map(drop))
        })?;
    }
}

/// Compares a full listing with the rows: the objects that nothing refers to and nothing tracks. There should be none.
///
/// `referenced` are statements with one parameter, an object's id, that give a row when something refers to it.
/// Memory does not grow with the number of objects. May run beside live traffic.
pub fn orphans(
    db: &Db,
    objects: &dyn Objects,
    referenced: &'static [&'static str],
) -> Result<Vec<ObjectId>, StoreError> {
    let mut found = Vec::new();
    let mut listing = objects.list()?;
    loop {
        let chunk: Vec<ObjectId> = listing.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            break;
        }
        found.extend(db.read_blocking(move |tx| unknown(tx, &chunk, referenced))?);
    }
    // An object removed between listing and asking is no orphan.
    found.sort();
    found.dedup();
    still_there(objects, found)
}

fn unknown(tx: &mut Tx, ids: &[ObjectId], referenced: &[&str]) -> Result<Vec<ObjectId>, StoreError> {
    let mut unknown = Vec::new();
    'ids: for id in ids {
        for statement in referenced.iter().chain(&[TRACKED]) {
            if !tx.all(statement, params![id])?.is_empty() {
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
