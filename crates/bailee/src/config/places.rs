//! Places where sealed bytes may lie, as the file describes them: `[place.LABEL]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use store::objects::{Credentials, Locator, PlaceLabel};

use super::ConfigError;
use super::layers::{Layers, Origin, PLACE};

/// One place.
#[derive(Debug, Clone)]
pub struct PlaceSettings {
    /// Its label, which rows refer to.
    pub label: PlaceLabel,
    /// Where on earth it is; empty when nobody said.
    pub region: String,
    /// Where its bytes are.
    pub whereabouts: Whereabouts,
}

/// Where a place's bytes are.
#[derive(Debug, Clone)]
pub enum Whereabouts {
    /// In the folder `objects`: home alone.
    Usual,
    /// In this folder.
    Folder(PathBuf),
    /// In a store elsewhere.
    Remote {
        /// Where, without what opens it.
        locator: Box<Locator>,
        /// The file with what opens it; the environment's when there is none.
        credentials: Option<PathBuf>,
    },
}

type Values = BTreeMap<&'static str, (String, Origin)>;

/// All of them, in the order of their labels.
pub(super) fn of(layers: &Layers) -> Result<Vec<PlaceSettings>, ConfigError> {
    layers
        .places
        .iter()
        .map(|(label, values)| one(label, values))
        .collect()
}

fn one(label: &str, values: &Values) -> Result<PlaceSettings, ConfigError> {
    let misfit = |name: &str, wanted: String| ConfigError::Value {
        origin: values
            .values()
            .next()
            .map_or(Origin::Default, |(_, origin)| origin.clone()),
        key: format!("{PLACE}.{label}{name}"),
        wanted,
    };
    let parsed: PlaceLabel = label.parse().map_err(|error| misfit("", format!("{error}")))?;
    let word = |name: &str| values.get(name).map(|(value, _)| value.clone());
    let truth = |name: &str| match word(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(misfit(&format!(".{name}"), "give true or false".to_owned())),
    };
    let region = word("region");
    let whereabouts = match word("url") {
        None if parsed.is_home() => Whereabouts::Usual,
        None => return Err(misfit(".url", "give the place a URL or a folder".to_owned())),
        Some(url) if !url.contains("://") => Whereabouts::Folder(PathBuf::from(url)),
        Some(url) => {
            let locator = Locator {
                url,
                region: region.clone(),
                endpoint: word("endpoint"),
                credentials: Credentials::Ambient,
                plain_http: truth("plain_http")?.unwrap_or(false),
                path_style: truth("path_style")?,
            };
            locator.check().map_err(|error| misfit("", error.to_string()))?;
            Whereabouts::Remote {
                locator: Box::new(locator),
                credentials: word("credentials").map(PathBuf::from),
            }
        }
    };
    Ok(PlaceSettings {
        label: parsed,
        region: region.unwrap_or_default(),
        whereabouts,
    })
}
