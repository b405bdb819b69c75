//! From the settings to the places where bytes lie.

use std::path::Path;
use std::sync::Arc;

use gate::Gate;
use store::objects::{
    Credentials, DirectoryObjects, Locator, Place, PlaceLabel, Places, RemoteObjects, unknown_places,
};
use store::{Db, Objects};
use tokio::runtime::Handle;

use crate::config::{PlaceSettings, Settings, Whereabouts};
use crate::failure::Failure;
use crate::key_pair::{self, KeyPair};

/// All places. Folders are made where they are missing; stores elsewhere are asked nothing yet, so that one that does
/// not answer holds up no start.
///
/// # Errors
/// [`Failure`] for a folder or a file of credentials that cannot be used.
pub(crate) fn open(settings: &Settings, runtime: &Handle, gate: &Gate) -> Result<Places, Failure> {
    let said = settings.places.iter().find(|place| place.label.is_home());
    let usual = PlaceSettings {
        label: PlaceLabel::home(),
        region: String::new(),
        whereabouts: Whereabouts::Usual,
    };
    let home = one(settings, said.unwrap_or(&usual), runtime, gate)?;
    let mut others = settings.places.iter().filter(|place| !place.label.is_home());
    others.try_fold(Places::of(home), |places, place| {
        Ok(places.with(one(settings, place, runtime, gate)?))
    })
}

/// One place.
///
/// # Errors
/// As [`open`].
pub(crate) fn one(
    settings: &Settings,
    place: &PlaceSettings,
    runtime: &Handle,
    gate: &Gate,
) -> Result<Place, Failure> {
    let objects: Arc<dyn Objects> = match &place.whereabouts {
        Whereabouts::Usual => Arc::new(DirectoryObjects::open(&settings.objects)?),
        Whereabouts::Folder(folder) => Arc::new(DirectoryObjects::open(folder)?),
        Whereabouts::Remote { locator, credentials } => {
            let locator = Locator {
                credentials: read(locator, credentials.as_deref())?,
                ..(**locator).clone()
            };
            let remote = locator
                .connect(gate)
                .map_err(|error| Failure::Said(format!("the place `{}`: {error}", place.label)))?;
            Arc::new(RemoteObjects::new(
                place.label.clone(),
                remote.store,
                remote.prefix,
                runtime.clone(),
            ))
        }
    };
    Ok(Place {
        label: place.label.clone(),
        region: place.region.as_str().into(),
        objects,
    })
}

pub(crate) fn read(locator: &Locator, file: Option<&Path>) -> Result<Credentials, Failure> {
    let Some(file) = file else {
        return Ok(Credentials::Ambient);
    };
    if locator.url.starts_with("gs://") {
        key_pair::bytes(file)?;
        return Ok(Credentials::ServiceAccount(file.to_owned()));
    }
    let keys = KeyPair::read(file)?;
    Ok(Credentials::Keys {
        access_key: keys.access_key,
        secret_key: keys.secret_key.into(),
    })
}

/// Labels that rows use and the configuration does not have. What lies there cannot be read; nothing is lost.
///
/// # Errors
/// The database's.
pub(crate) async fn unknown(db: &Db, places: &Places) -> Result<Vec<PlaceLabel>, Failure> {
    let (db, places) = (db.clone(), places.clone());
    let look = move || unknown_places(&db, &places, custody::item::PLACES_USED);
    Ok(tokio::task::spawn_blocking(look).await??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFlags, Environment, Layers};
    use crate::files;

    fn settings(folder: &Path, places: &str) -> Settings {
        let file = folder.join("bailee.toml");
        std::fs::write(&file, places).unwrap();
        let flags = ConfigFlags {
            file: Some(file),
            values: vec![("data", folder.join("data").to_str().unwrap().to_owned())],
        };
        Settings::of(&Layers::load(&flags, Environment::default()).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn credentials_that_others_may_read_are_refused_and_never_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        let text = format!(
            "[place.eu]\nurl = \"s3://bucket\"\nregion = \"eu-central-1\"\ncredentials = \"{}\"",
            file.display()
        );
        let settings = settings(folder.path(), &text);
        let open = || open(&settings, &Handle::current(), &Gate::unattended()).map(drop);
        assert!(open().unwrap_err().to_string().contains("not there"));
        std::fs::write(&file, "access_key = \"id\"\nsecret_key = \"hunter2\"").unwrap();
        assert!(open().unwrap_err().to_string().contains("chmod 600"));
        files::replace(&file, b"access_key = \"id\"\nsecret_kay = \"hunter2\"", 0o600).unwrap();
        let refused = open().unwrap_err().to_string();
        assert!(
            refused.contains("secret_key") && !refused.contains("hunter2"),
            "{refused}"
        );
        files::replace(&file, b"access_key = \"id\"\nsecret_key = \"hunter2\"", 0o600).unwrap();
        open().unwrap();
    }

    #[tokio::test]
    async fn home_may_lie_in_another_folder_and_has_a_region() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        let text = format!(
            "[place.home]\nregion = \"eu-north-1\"\nurl = \"{0}\"\n[place.second]\nurl = \"{0}-2\"",
            other.display()
        );
        let places = open(
            &settings(folder.path(), &text),
            &Handle::current(),
            &Gate::unattended(),
        )
        .unwrap();
        assert!(other.is_dir() && folder.path().join("other-2").is_dir());
        assert_eq!(&*places.home().region, "eu-north-1");
        assert_eq!(places.iter().count(), 2);
    }
}
