//! What every request brings besides its own inputs: a credential, where it comes from, why, and the key
//! that makes a repetition safe.

use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use bytes::Bytes;
use custody::{Credential, IdempotencyKey};
use http::HeaderMap;
use http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use http::request::Parts;
use identity::{Door, SessionToken};
use operation::Client;
use serde::de::DeserializeOwned;
use web::client::ClientAddress;
use web::{Operation, Problem};

use crate::ApiState;

/// The most characters of a stated reason.
const LONGEST_REASON: usize = 256;
/// The most characters of what a client calls itself.
const LONGEST_AGENT: usize = 200;
/// The most characters of an origin.
const LONGEST_ORIGIN: usize = 300;
/// The most characters of an idempotency key.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;

/// Who calls, and the request as the trail will know it.
///
/// INVARIANT: handlers take this before any other input, so that without a credential nothing is learned
/// about paths, queries or bodies. Whether the credential is good is found out by the act itself.
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    pub(crate) request: operation::Request,
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let credential = bearer(&parts.headers).and_then(credential);
        let credential = credential.ok_or_else(Problem::unauthenticated)?;
        let request = request_of(parts, state).await?;
        Ok(Self { credential, request })
    }
}

/// The bearer of a session: an API key has none.
pub(crate) struct Bearer {
    pub(crate) token: String,
    /// Where it was given.
    pub(crate) door: Door,
    pub(crate) request: operation::Request,
}

impl FromRequestParts<ApiState> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let session = |text: &str| Some((text.to_owned(), SessionToken::parse(text)?.door()));
        let session = bearer(&parts.headers).and_then(session);
        let (token, door) = session.ok_or_else(Problem::unauthenticated)?;
        let request = request_of(parts, state).await?;
        Ok(Self { token, door, request })
    }
}

/// Somebody at the door, who has nothing yet.
pub(crate) struct Stranger {
    pub(crate) request: operation::Request,
}

impl FromRequestParts<ApiState> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let request = request_of(parts, state).await?;
        Ok(Self { request })
    }
}

/// The request as the trail will know it.
pub(crate) async fn request_of(parts: &mut Parts, state: &ApiState) -> Result<operation::Request, Problem> {
    let Operation(operation) = Operation::from_request_parts(parts, state).await?;
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
    let client = Client {
        address: address.map(|address| address.to_string()),
        agent: agent(&parts.headers),
        origin: origin(&parts.headers),
    };
    Ok(operation::Request {
        operation,
        client: Some(client),
        reason: reason(&parts.headers)?,
        // Shared with the layer that names the event in the answer; see `answers::name_event`.
        recorded: parts.extensions.get().cloned().unwrap_or_default(),
    })
}

/// An API key, or the token of a session.
fn credential(text: &str) -> Option<Credential> {
    let session = || SessionToken::parse(text).map(|token| Credential::session(&token));
    Credential::parse(text).ok().or_else(session)
}

/// What the one `Authorization` header brings.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    // Two credentials are none: which of them counts must not depend on who reads them.
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(text.trim())
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?;
    (agent.len() <= LONGEST_AGENT && is_visible(agent)).then(|| agent.to_owned())
}

/// The page that asks, where a browser says so.
fn origin(headers: &HeaderMap) -> Option<String> {
    let origin = headers.get(ORIGIN)?.to_str().ok()?;
    (origin.len() <= LONGEST_ORIGIN && is_visible(origin)).then(|| origin.to_owned())
}

fn reason(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("bailee-reason") else {
        return Ok(None);
    };
    let reason = std::str::from_utf8(value.as_bytes()).ok().map(str::trim);
    let Some(reason) = reason.filter(|reason| reason.is_empty() || is_reason(reason)) else {
        return Err(Problem::invalid(
            "bailee-reason",
            format!("give at most {LONGEST_REASON} characters on one line"),
        ));
    };
    Ok((!reason.is_empty()).then(|| reason.to_owned()))
}

/// Whether somebody could have meant it.
pub(crate) fn is_reason(text: &str) -> bool {
    let length = text.trim().chars().count();
    (1..=LONGEST_REASON).contains(&length) && !text.chars().any(char::is_control)
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// A JSON body with its bytes, which are part of what an idempotency key stands for.
pub(crate) struct Input<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = web::extract::collect(Request::new(body), web::extract::JSON_LIMIT).await?;
        let again = Request::from_parts(parts, axum::body::Body::from(bytes.clone()));
        let web::extract::Json(value) = web::extract::Json::from_request(again, state).await?;
        Ok(Self { value, bytes })
    }
}

/// The `Idempotency-Key` of a request, with the parts of the request that are known from its head.
pub(crate) struct Once {
    key: Option<String>,
    head: [Vec<u8>; 4],
}

impl Once {
    /// The key for this body or whatever else makes the request what it is.
    pub(crate) fn of(&self, rest: &[&[u8]]) -> Option<IdempotencyKey> {
        let head = self.head.iter().map(Vec::as_slice);
        let request: Vec<&[u8]> = head.chain(rest.iter().copied()).collect();
        self.key.as_deref().map(|key| IdempotencyKey::new(key, &request))
    }

    fn read(parts: &Parts, route: &str) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let head = [parts.method.as_str(), route, parts.uri.path(), query];
        Ok(Self {
            key: key(&parts.headers)?,
            head: head.map(|part| part.as_bytes().to_vec()),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let route = parts.extensions.get::<MatchedPath>().cloned();
        Self::read(parts, route.as_ref().map_or("", MatchedPath::as_str))
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let fits = |key: &&str| (1..=LONGEST_IDEMPOTENCY_KEY).contains(&key.len()) && is_visible(key);
    match value.to_str().ok().filter(fits) {
        Some(key) => Ok(Some(key.to_owned())),
        None => {
            let problem = format!("use 1 to {LONGEST_IDEMPOTENCY_KEY} visible ASCII characters");
            Err(Problem::invalid("idempotency-key", problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_credential_is_one_bearer_key() {
        let key = format!("bailee_{}_{}", "0198f0c27d3a7c119b1e5f6a7b8c9d0e", "A".repeat(43));
        let read = |pairs: &[(&'static str, &str)]| {
            let headers = headers(pairs);
            bearer(&headers).is_some_and(|text| Credential::parse(text).is_ok())
        };
        assert!(read(&[("authorization", &format!("Bearer {key}"))]));
        assert!(read(&[("authorization", &format!("bearer  {key}"))]));
        assert!(!read(&[]));
        assert!(!read(&[("authorization", &key)]));
        assert!(!read(&[("authorization", &format!("Basic {key}"))]));
        assert!(!read(&[("authorization", "Bearer ")]));
        let twice = format!("Bearer {key}");
        assert!(!read(&[("authorization", &twice), ("authorization", &twice)]));
    }

    #[test]
    fn reasons_are_short_and_on_one_line() {
        let read = |text: &str| reason(&headers(&[("bailee-reason", text)])).map_err(|_| ());
        assert_eq!(read("audit of June"), Ok(Some("audit of June".to_owned())));
        assert_eq!(read("   "), Ok(None));
        assert_eq!(read(&"x".repeat(257)), Err(()));
        assert_eq!(read("a\tb"), Err(()));
    }

    #[test]
    fn agents_that_do_not_fit_are_dropped() {
        let read = |text: &str| agent(&headers(&[("user-agent", text)]));
        assert_eq!(read("curl/8"), Some("curl/8".to_owned()));
        assert_eq!(read(&"x".repeat(201)), None);
    }

    #[test]
    fn idempotency_keys_are_visible_text() {
        let read = |text: &str| key(&headers(&[("idempotency-key", text)])).map_err(|_| ());
        assert_eq!(read("order-7"), Ok(Some("order-7".to_owned())));
        assert_eq!(read(""), Err(()));
        assert_eq!(read(&"x".repeat(256)), Err(()));
    }
}
