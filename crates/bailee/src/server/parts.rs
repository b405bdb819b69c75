//! What a server and the commands beside it are put together from.

use std::sync::Arc;
use std::time::Duration;

use access::Policies;
use custody::{Custody, Limits, Roots};
use gate::Gate;
use kernel::{Clock, Random, SystemClock, SystemRandom};
use operation::Desk;
use store::objects::{Places, empty_trash, sweep};
use store::{Db, Options, StoreError};
use tokio::runtime::Handle;

use super::places;
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

/// Nothing is served or changed in a copy in which what was erased since may still be.
///
/// # Errors
/// [`Failure::Said`], with what to do.
pub(crate) fn check_restored(db: &Db) -> Result<(), Failure> {
    match db.read_blocking(custody::erasure::unfinished_restoration)? {
        None => Ok(()),
        Some(begun) => Err(Failure::Said(format!(
            "this database comes from a backup, and the restoration that began at {begun} did not finish: what was erased since \
             may still be in it, so nothing of it is served; empty the place and call `bailee restore` again"
        ))),
    }
}

/// An opened data folder with its database and objects; no other process has the folder meanwhile.
pub struct Parts {
    /// The folder.
    pub folder: DataFolder,
    /// The database, its schema up to date.
    pub db: Db,
    /// Where sealed bytes lie.
    pub places: Places,
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
    pub async fn open(settings: &Settings, wiring: Wiring, gate: &Gate) -> Result<Self, Failure> {
        let (settings, runtime, gate) = (settings.clone(), Handle::current(), gate.clone());
        tokio::task::spawn_blocking(move || {
            let folder = DataFolder::open(&settings.data)?;
            let lock = folder.lock()?;
            let node = folder.node(&*wiring.random)?;
            let db = open_database(&settings, &folder.database())?;
            db.migrate(&crate::data::migrations())?;
            check_restored(&db)?;
            let places = places::open(&settings, &runtime, &gate)?;
            Ok(Self {
                folder,
                db,
                places,
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
        let desk = Desk::new(
            self.db.clone(),
            Arc::clone(&self.wiring.clock),
            Arc::clone(&self.wiring.random),
            Arc::new(policies),
        );
        let custody = Custody::new(desk, self.places.clone(), roots, limits, &self.node);
        Ok(custody.with_purposes(Arc::new(rights::consent::Standings)))
    }

    /// Lets go of what an earlier life of this node left unfinished, and removes what of it lies in the data folder or
    /// another home. Other places may be slow; housekeeping does them.
    ///
    /// # Errors
    /// [`Failure::Store`].
    pub async fn sweep(&self) -> Result<(), Failure> {
        self.tell_unknown_places().await?;
        let (db, home, node) = (self.db.clone(), self.places.home().clone(), self.node.clone());
        let now = self.wiring.clock.now();
        let swept = tokio::task::spawn_blocking(move || {
            let uploads = sweep(&db, &node, now, PATIENCE)?;
            Ok::<_, StoreError>((uploads, empty_trash(&db, &home)))
        });
        match swept.await?? {
            (0, Ok(0)) => {}
            (uploads, Ok(objects)) => tracing::info!(uploads, objects, "removed what was left unfinished"),
            (uploads, Err(error)) => {
                tracing::warn!(uploads, %error, "what was left unfinished stays in the trash until it is emptied again");
            }
        }
        Ok(())
    }

    /// A server without one of its places serves what lies in the others, and says so.
    async fn tell_unknown_places(&self) -> Result<(), Failure> {
        for place in places::unknown(&self.db, &self.places).await? {
            tracing::error!(%place, "rows refer to a place that the configuration does not have: add its table [place.{place}] \
                again; until then what lies there cannot be read and is not lost");
        }
        Ok(())
    }
}
