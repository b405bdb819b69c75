//! What comes of work: submitted with what was worked out, reviewed by somebody else, counted.

use axum::extract::State;
use axum::response::Response;
use custody::annotations::NewAnnotations;
use custody::dataset::DatasetRef;
use http::HeaderMap;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use super::TaskItemPath;
use super::shapes::{Figures, Review, SubmittedItem, Task};
use crate::ApiState;
use crate::annotations::{AnnotationSet, SayHeaders, basis};
use crate::answers::set;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::paging::{Page, Paging, page};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(submit_annotated))
        .routes(routes!(review))
        .routes(routes!(to_review))
        .routes(routes!(figures))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FiguresQuery {
    /// Of this dataset, by id or name: everybody's for those who may see everybody's tasks.
    dataset: Option<String>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Submits a leased item with what was worked out about it
///
/// Both or neither: what is said about the item is as by `item.annotate`, with `If-Match` for what was said so far. Needs no
/// `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/items/{item}/annotations", operation_id = "task.submit.annotated", tag = "tasks",
    params(TaskItemPath, SayHeaders), request_body = AnnotationSet,
    responses((status = 200, description = "The task after it; `ETag` is that of what is said now", body = Task),
        (status = 409, description = "The item is submitted or skipped already"),
        (status = 412, description = "Something else is said by now")))]
async fn submit_annotated(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskItemPath>,
    headers: HeaderMap,
    Json(said): Json<AnnotationSet>,
) -> Answer<Response> {
    let new = NewAnnotations {
        set: said.into(),
        basis: basis(&headers)?,
        version: None,
    };
    let custody = &state.custody;
    let (task, said) = custody
        .submit_annotated(&caller.credential, caller.request, path.task, path.item, new)
        .await?;
    let mut response = axum::response::IntoResponse::into_response(Json(Task::from(task)));
    let tag = web::conditions::EntityTag::strong(&said.made.id.to_string());
    set(&mut response, http::header::ETAG, &tag.to_string());
    Ok(response)
}

/// Approves submitted work or gives it back
///
/// Nobody reviews what they worked on or said themselves. What is given back is handed out to the same member alone for as long
/// as a lease lasts, and then to anybody. Needs no `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/items/{item}/review", operation_id = "task.review", tag = "tasks",
    params(TaskItemPath), request_body = Review,
    responses((status = 200, description = "The task after it", body = Task),
        (status = 409, description = "The item is not submitted, or reviewed already, or the dataset's work is not reviewed")))]
async fn review(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskItemPath>,
    Json(review): Json<Review>,
) -> Answer<Json<Task>> {
    let verdict = review.into_domain()?;
    let custody = &state.custody;
    let task = custody
        .review(&caller.credential, caller.request, path.task, path.item, verdict)
        .await?;
    Ok(Json(task.into()))
}

/// Lists a dataset's submitted items that wait for a reviewer
///
/// But for those that the caller submitted.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/reviews", operation_id = "task.review.list", tag = "tasks",
    params(DatasetPath, Paging),
    responses((status = 200, description = "A page of submitted items", body = Page<SubmittedItem>)))]
async fn to_review(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<SubmittedItem>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .to_review(&caller.credential, caller.request, path.named(), page)
        .await?;
    Ok(Json(listed.into()))
}

/// Counts what was done
///
/// By the caller; with a dataset, by everybody in it for those who may see everybody's tasks.
#[utoipa::path(get, path = "/v1/figures", operation_id = "task.list.figures", tag = "tasks", params(FiguresQuery),
    responses((status = 200, description = "A page of members who had tasks", body = Page<Figures>)))]
async fn figures(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<FiguresQuery>,
) -> Answer<Json<Page<Figures>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let dataset = query.dataset.as_deref().map(DatasetRef::parse);
    let custody = &state.custody;
    let listed = custody
        .figures(&caller.credential, caller.request, dataset, page)
        .await?;
    Ok(Json(listed.into()))
}
