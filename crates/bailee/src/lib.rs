#![doc = include_str!("../README.md")]

pub mod assurance;
pub mod backups;
pub mod cli;
pub mod client;
pub mod config;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod egress;
pub mod failure;
pub mod files;
mod key_pair;
pub mod keys;
pub mod logging;
pub mod mail;
pub mod out;
pub mod profiles;
pub mod redact;
pub mod report;
pub mod serve;
pub mod server;
pub mod tls;
pub mod verify;

use config::{ConfigError, ConfigFlags, Environment, Layers, Settings};

/// The configuration from these flags, this process's environment, and the file.
///
/// # Errors
/// [`ConfigError`].
pub fn layers(flags: &ConfigFlags) -> Result<Layers, ConfigError> {
    Layers::load(flags, Environment::of_process())
}

/// As [`layers`], as values; what looks misspelt is mentioned on standard error.
///
/// # Errors
/// [`ConfigError`].
pub fn settings(flags: &ConfigFlags) -> Result<Settings, ConfigError> {
    let layers = layers(flags)?;
    layers
        .warnings
        .iter()
        .for_each(|warning| out::note(format_args!("warning: {warning}")));
    Settings::of(&layers)
}
