//! The demo as a stranger runs it: the built program, from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a demo that cannot be run has nothing to say"
)]

#[path = "demo/own_folder.rs"]
mod own_folder;
#[path = "demo/place.rs"]
mod place;

use std::fs;
use std::path::Path;
use std::process::Command;

use bailee::demo::plaintext::{self, Marker};
use serde_json::Value;

use place::{Place, Serving, text};

#[test]
fn the_story_is_told_and_ends_well() {
    let place = Place::new();
    let story = place.story(&["--exit"]);
    for part in [
        "northlight",
        "kindred",
        "parley",
        "veridian",
        "✗",
        "receipt is verified",
        "Try next",
    ] {
        assert!(story.contains(part), "no {part} in:\n{story}");
    }
    assert!(!story.contains('\u{1b}'), "escapes are for terminals");
}

#[test]
fn no_word_of_the_made_data_lies_in_clear() {
    let place = Place::new();
    let ready: Value = serde_json::from_str(&place.story(&["--exit", "--json"])).unwrap();
    let mut markers = plaintext::markers();
    let keys = ready["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tenant| tenant["api_key"].as_str().unwrap());
    markers.extend(keys.map(Marker::secret));
    let people = ready["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|tenant| tenant["people"].as_array().unwrap());
    for person in people {
        let email = person["email"].as_str().unwrap();
        assert!(
            markers.iter().any(|marker| marker.bytes == email.as_bytes()),
            "{email} is not looked for"
        );
    }
    assert!(
        place.data().join("log/bailee.log").metadata().unwrap().len() > 0,
        "the logs are looked through as well"
    );
    assert!(place.data().join("bailee.db").exists() && place.data().join("objects").exists());
    assert_eq!(place.found(&markers), []);
}

/// The control of the test above.
#[test]
fn the_search_finds_every_marker_where_it_was_planted() {
    let place = Place::new();
    fs::create_dir_all(place.data().join("objects/ab")).unwrap();
    let mut markers = plaintext::markers();
    markers.push(Marker::secret(&format!(
        "bailee_{}_{}",
        "0".repeat(32),
        "k".repeat(43)
    )));
    for (at, marker) in markers.iter().enumerate() {
        let folder = if at % 2 == 0 { "objects/ab" } else { "" };
        let around = [vec![0; at * 37], marker.bytes.clone(), vec![0xff; 5]].concat();
        fs::write(place.data().join(folder).join(format!("file-{at}")), around).unwrap();
    }
    let found = place.found(&markers);
    for (at, marker) in markers.iter().enumerate() {
        let name = format!("file-{at}");
        let here = found
            .iter()
            .any(|find| find.what == marker.what && find.file.ends_with(&name));
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
    assert!(ready["s3"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    for path in ["ca", "data"] {
        let path = Path::new(ready[path].as_str().unwrap());
        assert!(path.is_absolute() && path.exists(), "{}", path.display());
    }
    let tenants = ready["tenants"].as_array().unwrap();
    let businesses: Vec<&str> = tenants
        .iter()
        .map(|tenant| tenant["business"].as_str().unwrap())
        .collect();
    assert_eq!(businesses, ["training-data", "crm", "ai-api", "identity"]);
    for tenant in tenants {
        let wanted = [
            "api_key",
            "business",
            "datasets",
            "id",
            "people",
            "s3_access_key",
            "s3_secret_key",
            "slug",
        ];
        assert_eq!(keys(tenant), wanted);
        assert!(tenant["api_key"].as_str().unwrap().starts_with("bailee_"));
        assert!(tenant["s3_access_key"].as_str().unwrap().starts_with("BAILEE"));
        assert_eq!(tenant["s3_secret_key"].as_str().unwrap().len(), 40);
        assert!(!tenant["datasets"].as_array().unwrap().is_empty());
        let people = tenant["people"].as_array().unwrap();
        assert_eq!(people[0]["class"], "owner");
        assert!(
            people
                .iter()
                .all(|person| keys(person) == ["class", "email", "password"] && person["password"].is_null())
        );
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
    let commands: Vec<&str> = story
        .lines()
        .skip_while(|line| !line.contains("Try next"))
        .filter_map(command)
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    let script = format!(
        "set -e\nunset BAILEE_API_KEY_FILE\n{}\ncmp copy-of-axial-01.dcm again\n",
        commands.join("\n")
    );
    // The same item twice, so that there is something to compare the copy with.
    let get = commands.iter().find(|command| command.contains(" get ")).unwrap();
    let script = script.replace(
        get,
        &format!("{get}\n{}", get.replace("copy-of-axial-01.dcm", "again")),
    );
    let ran = Command::new("sh")
        .arg("-c")
        .arg(&script)
        .current_dir(place.0.path())
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{script}\n{}\n{}",
        text(&ran.stdout),
        text(&ran.stderr)
    );
    let copy = fs::read(place.at("copy-of-axial-01.dcm")).unwrap();
    assert_eq!(&copy[128..132], b"DICM");
    assert!(serving.stop());
}

/// The lines to be copied are those that begin with a program or `export`.
fn command(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let curl = Command::new("curl")
        .arg("--version")
        .output()
        .is_ok_and(|ran| ran.status.success());
    let begins = |start: &str| line.starts_with(start);
    (begins("export ") || begins(env!("CARGO_BIN_EXE_bailee")) || (begins("curl ") && curl)).then_some(line)
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::write(place.data().join("mine"), "mine").unwrap();
    for arguments in [&["--exit"][..], &["--exit", "--fresh"]] {
        let refused = place.demo(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains("--data"),
            "{}",
            text(&refused.stderr)
        );
    }
    assert_eq!(fs::read_dir(place.data()).unwrap().count(), 1);
}

#[test]
fn a_taken_port_is_told_before_anything_is_made() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
    let address = taken.local_addr().unwrap().to_string();
    let refused = command
        .args(["demo", "--exit", "--data", "data", "--listen", &address])
        .current_dir(place.0.path());
    let refused = refused.output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("--listen"),
        "{}",
        text(&refused.stderr)
    );
    assert!(!place.data().exists());
}

#[test]
fn a_missing_folder_is_told_before_anything_is_made() {
    let place = Place::new();
    let refused = place.demo(&["--exit", "--from", "missing"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("--from missing"),
        "{}",
        text(&refused.stderr)
    );
    assert!(!place.data().exists());
}
