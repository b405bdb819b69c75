//! Where backups lie, and how often one is made: `[backup]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use store::objects::{Credentials, Locator};

use super::ConfigError;
use super::layers::Layers;
use super::places::Whereabouts;

/// Where backups lie, and how often one is made.
#[derive(Debug, Clone)]
pub struct BackupSettings {
    /// A folder or a URL.
    pub to: Option<String>,
    /// The same for the archives of wrapped keys; as `to` when nothing is said.
    pub keys_to: Option<String>,
    /// How often a server makes one.
    pub every: Option<Duration>,
    /// The key that they are sealed under.
    pub key_file: PathBuf,
    region: Option<String>,
    endpoint: Option<String>,
    credentials: Option<PathBuf>,
    plain_http: bool,
}

impl BackupSettings {
    /// Where this folder or URL is.
    pub fn whereabouts(&self, place: &str) -> Whereabouts {
        if !place.contains("://") {
            return Whereabouts::Folder(PathBuf::from(place));
        }
        let locator = Locator {
            url: place.to_owned(),
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            credentials: Credentials::Ambient,
            plain_http: self.plain_http,
            path_style: None,
        };
        Whereabouts::Remote {
            locator: Box::new(locator),
            credentials: self.credentials.clone(),
        }
    }
}

pub(super) fn of(layers: &Layers, data: &Path) -> Result<BackupSettings, ConfigError> {
    let word = |name| layers.get(name).map(|(value, _)| value.to_owned());
    let path = |name| word(name).map(PathBuf::from);
    let settings = BackupSettings {
        to: word("backup.to"),
        keys_to: word("backup.keys_to"),
        every: layers.take("backup.every", "a time such as 24h, 90m or 7d", time)?,
        key_file: path("backup.key_file").unwrap_or_else(|| data.join("keys").join("backup.key")),
        region: word("backup.region"),
        endpoint: word("backup.endpoint"),
        credentials: path("backup.credentials"),
        plain_http: layers
            .take("backup.plain_http", "true or false", |value| value.parse().ok())?
            .unwrap_or(false),
    };
    for name in ["backup.to", "backup.keys_to"] {
        let Some((value, origin)) = layers.get(name) else {
            continue;
        };
        if let Whereabouts::Remote { locator, .. } = settings.whereabouts(value)
            && let Err(error) = locator.check()
        {
            return Err(layers.misfit(name, origin, &error.to_string()));
        }
    }
    Ok(settings)
}

/// A number with one of the letters m, h and d behind it; at least a minute.
fn time(value: &str) -> Option<Duration> {
    let unit = match value.chars().last()? {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let number: u64 = value.get(..value.len() - 1)?.parse().ok()?;
    let seconds = number.checked_mul(unit).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_are_not_nothing() {
        assert_eq!(time("90m"), Some(Duration::from_secs(5_400)));
        assert_eq!(time("7d"), Some(Duration::from_secs(604_800)));
        for bad in [
            "",
            "h",
            "24",
            "0h",
            "-1h",
            "1.5h",
            "24 h",
            "1ü",
            "99999999999999999999d",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }
}
