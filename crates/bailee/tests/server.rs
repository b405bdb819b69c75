//! The server inside another program: what clients and followers of the log meet.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;
use std::time::Duration;

use bailee::config::{ConfigFlags, Environment, Layers, Settings};
use bailee::doctor::{Verdict, examine};
use bailee::server::{self, Running, Wiring};
use engines::{Engine, PostgresServer, ServerOptions};
use ledger::checkpoint::SignedCheckpoint;
use ledger::{Policy, VerifierKey};
use reqwest::{Certificate, Client};
use secrecy::ExposeSecret as _;

static POSTGRES: LazyLock<PostgresServer> =
    LazyLock::new(|| PostgresServer::start(ServerOptions::default()).unwrap());

/// Runs each body on both engines.
macro_rules! on_both {
    ($(async fn $name:ident($place:ident: Place) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($place: Place) $body

            #[test]
            fn sqlite() { engines::block_on(body(Place::new(stringify!($name), Engine::Sqlite))) }

            #[test]
            fn postgres() { engines::block_on(body(Place::new(stringify!($name), Engine::Postgres))) }
        }
    )*};
}

/// A data folder and a database, both empty at first.
struct Place {
    layers: Layers,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(name: &str, engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let database = match engine {
            Engine::Sqlite => "sqlite".to_owned(),
            Engine::Postgres => {
                store::create_database(&POSTGRES.url(), name).unwrap();
                POSTGRES.url_of(name)
            }
        };
        let environment = Environment::of([
            ("BAILEE_DATA", data.to_str().unwrap()),
            ("BAILEE_LISTEN", "127.0.0.1:0"),
            ("BAILEE_DATABASE", &database),
            ("BAILEE_CHECKS_RUN", "false"),
        ]);
        Self {
            layers: Layers::load(&ConfigFlags::default(), environment).unwrap(),
            _folder: folder,
        }
    }

    async fn start(&self) -> Running {
        server::start(Settings::of(&self.layers).unwrap()).await.unwrap()
    }
}

fn client(running: &Running) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = std::fs::read(running.ca_path.as_ref().unwrap()).unwrap();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
        .build()
        .unwrap()
}

async fn text(client: &Client, running: &Running, path: &str) -> (u16, String) {
    let answer = client.get(format!("{}{path}", running.url)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The size of the log's signed head, verified with the key in the data folder.
async fn log_size(client: &Client, running: &Running) -> u64 {
    let verifier: VerifierKey = std::fs::read_to_string(&running.log_vkey_path)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let (status, note) = text(client, running, "/log/checkpoint").await;
    assert_eq!(status, 200, "{note}");
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    signed
        .verify(&Policy::log_only(verifier).unwrap())
        .unwrap()
        .checkpoint()
        .size
}

on_both! {
    async fn the_api_and_the_log_are_served_under_the_installations_own_ca(place: Place) {
        let running = place.start().await;
        let client = client(&running);
        assert_eq!(text(&client, &running, "/v1/health").await.0, 200);
        let (status, problem) = text(&client, &running, "/v1/tenant").await;
        assert!(status == 401 && problem.contains("urn:bailee:problem:unauthenticated"), "{problem}");
        let verifier = std::fs::read_to_string(&running.log_vkey_path).unwrap();
        assert_eq!(text(&client, &running, "/log/vkey").await.1.trim(), verifier.trim());
        drop(client);
        running.stop().await.unwrap();
    }

    async fn what_was_done_before_stopping_is_in_the_log_after_the_next_start(place: Place) {
        let mut running = place.start().await;
        let (client_before, key) = (client(&running), running.operator_key.take().unwrap());
        let before = log_size(&client_before, &running).await;
        let listing = client_before.get(format!("{}/v1/tenants", running.url)).bearer_auth(key.expose_secret());
        assert_eq!(listing.send().await.unwrap().status(), 200);
        drop(client_before);
        running.stop().await.unwrap();

        let running = place.start().await;
        assert!(running.operator_key.is_none());
        let after = log_size(&client(&running), &running).await;
        assert!(after > before, "{before} entries before, {after} after");
        running.stop().await.unwrap();
    }

    async fn a_server_runs_its_checks_by_itself_and_the_public_page_shows_it(place: Place) {
        let settings = Settings { checks: true, ..Settings::of(&place.layers).unwrap() };
        let running = server::start(settings).await.unwrap();
        let client = client(&running);
        let (status, page) = text(&client, &running, "/").await;
        assert!(status == 200 && page.contains("This installation"), "{page}");
        assert!(!page.contains("<b class=\"holds\">"), "nothing ran yet, and something holds");
        let holds = async || {
            let (_, twin) = text(&client, &running, "/trust.json").await;
            let twin: serde_json::Value = serde_json::from_str(&twin).unwrap();
            twin["claims"].as_array().unwrap().iter().filter(|claim| claim["state"] == "holds").count()
        };
        let waited = tokio::time::timeout(Duration::from_secs(300), async {
            while holds().await < 20 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        waited.await.unwrap();
        drop(client);
        running.stop().await.unwrap();
    }

    async fn a_stopped_server_has_let_go_of_everything(place: Place) {
        let settings = Settings::of(&place.layers).unwrap();
        let running = place.start().await;
        assert_eq!(text(&client(&running), &running, "/v1/health").await.0, 200);
        let address = running.addr;
        running.stop().await.unwrap();
        assert!(std::net::TcpListener::bind(address).is_ok());
        let mine = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        let open: Vec<_> = mine.filter(|path| path.starts_with(&settings.data)).collect();
        assert!(open.is_empty(), "{open:?}");
    }

    async fn the_doctor_finds_nothing_wrong_with_a_stopped_server(place: Place) {
        place.start().await.stop().await.unwrap();
        let settings = Settings::of(&place.layers).unwrap();
        let findings = examine(&place.layers, &settings, &Wiring::system(), false).await;
        assert!(findings.iter().all(|finding| finding.verdict != Verdict::Fail), "{findings:?}");
        let log = findings.iter().find(|finding| finding.name == "log").unwrap();
        assert!(log.finding.contains("entries agree"), "{log:?}");
    }
}
