//! Inputs of handlers that answer a problem when they do not fit: which field, what is wrong.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::problem::Kind;

/// The most bytes of a JSON body.
pub const JSON_LIMIT: usize = 1 << 20;

/// A JSON body of at most [`JSON_LIMIT`] bytes; as an answer, JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send JSON with `Content-Type: application/json`";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail).at("content-type"));
        }
        let bytes = collect(request, JSON_LIMIT).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| misfit("body", &error.path().to_string(), &error.inner().to_string()))?;
        reader
            .end()
            .map_err(|error| Problem::invalid("body", error.to_string()))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let answer = axum::Json(self.0).into_response();
        if answer.status() == StatusCode::INTERNAL_SERVER_ERROR {
            return Problem::internal("an answer could not be written as JSON").into_response();
        }
        answer
    }
}

/// The parameters after the `?`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
            .map(Self)
            .map_err(|error| misfit("query", &error.path().to_string(), &error.inner().to_string()))
    }
}

/// The variable parts of the path. Parts that cannot be read name nothing that exists: the answer is 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found(
                "there is nothing at this path; check the id in it",
            )),
            Err(other) => Err(Problem::internal(other.to_string())),
        }
    }
}

/// Reads a whole body of at most `limit` bytes; no more than that is ever held.
///
/// # Errors
/// 413, or 400 `interrupted` when the connection broke.
pub async fn collect(request: Request, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit as u64)),
        Err(error) => Err(interrupted().because(error.to_string())),
    }
}

/// The 400 answer for a body that broke off.
pub fn interrupted() -> Problem {
    Problem::new(
        Kind::Interrupted,
        "the body ended early; nothing was kept, send it again",
    )
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The problem at one place. serde names a missing or unknown field in its text and not in the path.
fn misfit(whole: &str, path: &str, reason: &str) -> Problem {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| {
            let rest = reason.strip_prefix(start)?;
            rest.split_once('`').map(|(name, _)| name)
        });
    let field = match (path, named) {
        ("." | "?" | "", None) => whole.to_owned(),
        ("." | "?" | "", Some(name)) => name.to_owned(),
        // An unknown field is already in the path.
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => {
            format!("{path}.{name}")
        }
        (path, _) => path.to_owned(),
    };
    Problem::invalid(field, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Dataset {
        name: String,
        #[serde(default)]
        fields: Vec<Field>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Field {
        #[allow(dead_code, reason = "read by serde alone")]
        personal: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Paging {
        limit: Option<u32>,
    }

    async fn json(media_type: &str, body: impl Into<Body>) -> Result<Dataset, (String, Option<String>)> {
        let request = Request::builder()
            .header("content-type", media_type)
            .body(body.into())
            .unwrap();
        let read = Json::<Dataset>::from_request(request, &()).await;
        read.map(|Json(dataset)| dataset)
            .map_err(|problem| (problem.kind().slug().to_owned(), problem.document(None).field))
    }

    async fn wrong_field(body: &'static str) -> String {
        let (slug, field) = json("application/json", body).await.unwrap_err();
        assert_eq!(slug, "invalid", "{body}");
        field.unwrap()
    }

    #[tokio::test]
    async fn json_that_fits_is_read() {
        let read = json(
            "application/json; charset=utf-8",
            r#"{"name": "scans", "fields": [{"personal": true}]}"#,
        )
        .await
        .unwrap();
        assert_eq!((read.name.as_str(), read.fields.len()), ("scans", 1));
        assert!(
            json("application/merge-patch+json", r#"{"name": "scans"}"#)
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn the_wrong_field_is_named() {
        assert_eq!(wrong_field(r#"{"name": 7}"#).await, "name");
        assert_eq!(wrong_field(r#"{}"#).await, "name");
        assert_eq!(wrong_field(r#"{"nam": "x"}"#).await, "nam");
        assert_eq!(
            wrong_field(r#"{"name": "x", "fields": [{"personal": 1}]}"#).await,
            "fields[0].personal"
        );
        assert_eq!(
            wrong_field(r#"{"name": "x", "fields": [{}]}"#).await,
            "fields[0].personal"
        );
        assert_eq!(wrong_field(r#"{"name": "x"} more"#).await, "body");
        assert_eq!(wrong_field("").await, "body");
    }

    #[tokio::test]
    async fn other_media_types_and_long_bodies_are_refused() {
        assert_eq!(
            json("text/plain", "{}").await.unwrap_err().0,
            "unsupported-media-type"
        );
        let long = format!("{{\"name\": \"{}\"}}", "x".repeat(JSON_LIMIT));
        assert_eq!(json("application/json", long).await.unwrap_err().0, "too-large");
    }

    #[tokio::test]
    async fn the_wrong_parameter_is_named() {
        let query = async |uri: &str| {
            let (mut parts, ()) = http::Request::builder().uri(uri).body(()).unwrap().into_parts();
            let read = Query::<Paging>::from_request_parts(&mut parts, &()).await;
            read.map(|Query(paging)| paging.limit)
                .map_err(|problem| problem.document(None).field.unwrap())
        };
        assert_eq!(query("/?limit=5").await, Ok(Some(5)));
        assert_eq!(query("/").await, Ok(None));
        assert_eq!(query("/?limit=five").await, Err("limit".to_owned()));
        assert_eq!(query("/?limt=5").await, Err("limt".to_owned()));
        assert_eq!(query("/?limit=5&limit=6").await, Err("limit".to_owned()));
    }
}
