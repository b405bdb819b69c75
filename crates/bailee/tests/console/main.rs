//! Pages in a real browser, against a real server: a team from its first owner to a worker's task, and a person from what is kept about
//! them to the last trace.
//!
//! What is clicked is in programs in the browser's language (`walk.mjs` and `person.mjs`, beside the console's pages). Here are the server
//! with a clock that can be moved, what the walks put in, and what they cannot see from a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these, and what the walk found is shown"
)]

mod person;
#[allow(dead_code, reason = "the samples of pages use the rest")]
#[path = "../../../surfaces/console/samples/pictures.rs"]
mod pictures;
mod scan;
mod server;
mod walker;

use std::sync::{Mutex, PoisonError};

use engines::Engine;
use serde_json::{Value, json};
use server::House;
use walker::Walker;

/// Two browsers at once would take each other's time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn a_team_walks_through_the_console_on_sqlite() {
    one_at_a_time(walk(Engine::Sqlite));
}

#[test]
fn a_team_walks_through_the_console_on_postgres() {
    one_at_a_time(walk(Engine::Postgres));
}

#[test]
fn a_planted_person_is_handed_out_whole_and_erased_to_the_last_trace_on_sqlite() {
    one_at_a_time(person::walk(Engine::Sqlite));
}

#[test]
fn a_planted_person_is_handed_out_whole_and_erased_to_the_last_trace_on_postgres() {
    one_at_a_time(person::walk(Engine::Postgres));
}

fn one_at_a_time(walk: impl Future<Output = ()>) {
    // What the other has found is its own to tell.
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(walk);
}

async fn walk(engine: Engine) {
    let house = House::open(engine).await;
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("scan.dcm"), scan::file(12)).unwrap();
    std::fs::write(files.path().join("patients.json"), PATIENTS).unwrap();
    let drawings: Vec<String> = (0..pictures::COUNT).map(pictures::svg).collect();
    let mut walker = Walker::start(
        "walk.mjs",
        &json!({
            "url": house.url,
            "owner_key": house.owner_key,
            "folder": files.path(),
            "drawings": drawings,
        }),
    );
    while let Some(asked) = walker.next() {
        let answer = match asked["ask"].as_str() {
            Some("advance") => {
                house.clock.advance(asked["seconds"].as_u64().unwrap());
                Value::Null
            }
            Some("other-doors") => house.other_doors(&asked).await,
            Some("consent-key") => house.consent_key(&asked).await,
            Some("consent-stands") => house.consent_stands(&asked).await,
            other => panic!("the walk asks for {other:?}"),
        };
        walker.answer(&answer);
    }
    let found = walker.finish();
    assert!(found.is_empty(), "{}", found.join("\n"));
    house.close().await;
}

const PATIENTS: &str = r#"{"handle":"p-0007","name":"Bart Example","born":"1961-04-02","visits":[{"site":"north","minutes":14}]}"#;
