use std::fs;
use std::os::unix::fs::symlink;

use super::kind::{HEAD, kind_of};
use super::*;

#[test]
fn files_go_to_the_company_of_their_kind() {
    let slug = |name: &str, head: &[u8]| kind_of(name, head).slug;
    for (name, wanted) in [
        ("a/Scan.DCM", "northlight"),
        ("photo.jpeg", "northlight"),
        ("table.csv", "kindred"),
        ("people.json", "kindred"),
        ("passport.pdf", "veridian"),
        ("notes.txt", "parley"),
        ("noending", "parley"),
        ("v1.2/readme", "parley"),
    ] {
        assert_eq!(slug(name, b""), wanted, "{name}");
    }
    let mut dicom = vec![0; HEAD];
    dicom[128..].copy_from_slice(b"DICM");
    assert_eq!(slug("CT0001", &dicom), "northlight");
    assert_eq!(slug("scan", b"%PDF-1.7"), "veridian");
}

#[test]
fn nothing_outside_the_folder_is_read_and_every_skip_is_named() {
    let (outside, inside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| inside.path().join(name);
    fs::write(outside.path().join("secret.txt"), "not yours").unwrap();
    fs::create_dir_all(at("deep/er")).unwrap();
    fs::create_dir_all(at("data/objects")).unwrap();
    fs::write(at("data/objects/one"), "sealed").unwrap();
    fs::write(at("deep/er/a.csv"), "1").unwrap();
    symlink(outside.path().join("secret.txt"), at("out")).unwrap();
    symlink(outside.path(), at("out-folder")).unwrap();
    symlink(at("deep"), at("loop")).unwrap();
    symlink(at("nothing"), at("dangling")).unwrap();
    symlink(at("deep/er/a.csv"), at("again.csv")).unwrap();
    // Whoever opened it would wait for ever.
    assert!(
        std::process::Command::new("mkfifo")
            .arg(at("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let look = look(inside.path(), &at("data")).unwrap();
    let names: Vec<&str> = look.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["again.csv", "deep/er/a.csv"]);
    assert_eq!(look.skipped.len(), 6, "{:?}", look.skipped);
}

#[test]
fn a_folder_that_is_not_there_says_what_to_do() {
    let parent = tempfile::tempdir().unwrap();
    let refused = look(&parent.path().join("missing"), parent.path())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("missing") && refused.contains("--from"),
        "{refused}"
    );
}

#[test]
fn made_names_never_meet_the_users() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bailee-demo")).unwrap();
    fs::write(folder.path().join("bailee-demo/a"), "a").unwrap();
    let look = look(folder.path(), &folder.path().join("data")).unwrap();
    assert_eq!(free_prefix(&look), "_bailee-demo/");
}
