//! Datasets: made, changed, archived, restored, deleted.

mod grants;
mod own_bucket;
mod shapes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::dataset::DatasetRef;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{Dataset, DatasetChange, DeletedDataset, NewDataset};
use crate::ApiState;
use crate::answers::{created, with_event};
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(view, change, delete))
        .routes(routes!(archive))
        .routes(routes!(restore))
        .merge(grants::routes())
        .merge(own_bucket::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DatasetPath {
    /// The dataset's id or name.
    dataset: String,
}

impl DatasetPath {
    pub(crate) fn named(&self) -> DatasetRef {
        DatasetRef::parse(&self.dataset)
    }
}

/// Lists datasets, oldest first
///
/// Workforce managers see those that they were given.
#[utoipa::path(get, path = "/v1/datasets", operation_id = "dataset.list", tag = "datasets", params(Paging),
    responses((status = 200, description = "A page of datasets", body = Page<Dataset>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Dataset>>> {
    let page = state
        .custody
        .list_datasets(&caller.credential, caller.request, paging.page()?)
        .await?;
    Ok(Json(page.into()))
}

/// Makes a dataset with a key of its own
#[utoipa::path(post, path = "/v1/datasets", operation_id = "dataset.create", tag = "datasets",
    params(IdempotencyHeader), request_body = NewDataset,
    responses((status = 201, description = "The dataset", body = Dataset),
        (status = 409, description = "The name is taken")))]
async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewDataset>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let made = state
        .custody
        .create_dataset(
            &caller.credential,
            caller.request,
            input.value.into(),
            idempotency,
        )
        .await?;
    Ok(created(&format!("/v1/datasets/{}", made.id), Dataset::from(made)))
}

/// Shows one dataset
#[utoipa::path(get, path = "/v1/datasets/{dataset}", operation_id = "dataset.view", tag = "datasets",
    params(DatasetPath), responses((status = 200, description = "The dataset", body = Dataset)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<Dataset>> {
    Ok(Json(
        state
            .custody
            .dataset(&caller.credential, caller.request, path.named())
            .await?
            .into(),
    ))
}

/// Changes name, description or declared fields
#[utoipa::path(patch, path = "/v1/datasets/{dataset}", operation_id = "dataset.change", tag = "datasets",
    params(DatasetPath), request_body = DatasetChange,
    responses((status = 200, description = "The changed dataset", body = Dataset),
        (status = 409, description = "The name is taken, or the dataset is archived")))]
async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(change): Json<DatasetChange>,
) -> Answer<Json<Dataset>> {
    let custody = &state.custody;
    Ok(Json(
        custody
            .change_dataset(&caller.credential, caller.request, path.named(), change.into())
            .await?
            .into(),
    ))
}

/// Deletes an archived and empty dataset and destroys its key
#[utoipa::path(delete, path = "/v1/datasets/{dataset}", operation_id = "dataset.delete", tag = "datasets",
    params(DatasetPath),
    responses((status = 200, description = "It is gone", body = DeletedDataset),
        (status = 409, description = "It is not archived, or still has items")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Response> {
    let event = state
        .custody
        .delete_dataset(&caller.credential, caller.request, path.named())
        .await?;
    Ok(with_event(Json(DeletedDataset { event }).into_response(), event))
}

/// Puts a dataset out of use
///
/// Its items stay as they are and cannot be read or changed until it is restored. Needs no `Idempotency-Key`: a
/// repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/archive", operation_id = "dataset.archive", tag = "datasets",
    params(DatasetPath),
    responses((status = 200, description = "The archived dataset", body = Dataset),
        (status = 409, description = "It is archived already")))]
async fn archive(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<Dataset>> {
    Ok(Json(
        state
            .custody
            .archive_dataset(&caller.credential, caller.request, path.named())
            .await?
            .into(),
    ))
}

/// Takes an archived dataset back into use
///
/// Needs no `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/restore", operation_id = "dataset.restore", tag = "datasets",
    params(DatasetPath),
    responses((status = 200, description = "The active dataset", body = Dataset),
        (status = 409, description = "It is not archived")))]
async fn restore(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<Dataset>> {
    Ok(Json(
        state
            .custody
            .restore_dataset(&caller.credential, caller.request, path.named())
            .await?
            .into(),
    ))
}
