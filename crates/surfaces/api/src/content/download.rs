//! Giving out an item's bytes.
//!
//! Promises: the length is exact; an answer that breaks off is cut short on the wire and never looks whole;
//! whatever the bytes are, no browser runs them.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use custody::item::{Content, Item, ItemStream, ReadItem, Version};
use custody::{Custody, Error};
use futures_util::{Stream, stream};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::VersionId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Path, Query};

use super::conditions::{RangeFor, condition, narrowed, range, range_for};
use crate::ApiState;
use crate::answers::{set, with_etag, with_event};
use crate::caller::Caller;
use crate::document::{Binary, ReadHeaders};
use crate::errors::Answer;
use crate::items::ItemPath;

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// Tells apart a digest that nobody here knows from one that was lost on the way.
const DIGEST: HeaderName = HeaderName::from_static("bailee-digest");

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(download, peek, super::upload::replace))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ContentQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
}

/// Gives out an item's bytes
///
/// `Repr-Digest` has the SHA-256 of the whole content; `Bailee-Digest: unknown` stands in its place for an object that was
/// imported from the dataset's own bucket. The entry of the trail is durable before the first
/// byte leaves.
#[utoipa::path(get, path = "/v1/items/{item}/content", operation_id = "item.download", tag = "content",
    params(ItemPath, ContentQuery, ReadHeaders),
    responses(
        (status = 200, description = "The content", content_type = "application/octet-stream",
            body = inline(Binary), headers(
                ("ETag" = String, description = "The version's id in quotes"),
                ("Bailee-Event" = String, description = "The entry of the trail that stands for this read"),
                ("Repr-Digest" = String, description = "`sha-256=:<base64>:` of the whole content"),
                ("Content-Disposition" = String, description = "The item's name, escaped"))),
        (status = 206, description = "The range", content_type = "application/octet-stream",
            body = inline(Binary), headers(
                ("ETag" = String, description = "The version's id in quotes"),
                ("Bailee-Event" = String, description = "The entry of the trail that stands for this read"),
                ("Repr-Digest" = String, description = "`sha-256=:<base64>:` of the whole content"),
                ("Content-Disposition" = String, description = "The item's name, escaped"),
                ("Content-Range" = String, description = "Which bytes of how many"))),
        (status = 304, description = "The client has this version already"),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 412, description = "The condition does not hold"),
        (status = 416, description = "No byte of the content lies in the range")))]
async fn download(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<ContentQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let read = ReadItem {
        version: query.version,
        range: range(&headers),
        condition: condition(&headers)?,
        ..ReadItem::default()
    };
    let (content, ranged) = open(&state.custody, &caller, &path, read, range_for(&headers)).await?;
    Ok(answer(content, ranged))
}

/// Shows what a download would show, without the bytes
#[utoipa::path(head, path = "/v1/items/{item}/content", operation_id = "item.download.head", tag = "content",
    params(ItemPath, ContentQuery, ReadHeaders),
    responses((status = 200, description = "The headers of the content"),
        (status = 304, description = "The client has this version already"),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 412, description = "The condition does not hold")))]
async fn peek(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<ContentQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let read = ReadItem {
        version: query.version,
        condition: condition(&headers)?,
        head: true,
        ..ReadItem::default()
    };
    let content = state
        .custody
        .read(&caller.credential, caller.request, path.item, read)
        .await?;
    Ok(answer(content, false))
}

/// Opens the content, and says whether the range counted.
async fn open(
    custody: &Custody,
    caller: &Caller,
    path: &ItemPath,
    read: ReadItem,
    range_for: RangeFor,
) -> custody::Result<(Content, bool)> {
    let open = async |read: ReadItem| {
        let ranged = read.range.is_some();
        let content = custody
            .read(&caller.credential, caller.request.clone(), path.item, read)
            .await?;
        Ok((content, ranged))
    };
    let whole = ReadItem {
        range: None,
        ..read.clone()
    };
    match range_for {
        _ if read.range.is_none() => open(whole).await,
        RangeFor::Any => open(read).await,
        RangeFor::None => open(whole).await,
        RangeFor::Version(version) => {
            let Some(condition) = narrowed(&read.condition, version) else {
                return open(whole).await;
            };
            match open(ReadItem { condition, ..read }).await {
                // Another version is current by now: the whole of it is the answer.
                Err(Error::ConditionFailed) => open(whole).await,
                outcome => outcome,
            }
        }
    }
}

pub(crate) fn answer(content: Content, ranged: bool) -> Response {
    let Content {
        item,
        event,
        range,
        body,
        not_modified,
    } = content;
    let mut response = Response::new(body.map_or_else(Body::empty, |body| Body::from_stream(pieces(body))));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if not_modified {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        describe(&mut response, &item);
        set(
            &mut response,
            CONTENT_LENGTH,
            &(range.end - range.start).to_string(),
        );
        if ranged {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(
                &mut response,
                CONTENT_RANGE,
                &web::range::content_range(&range, item.version.size),
            );
        }
    }
    with_event(with_etag(response, item.version.id), event)
}

fn describe(response: &mut Response, item: &Item) {
    let Version {
        content_type, sha256, ..
    } = &item.version;
    let unknown = HeaderValue::from_static("application/octet-stream");
    let media_type = HeaderValue::try_from(content_type)
        .ok()
        .filter(|value| !value.is_empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type.unwrap_or(unknown));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_DISPOSITION, web::disposition::attachment(&item.name));
    let mut digest = [0; 32];
    if hex::decode_to_slice(sha256, &mut digest).is_ok() {
        set(response, REPR_DIGEST, &web::digest::format(&digest));
    } else if item.version.reference.is_some() {
        set(response, DIGEST, "unknown");
    }
}

/// The pieces of the body. An error among them makes the server break the connection off.
fn pieces(body: ItemStream) -> impl Stream<Item = Result<bytes::Bytes, Error>> {
    stream::unfold(Some(body), async |body| {
        let mut body = body?;
        let piece = body.next().await?;
        let rest = piece.is_ok().then_some(body);
        Some((piece, rest))
    })
}
