//! The console's pages in a real browser: pictures of them, what a checker of accessibility says, and a walk through the live ones.
//!
//! Promises: the sample pages are those the tests hold to their rules; what the looking program needs is installed below the
//! target folder in the exact versions of its lock file, and left alone while that file stays. Leaves out: judging beauty.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::metadata::Workspace;
use crate::metadata::cargo;
use crate::npm;
use crate::npm::NpmError;
use crate::packages;

/// Where the looking program is, from the root of the workspace.
const PROGRAM: &str = "crates/surfaces/console/browser";

/// The examples that write sample pages, and the folders below the target folder that they write them into.
const SAMPLES: [(&str, &str); 3] = [
    ("pages", "console-pages"),
    ("privacy_pages", "portal-pages"),
    ("public_pages", "trust-pages"),
];

/// What belongs to it.
const FILES: &[&str] = &[
    "eyes.mjs",
    "lines.mjs",
    "look.mjs",
    "person.mjs",
    "walk.mjs",
    "package.json",
    "package-lock.json",
];

/// The pictures that documents show: sample, width and light, and what the file is called there.
const SHOWN: &[(&str, &str)] = &[
    ("live-gallery-1280-light.png", "console-gallery.png"),
    ("live-drawing-1280-dark.png", "console-viewer.png"),
    ("live-worker-item-390-light.png", "console-phone.png"),
];

/// How to take the pictures.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these sample pages, with commas between.
    #[arg(long, value_name = "NAMES")]
    only: Option<String>,
    /// Install nothing; fail when something is missing.
    #[arg(long)]
    no_install: bool,
}

/// The pages could not be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrowserError {
    #[error(transparent)]
    Package(#[from] packages::PackageError),
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Npm(#[from] NpmError),
}

/// Where the test that walks through the live pages looks for its program.
pub(crate) const BROWSER_VARIABLE: &str = "BAILEE_TEST_BROWSER";
/// Where that test puts pictures.
const PICTURES_VARIABLE: &str = "BAILEE_TEST_PICTURES";
/// The package whose tests walk.
pub(crate) const NEEDED_BY: &str = "bailee";

/// Takes a picture of every sample page and of the live pages, at two widths and in two lights; those that documents show go to
/// `docs/images`.
pub(crate) fn screenshots(workspace: &Workspace, options: &Options) -> Result<bool, BrowserError> {
    let pictures = workspace.target.join("screenshots");
    let mut good = true;
    for mut look in prepare(workspace, !options.no_install)? {
        look.arg("--pictures").arg(&pictures);
        if let Some(names) = &options.only {
            look.args(["--only", names]);
        }
        good &= npm::succeeds(&mut look);
    }
    if options.only.is_none() {
        good &= walk(workspace, &pictures);
    }
    for (from, to) in SHOWN {
        let (from, to) = (pictures.join(from), workspace.root.join("docs/images").join(to));
        if options.only.is_none() {
            fs::copy(&from, &to).map_err(|source| BrowserError::File { path: from, source })?;
        }
    }
    println!("pictures are in {}", pictures.display());
    Ok(good)
}

/// Looks at every sample page without keeping pictures; true when nothing was found.
pub(crate) fn check(workspace: &Workspace, may_install: bool) -> Result<bool, BrowserError> {
    let mut good = true;
    for mut look in prepare(workspace, may_install)? {
        // What one finds does not keep the others from looking.
        good &= npm::succeeds(&mut look);
    }
    Ok(good)
}

/// Takes pictures of the live pages on the way that the test goes.
fn walk(workspace: &Workspace, pictures: &Path) -> bool {
    let mut walk = Command::new(cargo());
    walk.current_dir(&workspace.root)
        .args(["test", "--quiet", "--workspace", "--test", "console"])
        .arg("a_team_walks_through_the_console_on_sqlite")
        .env(BROWSER_VARIABLE, workspace.target.join("browser"))
        .env(PICTURES_VARIABLE, pictures);
    npm::succeeds(&mut walk)
}

/// The folder with both programs and what they need.
pub(crate) fn folder(workspace: &Workspace, may_install: bool) -> Result<PathBuf, BrowserError> {
    packages::browser(may_install)?;
    let folder = workspace.target.join("browser");
    npm::install(&workspace.root.join(PROGRAM), FILES, &folder, may_install)?;
    Ok(folder)
}

/// The looking program, ready to run on the pages of each, which were just written.
fn prepare(workspace: &Workspace, may_install: bool) -> Result<Vec<Command>, BrowserError> {
    let folder = folder(workspace, may_install)?;
    // All of the workspace, as the tests are built: for one package alone, half of what it stands on would be built again.
    let mut build = Command::new(cargo());
    build
        .current_dir(&workspace.root)
        .args(["build", "--quiet", "--workspace"]);
    for (example, _) in SAMPLES {
        build.args(["--example", example]);
    }
    npm::step(&mut build)?;
    let looks = SAMPLES.iter().map(|(example, pages)| {
        let pages = workspace.target.join(pages);
        npm::step(Command::new(workspace.target.join("debug/examples").join(example)).arg(&pages))?;
        let mut look = Command::new(packages::NODE);
        look.arg(folder.join("look.mjs")).arg(pages);
        Ok(look)
    });
    looks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_the_looking_program_is_exact() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = fs::read_to_string(root.join(PROGRAM).join("package.json")).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let versions = read["dependencies"].as_object().unwrap();
        assert!(!versions.is_empty());
        for (name, version) in versions {
            assert!(
                version
                    .as_str()
                    .unwrap()
                    .starts_with(|c: char| c.is_ascii_digit()),
                "{name}"
            );
        }
    }
}
