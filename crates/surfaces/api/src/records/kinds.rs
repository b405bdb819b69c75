//! Kinds of records: declared, listed, taken away.

use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use super::shapes::{NewKind, RecordKind, RecordKinds};
use crate::ApiState;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(declare, remove))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct KindPath {
    /// The dataset's id or name.
    dataset: String,
    /// The kind's name: 1 to 64 characters a to z, 0 to 9 and `-`.
    kind: String,
}

/// Shows the kinds of records that a dataset takes
#[utoipa::path(get, path = "/v1/datasets/{dataset}/kinds", operation_id = "dataset.view.kinds", tag = "records",
    params(DatasetPath), responses((status = 200, description = "All kinds, by name", body = RecordKinds)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<RecordKinds>> {
    let custody = &state.custody;
    let kinds = custody.record_kinds(&caller.credential, caller.request, path.named());
    Ok(Json(kinds.await?.into()))
}

/// Declares a kind of record, or declares it anew
///
/// Records that are kept already stay as they are: they are held to what is declared now, and found by it, from their next version on. Masks
/// hold at once, for all versions. To show more of a field than was shown takes the right to `record.unmask`.
#[utoipa::path(put, path = "/v1/datasets/{dataset}/kinds/{kind}", operation_id = "dataset.change.kind", tag = "records",
    params(KindPath), request_body = NewKind,
    responses((status = 200, description = "The kind", body = RecordKind),
        (status = 409, description = "The dataset is archived")))]
async fn declare(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<KindPath>,
    Json(new): Json<NewKind>,
) -> Answer<Json<RecordKind>> {
    let (dataset, new) = (path.dataset(), new.named(path.kind));
    let custody = &state.custody;
    let declared = custody.declare_kind(&caller.credential, caller.request, dataset, new);
    Ok(Json(declared.await?.into()))
}

/// Takes a kind away
///
/// Records of it can be deleted, and read by who has the right to `record.unmask`; for others all their fields are masked. They can no longer be
/// changed or found by their fields.
#[utoipa::path(delete, path = "/v1/datasets/{dataset}/kinds/{kind}", operation_id = "dataset.change.kind.remove", tag = "records",
    params(KindPath), responses((status = 200, description = "The kind as it was", body = RecordKind)))]
async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<KindPath>,
) -> Answer<Json<RecordKind>> {
    let dataset = path.dataset();
    let custody = &state.custody;
    let removed = custody.remove_kind(&caller.credential, caller.request, dataset, path.kind);
    Ok(Json(removed.await?.into()))
}

impl KindPath {
    fn dataset(&self) -> custody::dataset::DatasetRef {
        custody::dataset::DatasetRef::parse(&self.dataset)
    }
}
