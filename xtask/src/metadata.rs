//! What cargo knows of the workspace: its packages and what each one depends on.
//!
//! Promises: a plain reading of `cargo metadata --no-deps`. Leaves out: the resolved graph of foreign packages,
//! which is `cargo deny`'s business.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

/// The workspace, as its manifests tell it.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// The folder of what is built.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// Our own packages.
    pub(crate) packages: Vec<Package>,
}

/// One of our own packages.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    /// The name in its manifest.
    pub(crate) name: String,
    /// Its sentence in its manifest, if it has one.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Where its manifest is.
    pub(crate) manifest_path: PathBuf,
    /// What it asks for, its tests and build script included.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    /// The name of the package asked for, whatever it is called locally.
    pub(crate) name: String,
    /// What it is needed for.
    #[serde(default, deserialize_with = "kind_or_normal")]
    pub(crate) kind: Kind,
    /// Where it lies, when it is not fetched from a registry.
    #[serde(default)]
    pub(crate) path: Option<PathBuf>,
}

/// What a dependency is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The code itself.
    #[default]
    Normal,
    /// Tests, benches and examples.
    Dev,
    /// The build script.
    Build,
}

/// Why the workspace could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("cannot start cargo; install Rust with rustup")]
    Start(#[source] std::io::Error),
    #[error("`cargo metadata` failed; fix the manifest it names:\n{0}")]
    Refused(String),
    #[error("the answer of `cargo metadata` is not what this version of xtask knows: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Workspace {
    /// Asks cargo, in the present folder.
    pub(crate) fn read() -> Result<Self, MetadataError> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(MetadataError::Start)?;
        if !output.status.success() {
            return Err(MetadataError::Refused(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        Ok(Self::parse(&output.stdout)?)
    }

    /// Reads cargo's answer.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Cargo writes an ordinary dependency's kind as null.
fn kind_or_normal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_writes() {
        let json = br#"{
            "packages": [{
                "name": "ledger", "description": null, "manifest_path": "/p/crates/foundation/ledger/Cargo.toml",
                "dependencies": [
                    {"name": "kernel", "kind": null, "path": "/p/crates/foundation/kernel", "rename": null},
                    {"name": "proptest", "kind": "dev", "rename": null},
                    {"name": "cc", "kind": "build", "rename": null}
                ]
            }],
            "workspace_root": "/p", "target_directory": "/p/target", "version": 1
        }"#;
        let workspace = Workspace::parse(json).unwrap();
        let ledger = &workspace.packages[0];
        let kinds: Vec<Kind> = ledger.dependencies.iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [Kind::Normal, Kind::Dev, Kind::Build]);
        assert!(ledger.dependencies[0].path.is_some());
        assert!(ledger.dependencies[1].path.is_none());
        assert_eq!(ledger.description, None);
        assert_eq!(workspace.target, PathBuf::from("/p/target"));
    }
}
