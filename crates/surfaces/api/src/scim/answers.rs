//! Answers of the protocol: a resource, or a list of some.

use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value as Json, json};

/// RFC 7644, section 3.1.
pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The answer that is this document.
pub(super) fn told(status: StatusCode, document: &Json) -> Response {
    let mut response = (status, document.to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// Some of `total` resources, the first of which is number `start`, counted from one.
pub(super) fn list(total: u64, start: u32, resources: Vec<Json>) -> Json {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}
