//! Tasks: batches of items leased to one member, asked for or assigned, worked on, given back or taken away.

mod review;
mod shapes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::dataset::DatasetRef;
use custody::task::TaskFilter;
use http::StatusCode;
use kernel::{ItemId, TaskId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{Assignment, Reason, Task};
use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::datasets::DatasetPath;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(request))
        .routes(routes!(assign))
        .routes(routes!(list))
        .routes(routes!(view))
        .routes(routes!(submit))
        .routes(routes!(skip))
        .routes(routes!(give_back))
        .routes(routes!(end))
        .merge(review::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct TaskPath {
    /// The task's id.
    #[param(value_type = Uuid)]
    task: TaskId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct TaskItemPath {
    /// The task's id.
    #[param(value_type = Uuid)]
    task: TaskId,
    /// The item's id.
    #[param(value_type = Uuid)]
    item: ItemId,
}

/// Only tasks of this kind.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
enum OnlyLive {
    Live,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TasksQuery {
    /// Only tasks of this dataset, by id or name: everybody's for those who may see them.
    dataset: Option<String>,
    /// Only live tasks.
    #[param(inline)]
    state: Option<OnlyLive>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Leases the next free items to the caller
///
/// As many as the dataset's `work` says, for as long as it says.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/tasks", operation_id = "task.request", tag = "tasks",
    params(DatasetPath, IdempotencyHeader),
    responses((status = 201, description = "The task with its items", body = Task),
        (status = 204, description = "Nothing is free at present; ask again later"),
        (status = 409, description = "The dataset hands out no work, or the caller holds as many live tasks as it allows")))]
async fn request(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
) -> Answer<Response> {
    let custody = &state.custody;
    let leased = custody
        .request_task(&caller.credential, caller.request, path.named(), once.of(&[]))
        .await?;
    Ok(handed_out(leased))
}

/// Leases items to a worker
///
/// To an active worker who was given the dataset: these items, or so many of the next free ones.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/assignments", operation_id = "task.assign", tag = "tasks",
    params(DatasetPath, IdempotencyHeader), request_body = Assignment,
    responses((status = 201, description = "The task with its items", body = Task),
        (status = 204, description = "Nothing is free at present; ask again later"),
        (status = 409, description = "The dataset hands out no work, the member cannot take it, or an item is not free")))]
async fn assign(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<Assignment>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let (member, share) = input.value.into_domain()?;
    let (custody, dataset) = (&state.custody, path.named());
    let leased = custody
        .assign_task(
            &caller.credential,
            caller.request,
            dataset,
            member,
            share,
            idempotency,
        )
        .await?;
    Ok(handed_out(leased))
}

/// Lists tasks without their items, oldest first
///
/// The caller's own; with a dataset, everybody's in it for those who may see them.
#[utoipa::path(get, path = "/v1/tasks", operation_id = "task.list", tag = "tasks", params(TasksQuery),
    responses((status = 200, description = "A page of tasks", body = Page<Task>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<TasksQuery>,
) -> Answer<Json<Page<Task>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let filter = TaskFilter {
        dataset: query.dataset.as_deref().map(DatasetRef::parse),
        live: query.state.is_some(),
    };
    let tasks = state
        .custody
        .tasks(&caller.credential, caller.request, filter, page)
        .await?;
    Ok(Json(tasks.into()))
}

/// Shows one task with its items
#[utoipa::path(get, path = "/v1/tasks/{task}", operation_id = "task.view", tag = "tasks", params(TaskPath),
    responses((status = 200, description = "The task", body = Task)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
) -> Answer<Json<Task>> {
    let task = state
        .custody
        .task(&caller.credential, caller.request, path.task)
        .await?;
    Ok(Json(task.into()))
}

/// Submits the work on a leased item
///
/// The lease of the item ends, and it is not handed out again. Needs no `Idempotency-Key`: a repetition is a conflict
/// and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/items/{item}/submit", operation_id = "task.submit", tag = "tasks",
    params(TaskItemPath),
    responses((status = 200, description = "The task after it", body = Task),
        (status = 409, description = "The item is submitted or skipped already")))]
async fn submit(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskItemPath>,
) -> Answer<Json<Task>> {
    let task = state
        .custody
        .submit(&caller.credential, caller.request, path.task, path.item)
        .await?;
    Ok(Json(task.into()))
}

/// Leaves a leased item to somebody else
///
/// The lease of the item ends, and it is not handed to this member again unless somebody assigns it. Needs no
/// `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/items/{item}/skip", operation_id = "task.skip", tag = "tasks",
    params(TaskItemPath), request_body = Reason,
    responses((status = 200, description = "The task after it", body = Task),
        (status = 409, description = "The item is submitted or skipped already")))]
async fn skip(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskItemPath>,
    Json(why): Json<Reason>,
) -> Answer<Json<Task>> {
    let (custody, task, item) = (&state.custody, path.task, path.item);
    let skipped = custody
        .skip(&caller.credential, caller.request, task, item, &why.reason)
        .await?;
    Ok(Json(skipped.into()))
}

/// Gives a task back
///
/// Its lease ends, and what was not submitted is free again. Needs no `Idempotency-Key`: a repetition is refused, for
/// the lease is not held any more, and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/return", operation_id = "task.return", tag = "tasks", params(TaskPath),
    responses((status = 200, description = "The returned task", body = Task)))]
async fn give_back(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
) -> Answer<Json<Task>> {
    let task = state
        .custody
        .return_task(&caller.credential, caller.request, path.task)
        .await?;
    Ok(Json(task.into()))
}

/// Takes a task away from who holds it
///
/// Its lease ends, what is being sent by it stops, and what was not submitted is free again. Needs no
/// `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/tasks/{task}/end", operation_id = "task.assign.end", tag = "tasks",
    params(TaskPath), request_body = Reason,
    responses((status = 200, description = "The ended task", body = Task),
        (status = 409, description = "It is not live any more")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<TaskPath>,
    Json(why): Json<Reason>,
) -> Answer<Json<Task>> {
    let ended = state
        .custody
        .end_task(&caller.credential, caller.request, path.task, &why.reason)
        .await?;
    Ok(Json(ended.into()))
}

fn handed_out(leased: Option<custody::task::Task>) -> Response {
    match leased {
        Some(task) => created(&format!("/v1/tasks/{}", task.id), Task::from(task)),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
