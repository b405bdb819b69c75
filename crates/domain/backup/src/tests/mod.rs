//! Backups and what comes of them, on both engines and across.

mod breaking;
mod damage;
mod drilling;
mod returning;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use custody::Custody;
use custody::erasure::unfinished_restoration;
use custody::item::Verb;
use engines::TestDb;
use kernel::{ItemId, SystemRandom};
use tempfile::TempDir;
use testkit::{Person, Team, World};

use crate::{Backup, BackupKey, Bytes, Error, List, Made, Newer, Progress, Restore, Restored, Shelf};

/// An installation with one team and its dataset `scans`, and a shelf for its backups.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) team: Team,
    pub(super) shelf: Shelf,
    pub(super) keys_shelf: Shelf,
    pub(super) key: Arc<BackupKey>,
    pub(super) folder: TempDir,
}

/// A place that something was restored into.
pub(super) struct Copy {
    pub(super) custody: Custody,
    pub(super) outcome: Result<Restored, Error>,
    pub(super) objects: TempDir,
    pub(super) db: TestDb,
}

/// Bytes that lie outside the row, and are not like those of another number.
pub(super) fn large(number: u8) -> Vec<u8> {
    (0..300_000u32).map(|at| (at % 251) as u8 ^ number).collect()
}

pub(super) fn quiet() -> Progress {
    Arc::new(|_, _, _| {})
}

impl Scene {
    pub(super) async fn new(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            world,
            team,
            shelf: Shelf::folder(folder.path().join("data")),
            keys_shelf: Shelf::folder(folder.path().join("keys")),
            key: Arc::new(BackupKey::generate(&SystemRandom)),
            folder,
        }
    }

    pub(super) fn owner(&self) -> &Person {
        &self.team.owner
    }

    pub(super) async fn put(&self, name: &str, bytes: &[u8]) -> ItemId {
        self.owner().put("scans", name, bytes).await.unwrap().item.id
    }

    pub(super) async fn erase(&self, item: ItemId) {
        for verb in [Verb::Archive, Verb::Delete] {
            self.owner().change(item, verb).await.unwrap();
        }
    }

    pub(super) fn backup(&self) -> Backup {
        Backup {
            shelf: self.shelf.clone(),
            keys_shelf: self.keys_shelf.clone(),
            key: Arc::clone(&self.key),
            custody: self.world.custody.clone(),
            holder: "test".to_owned(),
            progress: quiet(),
            goes_on: Arc::new(|| true),
        }
    }

    /// Puts what waits into the log, and backs up.
    pub(super) async fn back_up(&self) -> Made {
        self.world.sequence().await;
        run(self.backup()).await.unwrap()
    }

    /// What a server does every few seconds.
    pub(super) async fn list(&self) -> u64 {
        let (db, shelf, key) = (
            self.world.database().clone(),
            self.shelf.clone(),
            Arc::clone(&self.key),
        );
        let now = self.world.custody.desk().clock.now();
        let extend = move || {
            let mut list = List::open(&shelf, &key)?;
            list.extend(&db, (&shelf, &key), now, &SystemRandom)
        };
        blocking(extend).await.unwrap()
    }

    /// The newest backup, in an empty database.
    pub(super) async fn restored_into(&self, db: TestDb) -> Copy {
        self.restored_with(db, |_| {}).await
    }

    pub(super) async fn restored_with(&self, db: TestDb, change: impl FnOnce(&mut Restore)) -> Copy {
        db.migrate(&testkit::migrations()).unwrap();
        let objects = tempfile::tempdir().unwrap();
        let custody = self.world.in_place_of(&db, objects.path());
        let mut restore = Restore {
            shelf: self.shelf.clone(),
            keys_shelf: self.keys_shelf.clone(),
            key: Arc::clone(&self.key),
            backup: None,
            custody: custody.clone(),
            bytes: Bytes::Copy,
            newer: None,
            progress: quiet(),
        };
        change(&mut restore);
        let outcome = blocking(move || restore.run()).await;
        Copy {
            custody,
            outcome,
            objects,
            db,
        }
    }

    /// The newest checkpoint, as somebody who follows the log has it.
    pub(super) async fn checkpoint(&self) -> Newer {
        let note = operation::log::checkpoint(self.world.database()).await;
        Newer {
            note: note.unwrap().unwrap(),
            continues: None,
        }
    }

    /// Every file of the shelves.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut found = files(self.folder.path());
        found.sort();
        found
    }
}

impl Copy {
    /// Whether a server would refuse to serve it.
    pub(super) fn is_unfinished(&self) -> bool {
        let found = self.db.read_blocking(unfinished_restoration);
        found.unwrap().is_some()
    }

    pub(super) fn count(&self, sql: &'static str) -> i64 {
        self.db
            .read_blocking(move |tx| tx.one(sql, &[])?.get::<i64>(0))
            .unwrap()
    }
}

pub(super) async fn run(backup: Backup) -> Result<Made, Error> {
    blocking(move || backup.run()).await
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
