//! Two people who are found to be one, and two again.

use axum::extract::State;
use kernel::{MergeId, SubjectId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use super::SubjectPath;
use super::shapes::{Merge, Merges};
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(merge))
        .routes(routes!(split))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct BothPath {
    /// Who stands for both from then on.
    #[param(value_type = Uuid)]
    subject: SubjectId,
    /// Who is merged into them.
    #[param(value_type = Uuid)]
    from: SubjectId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct MergePath {
    /// The merge's id.
    #[param(value_type = Uuid)]
    merge: MergeId,
}

/// Lists who was merged into a person, oldest first
#[utoipa::path(get, path = "/v1/subjects/{subject}/merges", operation_id = "subject.view.merges", tag = "subjects",
    params(SubjectPath), responses((status = 200, description = "Every merge", body = Merges)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
) -> Answer<Json<Merges>> {
    let found = state
        .rights
        .merges(&caller.credential, caller.request, path.subject)
        .await?;
    let items = found.into_iter().map(Merge::from).collect();
    Ok(Json(Merges { items }))
}

/// Merges two people who are one
///
/// Both keep their keys, so that it can be undone. If processing is restricted for one of them, it is for both.
#[utoipa::path(put, path = "/v1/subjects/{subject}/merged/{from}", operation_id = "subject.change.merge",
    tag = "subjects", params(BothPath), responses((status = 200, description = "The merge", body = Merge),
        (status = 409, description = "They are one already")))]
async fn merge(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<BothPath>,
) -> Answer<Json<Merge>> {
    let merged = state
        .rights
        .merge(&caller.credential, caller.request, path.subject, path.from);
    Ok(Json(merged.await?.into()))
}

/// Splits two people who were merged and are two
#[utoipa::path(delete, path = "/v1/merges/{merge}", operation_id = "subject.change.split", tag = "subjects",
    params(MergePath), responses((status = 200, description = "The merge, undone", body = Merge),
        (status = 409, description = "It was undone already, or a later one comes first")))]
async fn split(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MergePath>,
) -> Answer<Json<Merge>> {
    let split = state.rights.split(&caller.credential, caller.request, path.merge);
    Ok(Json(split.await?.into()))
}
