//! Erasing people, and what had to stay.

use axum::extract::State;
use kernel::{ErasureId, ItemId};
use rights::erasure::Erase;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use super::SubjectPath;
use super::shapes::{Erasure, NewErasure, NewIdentifier, SharedDecision};
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use http::StatusCode;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(erase))
        .routes(routes!(list))
        .routes(routes!(view))
        .routes(routes!(resume))
        .routes(routes!(decide))
        .routes(routes!(lift_mark))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct ErasurePath {
    /// The erasure's id.
    #[param(value_type = Uuid)]
    erasure: ErasureId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct LeftPath {
    /// The erasure's id.
    #[param(value_type = Uuid)]
    erasure: ErasureId,
    /// An item that it had to leave because it is about others as well.
    #[param(value_type = Uuid)]
    item: ItemId,
}

/// Erases a person
///
/// Their keys are destroyed and what is about them alone is deleted, each item with an entry of its own whose receipt is
/// the proof. What is on hold stays until that ends, what is about others as well until somebody decides; both are told.
/// Needs no `Idempotency-Key`: whoever is being erased is not found any more.
#[utoipa::path(post, path = "/v1/subjects/{subject}/erasure", operation_id = "subject.erase", tag = "subjects",
    params(SubjectPath), request_body = NewErasure,
    responses((status = 200, description = "How it stands", body = Erasure),
        (status = 409, description = "It was begun already; resume that")))]
async fn erase(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
    Json(new): Json<NewErasure>,
) -> Answer<Json<Erasure>> {
    let erase = Erase {
        subject: path.subject,
        afterwards: new.afterwards.map(Into::into).unwrap_or_default(),
    };
    let erased = state
        .rights
        .erase(&caller.credential, caller.request, erase)
        .await?;
    Ok(Json(erased.into()))
}

/// Lists erasures, oldest first
#[utoipa::path(get, path = "/v1/erasures", operation_id = "subject.view.erasures", tag = "subjects", params(Paging),
    responses((status = 200, description = "A page of erasures", body = Page<Erasure>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Erasure>>> {
    let page = paging.page()?;
    let found = state
        .rights
        .erasures(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(found.into()))
}

/// Shows how an erasure stands
#[utoipa::path(get, path = "/v1/erasures/{erasure}", operation_id = "subject.view.erasure", tag = "subjects",
    params(ErasurePath), responses((status = 200, description = "How it stands", body = Erasure)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ErasurePath>,
) -> Answer<Json<Erasure>> {
    let found = state
        .rights
        .erasure(&caller.credential, caller.request, path.erasure)
        .await?;
    Ok(Json(found.into()))
}

/// Goes on with an erasure
///
/// With one that broke off where it stopped, and again through what was on hold. Needs no `Idempotency-Key`: what is done
/// is not done again.
#[utoipa::path(post, path = "/v1/erasures/{erasure}/resume", operation_id = "subject.erase.resume", tag = "subjects",
    params(ErasurePath), responses((status = 200, description = "How it stands", body = Erasure)))]
async fn resume(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ErasurePath>,
) -> Answer<Json<Erasure>> {
    let found = state
        .rights
        .resume_erasure(&caller.credential, caller.request, path.erasure)
        .await?;
    Ok(Json(found.into()))
}

/// Decides about an item that others share with somebody who is erased
#[utoipa::path(put, path = "/v1/erasures/{erasure}/items/{item}", operation_id = "subject.erase.decide",
    tag = "subjects", params(LeftPath), request_body = SharedDecision,
    responses((status = 200, description = "How the erasure stands", body = Erasure),
        (status = 409, description = "It was decided already, or what the decision needs is not there yet")))]
async fn decide(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<LeftPath>,
    Json(decision): Json<SharedDecision>,
) -> Answer<Json<Erasure>> {
    let (erasure, item) = (path.erasure, path.item);
    let decided = state
        .rights
        .decide(&caller.credential, caller.request, erasure, item, decision.into());
    Ok(Json(decided.await?.into()))
}

/// Lets somebody who was erased be taken in again
///
/// Needs no `Idempotency-Key`: a mark that is lifted is not there any more.
#[utoipa::path(post, path = "/v1/erasures/lift-mark", operation_id = "subject.change.unmark", tag = "subjects",
    request_body = NewIdentifier, responses((status = 204, description = "The mark is lifted"),
        (status = 409, description = "Nobody who was known by this was erased")))]
async fn lift_mark(
    State(state): State<ApiState>,
    caller: Caller,
    Json(identifier): Json<NewIdentifier>,
) -> Answer<StatusCode> {
    let identifier = identifier.identifier()?;
    state
        .rights
        .lift_mark(&caller.credential, caller.request, identifier)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
