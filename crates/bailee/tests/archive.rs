//! Exports at the terminal, by the real binary: made, listed, taken away as one file, deleted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::process::Output;

use support::{Engine, Place, Postgres, Server, Team, run};

#[test]
fn sqlite() {
    run(at_the_terminal(Engine::Sqlite));
}

#[test]
fn postgres() {
    run(at_the_terminal(Engine::Postgres));
}

async fn at_the_terminal(engine: Engine) {
    let (place, _postgres) = match engine {
        Engine::Sqlite => (Place::on_sqlite(), None),
        Engine::Postgres => {
            let postgres = Postgres::start();
            (Place::on_postgres(postgres.database("archive")), Some(postgres))
        }
    };
    let server = Server::start(&place);
    let team = Team::first(&server, &Server::operator_key(&place)).await;
    team.owner.make_dataset("scans").await.unwrap();
    team.owner
        .put("scans", "one", b"the first".to_vec())
        .await
        .unwrap();
    team.owner.put("scans", "two", vec![7; 100_000]).await.unwrap();
    let types = |words: &[&str]| {
        let mut command = place.command(words);
        command
            .env("BAILEE_SERVER", &server.url)
            .env("BAILEE_CA", &server.ca)
            .env("BAILEE_API_KEY", team.owner.key());
        command.output().unwrap()
    };
    let made = types(&["exports", "make", "scans"]);
    assert!(said(&made).contains("number"), "{made:?}");
    assert!(said(&types(&["exports", "list", "scans"])).contains("made"));
    let file = place.path().join("away.tar");
    let download = [
        "exports",
        "download",
        "scans",
        "1",
        "--to",
        file.to_str().unwrap(),
    ];
    let taken = types(&download);
    assert!(taken.status.success(), "{taken:?}");
    let archive = std::fs::read(&file).unwrap();
    let holds = |what: &[u8]| archive.windows(what.len()).any(|part| part == what);
    assert!(
        archive.ends_with(&[0; 1024]) && holds(b"items/one\0") && holds(b"the first") && holds(&[7; 100_000])
    );
    assert!(!place.path().join(".away.tar.part").exists());
    assert_eq!(
        types(&download).status.code(),
        Some(2),
        "a file that is there is not replaced"
    );
    assert!(
        types(&[&download[..], &["--overwrite"]].concat())
            .status
            .success()
    );
    assert!(types(&["exports", "delete", "scans", "1"]).status.success());
    let gone = types(&[&download[..], &["--overwrite"]].concat());
    assert_eq!(gone.status.code(), Some(1));
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
