//! From a backup to an installation.
//!
//! ```text
//! look       | manifest, parts, root key, an empty place          nothing is written before all of this is right
//! begin      | the mark of an unfinished restoration              from here on nothing may be served
//! rows       | every table, without wrapped keys
//! log        | verified up to the backup's checkpoint
//! list       | what was erased since is erased again              no key is there that could open it
//! keys       | into the rows that are left, never for what the list names
//! objects    | those that rows still refer to, compared with their hashes
//! end        | sessions gone, the entry in the trail, the mark
//! ```
//!
//! Leaves out: going on with a restoration that broke off; empty the place and begin anew.

use std::sync::Arc;
use std::time::Duration;

use custody::Custody;
use custody::erasure::{Again, Erased};
use custody::installation::BackupAct;
use kernel::{ObjectId, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{Db, StoreError, Table, params};

use crate::copy::{LISTED, Listed, at_once, copy, hash, refers};
use crate::dump::{data_name, keys_name};
use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::log::{self, LogHeld, Newer};
use crate::manifest::{self, Manifest, TablePart};
use crate::part::{self, PartReader};
use crate::shelf::{Room, Shelf};
use crate::{Progress, list, load};

/// How much clocks of several nodes may differ, and acts may take: the list is gone through from so long before the backup.
const MARGIN: Duration = Duration::from_secs(24 * 60 * 60);
/// Lines of the list that one transaction erases again.
const LINES: usize = 100;
/// Objects that come back together.
const TOGETHER: usize = 64;

const EMPTY: &str = "SELECT 1 FROM \"{}\" LIMIT 1";
const BEGIN: &str = "INSERT INTO restoration (one, backup_id, begun_at) VALUES (1, $1, $2)";
const END: &str = "UPDATE restoration SET done_at = $1 WHERE one = 1";
/// Whoever was signed in signs in again, and takes temporary credentials anew.
const FORGET_SESSIONS: &str = "DELETE FROM api_key WHERE kind IN ('session', 'temporary')";
const REFERENCES: &str = "SELECT (SELECT count(*) FROM item_version WHERE object_id IS NOT NULL) \
     + (SELECT count(*) FROM version_part WHERE object_id IS NOT NULL)";

/// What becomes of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// They are copied into the places of the installation.
    Copy,
    /// They stay on the shelf: for a drill, whose places read there.
    Leave,
}

/// A restoration to be made.
pub struct Restore {
    /// Where the backup lies.
    pub shelf: Shelf,
    /// Where its wrapped keys lie.
    pub keys_shelf: Shelf,
    /// What it is sealed under.
    pub key: Arc<BackupKey>,
    /// Which one; the newest when nothing is said.
    pub backup: Option<ObjectId>,
    /// The installation that is to come of it: an empty database with its tables, places, and the root key.
    pub custody: Custody,
    /// What becomes of objects.
    pub bytes: Bytes,
    /// What somebody else knows of the log.
    pub newer: Option<Newer>,
    /// Who is told how far it is.
    pub progress: Progress,
}

/// What a restoration came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The backup.
    pub backup: ObjectId,
    /// The moment whose state it holds.
    pub at: Timestamp,
    /// Rows that came back.
    pub rows: u64,
    /// Wrapped keys that were read.
    pub keys: u64,
    /// Objects that were copied or found in their place.
    pub objects: u64,
    /// The log.
    pub log: LogHeld,
    /// What was erased again.
    pub again: Again,
    /// Segments of the list that were gone through.
    pub segments: u64,
}

impl Restore {
    /// Does it. For plain threads.
    ///
    /// # Errors
    /// [`Error`], naming the part. Where anything was written, the place stays marked as unfinished and is not served.
    pub fn run(&self) -> Result<Restored> {
        let manifest = match self.backup {
            Some(backup) => manifest::read(&self.shelf, &self.key, backup)?,
            None => manifest::newest(&self.shelf, &self.key)?,
        };
        let tables = self.look(&manifest)?;
        self.begin(&manifest)?;
        let rows = self.rows(&manifest, &tables)?;
        let progress = Arc::clone(&self.progress);
        let log = log::verify(self.db(), &manifest, self.newer.as_ref(), |done| {
            progress("log", done, None);
        })?;
        let (again, segments) = self.erase_again(&manifest)?;
        let keys = self.keys(&manifest, &tables)?;
        let objects = match self.bytes {
            Bytes::Copy => self.objects(&manifest)?,
            Bytes::Leave => 0,
        };
        let restored = Restored {
            backup: manifest.backup,
            at: manifest.at,
            rows,
            keys,
            objects,
            log,
            again,
            segments,
        };
        self.end(&restored)?;
        Ok(restored)
    }

    fn db(&self) -> &Db {
        &self.custody.desk().db
    }

    /// Everything that can be found wrong before anything is written. Gives the tables of the database.
    fn look(&self, manifest: &Manifest) -> Result<Vec<Table>> {
        let schema = self.db().read_blocking(|tx| {
            let rows = tx.all("SELECT id, hash FROM migration ORDER BY id", &[])?;
            rows.iter()
                .map(|row| Ok((row.get(0)?, row.get(1)?)))
                .collect::<std::result::Result<Vec<(u32, String)>, StoreError>>()
        })?;
        let wanted = manifest.schema.iter().map(|step| (step.id, step.hash.clone()));
        if !wanted.eq(schema) {
            return Err(Error::OtherVersion {
                backup: manifest.backup,
                version: manifest.version.clone(),
            });
        }
        let root = &manifest.installation.root_id;
        if !self.custody.has_root(root) {
            return Err(Error::WrongRoot {
                backup: manifest.backup,
                wanted: root.clone(),
            });
        }
        for table in &manifest.tables {
            let name = manifest.name(&data_name(&table.table));
            part::check(&self.shelf, Room::Parts, &name, &table.data)?;
            if let Some(keys) = &table.keys {
                let name = manifest.name(&keys_name(&table.table));
                part::check(&self.keys_shelf, Room::Keys, &name, keys)?;
            }
        }
        part::check(
            &self.shelf,
            Room::Parts,
            &manifest.name("objects"),
            &manifest.objects,
        )?;
        let tables = store::tables(self.db())?;
        self.check_empty(&tables)?;
        Ok(tables)
    }

    fn check_empty(&self, tables: &[Table]) -> Result<()> {
        let names = tables.iter().map(|table| table.name.clone());
        let names: Vec<String> = names.filter(|name| name != "migration").collect();
        let full = self.db().read_blocking(move |tx| {
            for name in &names {
                if !tx.all(&EMPTY.replace("{}", name), &[])?.is_empty() {
                    return Ok::<_, StoreError>(Some(name.clone()));
                }
            }
            Ok(None)
        })?;
        match full {
            None => Ok(()),
            Some(table) => Err(Error::NotEmpty(format!("the database (table {table})"))),
        }
    }

    fn begin(&self, manifest: &Manifest) -> Result<()> {
        let (backup, now) = (manifest.backup, self.custody.desk().clock.now());
        let begun = self
            .db()
            .write_blocking(move |tx| tx.execute(BEGIN, params![backup, now]).map(drop));
        Ok(begun?)
    }

    fn rows(&self, manifest: &Manifest, tables: &[Table]) -> Result<u64> {
        let (mut done, all) = (0, manifest.rows());
        for from in &manifest.tables {
            let into = table_of(tables, from)?;
            let name = manifest.name(&data_name(&from.table));
            let place = (&self.shelf, Room::Parts);
            let mut part =
                PartReader::open(place, &name, &from.data, &self.key.data(), load::data_width(from))?;
            done += load::rows(self.db(), &mut part, from, into)?;
            (self.progress)("rows", done, Some(all));
        }
        Ok(done)
    }

    fn keys(&self, manifest: &Manifest, tables: &[Table]) -> Result<u64> {
        let mut done = 0;
        for from in &manifest.tables {
            let Some(keys) = &from.keys else { continue };
            let into = table_of(tables, from)?;
            let name = manifest.name(&keys_name(&from.table));
            let place = (&self.keys_shelf, Room::Keys);
            let mut part = PartReader::open(place, &name, keys, &self.key.keys(), load::keys_width(from))?;
            done += load::keys(self.db(), &mut part, from, into)?;
            (self.progress)("keys", done, None);
        }
        Ok(done)
    }

    fn erase_again(&self, manifest: &Manifest) -> Result<(Again, u64)> {
        let mut lines: Vec<Erased> = Vec::with_capacity(LINES);
        let mut again = Again::default();
        let segments = list::each(&self.shelf, &self.key, manifest.at.minus(MARGIN), |line| {
            lines.push(line);
            if lines.len() == LINES {
                self.erase(&lines, &mut again)?;
                lines.clear();
            }
            Ok(())
        })?;
        self.erase(&lines, &mut again)?;
        Ok((again, segments))
    }

    fn erase(&self, lines: &[Erased], again: &mut Again) -> Result<()> {
        let done = self
            .custody
            .erase_again(self.custody.desk().own_request(), lines)?;
        again.listed += done.listed;
        again.erased += done.erased;
        (self.progress)("list", again.listed, None);
        Ok(())
    }

    /// Every object that rows refer to. One that is in its place already, because only the database was lost, is compared and stays.
    fn objects(&self, manifest: &Manifest) -> Result<u64> {
        let place = (&self.shelf, Room::Parts);
        let name = manifest.name("objects");
        let mut part = PartReader::open(place, &name, &manifest.objects, &self.key.data(), LISTED)?;
        let (mut done, all) = (0, manifest.objects.rows);
        loop {
            let mut batch = Vec::with_capacity(TOGETHER);
            while batch.len() < TOGETHER {
                let Some(listed) = Listed::next(&mut part)? else {
                    break;
                };
                batch.push(listed);
            }
            if batch.is_empty() {
                break;
            }
            let came = at_once(&batch, |listed| self.object(listed))?;
            done += came.into_iter().filter(|came| *came).count() as u64;
            (self.progress)("objects", done, Some(all));
        }
        let referred: u64 = self.db().read_blocking(|tx| tx.one(REFERENCES, &[])?.get(0))?;
        if referred == done {
            return Ok(done);
        }
        Err(Error::Damaged {
            what: name.what,
            shelf: self.shelf.shown().to_owned(),
            trouble: format!("rows refer to {referred} objects, and it has {done} of them"),
        })
    }

    /// Brings one back; `false` where no row refers to it any more.
    fn object(&self, listed: &Listed) -> Result<bool> {
        let (label, id) = (listed.place.clone(), listed.id);
        if !self.db().read_blocking(move |tx| refers(tx, &label, id))? {
            return Ok(false);
        }
        let what = || format!("object {} of place `{}`", listed.id, listed.place);
        let damaged = |shelf: &str, trouble: &str| Error::Damaged {
            what: what(),
            shelf: shelf.to_owned(),
            trouble: trouble.to_owned(),
        };
        let target = &self.custody.places().get(&listed.place)?.objects;
        match target.open(id) {
            Ok(there) if there.len() == listed.length && hash(&*there)? == listed.sha256 => return Ok(true),
            Ok(_) => return Err(damaged("its place", "another lies there under the same name")),
            Err(StoreError::ObjectMissing(_)) => target.delete(id)?,
            Err(other) => return Err(other.into()),
        }
        let source = match self.shelf.objects(&listed.place)?.open(id) {
            Ok(source) => source,
            Err(StoreError::ObjectMissing(_)) => {
                return Err(Error::Missing {
                    what: what(),
                    shelf: self.shelf.shown().to_owned(),
                });
            }
            Err(StoreError::ObjectAltered(_)) => {
                return Err(damaged(self.shelf.shown(), "it is not what was written"));
            }
            Err(other) => return Err(other.into()),
        };
        if source.len() != listed.length || copy(&*source, &**target, id)? != listed.sha256 {
            target.delete(id)?;
            return Err(damaged(
                self.shelf.shown(),
                "its hash is another than the list says",
            ));
        }
        Ok(true)
    }

    fn end(&self, restored: &Restored) -> Result<()> {
        self.db()
            .write_blocking(|tx| tx.execute(FORGET_SESSIONS, &[]).map(drop))?;
        let details = json!({
            "backup": restored.backup, "of": restored.at, "rows": restored.rows, "objects": restored.objects,
            "log": restored.log, "list": restored.again,
        });
        self.custody
            .record_backup(self.custody.desk().own_request(), BackupAct::Restored, details)?;
        let now = self.custody.desk().clock.now();
        Ok(self
            .db()
            .write_blocking(move |tx| tx.execute(END, params![now]).map(drop))?)
    }
}

fn table_of<'t>(tables: &'t [Table], from: &TablePart) -> Result<&'t Table> {
    let found = tables.iter().find(|table| table.name == from.table);
    found.ok_or_else(|| Error::Internal(format!("there is no table {}", from.table)))
}
