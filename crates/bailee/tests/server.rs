//! The server inside another program: what clients and followers of the log meet.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bailee::config::{ConfigFlags, Environment, Layers, PlainHttp, Settings};
use bailee::doctor::{Verdict, examine};
use bailee::server::{self, Running, Wiring};
use engines::{Engine, PostgresServer, ServerOptions};
use kernel::{Clock, SystemClock, SystemRandom, Timestamp};
use ledger::checkpoint::SignedCheckpoint;
use ledger::{Policy, VerifierKey};
use reqwest::{Certificate, Client};
use secrecy::ExposeSecret as _;
use web::pace::Quotas;

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

/// A clock that a test moves; it begins now, so that certificates fit.
struct Stands(AtomicI64);

impl Clock for Stands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A data folder and a database, both empty at first.
struct Place {
    layers: Layers,
    folder: tempfile::TempDir,
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
            folder,
        }
    }

    async fn start(&self) -> Running {
        server::start(Settings::of(&self.layers).unwrap()).await.unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
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

/// What Prometheus would collect.
async fn figures(socket: &std::path::Path) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::UnixStream::connect(socket).await.unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    stream.write_all(ask).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
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
        // It has a door of its own, and looks at it from outside.
        let waited = tokio::time::timeout(Duration::from_secs(300), async {
            loop {
                let (_, twin) = text(&client, &running, "/trust.json").await;
                let twin: serde_json::Value = serde_json::from_str(&twin).unwrap();
                let outcomes = ["edge-speaks-tls-only", "pages-set-no-other-cookies", "page-equals-state"]
                    .map(|check| twin["results"][check]["outcome"].as_str().map(str::to_owned));
                if outcomes.iter().all(Option::is_some) {
                    return outcomes;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let outcomes = waited.await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.as_deref() == Some("holds")), "{outcomes:?}");
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

    async fn figures_are_collected_at_a_place_of_their_own_and_name_nobody(place: Place) {
        let socket = place.folder.path().join("figures.socket");
        let metrics = Some(PlainHttp::Unix(socket.clone()));
        let settings = Settings { metrics, ..Settings::of(&place.layers).unwrap() };
        let mut running = server::start(settings).await.unwrap();
        let (client, key) = (client(&running), running.operator_key.take().unwrap());
        let team = serde_json::json!({
            "slug": "marked-slug", "name": "Marked Name", "business": "crm", "custody": "provider-held",
            "owner": { "name": "Marked Owner", "email": "marked@owner.example" }
        });
        let made = client.post(format!("{}/v1/tenants", running.url)).bearer_auth(key.expose_secret()).json(&team);
        let made: serde_json::Value = made.send().await.unwrap().json().await.unwrap();
        let of_theirs = made["key"]["secret"].as_str().unwrap().to_owned();
        let ask = |path: &str| client.get(format!("{}{path}", running.url)).bearer_auth(&of_theirs).send();
        assert_eq!(ask("/v1/tenant").await.unwrap().text().await.unwrap().matches("Marked Name").count(), 1);
        assert_eq!(ask("/v1/marked-path/00000000?of=marked-query").await.unwrap().status(), 404);
        assert_eq!(text(&client, &running, "/metrics").await.0, 404, "the public does not see them");

        let said = figures(&socket).await;
        for line in [
            "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8",
            "bailee_requests_total{surface=\"main\",method=\"POST\",route=\"/v1/tenants\",status=\"201\"} 1",
            "bailee_requests_total{surface=\"main\",method=\"GET\",route=\"/v1/tenant\",status=\"200\"} 1",
            "bailee_requests_total{surface=\"main\",method=\"GET\",route=\"unmatched\",status=\"404\"} 2",
            "bailee_request_seconds_count{surface=\"main\",route=\"/v1/tenants\"} 1",
            "bailee_letters_waiting 0",
            "bailee_claims{state=",
            "bailee_database_answers 1",
            "# EOF",
        ] {
            assert!(said.contains(line), "{line} is not in {said}");
        }
        let told = said.to_ascii_lowercase();
        let id = made["tenant"]["id"].as_str().unwrap();
        assert!(!told.contains("marked") && !told.contains(id) && !told.contains("example"), "{said}");
        drop(client);
        running.stop().await.unwrap();
    }

    async fn a_flood_is_slowed_down_while_others_are_served(place: Place) {
        let clock = Arc::new(Stands(AtomicI64::new(SystemClock.now().as_micros())));
        let quotas = Quotas { key: 4, door: 2, ..Quotas::default() };
        let settings = Settings { pace: quotas, ..Settings::of(&place.layers).unwrap() };
        let wiring = Wiring { clock: clock.clone(), random: Arc::new(SystemRandom) };
        let mut running = server::start_with(settings, wiring).await.unwrap();
        let (client, key) = (client(&running), running.operator_key.take().unwrap());
        let ask = |path: &str, key: &str| client.get(format!("{}{path}", running.url)).bearer_auth(key).send();
        let (mut left, key) = (Vec::new(), key.expose_secret());
        for _ in 0..4 {
            let answer = ask("/v1/tenants", key).await.unwrap();
            assert_eq!(answer.status(), 200);
            left.push(answer.headers()["ratelimit"].to_str().unwrap().to_owned());
        }
        assert_eq!((left[0].as_str(), left[3].as_str()), ("\"key\";r=3;t=15", "\"key\";r=0;t=60"));
        for _ in 0..3 {
            let answer = ask("/v1/tenants", key).await.unwrap();
            assert_eq!(answer.status(), 429);
            assert_eq!(answer.headers()["ratelimit-policy"], "\"key\";q=4;w=60");
            assert_eq!(answer.headers()["retry-after"], "15");
            assert!(answer.text().await.unwrap().contains("urn:bailee:problem:too-many-requests"));
        }
        assert_eq!(ask("/v1/tenants", "bailee_other").await.unwrap().status(), 401, "another sender is answered");
        assert_eq!(ask("/v1/health", "").await.unwrap().status(), 200);

        let s3 = client.get(format!("{}/scans", running.s3_url.as_ref().unwrap()));
        let signed = "AWS4-HMAC-SHA256 Credential=BAILEEAB/20260301/eu/s3/aws4_request, SignedHeaders=host, Signature=00";
        let mut told = Vec::new();
        for _ in 0..5 {
            let answer = s3.try_clone().unwrap().header("authorization", signed).send().await.unwrap();
            told.push((answer.status().as_u16(), answer.text().await.unwrap()));
        }
        assert!(told[..4].iter().all(|(status, _)| *status < 500), "{told:?}");
        assert!(told[4].0 == 503 && told[4].1.contains("<Code>SlowDown</Code>"), "{told:?}");

        clock.0.fetch_add(61_000_000, Ordering::SeqCst);
        let mut entries = Vec::new();
        // Word of it is left beside the answer.
        for _ in 0..3 {
            let answer = ask("/v1/trail?action=traffic.send", key).await.unwrap();
            assert_eq!(answer.status(), 200, "a minute later they are served again");
            let page: serde_json::Value = answer.json().await.unwrap();
            entries = page["items"].as_array().unwrap().clone();
            if entries.len() == 2 {
                break;
            }
        }
        // One for the operator's key, one for an access key that nobody knows.
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert!(entries.iter().all(|entry| entry["event"]["outcome"] == "refused"), "{entries:?}");
        assert!(entries.iter().all(|entry| entry["event"]["details"]["limit"] == "key"), "{entries:?}");
        drop(client);
        running.stop().await.unwrap();
    }
}
