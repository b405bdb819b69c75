//! Taking in an item's bytes.
//!
//! Promises: nothing is held in memory but what is on its way; what was declared about the body is checked;
//! an upload that ends early leaves nothing. Leaves out a limit of its own: custody has one for items.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use custody::item::{self, BodyError, PutItem, Target};
use futures_util::{Stream, StreamExt as _};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use super::conditions::condition;
use crate::ApiState;
use crate::answers::{created, with_etag, with_event};
use crate::caller::{Caller, Once};
use crate::datasets::DatasetPath;
use crate::document::{Binary, IdempotencyHeader, UploadHeaders};
use crate::errors::Answer;
use crate::items::ItemPath;
use crate::items::shapes::Stored;
use crate::words::ItemKind;

/// Headers whose names begin so become the item's metadata.
const META: &str = "bailee-meta-";

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(put))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PutQuery {
    /// The item's name, 1 to 1,024 bytes. An item that has it already gets a new version.
    name: String,
    /// A file when absent.
    #[param(inline)]
    kind: Option<ItemKind>,
    /// The one person it is about, by the tenant's own handle for them. Counts for new items.
    subject: Option<String>,
    /// The class of data, which the dataset may ask for.
    #[param(max_length = 64, pattern = "^[a-z0-9-]+$")]
    class: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReplaceQuery {
    /// What the item is; a file when absent.
    #[param(inline)]
    kind: Option<ItemKind>,
    /// The class of data, which the dataset may ask for.
    #[param(max_length = 64, pattern = "^[a-z0-9-]+$")]
    class: Option<String>,
}

/// Puts bytes into a dataset under a name
///
/// A new item, or a new version of the item of that name. `Bailee-Meta-<name>` headers become metadata. Where the dataset cleans what it takes
/// in and this cannot be cleaned, it is kept in quarantine, and `item.version.quarantine` says why.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/items", operation_id = "item.create", tag = "content",
    params(DatasetPath, PutQuery, UploadHeaders, IdempotencyHeader),
    request_body(content = inline(Binary), content_type = "*/*", description = "The bytes, of any length"),
    responses((status = 201, description = "A new item", body = Stored),
        (status = 200, description = "A new version", body = Stored),
        (status = 409, description = "The item is of another kind, or archived"),
        (status = 412, description = "The condition does not hold"),
        (status = 413, description = "More bytes than the installation or the dataset takes"),
        (status = 415, description = "A media type that the dataset does not take"),
        (status = 422, description = "The body is not what was declared")))]
async fn put(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    Query(query): Query<PutQuery>,
    request: Request,
) -> Answer<Response> {
    let target = Target::Name(path.named(), query.name);
    take_in(
        state,
        caller,
        once,
        Upload {
            target,
            kind: query.kind,
            subject: query.subject,
            class: query.class,
        },
        request,
    )
    .await
}

/// Gives an item a new version
///
/// With `If-Match` nobody's version in between is overlooked. Where the dataset cleans what it takes in and this cannot be cleaned, it is kept
/// in quarantine, `item.version.quarantine` says why, and what was the newest version stays so.
#[utoipa::path(put, path = "/v1/items/{item}/content", operation_id = "item.change", tag = "content",
    params(ItemPath, ReplaceQuery, UploadHeaders, IdempotencyHeader),
    request_body(content = inline(Binary), content_type = "*/*", description = "The bytes, of any length"),
    responses((status = 200, description = "The new version", body = Stored),
        (status = 409, description = "The item is of another kind, or archived"),
        (status = 412, description = "The condition does not hold"),
        (status = 413, description = "More bytes than the installation or the dataset takes"),
        (status = 415, description = "A media type that the dataset does not take"),
        (status = 422, description = "The body is not what was declared")))]
pub(super) async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<ItemPath>,
    Query(query): Query<ReplaceQuery>,
    request: Request,
) -> Answer<Response> {
    take_in(
        state,
        caller,
        once,
        Upload {
            target: Target::Item(path.item),
            kind: query.kind,
            subject: None,
            class: query.class,
        },
        request,
    )
    .await
}

/// What the path and the query say about an upload.
struct Upload {
    target: Target,
    kind: Option<ItemKind>,
    subject: Option<String>,
    class: Option<String>,
}

async fn take_in(
    state: ApiState,
    caller: Caller,
    once: Once,
    upload: Upload,
    request: Request,
) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    let put = described(upload, &parts.headers, &once)?;
    let stored = state
        .custody
        .put(&caller.credential, caller.request, put, pieces(body))
        .await?;
    Ok(answer(stored))
}

fn described(upload: Upload, headers: &HeaderMap, once: &Once) -> Result<PutItem, Problem> {
    let content_type = text(headers, CONTENT_TYPE.as_str())?
        .unwrap_or("application/octet-stream")
        .to_owned();
    let metadata = metadata(headers)?;
    // The body's digest joins these when the body has come.
    let rest: Vec<&[u8]> = std::iter::once(content_type.as_bytes())
        .chain(
            metadata
                .iter()
                .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]),
        )
        .collect();
    let idempotency = once.of(&rest);
    Ok(PutItem {
        kind: upload.kind.map_or(item::Kind::File, Into::into),
        subject: upload.subject,
        class: upload.class,
        length: length(headers)?,
        sha256: sha256(headers)?,
        condition: condition(headers)?,
        target: upload.target,
        content_type,
        metadata,
        idempotency,
        notes: item::Notes::default(),
        hold: None,
        provided_key: None,
        must_seal: false,
        revive: false,
    })
}

fn answer(stored: item::Stored) -> Response {
    let (event, version) = (stored.event, stored.item.version.id);
    let (is_new, location) = (stored.created, format!("/v1/items/{}", stored.item.id));
    let stored = Stored::from(stored);
    let response = if is_new {
        created(&location, stored)
    } else {
        (StatusCode::OK, Json(stored)).into_response()
    };
    with_event(with_etag(response, version), event)
}

fn length(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let length = text(headers, CONTENT_LENGTH.as_str())?
        .map(str::parse)
        .transpose();
    length.map_err(|_| {
        Problem::invalid(
            "content-length",
            "send the number of bytes in decimal, or leave it out",
        )
    })
}

fn sha256(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Problem> {
    let Some(value) = headers.get("content-digest") else {
        return Ok(None);
    };
    web::digest::parse(value.as_bytes()).map_err(|bad| Problem::invalid("content-digest", bad.to_string()))
}

fn metadata(headers: &HeaderMap) -> Result<BTreeMap<String, String>, Problem> {
    let mut metadata = BTreeMap::new();
    for name in headers.keys() {
        let Some(own) = name.as_str().strip_prefix(META) else {
            continue;
        };
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Problem::invalid(name.as_str(), "send each name once"));
        }
        metadata.insert(
            own.to_owned(),
            text(headers, name.as_str())?.unwrap_or_default().to_owned(),
        );
    }
    Ok(metadata)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let value = headers.get(name).map(|value| value.to_str()).transpose();
    value.map_err(|_| Problem::invalid(name, "use visible ASCII characters"))
}

/// The body as custody takes it. Why a connection broke is for the log; the client has gone.
fn pieces(body: Body) -> impl Stream<Item = Result<Bytes, BodyError>> + Unpin {
    body.into_data_stream()
        .map(|piece| piece.map_err(|error| BodyError(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, http::HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn metadata_comes_from_headers_of_ours() {
        let read = metadata(&headers(&[("bailee-meta-camera", b"front"), ("x-other", b"1")])).unwrap();
        assert_eq!(read, BTreeMap::from([("camera".to_owned(), "front".to_owned())]));
    }

    #[test]
    fn metadata_that_cannot_go_back_out_is_refused() {
        let field =
            |pairs: &[(&'static str, &[u8])]| metadata(&headers(pairs)).unwrap_err().document(None).field;
        assert_eq!(
            field(&[("bailee-meta-camera", b"\xff")]).as_deref(),
            Some("bailee-meta-camera")
        );
        let twice: [(&str, &[u8]); 2] = [("bailee-meta-camera", b"front"), ("bailee-meta-camera", b"back")];
        assert_eq!(field(&twice).as_deref(), Some("bailee-meta-camera"));
    }

    #[test]
    fn a_digest_that_cannot_be_read_is_not_passed_over() {
        assert!(sha256(&headers(&[("content-digest", b"sha-256=:AAAA:")])).is_err());
        assert_eq!(
            sha256(&headers(&[("content-digest", b"md5=:AAAA:")])).unwrap(),
            None
        );
        assert_eq!(sha256(&headers(&[])).unwrap(), None);
    }
}
