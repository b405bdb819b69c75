//! The demo as a stranger runs it: the built program, from outside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a demo that cannot be run has nothing to say")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use bailee::demo::plaintext::{self, Marker};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// An empty place, with a home for the demo's data in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        command.arg("demo").args(["--data", "data", "--listen", "127.0.0.1:0"]).args(arguments);
        command.current_dir(self.0.path()).env_remove("BAILEE_LISTEN").stdin(Stdio::null());
        command
    }

    fn demo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A demo that must come out well, and what it said.
    fn story(&self, arguments: &[&str]) -> String {
        let ended = self.demo(arguments);
        assert_eq!(ended.status.code(), Some(0), "{}{}", text(&ended.stdout), text(&ended.stderr));
        text(&ended.stdout)
    }

    /// What is found in clear in the data folder.
    fn found(&self, markers: &[Marker]) -> Vec<plaintext::Find> {
        plaintext::search(&self.data(), markers).unwrap().found
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_story_is_told_and_ends_well() {
    let place = Place::new();
    let story = place.story(&["--exit"]);
    for part in ["northlight", "kindred", "parley", "veridian", "✗", "receipt is verified", "Try next"] {
        assert!(story.contains(part), "no {part} in:\n{story}");
    }
    assert!(!story.contains('\u{1b}'), "escapes are for terminals");
}

#[test]
fn no_word_of_the_made_data_lies_in_clear() {
    let place = Place::new();
    let ready: Value = serde_json::from_str(&place.story(&["--exit", "--json"])).unwrap();
    let mut markers = plaintext::markers();
    let keys = ready["tenants"].as_array().unwrap().iter().map(|tenant| tenant["api_key"].as_str().unwrap());
    markers.extend(keys.map(Marker::secret));
    let people = ready["tenants"].as_array().unwrap().iter().flat_map(|tenant| tenant["people"].as_array().unwrap());
    for person in people {
        let email = person["email"].as_str().unwrap();
        assert!(markers.iter().any(|marker| marker.bytes == email.as_bytes()), "{email} is not looked for");
    }
    assert!(place.data().join("log/bailee.log").metadata().unwrap().len() > 0, "the logs are looked through as well");
    assert!(place.data().join("bailee.db").exists() && place.data().join("objects").exists());
    assert_eq!(place.found(&markers), []);
}

/// The control of the test above.
#[test]
fn the_search_finds_every_marker_where_it_was_planted() {
    let place = Place::new();
    fs::create_dir_all(place.data().join("objects/ab")).unwrap();
    let mut markers = plaintext::markers();
    markers.push(Marker::secret(&format!("bailee_{}_{}", "0".repeat(32), "k".repeat(43))));
    for (at, marker) in markers.iter().enumerate() {
        let folder = if at % 2 == 0 { "objects/ab" } else { "" };
        let around = [vec![0; at * 37], marker.bytes.clone(), vec![0xff; 5]].concat();
        fs::write(place.data().join(folder).join(format!("file-{at}")), around).unwrap();
    }
    let found = place.found(&markers);
    for (at, marker) in markers.iter().enumerate() {
        let name = format!("file-{at}");
        let here = found.iter().any(|find| find.what == marker.what && find.file.ends_with(&name));
        assert!(here, "{} was planted and not found", marker.what);
    }
}

#[test]
fn for_programs_there_is_one_line_of_the_agreed_shape() {
    let place = Place::new();
    let line = place.story(&["--exit", "--json"]);
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(keys(&ready), ["api", "ca", "data", "s3", "tenants"]);
    assert!(ready["api"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    assert!(ready["s3"].is_null());
    for path in ["ca", "data"] {
        let path = Path::new(ready[path].as_str().unwrap());
        assert!(path.is_absolute() && path.exists(), "{}", path.display());
    }
    let tenants = ready["tenants"].as_array().unwrap();
    let businesses: Vec<&str> = tenants.iter().map(|tenant| tenant["business"].as_str().unwrap()).collect();
    assert_eq!(businesses, ["training-data", "crm", "ai-api", "identity"]);
    for tenant in tenants {
        let wanted = ["api_key", "business", "datasets", "id", "people", "s3_access_key", "s3_secret_key", "slug"];
        assert_eq!(keys(tenant), wanted);
        assert!(tenant["api_key"].as_str().unwrap().starts_with("bailee_"));
        assert!(tenant["s3_access_key"].is_null() && tenant["s3_secret_key"].is_null());
        assert!(!tenant["datasets"].as_array().unwrap().is_empty());
        let people = tenant["people"].as_array().unwrap();
        assert_eq!(people[0]["class"], "owner");
        assert!(people.iter().all(|person| keys(person) == ["class", "email", "password"] && person["password"].is_null()));
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_commands_at_the_end_work_as_they_are_printed() {
    let place = Place::new();
    let mut serving = Serving::start(&place, &[]);
    let story = serving.until("The key above is an owner's");
    let commands: Vec<&str> = story.lines().skip_while(|line| !line.contains("Try next")).filter_map(command).collect();
    assert!(commands.len() >= 10, "{commands:?}");
    let script = format!("set -e\nunset BAILEE_API_KEY_FILE\n{}\ncmp copy-of-axial-01.dcm again\n", commands.join("\n"));
    // The same item twice, so that there is something to compare the copy with.
    let get = commands.iter().find(|command| command.contains(" get ")).unwrap();
    let script = script.replace(get, &format!("{get}\n{}", get.replace("copy-of-axial-01.dcm", "again")));
    let ran = Command::new("sh").arg("-c").arg(&script).current_dir(place.0.path()).output().unwrap();
    assert!(ran.status.success(), "{script}\n{}\n{}", text(&ran.stdout), text(&ran.stderr));
    let copy = fs::read(place.at("copy-of-axial-01.dcm")).unwrap();
    assert_eq!(&copy[128..132], b"DICM");
    assert!(serving.stop());
}

/// The lines to be copied are those that begin with a program or `export`.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let curl = Command::new("curl").arg("--version").output().is_ok_and(|ran| ran.status.success());
    let begins = |start: &str| line.starts_with(start);
    (begins("export ") || begins(env!("CARGO_BIN_EXE_bailee")) || (begins("curl ") && curl)).then_some(line)
}

/// A demo that goes on serving.
struct Serving {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Serving {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What is said until this is.
    fn until(&mut self, end: &str) -> String {
        let mut story = String::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            story += &format!("{line}\n");
            if line.contains(end) {
                return story;
            }
        }
        panic!("the demo ended early:\n{story}");
    }

    /// Whether it ends well when told to.
    fn stop(mut self) -> bool {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// A folder with what folders have.
fn odd_folder(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let large: Vec<u8> = (0..3u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut files: BTreeMap<String, Vec<u8>> = [
        ("Grüße aus 東京 😀.txt", b"hello".to_vec()),
        ("with  two spaces & a % sign?#.csv", b"a,b\n1,2\n".to_vec()),
        ("-rf", b"an option, or not".to_vec()),
        ("empty.json", Vec::new()),
        ("quote'\"$(id)`.pdf", b"%PDF-1.4 not really".to_vec()),
        ("bailee-demo/batch-07/mine.png", b"not the demo's".to_vec()),
        ("line\nbreak", b"one".to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into();
    files.insert("large.bin".to_owned(), large);
    files.insert(format!("{}/deep.txt", ["d"; 40].join("/")), b"far down".to_vec());
    for (name, bytes) in &files {
        let path = place.at("from").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    files
}

#[test]
fn a_folder_of_ones_own_comes_back_identical() {
    let place = Place::new();
    let files = odd_folder(&place);
    fs::write(place.at("secret"), "outside").unwrap();
    std::os::unix::fs::symlink(place.at("secret"), place.at("from/link")).unwrap();
    let story = place.story(&["--exit", "--from", "from"]);
    let bytes: usize = files.values().map(Vec::len).sum();
    for part in [format!("{} files", files.len()), format!("{bytes} bytes"), "all identical".into(), "link out of the folder".into()] {
        assert!(story.contains(&part), "no {part} in:\n{story}");
    }
    // What a terminal would obey is not printed as it is.
    assert!(!story.contains("line\nbreak"));
}

#[test]
fn what_was_taken_in_is_there_for_the_owners_and_nothing_else_is() {
    let place = Place::new();
    let files = odd_folder(&place);
    let mut serving = Serving::start(&place, &["--from", "from", "--json"]);
    let ready: Value = serde_json::from_str(&serving.until("{")).unwrap();
    let mut fetched = BTreeMap::new();
    for tenant in ready["tenants"].as_array().unwrap() {
        fetched.extend(fetch_all(&place, &ready, tenant));
    }
    assert_eq!(fetched, files);
    assert!(serving.stop());
}

/// Every item of a tenant, by the client.
fn fetch_all(place: &Place, ready: &Value, tenant: &Value) -> BTreeMap<String, Vec<u8>> {
    let client = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        command.args(arguments).current_dir(place.0.path());
        command.env("BAILEE_SERVER", ready["api"].as_str().unwrap()).env("BAILEE_CA", ready["ca"].as_str().unwrap());
        let ran = command.env("BAILEE_API_KEY", tenant["api_key"].as_str().unwrap()).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
        ran.stdout
    };
    let datasets = tenant["datasets"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let listed = datasets.flat_map(|name| text(&client(&["ls", name, "--json"])).lines().map(str::to_owned).collect::<Vec<_>>());
    let items = listed.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let fetch = |item: Value| {
        let bytes = client(&["get", item["id"].as_str().unwrap(), "-o", "-"]);
        (item["name"].as_str().unwrap().to_owned(), bytes)
    };
    items.map(fetch).collect()
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::write(place.data().join("mine"), "mine").unwrap();
    for arguments in [&["--exit"][..], &["--exit", "--fresh"]] {
        let refused = place.demo(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("--data"), "{}", text(&refused.stderr));
    }
    assert_eq!(fs::read_dir(place.data()).unwrap().count(), 1);
}

#[test]
fn a_taken_port_is_told_before_anything_is_made() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
    let address = taken.local_addr().unwrap().to_string();
    let refused = command.args(["demo", "--exit", "--data", "data", "--listen", &address]).current_dir(place.0.path());
    let refused = refused.output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--listen"), "{}", text(&refused.stderr));
    assert!(!place.data().exists());
}

#[test]
fn a_missing_folder_is_told_before_anything_is_made() {
    let place = Place::new();
    let refused = place.demo(&["--exit", "--from", "missing"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--from missing"), "{}", text(&refused.stderr));
    assert!(!place.data().exists());
}
