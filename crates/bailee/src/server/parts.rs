//! What a server and the commands beside it are put together from.

use std::sync::Arc;
use std::time::Duration;

use access::Policies;
use custody::{Custody, Limits, Roots};
use kernel::{Clock, Random, SystemClock, SystemRandom};
use operation::Desk;
use store::objects::{DirectoryObjects, sweep};
use store::{Db, Objects, Options, StoreError};

use crate::config::{Database, Settings};
use crate::data::{DataFolder, InUse};
use crate::failure::Failure;
use crate::keys::{RootFailure, RootKeys};

/// Uploads of other nodes that began longer ago than this are dead.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where time and chance come from.
#[derive(Clone)]
pub struct Wiring {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness, fit for keys.
    pub random: Arc<dyn Random>,
}

impl Wiring {
    /// The machine's own.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// Opens the database if there is one, without making or changing anything.
    ///
    /// # Errors
    /// [`Failure::Store`] for one that cannot be used.
    pub async fn open_existing(&self, settings: &Settings) -> Result<Option<Db>, Failure> {
        let file = settings.data.join("bailee.db");
        if settings.database == Database::Sqlite && !file.exists() {
            return Ok(None);
        }
        let settings = settings.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let db = open_database(&settings, &file)?;
            Ok::<_, Failure>(is_migrated(&db)?.then_some(db))
        });
        opened.await?
    }
}

/// Whether the schema has this program's tables. A database that nobody migrated yet has none to read from.
fn is_migrated(db: &Db) -> Result<bool, StoreError> {
    match db.read_blocking(|tx| tx.all("SELECT 1 FROM installation", &[])) {
        Ok(_) => Ok(true),
        Err(StoreError::Sql { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

fn open_database(settings: &Settings, file: &std::path::Path) -> Result<Db, Failure> {
    let options = Options {
        batch: settings.database_batch,
        ..Options::default()
    };
    Ok(match &settings.database {
        Database::Sqlite => Db::sqlite(file, options)?,
        Database::Postgres(url) => Db::postgres(url, options)?,
    })
}

/// An opened data folder with its database and objects; no other process has the folder meanwhile.
pub struct Parts {
    /// The folder.
    pub folder: DataFolder,
    /// The database, its schema up to date.
    pub db: Db,
    /// The objects.
    pub objects: Arc<dyn Objects>,
    /// The name of this process among those that share the database.
    pub node: String,
    /// Time and chance.
    pub wiring: Wiring,
    #[allow(dead_code, reason = "held for as long as the parts are in use")]
    lock: InUse,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts({:?})", self.folder)
    }
}

impl Parts {
    /// Opens everything and brings the schema up to date.
    ///
    /// # Errors
    /// [`Failure`], saying which part and what to do.
    pub async fn open(settings: &Settings, wiring: Wiring) -> Result<Self, Failure> {
        let settings = settings.clone();
        tokio::task::spawn_blocking(move || {
            let folder = DataFolder::open(&settings.data)?;
            let lock = folder.lock()?;
            let node = folder.node(&*wiring.random)?;
            let db = open_database(&settings, &folder.database())?;
            db.migrate(&custody::all_migrations())?;
            let objects = Arc::new(DirectoryObjects::open(&settings.objects)?);
            Ok(Self {
                folder,
                db,
                objects,
                node,
                wiring,
                lock,
            })
        })
        .await?
    }

    /// The root keys: opened; or made, where nothing was installed yet.
    ///
    /// # Errors
    /// [`RootFailure`]; a missing file of an installation that is there is never replaced by a new one.
    pub async fn root_keys(&self, settings: &Settings) -> Result<RootKeys, Failure> {
        let wanted = custody::installation::wanted_root(&self.db).await?;
        let (root, random) = (settings.root.clone(), Arc::clone(&self.wiring.random));
        let opened = tokio::task::spawn_blocking(move || match (root.open()?, wanted) {
            (Some(keys), _) => Ok(keys),
            (None, Some(wanted)) => Err(RootFailure::Missing {
                path: root.file,
                wanted,
            }),
            (None, None) => root.create(&*random),
        });
        let keys = opened.await??;
        if keys.protection == sealing::Protection::None {
            tracing::warn!(
                "the root key file is protected by nothing but its mode: whoever can read it can open everything; \
                 `bailee keys protect` puts it under a passphrase or a credential"
            );
        }
        Ok(keys)
    }

    /// The custody over these parts.
    ///
    /// # Errors
    /// [`Failure::Policies`].
    pub fn custody(&self, roots: Roots, limits: Limits) -> Result<Custody, Failure> {
        let policies = Policies::load().map_err(|error| Failure::Policies(error.to_string()))?;
        let desk = Desk {
            db: self.db.clone(),
            clock: Arc::clone(&self.wiring.clock),
            random: Arc::clone(&self.wiring.random),
            policies: Arc::new(policies),
        };
        Ok(Custody::new(
            desk,
            Arc::clone(&self.objects),
            roots,
            limits,
            &self.node,
        ))
    }

    /// Removes what an earlier life of this node left unfinished.
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub async fn sweep(&self) -> Result<(), Failure> {
        let (db, objects, node) = (self.db.clone(), Arc::clone(&self.objects), self.node.clone());
        let now = self.wiring.clock.now();
        let swept =
            tokio::task::spawn_blocking(move || sweep(&db, &*objects, &node, now, PATIENCE)).await??;
        if swept.intents > 0 || swept.removed > 0 {
            tracing::info!(
                uploads = swept.intents,
                objects = swept.removed,
                "removed what was left unfinished"
            );
        }
        Ok(())
    }
}
