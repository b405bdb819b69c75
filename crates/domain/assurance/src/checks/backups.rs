//! Whether backups are made, come back, and leave out what was erased since.
//!
//! Of the installation's own backups the dates are looked at, and the newest where it lies, a piece of each of its parts; `bailee drill` restores
//! it and reads samples of its objects. How restoring itself goes is tried each time with a scratch installation in a temporary folder, which has a person, an item and nothing else: it
//! is backed up, something is erased, and it is restored twice, once from a shelf in which a byte was changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backup::{Backup, BackupKey, Bytes, List, Progress, Restore, Run, Shelf, Shelved, last_run};
use custody::installation::FirstStart;
use custody::{Custody, Limits, Roots};
use kernel::{ItemId, TenantId, Timestamp};
use operation::Desk;
use operation::sequencer::Sequencer;
use rights::erasure::Erase;
use sealing::{Key, LocalRoot};
use store::objects::{DirectoryObjects, Places};
use store::{Db, Options, StoreError, Tx, params};
use tempfile::TempDir;

use super::papers::late_for;
use super::persons::Keeper;
use super::plants::Rule;
use super::rows::Wrong;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// How old the newest backup may be: one a day, and one that failed.
const OBJECTIVE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// How long ago the newest may have been restored: one trial a week, and a day to make it.
const DRILL: Duration = Duration::from_secs(8 * 24 * 60 * 60);
const PERSON: &str = "probe-backups";

/// Looks how old backups and drills are and whether the newest backup is whole, and restores one of a scratch installation.
pub struct BackupsRestore {
    /// What is done to a file of the backup for the control case.
    pub damage: fn(&mut Vec<u8>),
}

impl Default for BackupsRestore {
    fn default() -> Self {
        let flip = |bytes: &mut Vec<u8>| {
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
        };
        Self { damage: flip }
    }
}

#[async_trait]
impl Check for BackupsRestore {
    fn id(&self) -> &'static str {
        "backups-restore"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(last) = newest(site, "backup").await? else {
            return Ok(Observation::out_of_scope("no backup was ever made here"));
        };
        let since = last.begun_at;
        let mut cases = Cases::of(self.id());
        let (now, mut late) = (site.now(), Vec::new());
        old_is_old(site, &mut cases).await?;
        if since.plus(OBJECTIVE) <= now {
            late.push(format!("the newest backup is of {since}"));
        }
        if let Some(backups) = &site.backups {
            let (what, is_so) = match look(site, backups, Some(last)).await {
                Ok(()) => ("the newest backup is whole".to_owned(), true),
                Err(error) => (lacking(error)?, false),
            };
            cases.must(&what, is_so);
        }
        match newest(site, "drill").await?.map(|run| run.done_at) {
            Some(tried) if tried.plus(DRILL) > now => {}
            Some(tried) => late.push(format!("the last drill was on {tried}: call `bailee drill`")),
            None => late.push("no backup was ever tried: call `bailee drill`".to_owned()),
        }
        let scratch = Scratch::backed_up(site).await?;
        let copy = scratch.restored("copy").await;
        cases.must("a scratch backup can be restored", copy.is_ok());
        if let Ok(copy) = copy {
            let living = scratch.owner(&copy).get(scratch.living).await;
            cases.must(
                "and what was in it is read",
                living.is_ok_and(|bytes| bytes == scratch.content),
            );
        }
        let whole = look(site, &scratch.shelved(), None).await.is_ok();
        scratch.damage(self.damage)?;
        let hurt = look(site, &scratch.shelved(), None).await.is_err();
        cases.control(
            "a damaged backup is told from a whole one where it lies",
            whole && hurt,
        );
        let damaged = scratch.restored("damaged").await;
        cases.control("a damaged backup is refused", damaged.is_err());
        Ok(late_for(cases.seen(), &late))
    }
}

/// Restores a scratch installation from before something was erased in it.
pub struct ErasedStaysErasedInBackups {
    /// What is read for the control case, of what is in the scratch installation: the living, the erased.
    pub reads: fn(ItemId, ItemId) -> ItemId,
}

impl Default for ErasedStaysErasedInBackups {
    fn default() -> Self {
        Self {
            reads: |living, _| living,
        }
    }
}

#[async_trait]
impl Check for ErasedStaysErasedInBackups {
    fn id(&self) -> &'static str {
        "erased-stays-erased-in-backups"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        if newest(site, "backup").await?.is_none() {
            return Ok(Observation::out_of_scope("no backup was ever made here"));
        }
        let mut cases = Cases::of(self.id());
        let unlisted = site.db().read(unfinished).await?;
        cases.must("no restoration was left half-way", !unlisted);
        let scratch = Scratch::backed_up(site).await?;
        let copy = scratch.restored("copy").await?;
        let owner = scratch.owner(&copy);
        cases.must_hide(
            "what was erased after the backup",
            owner.get(scratch.erased).await,
        )?;
        let keeper = Keeper::of(&scratch.site_of(copy), &owner, "probe-backups").await?;
        cases.must_hide("a person who was erased after it", keeper.find(PERSON).await)?;
        let read = owner.get((self.reads)(scratch.living, scratch.erased)).await;
        cases.control(
            "what was not erased is read",
            read.is_ok_and(|bytes| bytes == scratch.content),
        );
        Ok(cases.seen())
    }
}

fn unfinished(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(custody::erasure::unfinished_restoration(tx)?.is_some())
}

/// The last backup, or the last drill.
async fn newest(site: &Site, kind: &'static str) -> Result<Option<Run>, Trouble> {
    Ok(site.db().read(move |tx| last_run(tx, kind)).await?)
}

/// What a look at the newest backup that lies there comes to.
async fn look(site: &Site, backups: &Shelved, last: Option<Run>) -> Result<(), Unseen> {
    let (backups, random) = (backups.clone(), Arc::clone(&site.custody.desk().random));
    let looked = aside(move || backups.look(last.as_ref(), &*random).map(drop)).await;
    looked.map_err(Unseen::Trouble)?.map_err(Unseen::Error)
}

/// Why no whole backup was seen.
enum Unseen {
    Error(backup::Error),
    Trouble(Trouble),
}

/// What should be so of it. Where it lies is nobody else's business.
fn lacking(unseen: Unseen) -> Result<String, Trouble> {
    use backup::Error;
    match unseen {
        Unseen::Error(Error::Damaged { what, .. }) => {
            Ok(format!("{what} of the newest backup is what was written"))
        }
        Unseen::Error(Error::Missing { what, .. }) => Ok(format!("{what} is there")),
        Unseen::Error(Error::WrongKey { .. }) => Ok("the backup key opens the newest backup".to_owned()),
        Unseen::Error(Error::NoBackup(_)) => Ok("there is a backup where backups are made".to_owned()),
        Unseen::Error(other) => Err(told(other)),
        Unseen::Trouble(trouble) => Err(trouble),
    }
}

const NONE: Wrong = "DELETE FROM backup_run WHERE kind = 'backup'";
const OLD: Wrong = "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) \
     VALUES ($2, 'backup', 'nowhere', $2, $3, $3)";
const NEW: Wrong = "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) \
     VALUES ($2, 'backup', 'nowhere', $2, $4, $4)";

/// That a backup of last week would be noticed, and one of now would not.
async fn old_is_old(site: &Site, cases: &mut Cases) -> Result<(), Trouble> {
    let (now, team) = (site.now(), site.probes().await?.one.tenant);
    let values = params![
        team,
        ItemId::make(now, &*site.custody.desk().random),
        now.minus(OBJECTIVE),
        now
    ];
    let rule = Rule {
        what: "backups that are too old",
        count: too_old,
        team: None,
        breaks: &[NONE, OLD],
        keeps: &[NONE, NEW],
        values,
    };
    // What is there may be too old itself, and is then told as that: here it is asked whether it would be noticed.
    let seen = [
        rule.with(site, rule.breaks).await?,
        rule.with(site, rule.keeps).await?,
    ];
    cases.control("an old backup is noticed, and a new one is not", seen == [1, 0]);
    Ok(())
}

fn too_old(tx: &mut Tx, _: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let last = last_run(tx, "backup")?;
    Ok(i64::from(
        last.is_some_and(|last| last.begun_at.plus(OBJECTIVE) <= now),
    ))
}

/// A small installation with its shelf, in a folder that goes with it.
struct Scratch {
    site: Site,
    root: Key,
    key: Arc<BackupKey>,
    folder: TempDir,
    content: Vec<u8>,
    living: ItemId,
    erased: ItemId,
    owner: crate::probe::Actor,
}

impl Scratch {
    /// Backed up, and then something was erased in it.
    async fn backed_up(site: &Site) -> Result<Self, Trouble> {
        let folder = TempDir::new().map_err(|error| Trouble(error.to_string()))?;
        let random = Arc::clone(&site.custody.desk().random);
        let root = Key::generate(&*random);
        let custody = open(site, &root, &folder.path().join("first")).await?;
        let first = FirstStart {
            log_origin: "scratch.invalid/bailee".to_owned(),
            operator_name: "Probe".to_owned(),
            operator_email: "operator@probe.invalid".to_owned(),
        };
        custody.install(first).await?;
        let inside = Site::new(custody, Vec::new(), site.said());
        let owner = inside.probes().await?.one.owner.clone();
        let keeper = Keeper::of(&inside, &owner, "probe-backups").await?;
        // Too large for a row, so that an object has to come back as well.
        let content = site.random_word().repeat(4096).into_bytes();
        let living = owner.put(&keeper.dataset, "living", &content).await?.item.id;
        let erased = keeper.file("erased", PERSON, "about somebody").await?;
        let scratch = Self {
            root,
            key: Arc::new(BackupKey::generate(&*random)),
            folder,
            content,
            living,
            erased,
            owner: owner.clone(),
            site: inside.clone(),
        };
        scratch.back_up().await?;
        let subject = keeper.find(PERSON).await?.id;
        let afterwards = custody::subject::AfterErasure::Refuse;
        let erase = Erase { subject, afterwards };
        keeper.rights.erase(&owner.key, owner.request(), erase).await?;
        scratch.list().await?;
        Ok(scratch)
    }

    fn shelf(&self) -> Shelf {
        Shelf::folder(self.folder.path().join("shelf"))
    }

    fn shelved(&self) -> Shelved {
        Shelved {
            shelf: self.shelf(),
            keys_shelf: self.shelf(),
            key: Arc::clone(&self.key),
        }
    }

    async fn back_up(&self) -> Result<(), Trouble> {
        let (desk, custody) = (self.site.custody.desk(), &self.site.custody);
        let signer = custody.log_signer().await?;
        let sequencer = Sequencer::new(desk.db.clone(), Arc::clone(&desk.clock), signer, "scratch");
        let said = |error: operation::OperationError| Trouble(error.to_string());
        sequencer.publish_first().await.map_err(said)?;
        sequencer.run().await.map_err(said)?;
        let backup = Backup {
            shelf: self.shelf(),
            keys_shelf: self.shelf(),
            key: Arc::clone(&self.key),
            custody: custody.clone(),
            goes_on: Arc::new(|| true),
            holder: "scratch".to_owned(),
            progress: quiet(),
        };
        aside(move || backup.run()).await?.map(drop).map_err(told)
    }

    /// Puts what was erased on the list beside the backup, as a server does every few seconds.
    async fn list(&self) -> Result<(), Trouble> {
        let (shelf, key, desk) = (
            self.shelf(),
            Arc::clone(&self.key),
            self.site.custody.desk().clone(),
        );
        let extend = move || {
            let mut list = List::open(&shelf, &key)?;
            list.extend(&desk.db, (&shelf, &key), desk.clock.now(), &*desk.random)
        };
        aside(extend).await?.map(drop).map_err(told)
    }

    /// What comes of the backup in an empty place.
    async fn restored(&self, name: &str) -> Result<Custody, Trouble> {
        let custody = open(&self.site, &self.root, &self.folder.path().join(name)).await?;
        let restore = Restore {
            shelf: self.shelf(),
            keys_shelf: self.shelf(),
            key: Arc::clone(&self.key),
            backup: None,
            custody: custody.clone(),
            bytes: Bytes::Copy,
            newer: None,
            progress: quiet(),
        };
        aside(move || restore.run()).await?.map_err(told)?;
        Ok(custody)
    }

    fn owner(&self, copy: &Custody) -> crate::probe::Actor {
        self.owner.at(copy)
    }

    fn site_of(&self, copy: Custody) -> Site {
        Site::new(copy, Vec::new(), self.site.said())
    }

    /// Does something to every part with rows.
    fn damage(&self, damage: fn(&mut Vec<u8>)) -> Result<(), Trouble> {
        let said = |error: std::io::Error| Trouble(error.to_string());
        for file in files(&self.folder.path().join("shelf").join("parts")).map_err(said)? {
            let mut bytes = std::fs::read(&file).map_err(said)?;
            damage(&mut bytes);
            std::fs::write(&file, bytes).map_err(said)?;
        }
        Ok(())
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

/// An installation in a folder, with the rules and the clock of the one that is checked.
async fn open(site: &Site, root: &Key, folder: &Path) -> Result<Custody, Trouble> {
    let (folder, root, desk) = (folder.to_owned(), root.duplicate(), site.custody.desk().clone());
    std::fs::create_dir_all(&folder).map_err(|error| Trouble(error.to_string()))?;
    let opened = aside(move || -> Result<Custody, StoreError> {
        let objects = DirectoryObjects::open(folder.join("objects"))?;
        let db = Db::sqlite(folder.join("scratch.db"), Options::default())?;
        let migrations = [
            governance::all_migrations().as_slice(),
            rights::MIGRATIONS,
            webhook::MIGRATIONS,
            crate::MIGRATIONS,
        ]
        .concat();
        db.migrate(&migrations)?;
        let desk = Desk::new(db, desk.clock, desk.random, desk.policies);
        let roots = Roots::new(Arc::new(LocalRoot::new(root)), Vec::new());
        Ok(Custody::new(
            desk,
            Places::from(Arc::new(objects)),
            roots,
            Limits::default(),
            "scratch",
        ))
    });
    Ok(opened.await??)
}

/// On a thread where it may wait.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Trouble(error.to_string()))
}

fn told(error: backup::Error) -> Trouble {
    Trouble(error.to_string())
}

fn quiet() -> Progress {
    Arc::new(|_, _, _| {})
}
