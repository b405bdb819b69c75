//! The place that a restoration goes into.

use std::path::{Path, PathBuf};

use store::objects::PlaceLabel;

use crate::config::{Database, PlaceSettings, Settings, Whereabouts};
use crate::failure::Failure;

/// The settings of an installation in this folder: its database and all its places are there. The root key stays where it is.
pub(super) fn folder(settings: &Settings, folder: &Path) -> Settings {
    let places = settings.places.iter().filter(|place| !place.label.is_home());
    let places = places.map(|place| PlaceSettings {
        whereabouts: Whereabouts::Folder(place_folder(folder, &place.label)),
        ..place.clone()
    });
    Settings {
        data: folder.to_owned(),
        objects: folder.join("objects"),
        database: Database::Sqlite,
        places: places.collect(),
        ..settings.clone()
    }
}

fn place_folder(folder: &Path, label: &PlaceLabel) -> PathBuf {
    folder.join(format!("objects-{label}"))
}

/// What is there already is not written over. A database on a server is asked later.
///
/// # Errors
/// [`Failure::Said`].
pub(super) fn check_empty(settings: &Settings) -> Result<(), Failure> {
    let file = settings.data.join("bailee.db");
    if settings.database == Database::Sqlite && file.exists() {
        return Err(Failure::Said(format!(
            "{} is there already: restore into an empty folder with --into, or put this one away first; nothing was written",
            file.display()
        )));
    }
    Ok(())
}
