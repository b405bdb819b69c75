//! What must not start does not: exit code 2 for what has to be mended first (1 where the surroundings are to blame), one
//! sentence with the mend, nothing on standard output, nothing changed on the disk.
//!
//! `process.rs` has starts, stops, rotation and passphrases; here are the wrong keys, the wrong files and the wrong rights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Output;

use store::StoreError;
use support::place::{files_under, finish, text};
use support::{Place, Postgres, Server};

/// A place whose installation was made and stopped.
fn installed() -> Place {
    let place = Place::on_sqlite();
    Server::start(&place).stop();
    place
}

/// What lies in the data folder. The database's file is compared by what was recorded in it: when it was last tidied up is
/// its own affair.
fn contents(place: &Place) -> (BTreeMap<PathBuf, Vec<u8>>, u64) {
    let kept = files_under(place.data())
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("bailee.db"));
    let kept = kept
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    (
        kept,
        if place.data().join("bailee.db").exists() {
            events(place)
        } else {
            0
        },
    )
}

fn events(place: &Place) -> u64 {
    let counted = place
        .open_database()
        .read_blocking(|tx| tx.one("SELECT count(*) FROM event", &[])?.get::<i64>(0));
    let counted: Result<i64, StoreError> = counted;
    u64::try_from(counted.unwrap()).unwrap()
}

/// Tries to start, and checks that it is refused for this reason and changes nothing.
fn refused(place: &Place, arguments: &[&str], code: i32, reasons: &[&str]) {
    let before = contents(place);
    let output = place.run(&[&["serve"], arguments].concat());
    assert_refused(&output, code, reasons);
    assert!(
        contents(place) == before,
        "a refused start has changed the data folder"
    );
}

fn assert_refused(output: &Output, code: i32, reasons: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}{}", text(&output.stdout));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    let last = said
        .lines()
        .rfind(|line| line.starts_with("bailee: "))
        .unwrap_or_else(|| panic!("no sentence: {said}"));
    for reason in reasons {
        assert!(last.contains(reason), "{reason:?} is missing: {last}");
    }
}

#[test]
fn the_root_key_of_another_installation_is_refused() {
    let (ours, theirs) = (installed(), installed());
    let right = std::fs::read(ours.root_key()).unwrap();
    std::fs::copy(theirs.root_key(), ours.root_key()).unwrap();
    refused(&ours, &[], 2, &["start with the right one"]);
    std::fs::write(ours.root_key(), right).unwrap();
    Server::start(&ours).stop();
}

#[test]
fn the_root_key_of_another_installation_is_refused_on_postgres() {
    let postgres = Postgres::start();
    let [ours, theirs] = ["ours", "theirs"].map(|name| Place::on_postgres(postgres.database(name)));
    Server::start(&ours).stop();
    Server::start(&theirs).stop();
    std::fs::copy(theirs.root_key(), ours.root_key()).unwrap();
    refused(&ours, &[], 2, &["start with the right one"]);
}

#[test]
fn a_missing_root_key_is_refused_and_not_replaced() {
    let place = installed();
    std::fs::remove_file(place.root_key()).unwrap();
    refused(&place, &[], 2, &["root.key is not there", "bring the file back"]);
}

#[test]
fn a_root_key_file_with_any_line_changed_is_refused() {
    let place = installed();
    let right = std::fs::read(place.root_key()).unwrap();
    for at in changed_places(&right) {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        std::fs::write(place.root_key(), &wrong).unwrap();
        refused(&place, &[], 2, &["root key"]);
    }
    for wrong in [&right[..right.len() / 2], b"", b"\xff\xfe"] {
        std::fs::write(place.root_key(), wrong).unwrap();
        refused(&place, &[], 2, &["root.key"]);
    }
    std::fs::write(place.root_key(), right).unwrap();
    Server::start(&place).stop();
}

/// The middle of every line of the file that is not a comment.
fn changed_places(file: &[u8]) -> Vec<usize> {
    let file = std::str::from_utf8(file).unwrap();
    let mut places = Vec::new();
    let mut start = 0;
    for line in file.split_inclusive('\n') {
        if !line.starts_with('#') && !line.trim().is_empty() {
            places.extend([
                start + 1,
                start + line.len() / 2,
                start + line.trim_end().len() - 1,
            ]);
        }
        start += line.len();
    }
    assert!(places.len() >= 6, "{places:?}");
    places
}

#[test]
fn configuration_that_does_not_fit_is_refused_with_the_key_and_what_would_fit() {
    let place = Place::on_sqlite();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--listen", "localhost"], &["listen", "127.0.0.1:8443"]),
        (&["--database", "mysql://x"], &["database", "postgres://"]),
        (
            &["--limits-item-bytes", "many"],
            &["limits.item_bytes", "number of bytes"],
        ),
        (
            &["--limits-inline-bytes", "99999999"],
            &["limits.inline_bytes", "1048576"],
        ),
        (
            &["--tls-certificate", "chain.pem"],
            &["tls.certificate", "tls.key"],
        ),
        (&["--public-url", "http://x"], &["public_url", "https://"]),
        (&["--plain-http", "0.0.0.0:80"], &["plain_http", "loopback"]),
        (&["--log-format", "xml"], &["log.format", "json"]),
        (&["--config", "nowhere.toml"], &["nowhere.toml"]),
    ];
    for (arguments, reasons) in cases {
        refused(&place, arguments, 2, reasons);
    }
    for (file, reasons) in [
        ("listne = \"127.0.0.1:1\"\n", "`listen`"),
        ("listen = \n", "bailee.toml"),
        ("[limits]\nitem_bytes = true\n", "limits.item_bytes"),
    ] {
        std::fs::write(place.path().join("bailee.toml"), file).unwrap();
        refused(&place, &[], 2, &[reasons]);
    }
    assert!(
        !place.data().exists(),
        "a configuration that does not fit makes no folder"
    );
}

#[test]
fn a_port_in_use_is_named_and_leaves_nothing_behind() {
    let place = installed();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&place, &["--listen", &address], 1, &[&address]);
}

#[test]
fn a_database_that_does_not_answer_is_named() {
    let place = Place::on_postgres("postgres://nobody@127.0.0.1:1/none".to_owned());
    let output = place.run(&["serve"]);
    assert_refused(&output, 1, &["database server"]);
}

#[test]
fn a_data_folder_that_may_not_be_written_is_named_with_the_mend() {
    let place = Place::on_sqlite();
    std::fs::create_dir(place.data()).unwrap();
    let output = as_somebody_without_rights(&place);
    assert_refused(&output, 1, &["data", "give that user the right"]);
    assert_eq!(files_under(place.data()), Vec::<PathBuf>::new());
}

/// Starts the server as a user who may read the folder and not write into it. Root may do anything, so that nobody has to
/// do it then, with a copy of the binary where nobody gets at it.
fn as_somebody_without_rights(place: &Place) -> Output {
    std::fs::set_permissions(place.data(), std::fs::Permissions::from_mode(0o555)).unwrap();
    if !rustix::process::geteuid().is_root() {
        return place.run(&["serve"]);
    }
    let open = tempfile::Builder::new().prefix("bailee-").tempdir().unwrap();
    std::fs::set_permissions(open.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (binary, data) = (open.path().join("bailee"), open.path().join("data"));
    std::fs::copy(env!("CARGO_BIN_EXE_bailee"), &binary).unwrap();
    std::fs::create_dir(&data).unwrap();
    chown(&data, Some(0), Some(0)).unwrap();
    let mut command = place.command_of(&binary, &["serve"]);
    command
        .current_dir(open.path())
        .env("BAILEE_DATA", &data)
        .uid(NOBODY)
        .gid(NOBODY);
    let output = finish(command);
    assert_eq!(files_under(&data), Vec::<PathBuf>::new());
    output
}

/// The user whom every Linux has for those who may nothing.
const NOBODY: u32 = 65_534;
