//! Commands as they are typed, against a small server that keeps the contract and can be made to fail.

mod lifecycle;
mod people;
mod transfers;
mod trust;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use clap::Parser;
use futures_util::{StreamExt as _, stream};
use kernel::{SystemClock, SystemRandom, Timestamp, VersionId};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::output::testing::Printed;
use super::patience::Patience;
use super::{ClientCommand, ConnectionArgs, Session};

pub(super) const KEY: &str = "bailee_test";

/// What goes wrong with the next request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// 503 before anything is done.
    Unavailable,
    /// It is done, and the answer breaks off.
    AnswerLost,
    /// Content breaks off after so many bytes.
    Cut(usize),
    /// Content has a byte changed.
    Altered,
}

#[derive(Default)]
pub(super) struct World {
    /// Names and versions by item.
    pub(super) items: BTreeMap<String, Item>,
    pub(super) faults: VecDeque<Fault>,
    /// Method, path with query, and headers of every request.
    pub(super) requests: Vec<(String, String, HeaderMap)>,
    pub(super) bodies: Vec<Value>,
    answers: HashMap<String, Value>,
}

pub(super) struct Item {
    pub(super) name: String,
    pub(super) versions: Vec<(VersionId, Vec<u8>)>,
}

type Shared = Arc<Mutex<World>>;

/// A desk of a user: a server, and a folder.
pub(super) struct Desk {
    pub(super) world: Shared,
    url: String,
    folder: TempDir,
}

#[derive(Debug, Parser)]
struct Typed {
    #[command(subcommand)]
    command: ClientCommand,
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) code: u8,
    pub(super) told: Vec<Value>,
    pub(super) failure: String,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let world = Shared::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = router(world.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            world,
            url,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Runs what was typed, with `--json`.
    pub(super) async fn types(&self, words: &[&str]) -> Ended {
        self.types_to(&self.url, KEY, words).await
    }

    pub(super) async fn types_to(&self, url: &str, key: &str, words: &[&str]) -> Ended {
        let Ok(typed) = Typed::try_parse_from([&["bailee"], words, &["--json", "--server", url]].concat())
        else {
            return Ended {
                code: 2,
                told: Vec::new(),
                failure: String::new(),
            };
        };
        let connection: ConnectionArgs = typed.command.connection().clone();
        let environment = |name: &str| (name == "BAILEE_API_KEY").then(|| key.to_owned());
        let printed = Printed::default();
        let done = match connection.connect(&environment, Arc::new(SystemRandom)) {
            Ok(mut server) => {
                server.patience = Patience {
                    tries: 3,
                    first: Duration::ZERO,
                };
                let session = Session {
                    server,
                    output: printed.output(true),
                    clock: Arc::new(SystemClock),
                };
                typed.command.run(&session).await
            }
            Err(failure) => Err(failure),
        };
        let failure = done.as_ref().err().map(ToString::to_string).unwrap_or_default();
        Ended {
            code: done.map_or_else(|failure| failure.code(), |()| 0),
            told: printed.json(),
            failure,
        }
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        std::fs::write(self.at(name), bytes).unwrap();
        self.path(name)
    }

    /// What is in the user's folder, as paths below it.
    pub(super) fn files(&self, below: &str) -> Vec<String> {
        let walked = super::walk::walk(&[self.at(below)], None, true);
        let mut names: Vec<_> = walked
            .map(|walk| walk.found.into_iter().map(|file| file.name).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// Keeps an item on the server; gives its id.
    pub(super) fn keeps(&self, name: &str, bytes: &[u8]) -> String {
        keep(&mut self.world.lock().unwrap(), name, bytes)
    }

    pub(super) fn will(&self, faults: &[Fault]) {
        self.world.lock().unwrap().faults.extend(faults);
    }

    /// Paths of all requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.world
            .lock()
            .unwrap()
            .requests
            .iter()
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect()
    }

    pub(super) fn header(&self, at: usize, name: &str) -> Option<String> {
        let world = self.world.lock().unwrap();
        world.requests[at]
            .2
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    }
}

fn keep(world: &mut World, name: &str, bytes: &[u8]) -> String {
    let now = Timestamp::from_micros(1_700_000_000_000_000);
    let version = (VersionId::make(now, &SystemRandom), bytes.to_vec());
    if let Some((id, item)) = world.items.iter_mut().find(|(_, item)| item.name == name) {
        item.versions.push(version);
        return id.clone();
    }
    let id = kernel::ItemId::make(now, &SystemRandom).to_string();
    world.items.insert(
        id.clone(),
        Item {
            name: name.to_owned(),
            versions: vec![version],
        },
    );
    id
}

fn router(world: Shared) -> Router {
    Router::new()
        .route("/v1/datasets", get(datasets))
        .route("/v1/datasets/{dataset}/items", get(list).post(store))
        .route("/v1/datasets/{dataset}/items/{verb}", post(bulk))
        .route("/v1/items/{item}", any(echo))
        .route("/v1/items/{item}/{verb}", any(content))
        .fallback(echo)
        .layer(from_fn_with_state(world.clone(), door))
        .with_state(world)
}

pub(super) fn problem(status: u16, slug: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let body = json!({
        "type": format!("urn:bailee:problem:{slug}"), "title": slug, "status": status.as_u16(),
        "detail": "do otherwise", "operation": "operation-1",
    });
    (status, [(header::RETRY_AFTER, "0")], axum::Json(body)).into_response()
}

/// Notes every request, and refuses those without the key.
async fn door(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let about = (
        request.method().to_string(),
        request.uri().to_string(),
        request.headers().clone(),
    );
    let authorized = about
        .2
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value == &format!("Bearer {KEY}"));
    let fault = {
        let mut world = world.lock().unwrap();
        world.requests.push(about);
        match world.faults.front() {
            Some(Fault::Unavailable | Fault::AnswerLost) => world.faults.pop_front(),
            _ => None,
        }
    };
    match fault {
        _ if !authorized => problem(401, "unauthenticated"),
        Some(Fault::Unavailable) => problem(503, "unavailable"),
        Some(_) => {
            next.run(request).await;
            broken(Vec::new(), 10)
        }
        None => next.run(request).await,
    }
}

/// An answer that ends before its declared length.
fn broken(bytes: Vec<u8>, declared: usize) -> Response {
    let first = stream::iter([Ok(Bytes::from(bytes))]);
    let then = stream::once(async {
        // A pause in the body makes the server send what it has; without it, it sends nothing at all.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut"))
    });
    let body = Body::from_stream(first.chain(then));
    Response::builder()
        .header(header::CONTENT_LENGTH, declared)
        .body(body)
        .unwrap()
}

async fn datasets() -> axum::Json<Value> {
    axum::Json(json!({ "items": [{ "id": "d1", "name": "scans", "state": "active" }] }))
}

fn described(id: &str, item: &Item) -> Value {
    let (version, bytes) = item.versions.last().unwrap();
    json!({ "id": id, "name": item.name, "state": "active", "version": {
        "id": version, "number": item.versions.len(), "size": bytes.len(), "sha256": hex::encode(digest(&SHA256, bytes)),
    }})
}

/// Two items on a page.
async fn list(State(world): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let world = world.lock().unwrap();
    let fits = |item: &Item| {
        query.get("name").is_none_or(|name| *name == item.name)
            && query
                .get("name_prefix")
                .is_none_or(|prefix| item.name.starts_with(prefix))
    };
    let fitting = world
        .items
        .iter()
        .filter(|(id, item)| fits(item) && query.get("cursor").is_none_or(|after| *id > after));
    let items: Vec<Value> = fitting.map(|(id, item)| described(id, item)).collect();
    let next = items.get(2).map(|_| items[1]["id"].clone());
    let page = items.into_iter().take(2).collect::<Vec<_>>();
    let body = next.map_or_else(
        || json!({ "items": page }),
        |next| json!({ "items": page, "next": next }),
    );
    axum::Json(body).into_response()
}

async fn store(
    State(world): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return problem(400, "interrupted");
    };
    let declared = web::digest::parse(headers["content-digest"].as_bytes())
        .unwrap()
        .unwrap();
    if digest(&SHA256, &body).as_ref() != declared {
        return problem(422, "mismatch");
    }
    if query["name"].starts_with("forbidden") {
        return problem(403, "forbidden");
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let mut world = world.lock().unwrap();
    let answer = world.answers.get(&key).cloned().unwrap_or_else(|| {
        let id = keep(&mut world, &query["name"], &body);
        json!({ "item": described(&id, &world.items[&id]), "created": true, "event": "e1" })
    });
    world.answers.insert(key, answer.clone());
    (StatusCode::CREATED, axum::Json(answer)).into_response()
}

async fn bulk(State(world): State<Shared>, axum::Json(body): axum::Json<Value>) -> axum::Json<Value> {
    let mut world = world.lock().unwrap();
    world.bodies.push(body.clone());
    axum::Json(json!({ "matched": 3, "bytes": 300, "changed": 3, "dry_run": body["dry_run"] }))
}

/// Any other act: tells it back.
async fn echo(State(world): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    world.lock().unwrap().bodies.push(body);
    match path.as_str() {
        "/v1/keys" => axum::Json(json!({ "key": { "id": "k1" }, "secret": "bailee_new" })).into_response(),
        "/v1/staff" => axum::Json(json!({ "staff": { "id": "m1" }, "token": "once" })).into_response(),
        "/v1/temporary-credentials" => {
            let secret = format!("bailee_0198f0c27d3a7c119b1e5f6a7b8c9d0e_{}", "A".repeat(43));
            axum::Json(json!({ "key": { "id": "k2" }, "secret": secret })).into_response()
        }
        "/v1/tenants" => {
            let key = json!({ "key": { "id": "k1" }, "secret": "bailee_owner" });
            axum::Json(json!({ "tenant": { "id": "t1" }, "key": key, "recovery_code": "bailee_code" }))
                .into_response()
        }
        _ => axum::Json(json!({ "event": "e1" })).into_response(),
    }
}

/// Content with ranges; what is not content is told back.
async fn content(
    State(world): State<Shared>,
    Path((id, verb)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if verb != "content" {
        return axum::Json(json!({ "event": "e1" })).into_response();
    }
    let mut world = world.lock().unwrap();
    let fault = world.faults.pop_front();
    let Some(item) = world.items.get(&id) else {
        return problem(404, "not-found");
    };
    let (version, bytes) = item.versions.last().unwrap().clone();
    let tag = format!("\"{version}\"");
    let resumes = headers.get(header::IF_RANGE).is_some_and(|value| value == &tag);
    let range = headers.get(header::RANGE).and_then(|value| {
        value
            .to_str()
            .unwrap()
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    });
    let start: usize = range.filter(|_| resumes).unwrap_or(0);
    if resumes && start >= bytes.len() {
        return problem(416, "range-not-satisfiable");
    }
    let mut sent = bytes[start..].to_vec();
    if fault == Some(Fault::Altered) {
        sent[0] ^= 1;
    }
    let mut response = match fault {
        Some(Fault::Cut(after)) => broken(sent[..after].to_vec(), sent.len()),
        _ => sent.into_response(),
    };
    let (total, last) = (bytes.len(), bytes.len().saturating_sub(1));
    if resumes {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response.headers_mut().insert(
            header::CONTENT_RANGE,
            format!("bytes {start}-{last}/{total}").parse().unwrap(),
        );
    }
    let whole: [u8; 32] = digest(&SHA256, &bytes).as_ref().try_into().unwrap();
    let about = response.headers_mut();
    // What lies in a bucket of the tenant's own has no digest; what lost it on the way is not believed.
    if item.name.starts_with("theirs") {
        about.insert("bailee-digest", "unknown".parse().unwrap());
    } else if !item.name.starts_with("stripped") {
        about.insert("repr-digest", web::digest::format(&whole).parse().unwrap());
    }
    about.insert(header::ETAG, tag.parse().unwrap());
    about.insert(
        header::CONTENT_DISPOSITION,
        web::disposition::attachment(&item.name),
    );
    response
}
