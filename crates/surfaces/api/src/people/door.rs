//! Signing in: for programs with pages of their own. The console's pages have doors of their own.
//!
//! Promises: the acts are the ones that the pages do, with the same counting of attempts and the same answers for whatever
//! was wrong. What comes of it is a session, whose token is a bearer as an API key is. Nobody needs a credential here.
//! Leaves out: single sign-on, which needs a browser and begins at the console.

use axum::extract::State;
use axum::response::Response;
use identity::Attempt;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use super::came::{Came, Enrolled, MadeSession, secret};
use super::passkeys::{Offer, PasskeyAnswer};
use super::steps::{self, FirstCode, FirstPasskey, SecondFactor, Ticket};
use crate::ApiState;
use crate::caller::Stranger;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(second))
        .routes(routes!(enrol))
        .routes(routes!(offer_first_passkey))
        .routes(routes!(enrol_passkey))
        .routes(routes!(offer_passkey))
        .routes(routes!(by_passkey))
        .routes(routes!(offer_second_passkey))
}

/// Somebody who says who they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "team": "clinic", "email": "udo@clinic.example", "password": "…" }))]
struct Credentials {
    /// The short name of the team.
    team: String,
    email: String,
    #[schema(write_only)]
    password: String,
    /// What was given to this browser or device when somebody signed in from it before.
    #[serde(default)]
    #[schema(write_only)]
    browser: Option<String>,
}

/// A team by its short name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfTeam {
    team: String,
}

/// Signs in by a password
///
/// Whatever was wrong is answered alike. Needs no `Idempotency-Key`: a repetition is another attempt.
#[utoipa::path(post, path = "/v1/sign-in", operation_id = "session.begin", tag = "people", security(()),
    request_body = Credentials, responses((status = 200, description = "A session, or what is asked for next", body = Came),
        (status = 403, description = "That did not work"), (status = 429, description = "Wait")))]
async fn begin(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Credentials>,
) -> Answer<Response> {
    let attempt = Attempt {
        tenant: given.team.to_ascii_lowercase(),
        email: given.email,
        password: given.password.into(),
        browser: given.browser.map(Into::into),
    };
    let came = state.people.sign_in(stranger.request, attempt).await?;
    Ok(secret(Came::from(came)))
}

/// Takes a second factor
///
/// Needs no `Idempotency-Key`: a repetition is another try, of which there are five.
#[utoipa::path(post, path = "/v1/sign-in/second", operation_id = "session.begin.second", tag = "people", security(()),
    request_body = SecondFactor, responses((status = 200, description = "The session", body = MadeSession),
        (status = 403, description = "That did not work, or the step has ended"), (status = 429, description = "Wait")))]
async fn second(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<SecondFactor>,
) -> Answer<Response> {
    steps::second(&state.people, stranger, given).await
}

/// Takes the first code of a new authenticator app
///
/// Needs no `Idempotency-Key`: a repetition is another try, of which there are five.
#[utoipa::path(post, path = "/v1/sign-in/enrol", operation_id = "session.begin.enrol", tag = "people", security(()),
    request_body = FirstCode, responses((status = 200, description = "The session, and codes to print", body = Enrolled),
        (status = 403, description = "That did not work, or the step has ended")))]
async fn enrol(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<FirstCode>,
) -> Answer<Response> {
    steps::enrol(&state.people, stranger, given).await
}

/// Offers to make a passkey instead of setting an authenticator app up
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/sign-in/enrol/passkey/begin", operation_id = "session.begin.enrol.passkey.offer",
    tag = "people", security(()), request_body = Ticket,
    responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 403, description = "The step has ended"), (status = 409, description = "This server has no passkeys")))]
async fn offer_first_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Ticket>,
) -> Answer<Response> {
    steps::offer_first_passkey(&state.people, stranger, given).await
}

/// Takes the passkey in that was made
///
/// Needs no `Idempotency-Key`: an offer is good once.
#[utoipa::path(post, path = "/v1/sign-in/enrol/passkey", operation_id = "session.begin.enrol.passkey", tag = "people",
    security(()), request_body = FirstPasskey,
    responses((status = 200, description = "The session, and codes to print", body = Enrolled),
        (status = 400, description = "The answer does not fit the offer"), (status = 403, description = "The step or the offer has ended")))]
async fn enrol_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<FirstPasskey>,
) -> Answer<Response> {
    steps::enrol_passkey(&state.people, stranger, given).await
}

/// Offers to sign in by a passkey alone
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/sign-in/passkey/begin", operation_id = "session.begin.passkey.offer", tag = "people",
    security(()), request_body = OfTeam, responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 403, description = "That did not work"), (status = 409, description = "This server has no passkeys")))]
async fn offer_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<OfTeam>,
) -> Answer<Response> {
    let (people, team) = (&state.people, given.team.to_ascii_lowercase());
    let offer = people.begin_passkey(stranger.request, &team).await?;
    Ok(secret(Offer::from(offer)))
}

/// Signs in by a passkey
///
/// Needs no `Idempotency-Key`: an offer is good once.
#[utoipa::path(post, path = "/v1/sign-in/passkey", operation_id = "session.begin.passkey", tag = "people", security(()),
    request_body = PasskeyAnswer, responses((status = 200, description = "The session", body = MadeSession),
        (status = 403, description = "That did not work, or the offer has ended"), (status = 429, description = "Wait")))]
async fn by_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(answer): Json<PasskeyAnswer>,
) -> Answer<Response> {
    let signed_in = state
        .people
        .sign_in_by_passkey(stranger.request, answer.into())
        .await?;
    Ok(secret(MadeSession::from(signed_in)))
}

/// Offers to take a passkey as the second factor
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/sign-in/second/passkey/begin", operation_id = "session.begin.second.passkey", tag = "people",
    security(()), request_body = Ticket, responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 403, description = "The step has ended"), (status = 409, description = "This server has no passkeys")))]
async fn offer_second_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Ticket>,
) -> Answer<Response> {
    steps::offer_second_passkey(&state.people, stranger, given).await
}
