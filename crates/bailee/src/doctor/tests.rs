use std::path::Path;

use super::*;
use crate::config::Environment;
use crate::server;

fn environment(folder: &Path) -> Environment {
    Environment::of([
        ("BAILEE_DATA", folder.to_str().unwrap()),
        ("BAILEE_LISTEN", "127.0.0.1:0"),
    ])
}

async fn findings(folder: &Path) -> Vec<Finding> {
    let layers = Layers::load(&ConfigFlags::default(), environment(folder)).unwrap();
    let settings = Settings::of(&layers).unwrap();
    examine(&layers, &settings, &Wiring::system(), false).await
}

/// Copies everything but what SQLite keeps beside a database that is open.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        match entry.is_dir() {
            true => copy_folder(&entry, &to.join(name)),
            false if entry.to_string_lossy().contains(".db-") => {}
            false => drop(std::fs::copy(&entry, to.join(name)).unwrap()),
        }
    }
}

async fn install(folder: &Path) {
    let layers = Layers::load(&ConfigFlags::default(), environment(folder)).unwrap();
    server::start(Settings::of(&layers).unwrap())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

fn of<'a>(findings: &'a [Finding], name: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.name == name)
        .unwrap_or_else(|| panic!("no check {name}: {findings:?}"))
}

fn failed(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail)
        .map(|finding| finding.name)
        .collect()
}

#[tokio::test]
async fn a_sound_installation_has_no_failures_and_every_other_finding_has_a_mend() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    assert!(failed(&findings(&folder).await).is_empty());
    install(&folder).await;
    let findings = findings(&folder).await;
    assert!(failed(&findings).is_empty(), "{findings:?}");
    assert_eq!(of(&findings, "root key file").verdict, Verdict::Warn);
    assert!(
        of(&findings, "log").finding.contains("entries agree"),
        "{findings:?}"
    );
    assert!(
        findings
            .iter()
            .all(|finding| (finding.verdict == Verdict::Ok) == finding.mend.is_none())
    );
}

#[tokio::test]
async fn planted_faults_are_found() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    install(&folder).await;

    let key = folder.join("keys").join("root.key");
    let text = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert_eq!(failed(&findings(&folder).await), ["root key"]);
    std::fs::write(&key, &text).unwrap();
    let loose = findings(&folder).await;
    assert_eq!(failed(&loose), ["root key file"], "a file others may read");
    crate::files::replace(&key, &text, 0o600).unwrap();

    let stray = folder.join("objects").join("ab").join("cd");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("0198f0c2-7d3a-7c11-9b1e-5f6a7b8cabcd"), "stray").unwrap();
    assert_eq!(
        of(&findings(&folder).await, "stray objects").verdict,
        Verdict::Warn
    );

    // In a copy, which nobody has open: what was asked in another thread may let go of the database a moment after it has
    // answered, and write its log over what is planted.
    let copy = parent.path().join("copy");
    copy_folder(&folder, &copy);
    std::fs::write(copy.join("bailee.db"), "no database").unwrap();
    assert_eq!(failed(&findings(&copy).await), ["database"]);

    let db = store::Db::sqlite(folder.join("bailee.db"), store::Options::default()).unwrap();
    let changed = db.write(|tx| {
        tx.execute(
            "UPDATE log_entry SET link = $1 WHERE log_index = 0",
            store::params![[7u8; 32]],
        )
    });
    assert_eq!(changed.await, Ok(1));
    let findings = findings(&folder).await;
    assert_eq!(failed(&findings), ["log"]);
    assert!(of(&findings, "log").finding.contains("entry 0"), "{findings:?}");
}

#[tokio::test]
async fn a_running_server_is_recognised() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let layers = Layers::load(&ConfigFlags::default(), environment(&folder)).unwrap();
    let running = server::start(Settings::of(&layers).unwrap()).await.unwrap();
    let settings = Settings {
        listen: running.addr,
        ..Settings::of(&layers).unwrap()
    };
    let findings = examine(&layers, &settings, &Wiring::system(), true).await;
    assert!(
        of(&findings, "address")
            .finding
            .contains("served by this installation"),
        "{findings:?}"
    );
    running.stop().await.unwrap();
}

/// The settings of an installation with a place elsewhere.
fn with_place(parent: &Path, server: &engines::Elsewhere) -> (Layers, Settings) {
    let (access_key, secret_key) = server.keys();
    let credentials = parent.join("credentials");
    let text = format!("access_key = \"{access_key}\"\nsecret_key = \"{secret_key}\"");
    crate::files::replace(&credentials, text.as_bytes(), 0o600).unwrap();
    let file = parent.join("bailee.toml");
    let text = format!(
        "[place.far]\nurl = \"s3://{}/prefix\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\nplain_http = true\ncredentials = \"{}\"",
        server.bucket(),
        server.endpoint(),
        credentials.display()
    );
    std::fs::write(&file, text).unwrap();
    let flags = ConfigFlags {
        file: Some(file),
        values: Vec::new(),
    };
    let layers = Layers::load(&flags, environment(&parent.join("data"))).unwrap();
    let settings = Settings::of(&layers).unwrap();
    (layers, settings)
}

#[tokio::test]
async fn every_place_is_tried_and_a_missing_one_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let mut elsewhere = engines::Elsewhere::start().unwrap();
    let (layers, settings) = with_place(parent.path(), &elsewhere);
    // A place that does not answer holds up no start.
    elsewhere.stop();
    let running = server::start(settings.clone()).await.unwrap();
    running.stop().await.unwrap();
    let findings = examine(&layers, &settings, &Wiring::system(), false).await;
    let told = findings
        .iter()
        .find(|finding| finding.name == "objects" && finding.finding.contains("`far`"));
    let told = told.unwrap_or_else(|| panic!("{findings:?}"));
    assert!(
        told.verdict == Verdict::Fail && told.finding.contains("no connection"),
        "{told:?}"
    );
    assert!(!format!("{findings:?}").contains(elsewhere.keys().1));
    elsewhere.resume().unwrap();
    let findings = examine(&layers, &settings, &Wiring::system(), false).await;
    assert!(failed(&findings).is_empty(), "{findings:?}");
    assert_eq!(
        findings
            .iter()
            .filter(|finding| finding.name == "stray objects")
            .count(),
        2
    );

    let db = store::Db::sqlite(settings.data.join("bailee.db"), store::Options::default()).unwrap();
    let trash = db.write(|tx| {
        let row = store::params![[7u8; 16]];
        tx.execute(
            "INSERT INTO object_trash (object_place, object_id, at) VALUES ('mars', $1, 0)",
            row,
        )
    });
    trash.await.unwrap();
    // The server starts all the same.
    server::start(settings.clone())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let findings = examine(&layers, &settings, &Wiring::system(), true).await;
    assert_eq!(failed(&findings), ["places"]);
    assert!(of(&findings, "places").finding.contains("mars"), "{findings:?}");
}
