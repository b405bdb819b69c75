//! What is held in quarantine: listed with its reason, let out, or deleted by those who may.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use kernel::{ItemId, VersionId};
use operation::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use super::shapes::{Changed, Item};
use crate::ApiState;
use crate::answers::with_event;
use crate::caller::{Caller, is_reason};
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(release))
        .routes(routes!(delete))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct HeldPath {
    /// The item's id.
    #[param(value_type = Uuid)]
    item: ItemId,
    /// The id of its version that is in quarantine.
    #[param(value_type = Uuid)]
    version: VersionId,
}

/// Why something is let out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "a phantom, nobody's picture" }))]
struct Release {
    /// 1 to 256 characters on one line. The trail keeps it.
    reason: String,
}

/// What is gone.
#[derive(Debug, Serialize, ToSchema)]
struct Deleted {
    /// The entry of the trail; its receipt is the proof.
    #[schema(value_type = Uuid)]
    event: kernel::EventId,
}

/// Lists what is in quarantine in a dataset, oldest first
///
/// Each item with the version that is held in the place of its newest; `version.quarantine` says why and since when.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/quarantine", operation_id = "quarantine.list", tag = "quarantine",
    params(DatasetPath, Paging), responses((status = 200, description = "A page of what is held", body = Page<Item>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Item>>> {
    let (custody, page) = (&state.custody, paging.page()?);
    let held = custody.list_quarantine(&caller.credential, caller.request, path.named(), page);
    Ok(Json(held.await?.into()))
}

/// Lets a version out of quarantine as it is
///
/// It was not cleaned: whoever may read the dataset reads it from now on. It becomes the newest version unless something newer has come
/// in since. Needs no `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/items/{item}/quarantine/{version}/release", operation_id = "quarantine.release",
    tag = "quarantine", params(HeldPath), request_body = Release,
    responses((status = 200, description = "The item with this version", body = Changed),
        (status = 409, description = "It is not in quarantine, or the item is archived")))]
async fn release(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<HeldPath>,
    Json(why): Json<Release>,
) -> Answer<Response> {
    if !is_reason(&why.reason) {
        return Err(Problem::invalid("reason", "say why, in 1 to 256 characters on one line").into());
    }
    let request = Request {
        reason: Some(why.reason),
        ..caller.request
    };
    let (custody, credential) = (&state.custody, &caller.credential);
    let released = custody.release_quarantined(credential, request, path.item, path.version);
    let released = released.await?;
    let event = released.event;
    Ok(with_event(
        Json(Changed::new(released.item, event)).into_response(),
        event,
    ))
}

/// Deletes a version that is in quarantine for good
///
/// Its key is destroyed in the act, and the sealed bytes are removed before the answer. With its last version the item is gone.
/// Needs no `Idempotency-Key`: a repetition is a conflict, or finds nothing, and changes nothing.
#[utoipa::path(delete, path = "/v1/items/{item}/quarantine/{version}", operation_id = "quarantine.delete",
    tag = "quarantine", params(HeldPath),
    responses((status = 200, description = "It is gone", body = Deleted),
        (status = 409, description = "It is not in quarantine, or on hold")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<HeldPath>,
) -> Answer<Response> {
    let (custody, credential) = (&state.custody, &caller.credential);
    let deleted = custody.delete_quarantined(credential, caller.request, path.item, path.version);
    let event = deleted.await?;
    Ok(with_event(Json(Deleted { event }).into_response(), event))
}
