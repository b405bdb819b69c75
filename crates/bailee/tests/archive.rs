//! At the terminal, by the real binary: exports are made, listed, taken away as one file, deleted; links for the public; duties.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::process::Output;

use serde_json::{Value, json};
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
    let types_as = |key: &str, words: &[&str]| {
        let mut command = place.command(words);
        command
            .env("BAILEE_SERVER", &server.url)
            .env("BAILEE_CA", &server.ca)
            .env("BAILEE_API_KEY", key);
        command.output().unwrap()
    };
    let types = |words: &[&str]| types_as(team.owner.key(), words);
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
    links(&team, &types_as).await;
    duties(&team, &types_as).await;
    assert!(types(&["exports", "delete", "scans", "1"]).status.success());
    let gone = types(&[&download[..], &["--overwrite"]].concat());
    assert_eq!(gone.status.code(), Some(1));
}

/// Links for the public: nothing is shared without a yes or by a key that was not meant for it; the link is told once, and ends.
async fn links(team: &Team, types_as: &impl Fn(&str, &[&str]) -> Output) {
    let plan = [
        "shares", "make", "scans", "--export", "1", "--for", "7d", "--json",
    ];
    let sure = [&plan[..], &["--yes"]].concat();
    let whole = team.owner.key();
    assert_eq!(
        types_as(whole, &sure).status.code(),
        Some(1),
        "the key names no right to share"
    );
    let label = json!({ "label": "shares", "actions": ["share.*", "dataset.view"] });
    let meant = team.owner.post("/v1/keys", label).await.unwrap();
    let meant = meant["secret"].as_str().unwrap().to_owned();
    assert_eq!(
        types_as(&meant, &plan).status.code(),
        Some(2),
        "nobody is there to say yes"
    );
    assert_eq!(said(&types_as(&meant, &["shares", "list", "scans"])), "");
    let made = types_as(&meant, &sure);
    assert!(
        String::from_utf8_lossy(&made.stderr).contains("- "),
        "what it means is said: {made:?}"
    );
    let made: Value = serde_json::from_str(&said(&made)).unwrap();
    assert!(made["link"].as_str().unwrap().contains("/public/"), "{made}");
    let id = made["share"]["id"].as_str().unwrap();
    assert!(said(&types_as(&meant, &["shares", "list", "scans"])).contains(id));
    let withdrawn = types_as(&meant, &["shares", "withdraw", "scans", id]);
    assert!(said(&withdrawn).contains("withdrawn"), "{withdrawn:?}");
    assert_eq!(
        types_as(&meant, &["shares", "withdraw", "scans", id])
            .status
            .code(),
        Some(1)
    );
}

/// Duties: given, refused where two conflict, held apart, listed, ended.
async fn duties(team: &Team, types_as: &impl Fn(&str, &[&str]) -> Output) {
    let types = |words: &[&str]| types_as(team.owner.key(), words);
    let new = json!({ "name": "Adam Admin", "email": "adam@people.example", "class": "admin" });
    let adam = team.owner.post("/v1/members", new).await.unwrap();
    let adam = adam["id"].as_str().unwrap();
    assert!(said(&types(&["duties", "give", adam, "issue-keys"])).contains("issue-keys"));
    let refused = types(&["duties", "give", adam, "review-access"]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        why.contains("nobody may both issue API keys and look through who has access"),
        "{why}"
    );
    assert!(said(&types(&["duties", "give", adam, "make-exports"])).contains("make-exports"));
    assert_eq!(said(&types(&["duties", "conflicts"])), "");
    assert!(
        types(&["duties", "add-pair", "make-exports", "issue-keys"])
            .status
            .success()
    );
    assert!(said(&types(&["duties", "conflicts"])).contains(adam));
    assert!(said(&types(&["duties", "pairs"])).contains("issue-keys+make-exports"));
    assert_eq!(
        types(&["duties", "remove-pair", "audit", "privacy"])
            .status
            .code(),
        Some(1)
    );
    assert!(
        types(&["duties", "remove-pair", "make-exports", "issue-keys"])
            .status
            .success()
    );
    assert!(types(&["duties", "end", adam, "issue-keys"]).status.success());
    assert!(
        !said(&types(&["duties"])).contains("issue-keys")
            && said(&types(&["duties", "list"])).contains("audit")
    );
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
