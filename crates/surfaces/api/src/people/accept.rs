//! Accepting an invitation.

use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use super::came::Came;
use super::steps::{self, Acceptance, InvitationToken, Invited};
use crate::ApiState;
use crate::caller::Stranger;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(accept))
}

/// Says what an invitation is for
///
/// Needs no `Idempotency-Key`: looking changes nothing.
#[utoipa::path(post, path = "/v1/sign-in/invitation", operation_id = "session.begin.invitation.look", tag = "people",
    security(()), request_body = InvitationToken, responses((status = 200, description = "What it says", body = Invited),
        (status = 403, description = "It is not valid any more")))]
async fn look(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<InvitationToken>,
) -> Answer<Response> {
    steps::look_at_invitation(&state.people, stranger, given).await
}

/// Accepts an invitation with a password
///
/// Needs no `Idempotency-Key`: an invitation is good once.
#[utoipa::path(post, path = "/v1/sign-in/invitation/accept", operation_id = "session.begin.invitation", tag = "people",
    security(()), request_body = Acceptance,
    responses((status = 200, description = "A session, or what is asked for next", body = Came),
        (status = 400, description = "The password is not taken; the invitation is good still"),
        (status = 403, description = "The invitation is not valid any more")))]
async fn accept(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Acceptance>,
) -> Answer<Response> {
    steps::accept(&state.people, stranger, given).await
}
