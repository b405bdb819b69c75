//! A server as `bailee serve` starts it, with a clock that the walk moves, and a team in it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bailee::config::{ConfigFlags, Environment, Layers, Settings};
use bailee::server::{self, Running, Wiring};
use custody::Credential;
use engines::{Engine, PostgresServer, ServerOptions};
use kernel::{Clock, SystemClock, Timestamp};
use reqwest::{Certificate, Client, Method};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{Db, Options};
use testkit::sign::{Head, Pairs, Signer};

/// The machine's clock, and how far the walk has moved it.
#[derive(Clone, Default)]
pub(crate) struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    pub(crate) fn advance(&self, seconds: u64) {
        let micros = i64::try_from(seconds).unwrap() * 1_000_000;
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        let moved = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        SystemClock.now().plus(Duration::from_micros(moved))
    }
}

/// A running server and the first team in it.
pub(crate) struct House {
    pub(crate) url: String,
    pub(crate) owner_key: String,
    pub(crate) clock: MovedClock,
    pub(crate) client: Client,
    settled: Settled,
    running: Running,
    place: tempfile::TempDir,
    // Stops after everything that uses it.
    _postgres: Option<PostgresServer>,
}

/// What a server, and every command beside it, is told.
pub(crate) type Settled = Vec<(String, String)>;

impl House {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self::open_in(engine, tempfile::tempdir().unwrap(), &[]).await
    }

    /// The same around this folder, told further things. Folders among them are whole paths: server and commands run in different ones.
    pub(crate) async fn open_in(engine: Engine, place: tempfile::TempDir, more: &[(&str, &str)]) -> Self {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(PostgresServer::start(ServerOptions::default()).unwrap()),
        };
        let database = postgres.as_ref().map_or_else(
            || "sqlite".to_owned(),
            |postgres| {
                store::create_database(&postgres.url(), "walk").unwrap();
                postgres.url_of("walk")
            },
        );
        // Browsers make passkeys for names alone, and the name is told before the port is bound.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = place.path().join("data");
        let settled = [
            ("BAILEE_DATA", folder.to_str().unwrap()),
            ("BAILEE_LISTEN", &format!("127.0.0.1:{port}")),
            ("BAILEE_DATABASE", &database),
            ("BAILEE_S3_LISTEN", "127.0.0.1:0"),
            ("BAILEE_CHECKS_RUN", "false"),
            ("BAILEE_PUBLIC_URL", &format!("https://localhost:{port}")),
        ];
        let settled = settled.iter().chain(more);
        let settled: Settled = settled
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let clock = MovedClock::default();
        let (running, client) = serve(&settled, &clock).await;
        let mut house = Self {
            url: running.url.clone(),
            owner_key: String::new(),
            clock,
            client,
            settled,
            place,
            _postgres: postgres,
            running,
        };
        let operator = house.running.operator_key.take().unwrap();
        let made = house
            .send(
                Method::POST,
                "/v1/tenants",
                operator.expose_secret(),
                Some(tenant()),
            )
            .await;
        assert_eq!(made.0, 201, "{}", made.1);
        house.owner_key = made.1["key"]["secret"].as_str().unwrap().to_owned();
        house
    }

    async fn send(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// What a worker's own key opens: every door that the walk names is tried by REST and by S3; each status and
    /// answer is told.
    pub(crate) async fn other_doors(&self, asked: &Value) -> Value {
        let email = asked["email"].as_str().unwrap();
        let members = self
            .send(Method::GET, "/v1/members", &self.owner_key, None)
            .await
            .1;
        let worker = members["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["email"] == email)
            .unwrap();
        let new = json!({ "label": "a worker's own", "member": worker["id"] });
        let (status, issued) = self
            .send(Method::POST, "/v1/keys", &self.owner_key, Some(new))
            .await;
        assert_eq!(status, 201, "{issued}");
        let key = issued["secret"].as_str().unwrap();
        let mut told = Vec::new();
        for path in asked["rest"].as_array().unwrap() {
            let path = path.as_str().unwrap();
            let (status, answer) = self.send(Method::GET, path, key, None).await;
            told.push(json!([path, status, answer.to_string()]));
        }
        for path in asked["s3"].as_array().unwrap() {
            let path = path.as_str().unwrap();
            let (status, answer) = self.send_s3(Method::GET, path, (&[], Vec::new()), key).await;
            told.push(json!([path, status, answer]));
        }
        Value::Array(told)
    }

    /// A key for pages of this origin, and two purposes that people can agree to.
    pub(crate) async fn consent_key(&self, asked: &Value) -> Value {
        for (word, sells) in [("newsletter", false), ("ads", true)] {
            let new =
                json!({ "word": word, "says": "We write.", "basis": "consent", "sells_or_shares": sells });
            assert_eq!(self.by_owner(Method::POST, "/v1/purposes", new).await.0, 201);
            let notice = format!("/v1/purposes/{word}/notice");
            let told = self
                .by_owner(Method::PUT, &notice, json!({ "text": "We will." }))
                .await;
            assert_eq!(told.0, 200, "{}", told.1);
        }
        let new = json!({ "label": "shop", "origins": [asked["origin"]] });
        let (status, issued) = self.by_owner(Method::POST, "/v1/keys", new).await;
        assert_eq!(status, 201, "{issued}");
        json!({ "key": issued["secret"] })
    }

    /// What somebody has said to those, and how many attempts were refused.
    pub(crate) async fn consent_stands(&self, asked: &Value) -> Value {
        let mut told = json!({});
        for word in ["newsletter", "ads"] {
            let about = json!({ "purpose": word, "person": asked["person"] });
            let answer = self.by_owner(Method::POST, "/v1/consents/search", about).await.1;
            told[word] = answer["standing"].clone();
        }
        let refused = "/v1/trail?action=consent.record&outcome=refused";
        let trail = self.send(Method::GET, refused, &self.owner_key, None).await.1;
        told["refused"] = json!(trail["items"].as_array().unwrap().len());
        told
    }

    async fn by_owner(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, &self.owner_key, Some(body)).await
    }

    /// A signed request with these headers and this body.
    pub(crate) async fn send_s3(
        &self,
        method: Method,
        path: &str,
        (own, body): (&[(&str, &str)], Vec<u8>),
        key: &str,
    ) -> (u16, String) {
        let credential = Credential::parse(key).unwrap();
        let url = self.running.s3_url.clone().unwrap();
        let at = self.clock.now().to_string();
        let digits: String = at.chars().filter(char::is_ascii_alphanumeric).collect();
        let at = format!("{}Z", &digits[..15]);
        let signer = Signer {
            access_key: credential.access_key(),
            secret: credential.signing_secret().unwrap().expose_secret().to_owned(),
            region: "us-east-1".into(),
            at: at.clone(),
            service: "s3",
        };
        let host = url.trim_start_matches("https://").to_owned();
        let hash = testkit::sign::sha256(&body);
        let headers: Pairs = [
            ("host", host.as_str()),
            ("x-amz-content-sha256", &hash),
            ("x-amz-date", &at),
        ]
        .iter()
        .chain(own)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        let head = Head {
            method: method.as_str(),
            path,
            query: &Vec::new(),
            headers: &headers,
            payload: &hash,
        };
        let (authorization, _) = signer.authorization(&head);
        let mut request = self.client.request(method.clone(), format!("{url}{path}"));
        for (name, value) in &headers[1..] {
            request = request.header(name, value);
        }
        let request = request.header("authorization", authorization).body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The folder around the data.
    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.place().join("data")
    }

    /// The database, as somebody has it who has broken into its machine.
    pub(crate) fn database(&self) -> Db {
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        match self.told("BAILEE_DATABASE") {
            "sqlite" => Db::sqlite(self.data().join("bailee.db"), options).unwrap(),
            url => Db::postgres(url, options).unwrap(),
        }
    }

    /// Runs a command of the real binary beside the server, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        command.args(arguments).current_dir(self.place()).env_clear();
        command.envs(self.settled.iter().map(|(name, value)| (name, value)));
        command.output().unwrap()
    }

    /// Serves what was restored into this folder, with the root key of this house.
    pub(crate) async fn serve_copy(&self, folder: &Path) -> (Running, Client) {
        let root_key = self.data().join("keys").join("root.key");
        let settled = [
            ("BAILEE_DATA", folder.to_str().unwrap()),
            ("BAILEE_LISTEN", "127.0.0.1:0"),
            ("BAILEE_S3_LISTEN", "127.0.0.1:0"),
            ("BAILEE_CHECKS_RUN", "false"),
            ("BAILEE_ROOT_KEY_FILE", root_key.to_str().unwrap()),
        ];
        let settled = settled.map(|(name, value)| (name.to_owned(), value.to_owned()));
        serve(&settled, &self.clock).await
    }

    fn told(&self, name: &str) -> &str {
        let found = self.settled.iter().find(|(told, _)| told == name);
        found.map_or("", |(_, value)| value)
    }

    /// Stops and starts again, by the clock as it is now.
    pub(crate) async fn start_again(self) -> Self {
        drop(self.client);
        self.running.stop().await.unwrap();
        let (running, client) = serve(&self.settled, &self.clock).await;
        Self {
            running,
            client,
            ..self
        }
    }

    pub(crate) async fn close(self) {
        drop(self.client);
        self.running.stop().await.unwrap();
    }
}

/// Starts a server that was told this, and a client that trusts it.
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
async fn serve(settled: &[(String, String)], clock: &MovedClock) -> (Running, Client) {
    let environment = Environment::of(
        settled
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let settings = Settings::of(&Layers::load(&ConfigFlags::default(), environment).unwrap()).unwrap();
    let wiring = Wiring {
        clock: Arc::new(clock.clone()),
        ..Wiring::system()
    };
    let running = server::start_with(settings, wiring).await.unwrap();
    let ca = std::fs::read(running.ca_path.as_ref().unwrap()).unwrap();
    let client = Client::builder().tls_certs_only([Certificate::from_pem(&ca).unwrap()]);
    (running, client.build().unwrap())
}

fn tenant() -> Value {
    json!({
        "slug": "northlake", "name": "Northlake Imaging", "business": "training-data", "custody": "provider-held",
        "contract": {
            "owner": "Northlake Imaging", "purpose": "the nodule study",
            "basis": { "lawful-basis": "contract" }, "region": "eu-north",
        },
        "owner": { "name": "Ada Marsh", "email": "ada.marsh@northlake.example" },
    })
}
