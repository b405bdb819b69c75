//! A folder of one's own: everything in it comes back as it was.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::place::{Place, Serving, text};

/// A folder with what folders have.
fn odd_folder(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let large: Vec<u8> = (0..3u32 << 20)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
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
    for part in [
        format!("{} files", files.len()),
        format!("{bytes} bytes"),
        "all identical".into(),
        "link out of the folder".into(),
    ] {
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
        command
            .env("BAILEE_SERVER", ready["api"].as_str().unwrap())
            .env("BAILEE_CA", ready["ca"].as_str().unwrap());
        let ran = command
            .env("BAILEE_API_KEY", tenant["api_key"].as_str().unwrap())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
        ran.stdout
    };
    let datasets = tenant["datasets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap());
    let listed = datasets.flat_map(|name| {
        text(&client(&["ls", name, "--json"]))
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let items = listed.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let fetch = |item: Value| {
        let bytes = client(&["get", item["id"].as_str().unwrap(), "-o", "-"]);
        (item["name"].as_str().unwrap().to_owned(), bytes)
    };
    items.map(fetch).collect()
}

/// Each answer to an empty file must be empty on the wire as well: a client that is sent a hundred empty frames takes the
/// server for an attacker and cuts the connection off.
#[test]
fn hundreds_of_empty_files_come_back_over_one_connection() {
    let place = Place::new();
    fs::create_dir(place.at("from")).unwrap();
    for at in 0..250 {
        fs::write(place.at("from").join(format!("__init__{at}.py")), "").unwrap();
    }
    let story = place.story(&["--exit", "--from", "from"]);
    assert!(
        story.contains("250 files") && story.contains("all identical"),
        "{story}"
    );
}
