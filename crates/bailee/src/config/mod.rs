//! Configuration: flags over environment over file over defaults, each value with where it came from.
//!
//! Promises: one table ([`KEYS`]) names every key, its flag, its variable, its default and its meaning, and the
//! documentation is made from it; an unknown key is an error that names the nearest known one; secrets are
//! never printed. Leaves out: whether paths exist and addresses are free, which the start and `bailee doctor` find out.

mod backups;
mod document;
mod flags;
mod known;
mod layers;
mod mail;
mod places;
mod settings;
mod show;
mod sign_in;
#[cfg(test)]
mod tests;
mod trust;

use std::path::PathBuf;

pub use backups::BackupSettings;
pub use document::document;
pub use flags::ConfigFlags;
pub use known::{KEYS, Key, PLACE_KEYS};
pub use layers::{Environment, Layers, Origin};
pub use mail::{MailSecurity, MailServer, MailSettings};
pub use places::{PlaceSettings, Whereabouts};
pub use settings::{
    Database, LogFormat, OwnerContact, PlainHttp, ProvenanceSettings, RootKeySettings, S3Settings, Settings,
    TlsSettings, next_port,
};
pub use show::{as_canonical, as_json, as_text, fingerprint};
pub use sign_in::{Passkeys, SignInSettings};
pub use trust::TrustSettings;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Read {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {path} is not TOML: {reason}")]
    Toml {
        /// Its path.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{origin} sets `{key}`, which is not a key{}; all keys are in docs/configuration.md", nearest(.near))]
    Unknown {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
        /// The known key that looks most like it.
        near: Option<&'static str>,
    },
    /// A key that holds a list or something else that is no single value.
    #[error("{origin} sets `{key}` to something that is no text, number or yes and no")]
    NotAValue {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
    },
    /// A place that is no table.
    #[error("{origin} sets `{key}` to a value; a place is a table: write [{key}] above its keys")]
    NotAPlace {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
    },
    /// A key that may not stand in this place.
    #[error("{origin} sets `{key}`, which is a secret: give it as {instead} instead")]
    SecretPlace {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// Where it may stand.
        instead: String,
    },
    /// A value that does not fit. It is not repeated, since it may be secret.
    #[error("`{key}` from {origin} does not fit: {wanted}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
        /// What would be right.
        wanted: String,
    },
}

fn nearest(near: &Option<&'static str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}
