//! The list of what was erased, beside the backups: segments that are only ever added.
//!
//! ```text
//! act       | destroys keys and notes it, one transaction
//! list      |                 within seconds: what was noted since the segment before, as a new one
//! disaster  |                                         everything is lost but the shelf
//! restore   |                                                    an older state, and every segment since
//! ```
//!
//! It cannot be made from a restored database: what was erased after the backup is known to the newest database alone, and that
//! one may be lost. Promises: a line that was written stays; a segment names the one before, so that a gap shows; writing
//! again what was written does no harm. Leaves out: the seconds between the act and the segment, which a loss of everything within them
//! takes along; that the newest segments are still there, which nothing on the shelf can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use custody::erasure::{Erased, erased_since};
use kernel::{ObjectId, Random, Timestamp};
use store::{Db, Value};

use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::part::{Name, PartReader, PartWriter};
use crate::shelf::{Room, Shelf};

/// How long after its own moment an act may become visible at most, clocks of several nodes included.
const OVERLAP: Duration = Duration::from_secs(15 * 60);
const PAGE: u32 = 500;
/// Values of a line: id, tenant, kind, moment. The first line of a segment is the id of the one before, and nothing else.
const WIDTH: usize = 4;

/// The list on a shelf, as somebody who adds to it knows it.
#[derive(Debug)]
pub struct List {
    newest: Option<ObjectId>,
    /// What is noted from here on may not be listed yet.
    since: Timestamp,
    /// What of that is, and when it was erased.
    listed: BTreeMap<[u8; 16], Timestamp>,
}

impl List {
    /// Reads as much of the list as is needed to go on with it.
    ///
    /// # Errors
    /// Those of the shelf.
    pub fn open(shelf: &Shelf, key: &BackupKey) -> Result<Self> {
        let mut list = Self {
            newest: None,
            since: Timestamp::from_micros(0),
            listed: BTreeMap::new(),
        };
        let mut segments = segments(shelf)?;
        let Some(newest) = segments.pop() else {
            return Ok(list);
        };
        (list.newest, list.since) = (Some(newest), moment_of(newest).minus(OVERLAP));
        for segment in std::iter::once(newest).chain(segments.into_iter().rev()) {
            if moment_of(segment) < list.since {
                break;
            }
            let listed = &mut list.listed;
            read(shelf, key, segment, |line| {
                listed.insert(line.id, line.at);
                Ok(())
            })?;
        }
        Ok(list)
    }

    /// Adds what the database has noted and the list does not have; gives how many lines. For plain threads.
    ///
    /// # Errors
    /// Those of the database and the shelf. Nothing is lost: the next time goes on from there.
    pub fn extend(
        &mut self,
        db: &Db,
        (shelf, key): (&Shelf, &BackupKey),
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<u64> {
        let mut segment: Option<(ObjectId, PartWriter)> = None;
        let (mut after, mut added) = (None::<Erased>, Vec::new());
        loop {
            let (since, from) = (self.since, after);
            let page = db.read_blocking(move |tx| erased_since(tx, since, from.as_ref(), PAGE))?;
            for line in page.iter().filter(|line| !self.listed.contains_key(&line.id)) {
                let (_, writer) = match &mut segment {
                    Some(segment) => segment,
                    None => segment.insert(self.begin(shelf, key, now, random)?),
                };
                writer.row(&row(line))?;
                added.push((line.id, line.at));
            }
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = Some(*last),
                _ => break,
            }
        }
        let Some((id, writer)) = segment else {
            return Ok(0);
        };
        writer.finish()?;
        let count = added.len() as u64;
        (self.newest, self.since) = (Some(id), now.minus(OVERLAP));
        self.listed.extend(added);
        self.listed.retain(|_, at| *at >= self.since);
        Ok(count)
    }

    fn begin(
        &self,
        shelf: &Shelf,
        key: &BackupKey,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(ObjectId, PartWriter)> {
        let id = ObjectId::make(now, random);
        let mut writer = PartWriter::begin_as(id, (shelf, Room::List), &name(id), &key.list(), random)?;
        let before = self.newest.map_or(Value::Null, Value::from);
        writer.row(&[before, Value::Null, Value::Null, Value::Null])?;
        Ok((id, writer))
    }
}

/// Goes through every line that was written at `since` or later, in the order of the segments. Gives how many segments there are.
///
/// # Errors
/// [`Error::Missing`] for a gap, and those of reading.
pub(crate) fn each(
    shelf: &Shelf,
    key: &BackupKey,
    since: Timestamp,
    mut line: impl FnMut(Erased) -> Result<()>,
) -> Result<u64> {
    let segments = segments(shelf)?;
    let there: BTreeSet<ObjectId> = segments.iter().copied().collect();
    let mut read_in = 0;
    for segment in segments {
        if moment_of(segment) < since {
            continue;
        }
        let before = read(shelf, key, segment, &mut line)?;
        if let Some(before) = before.filter(|before| !there.contains(before)) {
            return Err(Error::Missing {
                what: name(before).what,
                shelf: shelf.shown().to_owned(),
            });
        }
        read_in += 1;
    }
    Ok(read_in)
}

/// Reads a segment; gives the one before.
fn read(
    shelf: &Shelf,
    key: &BackupKey,
    segment: ObjectId,
    mut line: impl FnMut(Erased) -> Result<()>,
) -> Result<Option<ObjectId>> {
    let name = name(segment);
    let mut part = PartReader::open_unnamed((shelf, Room::List), &name, segment, &key.list(), WIDTH)?;
    let first = part.next()?.ok_or_else(|| part.damaged())?;
    let before = store::Row::new(first).get(0).map_err(|_| part.damaged())?;
    while let Some(values) = part.next()? {
        let erased = erased(&store::Row::new(values)).ok_or_else(|| part.damaged())?;
        line(erased)?;
    }
    Ok(before)
}

fn row(line: &Erased) -> [Value; WIDTH] {
    [
        Value::from(line.id),
        Value::from(line.tenant),
        Value::from(line.what.as_str()),
        Value::from(line.at),
    ]
}

fn erased(row: &store::Row) -> Option<Erased> {
    Some(Erased {
        id: row.get(0).ok()?,
        tenant: row.get(1).ok()?,
        what: row.get::<String>(2).ok()?.parse().ok()?,
        at: row.get(3).ok()?,
    })
}

fn name(segment: ObjectId) -> Name {
    Name {
        backup: segment,
        what: format!("segment {segment} of the list of what was erased"),
    }
}

/// Those that are finished, oldest first.
fn segments(shelf: &Shelf) -> Result<Vec<ObjectId>> {
    let room = shelf.room(Room::List)?;
    let mut found = Vec::new();
    for id in room.list()? {
        let id = id?;
        match room.open(id) {
            Ok(_) => found.push(id),
            Err(store::StoreError::ObjectMissing(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The moment in an id: its first six bytes are milliseconds (RFC 9562, section 5.7).
fn moment_of(id: ObjectId) -> Timestamp {
    let bytes = id.as_bytes();
    let millis = bytes[..6]
        .iter()
        .fold(0i64, |value, byte| value << 8 | i64::from(*byte));
    Timestamp::from_micros(millis.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;

    use super::*;

    #[test]
    fn an_id_tells_its_moment() {
        let now = Timestamp::from_micros(1_767_603_600_123_456);
        let moment = moment_of(ObjectId::make(now, &SystemRandom));
        assert_eq!(moment, Timestamp::from_micros(1_767_603_600_123_000));
    }
}
