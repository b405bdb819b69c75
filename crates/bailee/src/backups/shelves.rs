//! From the settings to the shelves where backups lie.

use std::sync::Arc;

use backup::{BackupKey, Shelf, Shelved};
use gate::Gate;
use store::objects::Locator;
use tokio::runtime::Handle;

use crate::config::{BackupSettings, Whereabouts};
use crate::failure::Failure;
use crate::server::places;

/// Where data lies, and where wrapped keys do.
#[derive(Debug, Clone)]
pub(crate) struct Shelves {
    pub(crate) data: Shelf,
    pub(crate) keys: Shelf,
}

impl Shelves {
    /// Those that are said, or else those of the settings; nothing when nobody said any.
    ///
    /// # Errors
    /// [`Failure`] for one that cannot be used as it is described.
    pub(crate) fn open(
        settings: &BackupSettings,
        data: Option<&str>,
        keys: Option<&str>,
        (runtime, gate): (&Handle, &Gate),
    ) -> Result<Option<Self>, Failure> {
        let Some(place) = data.or(settings.to.as_deref()) else {
            return Ok(None);
        };
        // Keys of a place that was said here go there as well: where the settings put keys is for the settings' place.
        let usual = settings.keys_to.as_deref().filter(|_| data.is_none());
        let data = shelf(settings, place, (runtime, gate))?;
        let keys = match keys.or(usual).filter(|keys| *keys != place) {
            Some(keys) => shelf(settings, keys, (runtime, gate))?,
            None => data.clone(),
        };
        Ok(Some(Self { data, keys }))
    }

    /// With what opens them.
    pub(crate) fn with(self, key: Arc<BackupKey>) -> Shelved {
        Shelved {
            shelf: self.data,
            keys_shelf: self.keys,
            key,
        }
    }
}

fn shelf(
    settings: &BackupSettings,
    place: &str,
    (runtime, gate): (&Handle, &Gate),
) -> Result<Shelf, Failure> {
    let (locator, credentials) = match settings.whereabouts(place) {
        Whereabouts::Remote { locator, credentials } => (locator, credentials),
        Whereabouts::Folder(folder) => return Ok(Shelf::folder(folder)),
        Whereabouts::Usual => return Ok(Shelf::folder(place)),
    };
    let locator = Locator {
        credentials: places::read(&locator, credentials.as_deref())?,
        ..*locator
    };
    let unusable = |error| Failure::Said(format!("backups in {place}: {error}"));
    let remote = locator.connect(gate).map_err(unusable)?;
    Ok(Shelf::remote(remote, place, runtime.clone()))
}
