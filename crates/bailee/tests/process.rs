//! The binary as an operator meets it: starts, refusals, exit codes, signals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn root_key(&self) -> PathBuf {
        self.data().join("keys").join("root.key")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command
            .env("BAILEE_DATA", self.data())
            .env("BAILEE_LISTEN", "127.0.0.1:0");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts the server and waits for the line that says so; gives the lines on standard output until then.
    fn serve(&self, more: &[&str]) -> Server {
        let mut child = self
            .command(&[&["serve"], more].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Clients trust it") {
            if output.read_line(&mut said).unwrap() == 0 {
                let mut errors = String::new();
                child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("the server did not start: {errors}");
            }
        }
        Server { child, said }
    }

    /// Starts, stops, and gives what was said at the start.
    fn first_start(&self, more: &[&str]) -> String {
        let server = self.serve(more);
        let said = server.said.clone();
        assert!(server.stop(Signal::TERM).0);
        said
    }
}

struct Server {
    child: Child,
    said: String,
}

impl Server {
    /// Sends the signal; gives whether it ended well, and its log.
    fn stop(mut self, signal: Signal) -> (bool, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (self.child.wait().unwrap().success(), log)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn operator_key(said: &str) -> Option<&str> {
    said.lines()
        .map(str::trim)
        .find(|line| line.starts_with("bailee_"))
}

/// The secret of a key's text, whole: base64url has underscores of its own.
fn secret_of(key: &str) -> &str {
    key.splitn(3, '_').nth(2).unwrap()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_under(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn holds(path: &Path, needle: &str) -> bool {
    std::fs::read(path)
        .unwrap()
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[test]
fn the_first_start_shows_the_operators_key_once_and_keeps_it_nowhere() {
    let place = Place::new();
    let server = place.serve(&[]);
    let said = server.said.clone();
    let key = operator_key(&said).unwrap();
    let secret = secret_of(key);
    let (ended_well, log) = server.stop(Signal::TERM);
    assert!(ended_well && !log.contains(secret), "{log}");
    let files = files_under(&place.data());
    assert!(files.len() > 5 && !files.iter().any(|path| holds(path, secret)));

    let second = place.serve(&[]);
    assert_eq!(operator_key(&second.said), None);
    assert!(second.stop(Signal::INT).0);
}

#[test]
fn the_operators_key_can_go_to_a_file_of_its_own() {
    let place = Place::new();
    let said = place.first_start(&["--operator-key-file", "operator.key"]);
    assert_eq!(operator_key(&said), None);
    let file = place.0.path().join("operator.key");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("bailee_"));
    assert_eq!(bailee::files::mode(&file).unwrap(), 0o600);
}

#[test]
fn a_missing_root_key_stops_the_start_with_the_mend_and_is_not_made_anew() {
    let place = Place::new();
    place.first_start(&[]);
    let wanted = place.json(&["keys", "show", "--json"])["root"]
        .as_str()
        .unwrap()
        .to_owned();
    std::fs::remove_file(place.root_key()).unwrap();
    let refused = place.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(
        said.contains(&wanted) && said.contains("bring the file back"),
        "{said}"
    );
    assert!(!place.root_key().exists());
    assert!(refused.stdout.is_empty());
}

#[test]
fn a_wrong_root_key_stops_the_start() {
    let place = Place::new();
    place.first_start(&[]);
    std::fs::remove_file(place.root_key()).unwrap();
    assert!(place.run(&["keys", "create"]).status.success());
    let refused = place.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("start with the right one"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn a_protected_root_key_needs_its_passphrase() {
    let place = Place::new();
    std::fs::write(place.0.path().join("passphrase"), "correct horse\n").unwrap();
    std::fs::write(place.0.path().join("other"), "battery staple\n").unwrap();
    place.first_start(&[]);
    let protect = place.run(&["keys", "protect", "--new-passphrase-file", "passphrase"]);
    assert!(protect.status.success(), "{}", text(&protect.stderr));
    for (arguments, reason) in [
        (&["serve"][..], "--root-passphrase-file"),
        (&["serve", "--root-passphrase-file", "other"], "wrong passphrase"),
        (
            &["serve", "--root-passphrase-file", "nowhere"],
            "nowhere is not there",
        ),
    ] {
        let refused = place.run(arguments);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            text(&refused.stderr).contains(reason),
            "{}",
            text(&refused.stderr)
        );
    }
    assert!(
        place
            .serve(&["--root-passphrase-file", "passphrase"])
            .stop(Signal::TERM)
            .0
    );
}

#[test]
fn a_new_root_key_takes_over_and_the_old_one_is_of_no_use() {
    let place = Place::new();
    place.first_start(&[]);
    let old_file = std::fs::read(place.root_key()).unwrap();
    let old = place.json(&["keys", "show", "--json"])["root"].clone();

    let rotated = place.json(&["keys", "rotate", "--json"]);
    assert_eq!(
        (&rotated["before"], &rotated["tenants"]),
        (&old, &serde_json::json!(1))
    );
    let shown = place.json(&["keys", "show", "--json"]);
    assert_eq!(shown["root"], shown["installation_wants"]);
    assert_ne!(shown["root"], old);
    assert_eq!(shown["older"], serde_json::json!([]));
    assert!(place.serve(&[]).stop(Signal::TERM).0);

    bailee::files::replace(&place.root_key(), &old_file, 0o600).unwrap();
    assert_eq!(place.run(&["serve"]).status.code(), Some(2));
}

#[test]
fn a_rotation_that_was_interrupted_goes_on() {
    let place = Place::new();
    place.first_start(&[]);
    let old = place.json(&["keys", "show", "--json"])["root"]
        .as_str()
        .unwrap()
        .to_owned();
    let older = place.data().join("keys").join("older");
    std::fs::create_dir(&older).unwrap();

    // It ended after the old key was put aside and before the new one was made: a new one is made now.
    std::fs::copy(place.root_key(), older.join(format!("{old}.key"))).unwrap();
    assert!(place.serve(&[]).stop(Signal::TERM).0);
    let second = place.json(&["keys", "rotate", "--json"]);
    assert_eq!(
        (&second["went_on"], &second["before"]),
        (&false.into(), &old.into())
    );

    // It ended after the new key was made and before anything was under it: no other is made.
    let second = second["root"].as_str().unwrap().to_owned();
    std::fs::rename(place.root_key(), older.join(format!("{second}.key"))).unwrap();
    assert!(place.run(&["keys", "create"]).status.success());
    let third = place.json(&["keys", "show", "--json"])["root"].clone();
    assert!(place.serve(&[]).stop(Signal::TERM).0);
    let went_on = place.json(&["keys", "rotate", "--json"]);
    assert_eq!((&went_on["went_on"], &went_on["root"]), (&true.into(), &third));
    let shown = place.json(&["keys", "show", "--json"]);
    assert_eq!(
        (&shown["installation_wants"], &shown["older"]),
        (&third, &serde_json::json!([]))
    );
}

#[test]
fn one_process_uses_a_data_folder() {
    let place = Place::new();
    let server = place.serve(&[]);
    for arguments in [&["serve"][..], &["keys", "rotate"]] {
        let refused = place.run(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("another process uses"),
            "{}",
            text(&refused.stderr)
        );
    }
    assert!(server.stop(Signal::TERM).0);
}

#[test]
fn a_port_in_use_leaves_no_installation_behind() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = place.run(&["serve", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains(&address),
        "{}",
        text(&refused.stderr)
    );
    drop(taken);
    assert!(operator_key(&place.first_start(&[])).is_some());
}

#[test]
fn clear_http_beyond_this_host_is_refused() {
    let refused = Place::new().run(&["serve", "--plain-http", "0.0.0.0:8080"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("loopback"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn a_misspelt_key_stops_the_start() {
    let place = Place::new();
    std::fs::write(place.0.path().join("bailee.toml"), "[limit]\nitem_bytes = 5\n").unwrap();
    let refused = place.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("`limits.item_bytes`"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn the_doctor_answers_programs_and_its_exit_code_says_whether_something_failed() {
    let place = Place::new();
    place.first_start(&[]);
    let found = place.json(&["doctor", "--json"]);
    assert!(
        found
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["verdict"] != "fail"),
        "{found}"
    );
    std::fs::remove_file(place.root_key()).unwrap();
    let failed = place.run(&["doctor"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        text(&failed.stdout).contains("FAIL  root key"),
        "{}",
        text(&failed.stdout)
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
fn requests_leave_one_log_line_each_with_nothing_of_theirs_in_it() {
    let place = Place::new();
    let server = place.serve(&[]);
    let url = server
        .said
        .lines()
        .find_map(|line| line.strip_prefix("Bailee serves at "))
        .unwrap()
        .to_owned();
    let key = operator_key(&server.said).unwrap().to_owned();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = std::fs::read(place.data().join("tls").join("ca.pem")).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let operations: Vec<String> = runtime.block_on(async {
        let mut operations = Vec::new();
        for (path, status) in [
            ("/v1/health", 200),
            ("/v1/tenants?limit=7", 200),
            ("/v1/items/marker-in-path?marker-in-query=1", 404),
            ("/marker%0aforged", 404),
        ] {
            let asked = client
                .get(format!("{url}{path}"))
                .bearer_auth(&key)
                .header("user-agent", "marker-in-header")
                .send();
            let answer = asked.await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{path}");
            operations.push(answer.headers()["bailee-operation"].to_str().unwrap().to_owned());
        }
        operations
    });
    // Otherwise the server waits for a connection that nobody serves on this side.
    drop((client, runtime));
    let (_, log) = server.stop(Signal::TERM);
    assert!(!log.contains("marker") && !log.contains(secret_of(&key)), "{log}");
    for operation in operations {
        assert_eq!(
            log.lines().filter(|line| line.contains(&operation)).count(),
            1,
            "{log}"
        );
    }
    assert!(log.contains("route=\"/v1/tenants\" status=200"), "{log}");
    assert!(log.contains("route=\"unmatched\" status=404"), "{log}");
}
