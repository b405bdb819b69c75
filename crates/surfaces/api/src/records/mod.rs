//! Records: items whose content is fields that their dataset has declared. Versions, archiving and restoring are those of items.

mod kinds;
mod shapes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::record;
use http::HeaderMap;
use kernel::{ItemId, VersionId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::conditions::{Conditions, Tags};
use web::extract::{Json, Path, Query};

use self::shapes::{NewRecord, Record, RecordHead, RecordQuery, Rectification};
use crate::ApiState;
use crate::answers::{created, with_etag, with_event};
use crate::caller::{Caller, Input, Once};
use crate::datasets::DatasetPath;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::items::shapes::Changed;
use crate::paging::{Page, Paging, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(kinds::routes())
        .routes(routes!(list, create))
        .routes(routes!(find))
        .routes(routes!(view, rectify, delete))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct RecordPath {
    /// The record's id, which is an item's.
    #[param(value_type = Uuid)]
    record: ItemId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RecordsQuery {
    /// Only records of this kind.
    kind: Option<String>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ViewQuery {
    /// A version's id, from `/v1/items/{item}/versions`; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
    /// One masked field that is to be shown, with the reason in `Bailee-Reason`; the others stay masked.
    reveal: Option<String>,
}

/// Headers of a rectification.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "documents a header that `seen` reads")]
struct SeenHeaders {
    /// The `ETag` of the record that is put right. Without it nothing is changed.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// Lists the active records of a dataset, oldest first, without what they say
///
/// A page may hold fewer than asked for and still have a next.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/records", operation_id = "item.browse.records", tag = "records",
    params(DatasetPath, RecordsQuery), responses((status = 200, description = "A page of records", body = Page<RecordHead>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(query): Query<RecordsQuery>,
) -> Answer<Json<Page<RecordHead>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let listed = state
        .custody
        .list_records(&caller.credential, caller.request, path.named(), query.kind, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Takes in a record, held to its kind
///
/// The person it is about is whom the kind's field names, or `subject`; made if new.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/records", operation_id = "item.create.record", tag = "records",
    params(DatasetPath, IdempotencyHeader), request_body = NewRecord,
    responses((status = 201, description = "The record, with its `ETag`", body = RecordHead),
        (status = 409, description = "The name is taken, the person was erased, or the dataset cleans what it takes in")))]
async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<NewRecord>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let made = state
        .custody
        .create_record(
            &caller.credential,
            caller.request,
            path.named(),
            input.value.into(),
            idempotency,
        )
        .await?;
    let (id, version) = (made.record.id, made.record.version);
    let response = created(&format!("/v1/records/{id}"), RecordHead::from(made.record));
    Ok(with_event(with_etag(response, version), made.event))
}

/// Finds active records by a whole value or by words
///
/// What is asked for travels in the body, so that no log of URLs has it, and is neither logged nor recorded: keyed hashes are
/// compared, and the values stay sealed. One entry of the trail for each page. Needs no `Idempotency-Key`: it changes nothing.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/records/find", operation_id = "record.search.find", tag = "records",
    params(DatasetPath, Paging), request_body = RecordQuery,
    responses((status = 200, description = "A page of records, without what they say", body = Page<RecordHead>)))]
async fn find(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
    Json(query): Json<RecordQuery>,
) -> Answer<Json<Page<RecordHead>>> {
    let (query, page) = (query.meant()?, paging.page()?);
    let custody = &state.custody;
    let found = custody.find_records(&caller.credential, caller.request, path.named(), query, page);
    Ok(Json(found.await?.into()))
}

/// Shows a record with what it says, and where each value is from
///
/// Masked fields are masked for who has no right to `record.unmask`, and `masked` names them. Who has it sees them, or one of them with
/// `reveal` and a reason; the trail says which.
#[utoipa::path(get, path = "/v1/records/{record}", operation_id = "item.download.record", tag = "records",
    params(RecordPath, ViewQuery),
    responses((status = 200, description = "The record, with its `ETag`", body = Record),
        (status = 403, description = "The field to be shown is masked for whoever asks, or the record is not theirs to read"),
        (status = 409, description = "The record or its dataset is archived")))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RecordPath>,
    Query(query): Query<ViewQuery>,
) -> Answer<Response> {
    let custody = &state.custody;
    let (credential, request, version) = (&caller.credential, caller.request, query.version);
    let shown = match query.reveal {
        None => custody.record(credential, request, path.record, version).await,
        Some(field) => {
            custody
                .record_but(credential, request, path.record, version, field)
                .await
        }
    };
    Ok(tagged(shown?))
}

/// Puts fields of a record right
///
/// `values` is a merge patch (RFC 7396): what is named gets this value, null takes it away, the rest stays. The record gets a new
/// version, the one before stays in its history, and a `Bailee-Reason` is kept with both the version and the trail. A repetition
/// fails its `If-Match` and changes nothing.
#[utoipa::path(patch, path = "/v1/records/{record}", operation_id = "item.change.record", tag = "records",
    params(RecordPath, SeenHeaders), request_body = Rectification,
    responses((status = 200, description = "The record as it is now, with its `ETag`", body = Record),
        (status = 409, description = "The record is archived, or names somebody else than before"),
        (status = 412, description = "The record has another version by now")))]
async fn rectify(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RecordPath>,
    headers: HeaderMap,
    Json(change): Json<Rectification>,
) -> Answer<Response> {
    let change = change.of(seen(&headers)?);
    let custody = &state.custody;
    let right = custody.rectify_record(&caller.credential, caller.request, path.record, change);
    let right = right.await?;
    Ok(with_event(tagged(right.record), right.event))
}

/// Deletes an archived record for good
///
/// As `DELETE /v1/items/{item}`: the keys of all its versions are destroyed, and nothing finds it any more. Archive it before.
#[utoipa::path(delete, path = "/v1/records/{record}", operation_id = "item.delete.record", tag = "records",
    params(RecordPath),
    responses((status = 200, description = "It is gone", body = Changed),
        (status = 409, description = "It is not archived, or on hold")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RecordPath>,
) -> Answer<Response> {
    let custody = &state.custody;
    let changed = custody.delete_record(&caller.credential, caller.request, path.record);
    let changed = changed.await?;
    let event = changed.event;
    let response = Json(Changed::new(changed.item, event)).into_response();
    Ok(with_event(response, event))
}

fn tagged(shown: record::Record) -> Response {
    let version = shown.head.version;
    with_etag(Json(Record::from(shown)).into_response(), version)
}

/// The one version that the caller has seen.
fn seen(headers: &HeaderMap) -> Result<VersionId, Problem> {
    let problem = || Problem::invalid("if-match", "send the `ETag` of the record that you have seen");
    match Conditions::of(headers)?.if_match {
        Some(Tags::Listed(tags)) => match &tags[..] {
            [tag] if !tag.is_weak() => tag.opaque().parse().map_err(|_| problem()),
            _ => Err(problem()),
        },
        Some(Tags::Any) | None => Err(problem()),
    }
}
