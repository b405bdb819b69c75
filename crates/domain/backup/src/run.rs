//! Making a backup.
//!
//! ```text
//! lease      | one at a time in the whole installation
//! sweep      | parts that no manifest names: what a run left that broke off
//! list       | what was erased until now
//! snapshot   | every table, and what rows refer to; one state
//! objects    | those that the backup before does not have
//! manifest   | beside the keys, then beside the data: now it is one
//! ```
//!
//! A run that breaks off anywhere leaves the backups before as they were. The next one goes on with the objects that it copied.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use custody::Custody;
use custody::installation::BackupAct;
use kernel::{ObjectId, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{Db, Lease, StoreError, params};

use crate::Progress;
use crate::copy::{Copied, Copying, LISTED, REFERRED};
use crate::dump::{Dump, Dumped};
use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::list::List;
use crate::manifest::{self, Manifest};
use crate::part::{Part, PartReader};
use crate::shelf::{Room, Shelf};

/// How long a run that died keeps others from making backups.
const LEASE: Duration = Duration::from_secs(60 * 60);
/// How often a run that goes on says so.
const RENEWAL: Duration = Duration::from_secs(5 * 60);

const NOTE: &str = "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) VALUES ($1, $2, $3, $4, $5, $6)";
const LAST: &str = "SELECT backup_id, shelf, begun_at, done_at FROM backup_run WHERE kind = $1 ORDER BY done_at DESC LIMIT 1";

/// A backup to be made.
pub struct Backup {
    /// Where it is to lie.
    pub shelf: Shelf,
    /// Where its wrapped keys are to lie.
    pub keys_shelf: Shelf,
    /// What it is sealed under.
    pub key: Arc<BackupKey>,
    /// The installation.
    pub custody: Custody,
    /// Asked now and then whether to go on. What is asked to stop leaves the backups before as they were.
    pub goes_on: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Who makes it, in the words of leases: a node and what of it.
    pub holder: String,
    /// Who is told how far it is.
    pub progress: Progress,
}

/// What a backup came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// The backup.
    pub backup: ObjectId,
    /// The moment whose state it holds.
    pub at: Timestamp,
    /// Rows.
    pub rows: u64,
    /// Objects that belong to it, and their bytes.
    pub objects: u64,
    /// Bytes of those objects.
    pub object_bytes: u64,
    /// Objects that were copied for it.
    pub copied: u64,
    /// Bytes of those that were copied.
    pub copied_bytes: u64,
    /// Lines that the list of what was erased got.
    pub listed: u64,
}

/// A backup or a drill that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The backup.
    pub backup: ObjectId,
    /// Where it lies.
    pub shelf: String,
    /// The moment whose state it holds.
    pub begun_at: Timestamp,
    /// When it was finished.
    pub done_at: Timestamp,
}

/// The last backup (`backup`) or drill (`drill`) that this installation knows of.
///
/// # Errors
/// The database's.
pub fn last_run(tx: &mut store::Tx, kind: &str) -> std::result::Result<Option<Run>, StoreError> {
    let row = tx.optional(LAST, params![kind])?;
    row.map(|row| {
        Ok(Run {
            backup: row.get(0)?,
            shelf: row.get(1)?,
            begun_at: row.get(2)?,
            done_at: row.get(3)?,
        })
    })
    .transpose()
}

pub(crate) fn note(custody: &Custody, kind: &'static str, run: &Run) -> Result<()> {
    let (run, id) = (run.clone(), ObjectId::make(run.done_at, &*custody.desk().random));
    Ok(custody.desk().db.write_blocking(move |tx| {
        let values = params![id, kind, &run.shelf, run.backup, run.begun_at, run.done_at];
        tx.execute(NOTE, values).map(drop)
    })?)
}

impl Backup {
    /// Makes it. For plain threads.
    ///
    /// # Errors
    /// [`Error`]; the backups before it are as they were.
    pub fn run(&self) -> Result<Made> {
        let lease = self.take_lease()?;
        let made = self.under(&lease);
        let released = self.db().write_blocking(move |tx| lease.release(tx));
        let made = made?;
        released?;
        Ok(made)
    }

    fn db(&self) -> &Db {
        &self.custody.desk().db
    }

    fn now(&self) -> Timestamp {
        self.custody.desk().clock.now()
    }

    fn take_lease(&self) -> Result<Lease> {
        let (holder, now) = (self.holder.clone(), self.now());
        let taken = self
            .db()
            .write_blocking(move |tx| Lease::take(tx, "backup", &holder, now, LEASE))?;
        taken.ok_or(Error::Busy)
    }

    /// That the lease is still this run's: another one would take parts without a manifest for what a dead run left.
    fn hold(&self, lease: &Lease) -> Result<()> {
        let (lease, now) = (lease.clone(), self.now());
        let held = self.db().write_blocking(move |tx| lease.renew(tx, now, LEASE))?;
        if held { Ok(()) } else { Err(Error::Busy) }
    }

    fn under(&self, lease: &Lease) -> Result<Made> {
        self.sweep()?;
        let random = &*self.custody.desk().random;
        let mut list = List::open(&self.shelf, &self.key)?;
        let listed = list.extend(self.db(), (&self.shelf, &self.key), self.now(), random)?;
        let before = manifest::all(&self.shelf)?.first().copied();
        let before = before
            .map(|before| manifest::read(&self.shelf, &self.key, before))
            .transpose()?;

        let at = self.now();
        let dump = self.dump(ObjectId::make(at, random))?;
        let dumped = {
            let dump = dump.clone();
            self.db().snapshot_blocking(move |tx| dump.run(tx))?
        };
        self.hold(lease)?;
        let (objects, copied) = self.copy(&dump, &dumped, before.as_ref(), lease)?;
        self.shelf.room(Room::Parts)?.delete(dumped.references.id)?;

        let manifest = Manifest::of(&dump, dumped, at, objects, copied.all_bytes);
        self.hold(lease)?;
        if self.keys_shelf.shown() != self.shelf.shown() {
            manifest::write(&self.keys_shelf, &self.key, &manifest, random)?;
        }
        manifest::write(&self.shelf, &self.key, &manifest, random)?;
        let made = Made {
            backup: manifest.backup,
            at,
            rows: manifest.rows(),
            objects: manifest.objects.rows,
            object_bytes: manifest.object_bytes,
            copied: copied.copied,
            copied_bytes: copied.copied_bytes,
            listed,
        };
        self.record(&made)?;
        Ok(made)
    }

    fn dump(&self, backup: ObjectId) -> Result<Dump> {
        let desk = self.custody.desk();
        Ok(Dump {
            shelf: self.shelf.clone(),
            keys_shelf: self.keys_shelf.clone(),
            key: Arc::clone(&self.key),
            backup,
            tables: Arc::new(store::tables(self.db())?),
            clock: Arc::clone(&desk.clock),
            random: Arc::clone(&desk.random),
            progress: Arc::clone(&self.progress),
            goes_on: Arc::clone(&self.goes_on),
        })
    }

    /// Copies objects; where the list of the backup before is damaged, as if there had been none.
    fn copy(
        &self,
        dump: &Dump,
        dumped: &Dumped,
        before: Option<&Manifest>,
        lease: &Lease,
    ) -> Result<(Part, Copied)> {
        match self.copy_beside(dump, dumped, before, lease) {
            Err(Error::Damaged { .. } | Error::Missing { .. }) if before.is_some() => {
                self.copy_beside(dump, dumped, None, lease)
            }
            copied => copied,
        }
    }

    fn copy_beside(
        &self,
        dump: &Dump,
        dumped: &Dumped,
        before: Option<&Manifest>,
        lease: &Lease,
    ) -> Result<(Part, Copied)> {
        let (place, key) = ((&self.shelf, Room::Parts), self.key.data());
        let name = dump.name("references");
        let mut references = PartReader::open(place, &name, &dumped.references, &key, REFERRED)?;
        let before = before
            .map(|before| PartReader::open(place, &before.name("objects"), &before.objects, &key, LISTED))
            .transpose()?;
        let mut list = dump.part("objects")?;
        let copying = Copying {
            db: self.db(),
            places: self.custody.places(),
            shelf: &self.shelf,
        };
        let (all, mut held_at) = (dumped.references.rows, self.now());
        let copied = copying.run(&mut references, before, &mut list, |done| {
            (self.progress)("objects", done, Some(all));
            dump.check_goes_on()?;
            let now = self.now();
            if now > held_at.plus(RENEWAL) {
                held_at = now;
                self.hold(lease)?;
            }
            Ok(())
        })?;
        Ok((list.finish()?, copied))
    }

    /// Removes parts that no manifest names.
    fn sweep(&self) -> Result<()> {
        self.sweep_shelf(&self.shelf)?;
        match self.keys_shelf.shown() == self.shelf.shown() {
            true => Ok(()),
            false => self.sweep_shelf(&self.keys_shelf),
        }
    }

    fn sweep_shelf(&self, shelf: &Shelf) -> Result<()> {
        let mut named = BTreeSet::new();
        for backup in manifest::all(shelf)? {
            named.extend(manifest::read(shelf, &self.key, backup)?.parts());
        }
        for room in [Room::Parts, Room::Keys] {
            let room = shelf.room(room)?;
            let listed: Vec<ObjectId> = room.list()?.collect::<std::result::Result<_, _>>()?;
            for id in listed.into_iter().filter(|id| !named.contains(id)) {
                room.delete(id)?;
            }
        }
        Ok(())
    }

    fn record(&self, made: &Made) -> Result<()> {
        let details = json!({
            "backup": made.backup, "rows": made.rows, "objects": made.objects, "copied": made.copied,
        });
        self.custody
            .record_backup(self.custody.desk().own_request(), BackupAct::Made, details)?;
        let run = Run {
            backup: made.backup,
            shelf: self.shelf.shown().to_owned(),
            begun_at: made.at,
            done_at: self.now(),
        };
        note(&self.custody, "backup", &run)
    }
}
