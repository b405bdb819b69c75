//! Items by reference: objects of the dataset's own bucket, imported by name or a page of a folder at a time, and fetched
//! there.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::item::{self, Import};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use kernel::{EventId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use super::ItemPath;
use super::shapes::Item;
use crate::ApiState;
use crate::answers::{with_etag, with_event};
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .routes(routes!(content_url))
}

/// Which objects are to be referred to: `keys`, or a page of those below `folder`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "folder": "2026/march", "limit": 100 }))]
struct ImportRequest {
    /// Names of objects below the bucket's prefix; at most 100. The other members count only when this is absent.
    keys: Option<Vec<String>>,
    /// Objects below this folder; all of the bucket's prefix when it is empty or absent.
    #[serde(default)]
    folder: String,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
    /// At most so many objects; 100 when absent.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

impl From<ImportRequest> for Import {
    fn from(request: ImportRequest) -> Self {
        match request.keys {
            Some(keys) => Self::Keys(keys),
            None => Self::Folder {
                folder: request.folder,
                after: request.cursor,
                most: request.limit.unwrap_or(Self::MOST),
            },
        }
    }
}

/// What came of a page of objects.
#[derive(Debug, Serialize, ToSchema)]
struct ImportAnswer {
    /// One for each object, in order.
    entries: Vec<ImportEntry>,
    /// The `cursor` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What came of one object.
#[derive(Debug, Serialize, ToSchema)]
struct ImportEntry {
    /// Its name in the bucket, which is the item's.
    key: String,
    outcome: ImportOutcome,
    /// The item; absent when the import of this object failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Item>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// What became of an object's item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ImportOutcome {
    /// It is new.
    Created,
    /// It has a new version.
    Changed,
    /// It refers to this state of the object already.
    Unchanged,
    /// It is as it was.
    Failed,
}

impl From<item::Entry> for ImportEntry {
    fn from(entry: item::Entry) -> Self {
        let (outcome, item, problem) = match entry.outcome {
            item::Outcome::Created(item) => (ImportOutcome::Created, Some(item), None),
            item::Outcome::Changed(item) => (ImportOutcome::Changed, Some(item), None),
            item::Outcome::Unchanged(item) => (ImportOutcome::Unchanged, Some(item), None),
            item::Outcome::Failed(problem) => (ImportOutcome::Failed, None, Some(problem)),
        };
        Self {
            key: entry.key,
            outcome,
            item: item.map(|item| Item::from(*item)),
            problem,
        }
    }
}

/// Makes items of objects in the dataset's own bucket
///
/// No byte of them is fetched: the items refer to the objects as they are now. Each is an act of its own. Needs no
/// `Idempotency-Key`: when the request breaks off, asking again finds what has happened `unchanged`.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/references", operation_id = "item.create.references", tag = "items",
    params(DatasetPath), request_body = ImportRequest,
    responses((status = 200, description = "What came of each object", body = ImportAnswer),
        (status = 409, description = "The dataset has no bucket of its own, or the bucket refuses its keys"),
        (status = 503, description = "The bucket does not answer")))]
async fn import(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(request): Json<ImportRequest>,
) -> Answer<Json<ImportAnswer>> {
    let custody = &state.custody;
    let imported = custody
        .import(&caller.credential, caller.request, path.named(), request.into())
        .await?;
    Ok(Json(ImportAnswer {
        entries: imported.entries.into_iter().map(ImportEntry::from).collect(),
        next: imported.next,
    }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UrlQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
}

/// A URL that gives an item's bytes to whoever has it.
#[derive(Serialize, ToSchema)]
struct ContentUrl {
    /// A secret until it ends.
    url: String,
    /// Until when a download may begin.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The entry of the trail, which is that of a download.
    #[schema(value_type = Uuid)]
    event: EventId,
}

/// Gives a URL to fetch an item's bytes straight from the dataset's own bucket
///
/// It lives a minute and stands in the trail as a download. It cannot be taken back, so none is given for work by lease or
/// through a temporary key.
#[utoipa::path(get, path = "/v1/items/{item}/content-url", operation_id = "item.download.url", tag = "content",
    params(ItemPath, UrlQuery),
    responses((status = 200, description = "The URL", body = ContentUrl),
        (status = 409, description = "The item's bytes are kept here, it is archived, or the object was changed or removed"),
        (status = 503, description = "The bucket does not answer")))]
async fn content_url(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<UrlQuery>,
) -> Answer<Response> {
    let custody = &state.custody;
    let given = custody
        .content_url(&caller.credential, caller.request, path.item, query.version)
        .await?;
    let (event, version) = (given.event, given.version);
    let answer = Json(ContentUrl {
        url: given.url,
        ends_at: given.ends_at,
        event,
    });
    let mut response = with_event(with_etag(answer.into_response(), version), event);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
