//! The S3 clients and readers of documents that the tests run: Python programs of fixed versions, each family in an environment of its own.
//!
//! Promises: one virtual environment below the target folder for every file of requirements in the tree; made anew when
//! that file changed or the environment does not run, left alone otherwise. Leaves out: choosing versions, which the
//! files do to the last dependency, and any network after the installation.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::metadata::Workspace;
use crate::packages;

/// Where the tests look for the folder with the environments.
pub(crate) const CLIENTS_VARIABLE: &str = "BAILEE_TEST_CLIENTS";

/// The packages whose tests need them.
pub(crate) const NEEDED_BY: [&str; 2] = ["bailee", "evidence"];

/// Where the files of requirements are, from the root of the workspace.
const REQUIREMENTS: &str = "crates/bailee/tests/clients";

/// The copy of its requirements that a finished environment holds.
const STAMP: &str = "installed.txt";

/// The clients could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientsError {
    #[error(transparent)]
    Package(#[from] packages::PackageError),
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the S3 clients of {} are not installed, and --no-install forbids it; run without it once", requirements.display())]
    Forbidden { requirements: PathBuf },
    #[error("installing {} failed at `{command}`; see above, and try again", requirements.display())]
    Failed { requirements: PathBuf, command: String },
}

/// The folder with all environments, complete.
pub(crate) fn prepare(workspace: &Workspace, may_install: bool) -> Result<PathBuf, ClientsError> {
    let folder = workspace.target.join("clients");
    for requirements in lists(&workspace.root.join(REQUIREMENTS))? {
        let environment = folder.join(name_of(&requirements).unwrap_or_default());
        if is_current(&environment, &requirements)? {
            continue;
        }
        if !may_install {
            return Err(ClientsError::Forbidden { requirements });
        }
        packages::python(may_install)?;
        install(&environment, &requirements)?;
    }
    Ok(folder)
}

/// The files of requirements in a folder, in the order of their names.
fn lists(folder: &Path) -> Result<Vec<PathBuf>, ClientsError> {
    let entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(failed(folder))?;
    let mut lists: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    lists.retain(|path| name_of(path).is_some());
    lists.sort();
    Ok(lists)
}

/// `requirements-s3fs.txt` is for the environment `s3fs`; other files are for none.
fn name_of(requirements: &Path) -> Option<&str> {
    let name = requirements.file_name()?.to_str()?;
    name.strip_prefix("requirements-")?.strip_suffix(".txt")
}

/// Whether it was finished with these very requirements and its Python still runs.
fn is_current(environment: &Path, requirements: &Path) -> Result<bool, ClientsError> {
    let wanted = fs::read(requirements).map_err(failed(requirements))?;
    // An unfinished environment has no stamp.
    let installed = fs::read(environment.join(STAMP)).unwrap_or_default();
    Ok(wanted == installed && runs(&python_of(environment)))
}

fn install(environment: &Path, requirements: &Path) -> Result<(), ClientsError> {
    println!(
        "S3 clients: installing {} into {}",
        requirements.display(),
        environment.display()
    );
    if environment.exists() {
        fs::remove_dir_all(environment).map_err(failed(environment))?;
    }
    let step = |command: &mut Command| match command.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(ClientsError::Failed {
            requirements: requirements.to_owned(),
            command: format!("{command:?}"),
        }),
    };
    step(
        Command::new(packages::PYTHON)
            .args(["-m", "venv"])
            .arg(environment),
    )?;
    // The list is complete; looking for more takes minutes.
    let words = ["install", "--quiet", "--no-input", "--no-deps", "--requirement"];
    step(pip(environment).args(words).arg(requirements))?;
    step(pip(environment).arg("check"))?;
    fs::copy(requirements, environment.join(STAMP)).map_err(failed(environment))?;
    Ok(())
}

fn pip(environment: &Path) -> Command {
    let mut command = Command::new(python_of(environment));
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    command
}

fn python_of(environment: &Path) -> PathBuf {
    environment.join("bin").join("python")
}

fn runs(python: &Path) -> bool {
    Command::new(python)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ClientsError {
    let path = path.to_owned();
    |source| ClientsError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with this list of requirements, and an environment in it that has these installed.
    fn workspace(folder: &Path, wanted: &str, installed: Option<&str>) -> Workspace {
        let lists = folder.join(REQUIREMENTS);
        fs::create_dir_all(&lists).unwrap();
        fs::write(lists.join("requirements-tools.txt"), wanted).unwrap();
        fs::write(lists.join("main.rs"), "").unwrap();
        let environment = folder.join("target/clients/tools");
        fs::create_dir_all(environment.join("bin")).unwrap();
        // Any program that knows `--version` is a Python here.
        std::os::unix::fs::symlink("/bin/true", python_of(&environment)).unwrap();
        if let Some(text) = installed {
            fs::write(environment.join(STAMP), text).unwrap();
        }
        Workspace {
            root: folder.to_owned(),
            target: folder.join("target"),
            packages: Vec::new(),
        }
    }

    #[test]
    fn what_is_installed_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path(), "boto3==1\n", Some("boto3==1\n"));
        assert_eq!(
            prepare(&workspace, false).unwrap(),
            folder.path().join("target/clients")
        );
    }

    #[test]
    fn changed_requirements_and_broken_environments_are_not_used() {
        for (installed, runs) in [
            (Some("boto3==1\n"), true),
            (None, true),
            (Some("boto3==2\n"), false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let workspace = workspace(folder.path(), "boto3==2\n", installed);
            if !runs {
                fs::remove_file(python_of(&folder.path().join("target/clients/tools"))).unwrap();
            }
            let told = prepare(&workspace, false).unwrap_err().to_string();
            assert!(
                told.contains("requirements-tools.txt") && told.contains("--no-install"),
                "{told}"
            );
        }
    }

    #[test]
    fn every_version_of_the_clients_is_exact() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let lists = lists(&root.join(REQUIREMENTS)).unwrap();
        assert!(!lists.is_empty());
        for list in lists {
            let text = fs::read_to_string(&list).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                assert!(line.contains("=="), "{}: {line}", list.display());
            }
        }
    }
}
