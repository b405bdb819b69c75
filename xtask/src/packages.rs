//! The tools a test run needs and a fresh machine may lack.
//!
//! Promises: finds PostgreSQL's server programs, a Python that makes environments, and rustup's components; installs what is missing when that is
//! allowed and possible, and otherwise says exactly what to type. Leaves out: systems without apt-get, which get the
//! words only.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::metadata::cargo;

/// Where Debian and its children keep PostgreSQL, one folder per major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// What a PostgreSQL server needs: one program makes its folder, the other serves it.
const SERVER_PROGRAMS: &[&str] = &["initdb", "postgres"];

/// The Python that the S3 clients of the tests run on.
pub(crate) const PYTHON: &str = "python3";

/// What runs the program that looks at pages.
pub(crate) const NODE: &str = "node";

/// What looking at pages needs: the program that answers `--version`, and the Debian package it comes in.
const BROWSER: &[(&str, &str)] = &[("chromium", "chromium"), (NODE, "nodejs"), ("npm", "npm")];

/// What the test that counts packets makes a network with.
const NETWORK: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
];

/// Folders that are in root's path alone, of which some of them are in one.
const ROOTS_PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// Something is missing and could not be installed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum PackageError {
    #[error("{} lacks {}; name the folder that holds both with --postgres-bin", folder.display(), SERVER_PROGRAMS.join(" or "))]
    WrongFolder { folder: PathBuf },
    #[error(
        "PostgreSQL's server programs (initdb, postgres) are neither in PATH nor below {DEBIAN_FOLDER}, and {why}.\n\
         Half of the tests run on PostgreSQL and are not skipped. Install it and try again:\n\
         \x20   Debian, Ubuntu:  apt-get install -y postgresql\n\
         \x20   Fedora:          dnf install -y postgresql-server\n\
         or name the folder of its programs with --postgres-bin DIR"
    )]
    NoPostgres { why: String },
    #[error(
        "there is no {PYTHON} that makes virtual environments, and {why}.\n\
         The S3 surface is tested with real clients, which run on it and are not skipped. Install it and try again:\n\
         \x20   Debian, Ubuntu:  apt-get install -y python3-venv python3-pip\n\
         \x20   Fedora:          dnf install -y python3-pip"
    )]
    NoPython { why: String },
    #[error(
        "{} is missing, and {why}.\n\
         The console's pages are looked at in a real browser and are not skipped. Install it and try again:\n\
         \x20   Debian, Ubuntu:  apt-get install -y chromium nodejs npm fonts-inter\n\
         \x20   Fedora:          dnf install -y chromium nodejs npm rsms-inter-fonts", what.join(", ")
    )]
    NoBrowser { what: Vec<&'static str>, why: String },
    #[error(
        "{} is missing, and {why}.\n\
         That no packet leaves for a host which is not listed is counted in a network of its own, and not skipped. Install it and try again:\n\
         \x20   Debian, Ubuntu:  apt-get install -y iproute2 util-linux\n\
         \x20   Fedora:          dnf install -y iproute util-linux", what.join(", ")
    )]
    NoNetwork { what: Vec<&'static str>, why: String },
    #[error("`cargo {command}` is missing, and {why}; type `rustup component add {component}` and try again")]
    NoComponent {
        command: String,
        component: String,
        why: String,
    },
}

/// The folder with PostgreSQL's server programs; installs them when they are missing and `may_install` says so.
pub(crate) fn postgres(chosen: Option<&Path>, may_install: bool) -> Result<PathBuf, PackageError> {
    if let Some(folder) = chosen {
        let wrong = || PackageError::WrongFolder {
            folder: folder.to_owned(),
        };
        return first_complete(&[folder.to_owned()]).ok_or_else(wrong);
    }
    let find = || {
        first_complete(&usual_places(
            &env::var_os("PATH").unwrap_or_default(),
            Path::new(DEBIAN_FOLDER),
        ))
    };
    if let Some(folder) = find() {
        return Ok(folder);
    }
    let missing = |why: &str| PackageError::NoPostgres { why: why.to_owned() };
    if !may_install {
        return Err(missing("--no-install forbids installing them"));
    }
    apt_install("PostgreSQL", &["postgresql"]).map_err(|why| missing(&why))?;
    find().ok_or_else(|| missing("installing the package `postgresql` did not bring them"))
}

/// Makes sure that Python makes virtual environments with pip in them; installs what is missing when that is allowed.
pub(crate) fn python(may_install: bool) -> Result<(), PackageError> {
    // Debian's Python comes without the second, and fails only half-way.
    let complete = || {
        succeeds(
            Command::new(PYTHON)
                .args(["-c", "import venv, ensurepip"])
                .stderr(Stdio::null()),
        )
    };
    if complete() {
        return Ok(());
    }
    let missing = |why: &str| PackageError::NoPython { why: why.to_owned() };
    if !may_install {
        return Err(missing("--no-install forbids installing it"));
    }
    let packages = ["python3-venv", "python3-pip"];
    apt_install("Python's venv", &packages).map_err(|why| missing(&why))?;
    if complete() {
        return Ok(());
    }
    Err(missing(&format!(
        "installing the packages `{}` did not bring one",
        packages.join(" ")
    )))
}

/// Makes sure that there is a browser, and what drives it; installs what is missing when that is allowed.
pub(crate) fn browser(may_install: bool) -> Result<(), PackageError> {
    // The type that pages are set in comes along, so that pictures look the same everywhere.
    programs(BROWSER, "a browser for the pages", &["fonts-inter"], may_install)
        .map_err(|(what, why)| PackageError::NoBrowser { what, why })
}

/// Makes sure that networks can be made for tests; installs what is missing when that is allowed.
pub(crate) fn network(may_install: bool) -> Result<(), PackageError> {
    programs(NETWORK, "what makes networks for tests", &[], may_install)
        .map_err(|(what, why)| PackageError::NoNetwork { what, why })
}

/// Makes sure that programs run, each from its package, or says which do not and why. What comes along is installed with the first of them.
fn programs(
    wanted: &[(&'static str, &str)],
    what: &str,
    along: &[&str],
    may_install: bool,
) -> Result<(), (Vec<&'static str>, String)> {
    let lacking =
        || -> Vec<&(&'static str, &str)> { wanted.iter().filter(|(program, _)| !answers(program)).collect() };
    let missing = |lacking: Vec<&(&'static str, _)>, why: &str| {
        let names = lacking.iter().map(|(program, _)| *program).collect();
        Err((names, why.to_owned()))
    };
    let first = lacking();
    if first.is_empty() {
        return Ok(());
    }
    if !may_install {
        return missing(first, "--no-install forbids installing it");
    }
    let packages: Vec<&str> = first
        .iter()
        .map(|(_, package)| *package)
        .chain(along.iter().copied())
        .collect();
    if let Err(why) = apt_install(what, &packages) {
        return missing(first, &why);
    }
    match lacking() {
        rest if rest.is_empty() => Ok(()),
        rest => missing(rest, "installing its package did not bring it"),
    }
}

/// Whether a program says its version in one way or the other, from a folder for everybody's programs or for root's.
fn answers(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = env::join_paths(env::split_paths(&path).chain(env::split_paths(ROOTS_PATH)));
    let places = places.unwrap_or(path);
    ["--version", "-V"].iter().any(|version| {
        let mut command = Command::new(program);
        command.arg(version).env("PATH", &places);
        succeeds(command.stdout(Stdio::null()).stderr(Stdio::null()))
    })
}

/// Makes sure that `cargo <command>` runs, by adding rustup's component when it does not.
pub(crate) fn component(command: &str, component: &str, may_install: bool) -> Result<(), PackageError> {
    if cargo_has(command) {
        return Ok(());
    }
    let missing = |why: &str| PackageError::NoComponent {
        command: command.to_owned(),
        component: component.to_owned(),
        why: why.to_owned(),
    };
    if !may_install {
        return Err(missing("--no-install forbids adding it"));
    }
    if succeeds(Command::new("rustup").args(["component", "add", component])) && cargo_has(command) {
        return Ok(());
    }
    Err(missing("rustup could not add it"))
}

/// Whether cargo knows a subcommand.
pub(crate) fn cargo_has(command: &str) -> bool {
    succeeds(
        Command::new(cargo())
            .args([command, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )
}

/// PATH first, then Debian's folders, the newest version first.
fn usual_places(path: &OsStr, debian: &Path) -> Vec<PathBuf> {
    let versions = fs::read_dir(debian).into_iter().flatten().flatten();
    let mut numbered: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    numbered.sort();
    env::split_paths(path)
        .chain(numbered.into_iter().rev().map(|(_, folder)| folder))
        .collect()
}

fn first_complete(folders: &[PathBuf]) -> Option<PathBuf> {
    folders
        .iter()
        .find(|folder| {
            SERVER_PROGRAMS
                .iter()
                .all(|program| folder.join(program).is_file())
        })
        .cloned()
}

/// Installs Debian packages, after reading the lists of packages if they are not found at first.
fn apt_install(what: &str, packages: &[&str]) -> Result<(), String> {
    let prefix = privilege().ok_or("this is neither root nor an account with sudo that asks no password")?;
    if !succeeds(
        Command::new("apt-get")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    ) {
        return Err("this system has no apt-get".to_owned());
    }
    let install = apt_line(prefix, &[&["install", "-y"], packages].concat());
    eprintln!("xtask: {what} is missing; running `{}`", install.join(" "));
    if succeeds(&mut command(&install))
        || (succeeds(&mut command(&apt_line(prefix, &["update"]))) && succeeds(&mut command(&install)))
    {
        return Ok(());
    }
    Err(format!("`{}` failed", install.join(" ")))
}

/// What to write before a command that needs root; nothing when there is no way to become root without asking.
fn privilege() -> Option<&'static [&'static str]> {
    let user = Command::new("id").arg("-u").output().ok()?;
    if user.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    let sudo = succeeds(
        Command::new("sudo")
            .args(["-n", "true"])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    sudo.then_some(&["sudo", "-n"])
}

/// A whole command line of apt-get that asks nothing.
fn apt_line(prefix: &[&str], arguments: &[&str]) -> Vec<String> {
    let base = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    [prefix, &base, arguments]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn command(line: &[String]) -> Command {
    let mut words = line.iter();
    let mut command = Command::new(words.next().map(String::as_str).unwrap_or_default());
    command.args(words);
    command
}

/// A program that is not there did not succeed either.
fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(parent: &Path, name: &str, programs: &[&str]) -> PathBuf {
        let folder = parent.join(name);
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_counts_only_with_all_server_programs() {
        let root = tempfile::tempdir().unwrap();
        let client_only = folder_with(root.path(), "client", &["psql", "postgres"]);
        let complete = folder_with(root.path(), "server", SERVER_PROGRAMS);
        assert_eq!(
            first_complete(&[client_only.clone(), complete.clone()]),
            Some(complete)
        );
        assert_eq!(first_complete(&[client_only]), None);
    }

    #[test]
    fn path_comes_first_and_then_the_newest_version() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17", "common"] {
            folder_with(root.path(), &format!("{version}/bin"), SERVER_PROGRAMS);
        }
        let path = env::join_paths(["/first", "/second"]).unwrap();
        let below = |version: &str| root.path().join(version).join("bin");
        let expected = [
            PathBuf::from("/first"),
            "/second".into(),
            below("17"),
            below("15"),
            below("9"),
        ];
        assert_eq!(usual_places(&path, root.path()), expected);
        assert_eq!(usual_places(&path, &root.path().join("nowhere")).len(), 2);
    }

    #[test]
    fn a_chosen_folder_is_taken_or_refused_but_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        let complete = folder_with(root.path(), "server", SERVER_PROGRAMS);
        assert_eq!(postgres(Some(&complete), false), Ok(complete));
        let empty = folder_with(root.path(), "empty", &[]);
        assert_eq!(
            postgres(Some(&empty), true),
            Err(PackageError::WrongFolder { folder: empty })
        );
    }

    #[test]
    fn the_command_asks_nothing() {
        let line = apt_line(&["sudo", "-n"], &["install", "-y", "postgresql"]).join(" ");
        assert_eq!(
            line,
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y postgresql"
        );
    }

    #[test]
    fn the_message_says_what_to_type() {
        let text = PackageError::NoPostgres {
            why: "--no-install forbids installing them".into(),
        }
        .to_string();
        assert!(text.contains("apt-get install -y postgresql"), "{text}");
        assert!(text.contains("--postgres-bin DIR"), "{text}");
        let text = PackageError::NoPython {
            why: "--no-install forbids installing it".into(),
        }
        .to_string();
        assert!(
            text.contains("apt-get install -y python3-venv python3-pip"),
            "{text}"
        );
    }
}
