//! Requests as any outsider sends them: HTTPS, the server's own CA, a key, and nothing else of the server.

use std::path::Path;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::{Body, Client, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::client::{causes, http_client};

/// Why a step did not come out as it must.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No answer.
    #[error("no answer from the server: {0}")]
    Unanswered(String),
    /// Another answer than the one that is right.
    #[error("{asked} must be answered with {wanted}, and was with {status}: {said}")]
    Unexpected {
        /// Method and path.
        asked: String,
        /// The status or rule that would be right.
        wanted: String,
        /// What came.
        status: u16,
        /// The beginning of what it said.
        said: String,
    },
    /// Something else is not what it must be.
    #[error("{0}")]
    Unusable(String),
}

impl Trouble {
    /// Something is not what it must be.
    pub(super) fn unusable(text: impl Into<String>) -> Self {
        Self::Unusable(text.into())
    }
}

/// The result of a step.
pub(super) type Step<T> = Result<T, Trouble>;

/// What must be so, or the sentence says what is wrong.
pub(super) fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Step<()> {
    if holds {
        Ok(())
    } else {
        Err(Trouble::Unusable(otherwise()))
    }
}

/// A server as it is reached from outside.
#[derive(Debug, Clone)]
pub(super) struct Site {
    http: Client,
    url: Url,
}

/// Somebody at the door, with a key or without.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    site: Site,
    key: Option<SecretString>,
}

impl Site {
    /// The server at this address, trusted by this CA alone.
    pub(super) fn new(url: &str, ca: Option<&Path>) -> Step<Self> {
        let url = Url::parse(url).map_err(|error| Trouble::unusable(format!("{url}: {error}")))?;
        let http = http_client(&url, ca).map_err(|failure| Trouble::unusable(failure.to_string()))?;
        Ok(Self { http, url })
    }

    /// Somebody with this key.
    pub(super) fn with(&self, key: impl Into<SecretString>) -> Visitor {
        Visitor {
            site: self.clone(),
            key: Some(key.into()),
        }
    }

    /// Somebody without any key.
    pub(super) fn stranger(&self) -> Visitor {
        Visitor {
            site: self.clone(),
            key: None,
        }
    }
}

impl Visitor {
    /// The key, if there is one.
    pub(super) fn key(&self) -> Option<&SecretString> {
        self.key.as_ref()
    }

    /// Asks, and reads the whole answer.
    pub(super) async fn ask(&self, call: Call) -> Step<Reply> {
        let asked = format!("{} {}", call.method, call.path);
        let response = self.open(call).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response
            .bytes()
            .await
            .map_err(|error| Trouble::Unanswered(causes(&error)))?;
        Ok(Reply {
            asked,
            status,
            headers,
            body: body.to_vec(),
        })
    }

    /// Asks, and leaves the body of the answer to be read.
    pub(super) async fn open(&self, call: Call) -> Step<Response> {
        let mut url = self.site.url.clone();
        url.set_path(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.site.http.request(call.method, url).headers(call.headers);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, bearer(key)?);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        request
            .send()
            .await
            .map_err(|error| Trouble::Unanswered(causes(&error)))
    }
}

/// The bearer header, marked so that no log shows it.
fn bearer(key: &SecretString) -> Step<HeaderValue> {
    let value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()));
    let mut value = value.map_err(|_| Trouble::unusable("a key that cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    body: Option<Body>,
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
        }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a parameter.
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header; a value that no header can carry is left out, and the answer will show it.
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Sends JSON.
    pub(super) fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
            .header("content-type", "application/json")
    }

    /// Sends these bytes, or a stream of them.
    pub(super) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    asked: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Exactly this status.
    pub(super) fn is(self, status: u16) -> Step<Self> {
        if self.status.as_u16() == status {
            Ok(self)
        } else {
            Err(self.otherwise(&status.to_string()))
        }
    }

    /// The JSON of an answer with this status.
    pub(super) fn value(self, status: u16) -> Step<Value> {
        let reply = self.is(status)?;
        serde_json::from_slice(&reply.body).map_err(|_| reply.otherwise("JSON"))
    }

    /// A refusal with this status, for this reason: the last part of its type, or one of the rules that it names.
    pub(super) fn refusal(self, status: u16, reason: &str) -> Step<Value> {
        let reply = self.is(status)?;
        let problem: Value =
            serde_json::from_slice(&reply.body).map_err(|_| reply.otherwise("a problem document"))?;
        let slug = problem["type"].as_str().and_then(|urn| urn.rsplit(':').next());
        let mut rules = problem["reasons"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        if slug == Some(reason) || rules.any(|rule| rule == reason) {
            return Ok(problem);
        }
        Err(reply.otherwise(&format!("{status} for the reason {reason}")))
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn otherwise(&self, wanted: &str) -> Trouble {
        let said: String = String::from_utf8_lossy(&self.body)
            .chars()
            .filter(|c| !c.is_control())
            .take(300)
            .collect();
        let (asked, wanted) = (self.asked.clone(), wanted.to_owned());
        Trouble::Unexpected {
            asked,
            wanted,
            status: self.status.as_u16(),
            said,
        }
    }
}

/// The text at this place of an answer.
pub(super) fn text(value: &Value, pointer: &str) -> Step<String> {
    let found = value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Trouble::unusable(format!("the answer has no text at {pointer}")))
}

/// The number at this place of an answer.
pub(super) fn number(value: &Value, pointer: &str) -> Step<u64> {
    let found = value.pointer(pointer).and_then(Value::as_u64);
    found.ok_or_else(|| Trouble::unusable(format!("the answer has no number at {pointer}")))
}

/// The list of a page.
pub(super) fn items(value: &Value) -> Step<&Vec<Value>> {
    value["items"]
        .as_array()
        .ok_or_else(|| Trouble::unusable("the answer is no page"))
}
