//! Programs of the tests that run on Node: installed below the target folder, in the exact versions of their lock files.
//!
//! Promises: what is installed stays until its lock file changes; no script of a package runs. Leaves out: Node itself.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// A program could not be installed or run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NpmError {
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the program in {} is not installed, and --no-install forbids it; run without it once", from.display())]
    Forbidden { from: PathBuf },
    #[error("`{0}` failed; see above, and try again")]
    Failed(String),
}

/// Copies a program's files to a folder, with what it needs beside them.
pub(crate) fn install(from: &Path, files: &[&str], folder: &Path, may_install: bool) -> Result<(), NpmError> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let lock = "package-lock.json";
    let wanted = fs::read(from.join(lock)).map_err(failed(from))?;
    let stamp = folder.join("installed.json");
    let current = fs::read(&stamp).is_ok_and(|installed| installed == wanted);
    if !current && !may_install {
        return Err(NpmError::Forbidden {
            from: from.to_owned(),
        });
    }
    for file in files {
        fs::copy(from.join(file), folder.join(file)).map_err(failed(&from.join(file)))?;
    }
    if !current {
        let words = ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        step(Command::new("npm").current_dir(folder).args(words))?;
        fs::write(&stamp, wanted).map_err(failed(&stamp))?;
    }
    Ok(())
}

/// Runs a command that must end well.
pub(crate) fn step(command: &mut Command) -> Result<(), NpmError> {
    match succeeds(command) {
        true => Ok(()),
        false => Err(NpmError::Failed(format!("{command:?}"))),
    }
}

/// Whether a command ends well; one that is not there does not.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> NpmError {
    let path = path.to_owned();
    |source| NpmError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[&str] = &["program.mjs", "package-lock.json"];

    /// A program's own files, in a folder with this stamp.
    fn installed(stamp: &str) -> Result<(), NpmError> {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(&from).unwrap();
        for file in FILES {
            fs::write(from.join(file), "1").unwrap();
        }
        let to = folder.path().join("to");
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("installed.json"), stamp).unwrap();
        install(&from, FILES, &to, false)
    }

    #[test]
    fn what_is_installed_stays_until_its_list_changes() {
        assert!(installed("1").is_ok());
        assert!(matches!(installed("2"), Err(NpmError::Forbidden { .. })));
    }
}
