//! One request to the REST API, as the commands describe it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use reqwest::Body;
use serde::Serialize;

use super::failure::Failure;
use super::progress::Counter;

/// How long a read may take; writes may take as long as their bytes need.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// One request, which can be sent more than once.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Content,
    /// For the whole answer; without it, as long as it takes.
    pub(super) timeout: Option<Duration>,
}

/// What is sent with it.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Nothing,
    Json(Vec<u8>),
    File {
        path: PathBuf,
        length: u64,
        counter: Counter,
    },
    /// Whatever comes, once.
    Stream(Once),
}

/// A body that can be sent once: it comes from where nothing can be read twice.
#[derive(Clone)]
pub(crate) struct Once(Arc<Mutex<Option<Body>>>);

impl Once {
    /// The body; nothing when it was taken before.
    pub(super) fn take(&self) -> Option<Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Once")
    }
}

impl Call {
    fn new(method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self {
            method,
            path,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Content::Nothing,
            timeout: None,
        }
    }

    /// Reads `/v1/<path>`.
    pub(crate) fn get(path: &[&str]) -> Self {
        Self {
            timeout: Some(READ_TIMEOUT),
            ..Self::new(Method::GET, path)
        }
    }

    /// Reads an answer that may take any time, because it may be of any size.
    pub(crate) fn download(path: &[&str]) -> Self {
        Self::new(Method::GET, path)
    }

    /// Acts on `/v1/<path>`.
    pub(crate) fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path)
    }

    /// Sets `/v1/<path>`.
    pub(crate) fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Changes `/v1/<path>`.
    pub(crate) fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Removes `/v1/<path>`.
    pub(crate) fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a parameter, if there is a value.
    pub(crate) fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Failure> {
        let value = HeaderValue::from_str(value)
            .map_err(|_| Failure::usage(format!("{name}: use visible ASCII characters")))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sends this as JSON.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::usage(error.to_string()))?;
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Content::Json(body);
        Ok(self)
    }

    /// Streams this file, of which `length` bytes are declared.
    pub(crate) fn file(mut self, path: PathBuf, length: u64, counter: Counter) -> Self {
        self.body = Content::File {
            path,
            length,
            counter,
        };
        self
    }

    /// Streams this body, whose length nobody knows.
    pub(crate) fn stream(mut self, body: Body) -> Self {
        self.body = Content::Stream(Once(Arc::new(Mutex::new(Some(body)))));
        self
    }

    /// Whether doing it twice is doing it once. POST and PUT carry a key by which the server knows a repetition.
    pub(super) fn repeats(&self) -> bool {
        self.method != Method::DELETE && self.is_all_here()
    }

    /// Whether it can be sent again at all.
    pub(super) fn is_all_here(&self) -> bool {
        !matches!(self.body, Content::Stream(_))
    }
}
