//! The public log.
//!
//! Promises: nothing is given out that a signed checkpoint does not cover; a tile never changes under its name; pages of any origin may
//! read.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use ledger::tile::TilePath;
use operation::log;
use web::Operation;

use crate::TrustState;

/// The routes under `/log`.
pub(crate) fn routes() -> Router<TrustState> {
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/tile/{*path}", get(tile))
        .route("/log/vkey", get(vkey))
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// The newest checkpoint is asked for again each time.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// A tile never changes under its name, partial ones included (C2SP tlog-tiles).
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// An hour: after a change of keys the old one still verifies what it signed.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

async fn checkpoint(State(state): State<TrustState>, operation: Operation) -> Response {
    match log::checkpoint(&state.desk.db).await {
        Ok(Some(note)) => public(StatusCode::OK, TEXT, NO_CACHE, note),
        Ok(None) => absent("there is no checkpoint yet"),
        Err(error) => unavailable(operation, &error),
    }
}

async fn tile(State(state): State<TrustState>, operation: Operation, Path(path): Path<String>) -> Response {
    let Ok(path) = format!("tile/{path}").parse::<TilePath>() else {
        return absent("not a tile: paths look like tile/0/x001/234 or tile/entries/000.p/17");
    };
    match log::tile(&state.desk.db, path).await {
        Ok(Some(bytes)) => public(StatusCode::OK, BYTES, IMMUTABLE, bytes),
        Ok(None) => absent("the newest checkpoint does not cover this tile"),
        Err(error) => unavailable(operation, &error),
    }
}

async fn vkey(State(state): State<TrustState>) -> Response {
    public(StatusCode::OK, TEXT, AN_HOUR, format!("{}\n", state.verifier))
}

/// What is not there today may be there in a second, so nobody may remember that it was not.
fn absent(says: &'static str) -> Response {
    public(StatusCode::NOT_FOUND, TEXT, NO_CACHE, format!("{says}\n"))
}

fn unavailable(Operation(operation): Operation, error: &dyn std::error::Error) -> Response {
    tracing::warn!(%operation, %error, "the public log could not be read");
    let says = "the log cannot be read at present; try again in a moment\n";
    let mut response = public(StatusCode::SERVICE_UNAVAILABLE, TEXT, NO_CACHE, says);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// An answer that anybody may read, from any page.
fn public(
    status: StatusCode,
    media_type: HeaderValue,
    cache: HeaderValue,
    body: impl IntoResponse,
) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, cache),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (CORP, HeaderValue::from_static("cross-origin")),
    ];
    (status, headers, body).into_response()
}
