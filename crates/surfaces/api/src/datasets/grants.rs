//! Grants: which members may work in a dataset, where their class is limited to given ones.

use axum::extract::State;
use custody::dataset::{self, DatasetRef};
use http::StatusCode;
use kernel::MemberId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use super::DatasetPath;
use super::shapes::{Grant, GrantTerms};
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(give, end))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct GrantPath {
    /// The dataset's id or name.
    dataset: String,
    /// The member's id.
    #[param(value_type = Uuid)]
    member: MemberId,
}

/// Lists who was given a dataset
///
/// Grants that have ended are among them, until they are given anew.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/grants", operation_id = "grant.list", tag = "datasets",
    params(DatasetPath, Paging), responses((status = 200, description = "A page of grants", body = Page<Grant>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Grant>>> {
    let page = paging.page()?;
    Ok(Json(
        state
            .custody
            .list_grants(&caller.credential, caller.request, path.named(), page)
            .await?
            .into(),
    ))
}

/// Gives a member a dataset
///
/// A grant that is there already gets the new terms.
#[utoipa::path(put, path = "/v1/datasets/{dataset}/grants/{member}", operation_id = "grant.give",
    tag = "datasets", params(GrantPath), request_body = GrantTerms,
    responses((status = 200, description = "The grant", body = Grant)))]
async fn give(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<GrantPath>,
    Json(terms): Json<GrantTerms>,
) -> Answer<Json<Grant>> {
    let terms = dataset::GrantTerms {
        ends_at: terms.ends_at,
    };
    let dataset = DatasetRef::parse(&path.dataset);
    let given = state
        .custody
        .give_grant(&caller.credential, caller.request, dataset, path.member, terms)
        .await?;
    Ok(Json(given.into()))
}

/// Takes a dataset from a member
#[utoipa::path(delete, path = "/v1/datasets/{dataset}/grants/{member}", operation_id = "grant.end",
    tag = "datasets", params(GrantPath), responses((status = 204, description = "They do not have it any more")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<GrantPath>,
) -> Answer<StatusCode> {
    let dataset = DatasetRef::parse(&path.dataset);
    state
        .custody
        .end_grant(&caller.credential, caller.request, dataset, path.member)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
