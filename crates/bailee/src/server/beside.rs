//! Custody beside a server that may be running: for commands on its machine that act in the database alone.
//!
//! Promises: an installation that is there is opened, none is made, and its schema is not touched; the root keys are
//! the right ones before anything is done. Leaves out the lock on the data folder: the
//! database itself keeps two processes apart.

use std::sync::Arc;

use access::Policies;
use custody::{Custody, Limits, Roots};
use gate::Gate;
use operation::Desk;
use store::objects::{MemoryObjects, Places};
use store::{Db, StoreError};
use tokio::runtime::Handle;

use super::{Wiring, places};
use crate::config::Settings;
use crate::failure::Failure;
use crate::keys::{RootFailure, RootKeys};

/// Opens it.
///
/// # Errors
/// [`Failure`], when nothing is installed, the schema is another version's, or the root key is missing or wrong.
pub(crate) async fn custody(settings: &Settings, wiring: Wiring) -> Result<Custody, Failure> {
    custody_over(settings, wiring, Places::from(Arc::new(MemoryObjects::default()))).await
}

/// As [`custody`], with the places where the installation's bytes lie.
///
/// # Errors
/// As [`custody`], and for a place that cannot be used.
pub(crate) async fn custody_with_places(settings: &Settings, wiring: Wiring) -> Result<Custody, Failure> {
    let (of, runtime) = (settings.clone(), Handle::current());
    let places =
        tokio::task::spawn_blocking(move || places::open(&of, &runtime, &Gate::unattended())).await??;
    custody_over(settings, wiring, places).await
}

/// The same, with these places.
///
/// # Errors
/// As [`custody`].
pub(crate) async fn custody_over(
    settings: &Settings,
    wiring: Wiring,
    places: Places,
) -> Result<Custody, Failure> {
    let db = wiring.open_existing(settings).await?;
    let db = db.ok_or_else(|| nothing_installed(settings))?;
    check_schema(&db).await?;
    let restored = db.clone();
    tokio::task::spawn_blocking(move || super::check_restored(&restored)).await??;
    let roots = root_keys(settings, &db).await?.into_roots();
    let custody = over(db, wiring, places, roots, settings.limits.clone())?;
    custody.check_root().await.map_err(RootFailure::from)?;
    Ok(custody)
}

/// Custody of these parts.
///
/// # Errors
/// [`Failure::Policies`].
pub(crate) fn over(
    db: Db,
    wiring: Wiring,
    places: Places,
    roots: Roots,
    limits: Limits,
) -> Result<Custody, Failure> {
    let policies = Policies::load().map_err(|error| Failure::Policies(error.to_string()))?;
    let desk = Desk::new(db, wiring.clock, wiring.random, Arc::new(policies));
    let custody = Custody::new(desk, places, roots, limits, "command");
    Ok(custody.with_purposes(Arc::new(rights::consent::Standings)))
}

fn nothing_installed(settings: &Settings) -> Failure {
    let folder = settings.data.display();
    Failure::Said(format!(
        "nothing is installed in {folder}: name the right folder with --data"
    ))
}

/// A server of another version may be running, with another idea of what the rows mean.
async fn check_schema(db: &Db) -> Result<(), Failure> {
    let steps = db.read(|tx| {
        let rows = tx.all("SELECT id FROM migration ORDER BY id", &[])?;
        rows.iter()
            .map(|row| row.get(0))
            .collect::<Result<Vec<u32>, StoreError>>()
    });
    let mut known: Vec<u32> = crate::data::migrations().iter().map(|step| step.id).collect();
    known.sort_unstable();
    if steps.await? == known {
        return Ok(());
    }
    Err(Failure::Said(
        "the database is of another version than this program: use the program that serves it, or start this one's server first"
            .to_owned(),
    ))
}

async fn root_keys(settings: &Settings, db: &Db) -> Result<RootKeys, Failure> {
    let wanted = custody::installation::wanted_root(db).await?;
    let (root, path) = (settings.root.clone(), settings.root.file.clone());
    let opened = tokio::task::spawn_blocking(move || root.open()).await??;
    let missing = || match wanted {
        Some(wanted) => RootFailure::Missing { path, wanted }.into(),
        None => nothing_installed(settings),
    };
    opened.ok_or_else(missing)
}
