//! Backups that a server makes by itself, and the list of what was erased, which it adds to all the time.
//!
//! Promises: what was erased is on the list within seconds, as long as the shelf can be written to; a backup is made when the last one is
//! older than `backup.every`, by one node at a time. Leaves out: drills, which somebody calls for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backup::{Backup, List, Shelved, last_run};
use custody::Custody;
use gate::Gate;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Parts;
use super::background::repeat;
use super::services::Service;
use crate::backups::{Shelves, ensure};
use crate::config::Settings;
use crate::failure::Failure;

/// How long something erased is not on the list at most.
const LISTING: Duration = Duration::from_secs(5);
/// How often it is asked whether a backup is due.
const ASKING: Duration = Duration::from_secs(60);

/// Where backups are made, with their key, which is made where there is none yet; nothing where `backup.to` says nothing.
///
/// # Errors
/// [`Failure`] for a place that cannot be used as it is described, and where backups are there and their key is not.
pub(super) async fn open(
    parts: &Parts,
    settings: &Settings,
    gate: &Gate,
) -> Result<Option<Shelved>, Failure> {
    let runtime = Handle::current();
    let Some(shelves) = Shelves::open(&settings.backup, None, None, (&runtime, gate))? else {
        return Ok(None);
    };
    let (file, shelf) = (settings.backup.key_file.clone(), shelves.data.clone());
    let random = Arc::clone(&parts.wiring.random);
    let key = tokio::task::spawn_blocking(move || ensure(&file, &shelf, &*random)).await??;
    Ok(Some(shelves.with(key)))
}

/// Starts both where backups are made.
pub(super) fn start(
    custody: &Custody,
    parts: &Parts,
    settings: &Settings,
    shelved: Option<Shelved>,
    stopping: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let Some(shelved) = shelved else {
        return Vec::new();
    };
    let keeper = Keeper {
        custody: custody.clone(),
        shelved,
        list: Arc::default(),
        node: format!("{} server", parts.node),
        stopping: stopping.clone(),
    };
    let lister = keeper.clone();
    let listing = repeat(
        (Service::Backups, "listing what was erased"),
        LISTING,
        stopping,
        move || {
            let keeper = lister.clone();
            async move { tokio::task::spawn_blocking(move || keeper.extend()).await? }
        },
    );
    let Some(every) = settings.backup.every else {
        return vec![listing];
    };
    let backing_up = repeat((Service::Backups, "backing up"), ASKING, stopping, move || {
        let keeper = keeper.clone();
        async move { tokio::task::spawn_blocking(move || keeper.back_up(every)).await? }
    });
    vec![listing, backing_up]
}

#[derive(Clone)]
struct Keeper {
    custody: Custody,
    shelved: Shelved,
    /// What of the list is known; nothing before the shelf was asked.
    list: Arc<Mutex<Option<List>>>,
    node: String,
    stopping: CancellationToken,
}

impl Keeper {
    fn extend(&self) -> Result<(), Failure> {
        let desk = self.custody.desk();
        let shelf = (&self.shelved.shelf, &*self.shelved.key);
        let mut known = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let list = match &mut *known {
            Some(list) => list,
            unknown => unknown.insert(List::open(shelf.0, shelf.1)?),
        };
        list.extend(&desk.db, shelf, desk.clock.now(), &*desk.random)?;
        Ok(())
    }

    fn back_up(&self, every: Duration) -> Result<(), Failure> {
        let desk = self.custody.desk();
        let last = desk.db.read_blocking(|tx| last_run(tx, "backup"))?;
        if last.is_some_and(|last| last.begun_at.plus(every) > desk.clock.now()) {
            return Ok(());
        }
        let backup = Backup {
            shelf: self.shelved.shelf.clone(),
            keys_shelf: self.shelved.keys_shelf.clone(),
            key: Arc::clone(&self.shelved.key),
            custody: self.custody.clone(),
            holder: self.node.clone(),
            progress: Arc::new(|_, _, _| {}),
            // Who stops the server does not wait for a backup.
            goes_on: {
                let stopping = self.stopping.clone();
                Arc::new(move || !stopping.is_cancelled())
            },
        };
        match backup.run() {
            Ok(made) => {
                let (backup, shelf) = (made.backup, self.shelved.shelf.shown());
                tracing::info!(%backup, shelf, rows = made.rows, copied = made.copied, "a backup was made");
                Ok(())
            }
            // Another node is at it, or this one ends.
            Err(backup::Error::Busy | backup::Error::Stopped) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
