//! The router in the test's own process, and words for what clients send and get.

use std::sync::Arc;
use std::time::Duration;

use api::ApiState;
use assurance::Assurance;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use engines::TestDb;
use governance::egress::Egress;
use governance::processor::{Ask, Model, Unanswered};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use kernel::SystemRandom;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use testkit::{Person, World};
use tower::ServiceExt as _;
use web::{Kit, ProblemDocument};

/// A model that agrees with everybody.
struct Yes;

#[async_trait::async_trait]
impl Model for Yes {
    async fn ask(&self, _: Ask) -> Result<String, Unanswered> {
        Ok("yes".to_owned())
    }
}

/// An installation behind its REST routes.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) world: World,
}

impl Server {
    pub(crate) async fn on(db: TestDb) -> Self {
        Self::over(World::on(db).await)
    }

    pub(crate) fn over(world: World) -> Self {
        // Nobody sequences while a test waits, so waiting would be for nothing.
        let assurance = Assurance::new(
            world.custody.clone(),
            vec![world.objects_folder().to_owned()],
            "test",
        )
        .unwrap();
        let state = ApiState::new(world.custody.clone(), world.people.clone(), assurance)
            .with_receipt_patience(Duration::ZERO)
            .with_models(
                Arc::new(Yes),
                Arc::new(Egress::new(Vec::new(), Arc::new(world.clock.clone()))),
            );
        let kit = Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom));
        Self {
            router: kit.dress(api::router(state)),
            world,
        }
    }

    /// A request with this person's key.
    pub(crate) fn by(&self, person: &Person) -> Client<'_> {
        let key = person.credential.to_text();
        Client {
            server: self,
            key: Some(key.expose_secret().to_owned()),
        }
    }

    /// A request with this text as its key.
    pub(crate) fn with_key(&self, key: &str) -> Client<'_> {
        Client {
            server: self,
            key: Some(key.to_owned()),
        }
    }

    /// A request without a key.
    pub(crate) fn nobody(&self) -> Client<'_> {
        Client {
            server: self,
            key: None,
        }
    }

    /// Sends a request that a test made as a whole.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, mut body) = response.into_parts();
        let (mut bytes, mut broken) = (Vec::new(), false);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Err(_) => broken = true,
            }
        }
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: bytes.into(),
            broken,
        }
    }
}

/// Somebody at the door.
#[derive(Clone)]
pub(crate) struct Client<'s> {
    server: &'s Server,
    key: Option<String>,
}

impl<'s> Client<'s> {
    pub(crate) fn get(&self, path: &str) -> Call<'s> {
        self.call(Method::GET, path)
    }

    pub(crate) fn head(&self, path: &str) -> Call<'s> {
        self.call(Method::HEAD, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'s> {
        self.call(Method::DELETE, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'s> {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &str) -> Call<'s> {
        self.call(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call<'s> {
        self.call(Method::PATCH, path)
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'s> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
        }
        Call {
            server: self.server,
            method,
            path: path.to_owned(),
            headers,
            body: Body::empty(),
        }
    }

    /// Puts bytes under a name and gives the answer.
    pub(crate) async fn store(&self, dataset: &str, name: &str, bytes: &[u8]) -> Value {
        let reply = self
            .post(&format!("/v1/datasets/{dataset}/items?name={name}"))
            .bytes(bytes)
            .send()
            .await;
        reply.expect(201).json()
    }
}

/// A request that is being put together.
pub(crate) struct Call<'s> {
    server: &'s Server,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn json(self, value: Value) -> Self {
        let text = value.to_string();
        Self {
            body: Body::from(text),
            ..self.header("content-type", "application/json")
        }
    }

    /// A body as a client with a file sends it.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let length = bytes.len().to_string();
        Self {
            body: Body::from(bytes.to_vec()),
            ..self.header("content-length", &length)
        }
    }

    /// A body that the test makes itself.
    pub(crate) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    pub(crate) async fn send(self) -> Reply {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        self.server.send(request).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// The body ended in an error: on a connection it would be cut off.
    pub(crate) broken: bool,
}

impl Reply {
    /// Fails the test unless the status is this.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem, after a look at what every problem must have.
    #[track_caller]
    pub(crate) fn problem(&self) -> ProblemDocument {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem: ProblemDocument = serde_json::from_slice(&self.bytes).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(
            problem.operation.as_deref(),
            Some(self.header("bailee-operation"))
        );
        assert!(!problem.detail.is_empty());
        problem
    }

    /// Fails the test unless this is a problem of this kind.
    #[track_caller]
    pub(crate) fn refused(&self, slug: &str) -> ProblemDocument {
        let problem = self.problem();
        assert_eq!(
            problem.urn,
            format!("urn:bailee:problem:{slug}"),
            "{}",
            self.text()
        );
        problem
    }

    /// The answer without what differs from request to request.
    pub(crate) fn without_operation(&self) -> (u16, Vec<(String, String)>, Value) {
        let mut body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            members.remove("operation");
        }
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "bailee-operation");
        // That an event is named stays; which one is another at each request.
        let told = |name: &str, value: &http::HeaderValue| match name {
            "bailee-event" => "an event".to_owned(),
            _ => format!("{value:?}"),
        };
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_string(), told(name.as_str(), value)))
            .collect();
        headers.sort();
        (self.status, headers, body)
    }
}

/// The text at a path of a document.
#[track_caller]
pub(crate) fn text_at(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
        .to_owned()
}

/// Bytes that look like nothing and are the same each time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
