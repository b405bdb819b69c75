//! Accepting an invitation.

use axum::extract::State;
use axum::response::Response;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use super::came::{Came, secret};
use crate::ApiState;
use crate::caller::Stranger;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(accept))
}

/// An invitation's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationToken {
    #[schema(write_only)]
    token: String,
}

/// An invitation's token, and a password to come with from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    #[schema(write_only)]
    token: String,
    #[schema(write_only)]
    password: String,
}

/// What an invitation says.
#[derive(Serialize, ToSchema)]
struct Invited {
    team: String,
    name: String,
    email: String,
    /// The fewest characters of a password.
    password_shortest: usize,
    /// The most.
    password_longest: usize,
    /// Whether a digit and a lowercase letter must be in it.
    digit_and_lowercase: bool,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
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
    let invited = state
        .people
        .invitation(stranger.request, &given.token.into())
        .await?;
    Ok(secret(Invited {
        team: invited.slug,
        name: invited.name,
        email: invited.email,
        password_shortest: invited.demands.shortest,
        password_longest: invited.demands.longest,
        digit_and_lowercase: invited.demands.digit_and_lowercase,
        ends_at: invited.ends_at,
    }))
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
    let (token, password) = (given.token.into(), given.password.into());
    let people = &state.people;
    let came = people
        .accept_invitation(stranger.request, &token, &password)
        .await?;
    Ok(secret(Came::from(came)))
}
