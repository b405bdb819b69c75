//! The shapes of answers that carry more than a document.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use kernel::{EventId, VersionId};
use operation::Recorded;
use serde::Serialize;
use web::conditions::EntityTag;
use web::extract::Json;

/// The entry of the trail that stands for the act.
const EVENT_HEADER: HeaderName = HeaderName::from_static("bailee-event");

/// 201 with what was made and where it is.
pub(crate) fn created<T: Serialize>(location: &str, made: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(made)).into_response();
    set(&mut response, LOCATION, location);
    response
}

/// Names the event in the answer of every successful write, whatever its handler knows of it.
///
/// Handlers that know a better one than the first of their request, or that only read, name it by [`with_event`].
pub(crate) async fn name_event(mut request: Request, next: Next) -> Response {
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let recorded: Recorded = request.extensions().get().cloned().unwrap_or_default();
    request.extensions_mut().insert(recorded.clone());
    let response = next.run(request).await;
    match recorded.event() {
        Some(event)
            if writes && response.status().is_success() && !response.headers().contains_key(EVENT_HEADER) =>
        {
            with_event(response, event)
        }
        _ => response,
    }
}

/// The answer with the entry of the trail that stands for it.
pub(crate) fn with_event(mut response: Response, event: EventId) -> Response {
    set(&mut response, EVENT_HEADER, &event.to_string());
    response
}

/// The answer with the entity tag of a version.
pub(crate) fn with_etag(mut response: Response, version: VersionId) -> Response {
    set(&mut response, ETAG, &etag(version).to_string());
    response
}

/// A version's entity tag: its id.
pub(crate) fn etag(version: VersionId) -> EntityTag {
    EntityTag::strong(&version.to_string())
}

/// Sets a header whose value is made by us or was checked when it came in; anything else is left out.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
