//! Exports: numbered manifests of a dataset, made by those who may and taken away by those who may.

mod archive;
mod shapes;
mod take;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::dataset::DatasetRef;
use custody::export;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{DeletedExport, Export, ExportEntry, NewExport};
use crate::ApiState;
use crate::answers::{created, with_event};
use crate::caller::{Caller, Input, Once};
use crate::datasets::DatasetPath;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(view, delete))
        .routes(routes!(entries))
        .merge(take::routes())
        .merge(archive::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ExportPath {
    /// The dataset's id or name.
    dataset: String,
    /// The export's number in the dataset.
    number: u64,
}

impl ExportPath {
    fn dataset(&self) -> DatasetRef {
        DatasetRef::parse(&self.dataset)
    }
}

/// Makes a dataset's next export
///
/// A manifest of exactly one version of each item, which never changes; it holds no copy of the bytes. All active items that fit, or those
/// that are listed. What is restricted or in quarantine is left out. Takes the right to make exports, which is not the right to take them
/// away.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/exports", operation_id = "export.create", tag = "exports",
    params(DatasetPath, IdempotencyHeader), request_body = NewExport,
    responses((status = 201, description = "The export, whole", body = Export),
        (status = 409, description = "The dataset is archived")))]
async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<NewExport>,
) -> Answer<Response> {
    let new = export::NewExport {
        dataset: path.named(),
        choice: input.value.choice(),
        format: input.value.format.map(Into::into),
        idempotency: once.of(&[&input.bytes]),
    };
    let made = state
        .custody
        .make_export(&caller.credential, caller.request, new)
        .await?;
    let place = format!("/v1/datasets/{}/exports/{}", made.dataset, made.number);
    Ok(created(&place, Export::from(made)))
}

/// Lists a dataset's exports, oldest first
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports", operation_id = "export.list", tag = "exports",
    params(DatasetPath, Paging), responses((status = 200, description = "A page of exports", body = Page<Export>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Export>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .exports(&caller.credential, caller.request, path.named(), page)
        .await?;
    Ok(Json(listed.into()))
}

/// Shows one export
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports/{number}", operation_id = "export.list.one", tag = "exports",
    params(ExportPath), responses((status = 200, description = "The export", body = Export)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportPath>,
) -> Answer<Json<Export>> {
    let custody = &state.custody;
    let found = custody
        .export(&caller.credential, caller.request, path.dataset(), path.number)
        .await?;
    Ok(Json(found.into()))
}

/// Reads an export's manifest
///
/// In its own order, with what has become of each item since. Of what was deleted the ids are all that is left.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports/{number}/items", operation_id = "export.list.items",
    tag = "exports", params(ExportPath, Paging),
    responses((status = 200, description = "A page of the manifest", body = Page<ExportEntry>)))]
async fn entries(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<ExportEntry>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .export_entries(
            &caller.credential,
            caller.request,
            path.dataset(),
            path.number,
            page,
        )
        .await?;
    Ok(Json(listed.into()))
}

/// Deletes an export
///
/// Its manifest is gone, every link by which it is shared ends, and its number does not come again. The items stay.
#[utoipa::path(delete, path = "/v1/datasets/{dataset}/exports/{number}", operation_id = "export.delete", tag = "exports",
    params(ExportPath), responses((status = 200, description = "It is gone", body = DeletedExport)))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportPath>,
) -> Answer<Response> {
    let custody = &state.custody;
    let event = custody
        .delete_export(&caller.credential, caller.request, path.dataset(), path.number)
        .await?;
    Ok(with_event(Json(DeletedExport { event }).into_response(), event))
}
