//! The places where bytes lie: whether each takes, gives back and removes them, and whether rows and places agree.

use gate::Gate;
use kernel::ObjectId;
use store::objects::{Place, PlaceLabel, orphans};
use store::{Db, StoreError};
use tokio::runtime::Handle;

use super::Finding;
use crate::config::{PlaceSettings, Settings, Whereabouts};
use crate::server::{Wiring, places};

const OBJECTS: &str = "objects";
const PLACES: &str = "places";
const STRAY: &str = "stray objects";

/// What is written to see that a place keeps it.
const PROBE: &[u8] = b"bailee doctor";

/// Tries every place, home first.
pub(super) async fn checks(settings: &Settings, wiring: &Wiring) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in described(settings) {
        if is_absent(settings, &place) {
            // The first start makes the usual folder; the check of objects says whether it should be there.
            if !place.label.is_home() {
                findings.push(absent(&place));
            }
            continue;
        }
        findings.push(probe(settings, place, wiring).await);
    }
    findings
}

/// Every place of the settings, home first.
fn described(settings: &Settings) -> Vec<PlaceSettings> {
    let usual = PlaceSettings {
        label: PlaceLabel::home(),
        region: String::new(),
        whereabouts: Whereabouts::Usual,
    };
    let home = settings.places.iter().find(|place| place.label.is_home());
    let others = settings.places.iter().filter(|place| !place.label.is_home());
    std::iter::once(home.unwrap_or(&usual))
        .chain(others)
        .cloned()
        .collect()
}

/// Whether it is a folder that is not there, which a look must not make.
fn is_absent(settings: &Settings, place: &PlaceSettings) -> bool {
    match &place.whereabouts {
        Whereabouts::Usual => !settings.objects.is_dir(),
        Whereabouts::Folder(folder) => !folder.is_dir(),
        Whereabouts::Remote { .. } => false,
    }
}

fn absent(place: &PlaceSettings) -> Finding {
    Finding::warn(
        OBJECTS,
        format!("the folder of the place `{}` is not there", place.label),
        "the next start makes it; if it was there before, correct its `url` or mount its disk first",
    )
}

/// What people are told a place is.
fn shown(settings: &Settings, place: &PlaceSettings) -> String {
    let where_it_is = match &place.whereabouts {
        Whereabouts::Usual => settings.objects.display().to_string(),
        Whereabouts::Folder(folder) => folder.display().to_string(),
        Whereabouts::Remote { locator, .. } => locator.url.clone(),
    };
    format!("`{}` at {where_it_is}", place.label)
}

/// Writes an object as an upload would, reads it and removes it.
async fn probe(settings: &Settings, place: PlaceSettings, wiring: &Wiring) -> Finding {
    let shown = shown(settings, &place);
    let id = ObjectId::make(wiring.clock.now(), &*wiring.random);
    let (settings, runtime) = (settings.clone(), Handle::current());
    let tried = tokio::task::spawn_blocking(move || {
        let place = places::one(&settings, &place, &runtime, &Gate::unattended())
            .map_err(|error| error.to_string())?;
        write_read_remove(&place, id).map_err(|error| error.to_string())
    });
    let tried = tried.await.unwrap_or_else(|error| Err(error.to_string()));
    match tried {
        Ok(()) => Finding::ok(OBJECTS, format!("{shown} takes, gives back and removes objects")),
        Err(error) => Finding::fail(
            OBJECTS,
            format!("{shown}: {error}"),
            "see that it is described rightly in the configuration, answers, and lets this program write, read, list and remove; \
             for a folder, that it may be written to and its disk can sync",
        ),
    }
}

fn write_read_remove(place: &Place, id: ObjectId) -> Result<(), StoreError> {
    let objects = &*place.objects;
    let mut writer = objects.create(id)?;
    writer.write_all(PROBE)?;
    let read = writer.finish().and_then(|()| {
        let mut read = [0; PROBE.len()];
        let count = objects.open(id)?.read_at(0, &mut read)?;
        Ok(read[..count] == *PROBE)
    });
    // Also after a failure: what came of the write is not known then.
    objects.delete(id)?;
    match read? {
        true => Ok(()),
        false => Err(StoreError::ObjectAltered(id)),
    }
}

/// Whether the database and the places agree: labels that rows use, and, unless it is to be quick, all objects.
pub(super) async fn against(settings: &Settings, db: &Db, quick: bool) -> Vec<Finding> {
    let described = described(settings);
    let usual = described.first().filter(|home| is_absent(settings, home));
    if let Some(Whereabouts::Usual) = usual.map(|home| &home.whereabouts) {
        return vec![Finding::fail(
            STRAY,
            format!("{} is not there", settings.objects.display()),
            "correct `objects`, or restore the folder from a backup",
        )];
    }
    let (opening, runtime) = (settings.clone(), Handle::current());
    let opened =
        tokio::task::spawn_blocking(move || places::open(&opening, &runtime, &Gate::unattended())).await;
    let places = match opened {
        Ok(Ok(places)) => places,
        Ok(Err(error)) => return vec![unreadable(PLACES, error.to_string())],
        Err(error) => return vec![unreadable(PLACES, error.to_string())],
    };
    let mut findings = vec![match places::unknown(db, &places).await {
        Ok(unknown) => agreement(&unknown),
        Err(error) => unreadable(PLACES, error.to_string()),
    }];
    if !quick {
        for place in places.iter() {
            findings.push(stray(db, place.clone()).await);
        }
    }
    findings
}

fn agreement(unknown: &[PlaceLabel]) -> Finding {
    match unknown {
        [] => Finding::ok(PLACES, "every place that rows refer to is configured"),
        [label, ..] => Finding::fail(
            PLACES,
            format!("rows refer to {unknown:?}, which the configuration does not have"),
            format!("add the table [place.{label}] again; what lies there is not lost"),
        ),
    }
}

async fn stray(db: &Db, place: Place) -> Finding {
    let (db, label) = (db.clone(), place.label.clone());
    let found = tokio::task::spawn_blocking(move || orphans(&db, &place, custody::item::OBJECT_REFERENCES));
    match found.await {
        Ok(Ok(found)) if found.is_empty() => {
            Finding::ok(STRAY, format!("every object in `{label}` belongs to something"))
        }
        Ok(Ok(found)) => {
            let first = found.first().map(ToString::to_string).unwrap_or_default();
            let text = format!(
                "{} objects in `{label}` belong to nothing; the first is {first}",
                found.len()
            );
            Finding::warn(
                STRAY,
                text,
                "if the database was restored from a backup these are uploads after it, and two installations must not share a \
                 place's prefix; otherwise report it",
            )
        }
        Ok(Err(error)) => unreadable(STRAY, error.to_string()),
        Err(error) => unreadable(STRAY, error.to_string()),
    }
}

fn unreadable(name: &'static str, error: String) -> Finding {
    Finding::fail(
        name,
        error,
        "mend what the checks above name, and see that the place can be listed",
    )
}
