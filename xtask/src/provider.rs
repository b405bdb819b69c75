//! The provider of OpenID Connect at which the tests sign in: a real one, on Node.

use std::path::PathBuf;

use crate::metadata::Workspace;
use crate::npm;
use crate::npm::NpmError;
use crate::packages;

/// Where the tests look for the folder with the provider.
pub(crate) const PROVIDER_VARIABLE: &str = "BAILEE_TEST_PROVIDER";

/// The package whose tests need it.
pub(crate) const NEEDED_BY: &str = "bailee";

/// Where the program is, from the root of the workspace.
const PROGRAM: &str = "crates/bailee/tests/provider";

/// What belongs to it.
const FILES: &[&str] = &["provider.mjs", "package.json", "package-lock.json"];

/// The provider could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error(transparent)]
    Package(#[from] packages::PackageError),
    #[error(transparent)]
    Npm(#[from] NpmError),
}

/// The folder with the provider, complete.
pub(crate) fn prepare(workspace: &Workspace, may_install: bool) -> Result<PathBuf, ProviderError> {
    packages::browser(may_install)?;
    let folder = workspace.target.join("provider");
    npm::install(&workspace.root.join(PROGRAM), FILES, &folder, may_install)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_version_of_the_provider_is_exact() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = std::fs::read_to_string(root.join(PROGRAM).join("package.json")).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let versions = read["dependencies"].as_object().unwrap();
        assert!(!versions.is_empty());
        for (name, version) in versions {
            let exact = version
                .as_str()
                .unwrap()
                .starts_with(|c: char| c.is_ascii_digit());
            assert!(exact, "{name}");
        }
    }
}
