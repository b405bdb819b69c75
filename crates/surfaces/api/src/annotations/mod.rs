//! What is said about items: shown, said anew by who has seen what is said so far, and passed from and to other tools.

mod exchange;
mod shapes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::annotations::{self, Basis, NewAnnotations, WhichSet};
use http::header::ETAG;
use http::{HeaderMap, StatusCode};
use kernel::{AnnotationSetId, VersionId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::conditions::{Conditions, EntityTag, Tags};
use web::extract::{Json, Path, Query};

pub(crate) use self::exchange::AnnotationFormat;
pub(crate) use self::shapes::{AnnotationSet, Annotations, AnnotationsMade};
use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::items::ItemPath;
use crate::paging::{Page, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show, say))
        .routes(routes!(history))
        .merge(exchange::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ShowQuery {
    /// What is said about this version; about the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
    /// This state of it, from the history; the newest when absent. Says by itself which version.
    #[param(value_type = Option<Uuid>)]
    set: Option<AnnotationSetId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SayQuery {
    /// The version that the author has seen; 412 when it is not the newest any more.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Headers of saying something.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "documents headers that `basis` reads")]
pub(crate) struct SayHeaders {
    /// The `ETag` of what is said so far. Without it nothing may be said yet.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// Shows what is said about an item
#[utoipa::path(get, path = "/v1/items/{item}/annotations", operation_id = "item.view.annotations", tag = "annotations",
    params(ItemPath, ShowQuery),
    responses((status = 200, description = "What is said, with its `ETag`", body = Annotations),
        (status = 204, description = "Nothing is said about it"),
        (status = 409, description = "The item or its dataset is archived")))]
async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<ShowQuery>,
) -> Answer<Response> {
    let which = match (query.set, query.version) {
        (Some(set), None) => WhichSet::Set(set),
        (None, Some(version)) => WhichSet::OfVersion(version),
        (None, None) => WhichSet::Newest,
        (Some(_), Some(_)) => return Err(Problem::invalid("set", "say a set or a version, not both").into()),
    };
    let custody = &state.custody;
    let said = custody
        .annotations(&caller.credential, caller.request, path.item, which)
        .await?;
    Ok(said.map_or_else(|| StatusCode::NO_CONTENT.into_response(), tagged))
}

/// Says something about an item's newest version
///
/// In place of what is said so far, which stays in the history: send its `ETag` as `If-Match`, so that nobody's work is
/// overwritten unseen. Without `If-Match` nothing may be said yet.
#[utoipa::path(put, path = "/v1/items/{item}/annotations", operation_id = "item.annotate", tag = "annotations",
    params(ItemPath, SayQuery, SayHeaders), request_body = AnnotationSet,
    responses((status = 200, description = "What is said now, with its `ETag`", body = Annotations),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 412, description = "Something else is said by now, or the item has another version")))]
async fn say(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<SayQuery>,
    headers: HeaderMap,
    Json(set): Json<AnnotationSet>,
) -> Answer<Response> {
    let new = NewAnnotations {
        set: set.into(),
        basis: basis(&headers)?,
        version: query.version,
    };
    let custody = &state.custody;
    let said = custody
        .annotate(&caller.credential, caller.request, path.item, new)
        .await?;
    Ok(tagged(said))
}

/// Lists who said something about an item, and when
///
/// Oldest first, without what they said, which `?set=` shows.
#[utoipa::path(get, path = "/v1/items/{item}/annotations/history", operation_id = "item.view.annotations.history",
    tag = "annotations", params(ItemPath, HistoryQuery),
    responses((status = 200, description = "A page of the history", body = Page<AnnotationsMade>),
        (status = 409, description = "The item or its dataset is archived")))]
async fn history(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<HistoryQuery>,
) -> Answer<Json<Page<AnnotationsMade>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let custody = &state.custody;
    let listed = custody
        .annotation_history(&caller.credential, caller.request, path.item, query.version, page)
        .await?;
    Ok(Json(listed.into()))
}

fn tagged(said: annotations::Annotations) -> Response {
    let tag = EntityTag::strong(&said.made.id.to_string());
    let mut response = Json(Annotations::from(said)).into_response();
    set(&mut response, ETAG, &tag.to_string());
    response
}

/// What the author has seen. `If-None-Match: *` is what holds anyhow when nothing is said.
pub(crate) fn basis(headers: &HeaderMap) -> Result<Basis, Problem> {
    match Conditions::of(headers)?.if_match {
        None => Ok(Basis::Nothing),
        Some(Tags::Any) => Err(Problem::invalid(
            "if-match",
            "name the `ETag` of what you have seen",
        )),
        Some(Tags::Listed(tags)) => {
            let strong = tags.iter().filter(|tag| !tag.is_weak());
            Ok(Basis::OneOf(
                strong.filter_map(|tag| tag.opaque().parse().ok()).collect(),
            ))
        }
    }
}
