//! Where backups lie: a folder or a bucket with rooms, each of which keeps immutable objects under ids.
//!
//! ```text
//! manifests/        one for each backup, under the backup's id; ids sort by time
//! parts/            rows, sealed
//! keys/             rows with wrapped keys, sealed; of another shelf where keys are kept apart
//! list/             what was erased, sealed
//! objects-<place>/  objects as they lie in the place
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use store::StoreError;
use store::objects::{DirectoryObjects, Objects, PlaceLabel, Remote, RemoteObjects};
use tokio::runtime::Handle;

type Open = dyn Fn(&str) -> Result<Arc<dyn Objects>, StoreError> + Send + Sync;

/// Where backups lie. Clones share it.
#[derive(Clone)]
pub struct Shelf {
    shown: Arc<str>,
    open: Arc<Open>,
    rooms: Arc<Mutex<BTreeMap<String, Arc<dyn Objects>>>>,
}

/// One of a shelf's rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room<'a> {
    Manifests,
    Parts,
    Keys,
    List,
    Objects(&'a PlaceLabel),
}

impl Room<'_> {
    fn name(self) -> String {
        match self {
            Self::Manifests => "manifests".to_owned(),
            Self::Parts => "parts".to_owned(),
            Self::Keys => "keys".to_owned(),
            Self::List => "list".to_owned(),
            Self::Objects(place) => format!("objects-{place}"),
        }
    }
}

impl Shelf {
    /// A folder. It is made with the first thing that is put there.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let shown = folder.display().to_string();
        Self::with(&shown, move |room| {
            Ok(Arc::new(DirectoryObjects::open(folder.join(room))?))
        })
    }

    /// A store elsewhere; errors call it `shown`. Requests run on the runtime.
    pub fn remote(remote: Remote, shown: &str, runtime: Handle) -> Self {
        Self::with(shown, move |room| {
            let Remote { store, prefix } = remote.below(room);
            let label: PlaceLabel = "backup".parse().unwrap_or_default();
            Ok(Arc::new(RemoteObjects::new(
                label,
                store,
                prefix,
                runtime.clone(),
            )))
        })
    }

    /// Rooms of any kind.
    pub fn with(
        shown: &str,
        open: impl Fn(&str) -> Result<Arc<dyn Objects>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            shown: shown.into(),
            open: Arc::new(open),
            rooms: Arc::default(),
        }
    }

    /// Whether there is no backup.
    ///
    /// # Errors
    /// Those of listing.
    pub fn is_empty(&self) -> crate::Result<bool> {
        Ok(crate::manifest::all(self)?.is_empty())
    }

    /// What errors and reports call it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The copies of a place's objects.
    pub fn objects(&self, place: &PlaceLabel) -> Result<Arc<dyn Objects>, StoreError> {
        self.room(Room::Objects(place))
    }

    pub(crate) fn room(&self, room: Room<'_>) -> Result<Arc<dyn Objects>, StoreError> {
        let name = room.name();
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&name) {
            return Ok(Arc::clone(room));
        }
        let opened = (self.open)(&name)?;
        rooms.insert(name, Arc::clone(&opened));
        Ok(opened)
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shelf({})", self.shown)
    }
}
