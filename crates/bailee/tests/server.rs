//! The server inside another program: what clients and followers of the log meet.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use bailee::config::{ConfigFlags, Environment, Layers, Settings};
use bailee::server::{self, Running};
use ledger::checkpoint::SignedCheckpoint;
use ledger::{Policy, VerifierKey};
use reqwest::{Certificate, Client};
use secrecy::ExposeSecret as _;

fn settings(folder: &Path) -> Settings {
    let data = folder.join("data");
    let environment = Environment::of([("BAILEE_DATA", data.to_str().unwrap()), ("BAILEE_LISTEN", "127.0.0.1:0")]);
    Settings::of(&Layers::load(&ConfigFlags::default(), environment).unwrap()).unwrap()
}

fn client(running: &Running) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = std::fs::read(running.ca_path.as_ref().unwrap()).unwrap();
    Client::builder().tls_certs_only([Certificate::from_pem(&ca).unwrap()]).build().unwrap()
}

async fn text(client: &Client, running: &Running, path: &str) -> (u16, String) {
    let answer = client.get(format!("{}{path}", running.url)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The size of the log's signed head, verified with the key in the data folder.
async fn log_size(client: &Client, running: &Running) -> u64 {
    let verifier: VerifierKey = std::fs::read_to_string(&running.log_vkey_path).unwrap().trim().parse().unwrap();
    let (status, note) = text(client, running, "/log/checkpoint").await;
    assert_eq!(status, 200, "{note}");
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    signed.verify(&Policy::log_only(verifier).unwrap()).unwrap().checkpoint().size
}

#[tokio::test]
async fn the_api_and_the_log_are_served_under_the_installations_own_ca() {
    let folder = tempfile::tempdir().unwrap();
    let running = server::start(settings(folder.path())).await.unwrap();
    let client = client(&running);
    assert_eq!(text(&client, &running, "/v1/health").await.0, 200);
    let (status, problem) = text(&client, &running, "/v1/tenant").await;
    assert!(status == 401 && problem.contains("urn:bailee:problem:unauthenticated"), "{problem}");
    let verifier = std::fs::read_to_string(&running.log_vkey_path).unwrap();
    assert_eq!(text(&client, &running, "/log/vkey").await.1.trim(), verifier.trim());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_done_before_stopping_is_in_the_log_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = server::start(settings(folder.path())).await.unwrap();
    let (client_before, key) = (client(&running), running.operator_key.take().unwrap());
    let before = log_size(&client_before, &running).await;
    let listing = client_before.get(format!("{}/v1/tenants", running.url)).bearer_auth(key.expose_secret());
    assert_eq!(listing.send().await.unwrap().status(), 200);
    drop(client_before);
    running.stop().await.unwrap();

    let running = server::start(settings(folder.path())).await.unwrap();
    assert!(running.operator_key.is_none());
    let after = log_size(&client(&running), &running).await;
    assert!(after > before, "{before} entries before, {after} after");
    running.stop().await.unwrap();
}
