//! What is kept elsewhere: places, and what has to be done there for a request.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use kernel::{MemberId, RequestId, Timestamp};
use rights::request::{self as domain, MOST_DOCUMENT_BYTES};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query, collect};

use super::RequestPath;
use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;
use crate::words::{PlaceState, RequestKind};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(places, settle))
        .routes(routes!(tasks))
        .routes(routes!(done))
        .routes(routes!(waive))
        .routes(routes!(keep, see))
}

/// A place outside where data about people is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Its name in addresses and programs: 1 to 64 lowercase letters, digits and hyphens.
    word: String,
    /// What it is, as people know it.
    name: String,
    /// Which data is kept there.
    data: String,
    /// Who answers for it.
    answers: String,
    /// How they are reached.
    contact: String,
    /// Which kinds of request it has to do with: access, portability, rectification and erasure when absent.
    #[serde(default = "usual_kinds")]
    kinds: Vec<RequestKind>,
}

/// Every place of the team, at most 50.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "places": [{ "word": "ledger", "name": "The accounts", "data": "invoices and addresses",
    "answers": "the accountant", "contact": "accounts@office.example" }] }))]
struct Places {
    places: Vec<Place>,
}

/// What has to be done at one place for a request.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceTask {
    place: Place,
    state: PlaceState,
    /// Until when, so that time is left to answer; absent while the request stands still, and once the task or the request is closed.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<MemberId>,
    /// What was done there, or why nothing has to be.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The name of the file that the place handed over.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// What has to be done elsewhere for a request.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceTasks {
    tasks: Vec<PlaceTask>,
}

/// What was done there, or why nothing has to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "note": "the accountant has deleted the address" }))]
struct TaskNote {
    note: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct TaskPath {
    /// The request's id.
    #[param(value_type = Uuid)]
    request: RequestId,
    /// The place's word.
    place: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// What the file is called in the package.
    name: String,
}

/// Shows the places outside where data about people is kept
#[utoipa::path(get, path = "/v1/tenant/places", operation_id = "request.list.places", tag = "requests",
    responses((status = 200, description = "The places", body = Places)))]
async fn places(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Places>> {
    let found = state.rights.places(&caller.credential, caller.request).await?;
    Ok(Json(found.into()))
}

/// Settles which places there are, in place of those before
///
/// Requests that are not closed go by them at once.
#[utoipa::path(put, path = "/v1/tenant/places", operation_id = "request.rule.places", tag = "requests",
    request_body = Places, responses((status = 200, description = "The places", body = Places)))]
async fn settle(
    State(state): State<ApiState>,
    caller: Caller,
    Json(places): Json<Places>,
) -> Answer<Json<Places>> {
    let places = places.places.into_iter().map(Into::into).collect();
    let settled = state
        .rights
        .settle_places(&caller.credential, caller.request, places)
        .await?;
    Ok(Json(settled.into()))
}

/// Lists what has to be done elsewhere for a request, and what was
///
/// None before it is known that it is the person who asks.
#[utoipa::path(get, path = "/v1/requests/{request}/tasks", operation_id = "request.view.tasks", tag = "requests",
    params(RequestPath), responses((status = 200, description = "The tasks, by place", body = PlaceTasks)))]
async fn tasks(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
) -> Answer<Json<PlaceTasks>> {
    let found = state
        .rights
        .tasks(&caller.credential, caller.request, path.request)
        .await?;
    let tasks = found.into_iter().map(PlaceTask::from).collect();
    Ok(Json(PlaceTasks { tasks }))
}

/// Says that what was asked for was done at a place
///
/// Needs no `Idempotency-Key`: what is said again stands in place of what was said before.
#[utoipa::path(post, path = "/v1/requests/{request}/tasks/{place}/done", operation_id = "request.task", tag = "requests",
    params(TaskPath), request_body = TaskNote,
    responses((status = 200, description = "The task", body = PlaceTask),
        (status = 409, description = "It is not known yet who asks, or the request is closed")))]
async fn done(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
    Json(TaskNote { note }): Json<TaskNote>,
) -> Answer<Json<PlaceTask>> {
    let task = state
        .rights
        .do_task(&caller.credential, caller.request, path.request, path.place, note)
        .await?;
    Ok(Json(task.into()))
}

/// Says why nothing has to be done at a place
///
/// For whoever may decide. Needs no `Idempotency-Key`: what is said again stands in place of what was said before.
#[utoipa::path(post, path = "/v1/requests/{request}/tasks/{place}/waiver", operation_id = "request.decide.waive",
    tag = "requests", params(TaskPath), request_body = TaskNote,
    responses((status = 200, description = "The task", body = PlaceTask),
        (status = 409, description = "It is not known yet who asks, or the request is closed")))]
async fn waive(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
    Json(TaskNote { note }): Json<TaskNote>,
) -> Answer<Json<PlaceTask>> {
    let task = state
        .rights
        .waive_task(&caller.credential, caller.request, path.request, path.place, note)
        .await?;
    Ok(Json(task.into()))
}

/// Keeps the file that a place handed over
///
/// It goes into the package once the task is done.
#[utoipa::path(put, path = "/v1/requests/{request}/tasks/{place}/file", operation_id = "request.task.file",
    tag = "requests", params(TaskPath, FileQuery),
    request_body(content = Binary, content_type = "application/octet-stream", description = "At most 5 MiB"),
    responses((status = 200, description = "The task", body = PlaceTask),
        (status = 409, description = "It is not known yet who asks, or the request is closed")))]
async fn keep(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
    Query(query): Query<FileQuery>,
    body: Request,
) -> Answer<Json<PlaceTask>> {
    let file = collect(body, MOST_DOCUMENT_BYTES).await?.to_vec();
    let (request, place) = (path.request, path.place);
    let kept = state.rights.keep_task_file(
        &caller.credential,
        caller.request,
        request,
        place,
        query.name,
        file,
    );
    Ok(Json(kept.await?.into()))
}

/// Shows the file that a place handed over
#[utoipa::path(get, path = "/v1/requests/{request}/tasks/{place}/file", operation_id = "request.view.file",
    tag = "requests", params(TaskPath),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Binary)))]
async fn see(State(state): State<ApiState>, caller: Caller, Path(path): Path<TaskPath>) -> Answer<Response> {
    let file = state
        .rights
        .task_file(&caller.credential, caller.request, path.request, path.place)
        .await?;
    let mut response = file.into_response();
    // Whatever somebody sent, nobody's browser opens it as a page.
    set(&mut response, CONTENT_DISPOSITION, "attachment");
    set(&mut response, CACHE_CONTROL, "no-store");
    Ok(response)
}

fn usual_kinds() -> Vec<RequestKind> {
    vec![
        RequestKind::Access,
        RequestKind::Portability,
        RequestKind::Rectification,
        RequestKind::Erasure,
    ]
}

impl From<Vec<domain::Place>> for Places {
    fn from(places: Vec<domain::Place>) -> Self {
        Self {
            places: places.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<domain::Place> for Place {
    fn from(place: domain::Place) -> Self {
        Self {
            word: place.word,
            name: place.name,
            data: place.data,
            answers: place.answers,
            contact: place.contact,
            kinds: place.kinds.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Place> for domain::Place {
    fn from(place: Place) -> Self {
        Self {
            word: place.word,
            name: place.name,
            data: place.data,
            answers: place.answers,
            contact: place.contact,
            kinds: place.kinds.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<domain::Task> for PlaceTask {
    fn from(task: domain::Task) -> Self {
        Self {
            place: task.place.into(),
            state: task.state.into(),
            due_at: task.due_at,
            settled_at: task.settled_at,
            settled_by: task.settled_by,
            note: task.note,
            file: task.file,
        }
    }
}
