//! Requests to the REST API, tried again where that is safe.
//!
//! Promises: a request that may be repeated (reads, and writes that carry an idempotency key) is sent again when the
//! connection breaks or the server says 503; so is one that came too fast (429 with a time to wait), for it was not looked
//! at; any other is sent again only when it surely was not taken. Refusals become [`Failure::Refused`] with the server's
//! own words. Answers are read up to a limit.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::TryStreamExt as _;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use kernel::Random;
use reqwest::{Body, Client, RequestBuilder, Response, Url};
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::io::ReaderStream;
use web::ProblemDocument;

use super::call::{Call, Content};
use super::connection::causes;
use super::failure::Failure;
use super::patience::{Patience, retry_after};
use super::progress::Counter;

/// A page of a thousand items with all their metadata stays below this.
const ANSWER_MAX: usize = 64 << 20;
const UPLOAD_CHUNK: usize = 128 << 10;

/// A server and the key to act with.
pub(crate) struct Server {
    pub(crate) http: Client,
    pub(crate) base: Url,
    pub(crate) key: SecretString,
    pub(crate) reason: Option<HeaderValue>,
    pub(crate) patience: Patience,
    pub(crate) random: Arc<dyn Random>,
    /// The last operations of ours, as the answers named them.
    pub(crate) operations: Operations,
}

/// Ids of our own operations, by which we know our entries in the trail.
#[derive(Debug, Default)]
pub(crate) struct Operations(Mutex<VecDeque<String>>);

/// More than are made in the time that entries of a trail are looked at again.
const OPERATIONS_KEPT: usize = 1_000;

impl Operations {
    fn note(&self, headers: &HeaderMap) {
        let Some(operation) = headers
            .get("bailee-operation")
            .and_then(|value| value.to_str().ok())
        else {
            return;
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == OPERATIONS_KEPT {
            kept.pop_front();
        }
        kept.push_back(operation.to_owned());
    }

    /// All that are kept.
    pub(crate) fn all(&self) -> HashSet<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

impl Server {
    /// The answer as JSON; null if there is none.
    pub(crate) async fn json(&self, call: &Call) -> Result<Value, Failure> {
        let bytes = self
            .attempt(call, async |response| read_up_to(response, ANSWER_MAX).await)
            .await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| Failure::Answer(format!("it is no JSON: {error}")))
    }

    /// The answer's bytes, at most so many.
    pub(crate) async fn bytes(&self, call: &Call, most: usize) -> Result<Vec<u8>, Failure> {
        self.attempt(call, async |response| read_up_to(response, most).await)
            .await
    }

    /// The answer, its body still to come.
    pub(crate) async fn send(&self, call: &Call) -> Result<Response, Failure> {
        self.attempt(call, async |response| Ok(response)).await
    }

    /// Sends until there is an answer that was read, or patience ends.
    async fn attempt<T>(
        &self,
        call: &Call,
        read: impl AsyncFn(Response) -> Result<T, Unread>,
    ) -> Result<T, Failure> {
        let idempotency = self.idempotency_key(call)?;
        let mut tried = 0;
        loop {
            tried += 1;
            let sent = self.request(call, idempotency.as_ref()).await?.send().await;
            let (failure, again, asked_for) = match sent {
                Ok(response) if response.status().is_success() => {
                    self.operations.note(response.headers());
                    match read(response).await {
                        Ok(answer) => return Ok(answer),
                        Err(Unread::TooLong) => {
                            return Err(Failure::Answer("it is longer than any should be".into()));
                        }
                        Err(Unread::Broken(error)) => (self.unreachable(&error), call.repeats(), None),
                    }
                }
                Ok(response) => {
                    let asked_for = retry_after(response.headers());
                    // What came too fast was not even looked at.
                    let too_fast = response.status() == StatusCode::TOO_MANY_REQUESTS && asked_for.is_some();
                    let unavailable = response.status() == StatusCode::SERVICE_UNAVAILABLE || too_fast;
                    let again = unavailable && call.is_all_here();
                    (refusal(response).await, again, asked_for)
                }
                Err(error) => (self.unreachable(&error), may_be_sent_again(call, &error), None),
            };
            let pause = self
                .patience
                .pause(tried, asked_for, &*self.random)
                .filter(|_| again);
            tokio::time::sleep(pause.ok_or(failure)?).await;
        }
    }

    /// The first try, the repetitions: all with the same key, so that the server acts once.
    fn idempotency_key(&self, call: &Call) -> Result<Option<HeaderValue>, Failure> {
        if !matches!(call.method, Method::POST | Method::PUT) {
            return Ok(None);
        }
        let mut bytes = [0; 18];
        self.random.fill(&mut bytes);
        let value = HeaderValue::try_from(URL_SAFE_NO_PAD.encode(bytes));
        value
            .map(Some)
            .map_err(|error| Failure::Answer(error.to_string()))
    }

    async fn request(
        &self,
        call: &Call,
        idempotency: Option<&HeaderValue>,
    ) -> Result<RequestBuilder, Failure> {
        let mut builder = self
            .http
            .request(call.method.clone(), self.url(call)?)
            .header(AUTHORIZATION, self.bearer()?);
        if let Some(reason) = &self.reason {
            builder = builder.header("bailee-reason", reason);
        }
        if let Some(key) = idempotency {
            builder = builder.header("idempotency-key", key);
        }
        if let Some(timeout) = call.timeout {
            builder = builder.timeout(timeout);
        }
        builder = builder.headers(call.headers.clone());
        match &call.body {
            Content::Nothing => Ok(builder),
            Content::Json(body) => Ok(builder.body(body.clone())),
            Content::Stream(once) => {
                let taken = || Failure::Answer("the body was sent already".into());
                Ok(builder.body(once.take().ok_or_else(taken)?))
            }
            Content::File {
                path,
                length,
                counter,
            } => {
                let file = tokio::fs::File::open(path)
                    .await
                    .map_err(Failure::file("read", path))?;
                Ok(builder
                    .header(CONTENT_LENGTH, *length)
                    .body(streamed(file, counter.restart())))
            }
        }
    }

    fn url(&self, call: &Call) -> Result<Url, Failure> {
        let mut url = self.base.clone();
        // The parser drops such parts, which would make another path of it.
        if let Some(part) = call
            .path
            .iter()
            .find(|part| matches!(part.as_str(), "" | "." | ".."))
        {
            return Err(Failure::usage(format!(
                "{part:?} is neither an id nor a name here"
            )));
        }
        let mut segments = url
            .path_segments_mut()
            .map_err(|()| Failure::usage("--server is no web address"))?;
        segments.pop_if_empty().push("v1").extend(&call.path);
        drop(segments);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }

    /// No answer came.
    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let cause = causes(error);
        let hint = if is_about_trust(error) {
            "Name the server's own CA with --ca (it writes tls/ca.pem)."
        } else {
            ""
        };
        Failure::Unreachable {
            server: self.base.to_string(),
            cause,
            hint,
        }
    }
}

/// Whether nothing is done twice by it, and there is hope.
fn may_be_sent_again(call: &Call, error: &reqwest::Error) -> bool {
    !is_about_trust(error) && (call.repeats() || (error.is_connect() && call.is_all_here()))
}

/// Whether the server's certificate was refused: trying again changes nothing. Known by words, for the error of the TLS
/// library is buried as text.
fn is_about_trust(error: &reqwest::Error) -> bool {
    error.is_connect() && causes(error).contains("certificate")
}

/// The file as a body. What was handed to the connection is counted.
fn streamed(file: tokio::fs::File, counter: Counter) -> Body {
    let stream = ReaderStream::with_capacity(file, UPLOAD_CHUNK);
    Body::wrap_stream(stream.inspect_ok(move |chunk| counter.add(chunk.len() as u64)))
}

/// What the server said, or what can be said about it when it speaks otherwise.
async fn refusal(response: Response) -> Failure {
    let status = response.status();
    let operation = response
        .headers()
        .get("bailee-operation")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bytes = read_up_to(response, 64 << 10).await.unwrap_or_default();
    let document = serde_json::from_slice::<ProblemDocument>(&bytes).unwrap_or_else(|_| ProblemDocument {
        urn: "about:blank".into(),
        title: format!("HTTP status {status}"),
        status: status.as_u16(),
        detail: "the answer holds no explanation: is this a bailee server, and its root in --server?".into(),
        operation,
        field: None,
        reasons: Vec::new(),
    });
    Failure::Refused(Box::new(ProblemDocument {
        status: status.as_u16(),
        ..document
    }))
}

/// Why a body was not read.
pub(crate) enum Unread {
    TooLong,
    Broken(reqwest::Error),
}

/// The whole body of at most so many bytes.
pub(crate) async fn read_up_to(mut response: Response, most: usize) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(Unread::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
