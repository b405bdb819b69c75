//! The door of the staff: as that of the teams, and apart from it. What one gives is nothing at the other.
//!
//! Promises: there is no session before a password and a second factor. Leaves out: signing in by a passkey alone, and at a
//! provider, which staff do not have.

use axum::extract::State;
use axum::response::Response;
use identity::Attempt;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Stranger;
use crate::errors::Answer;
use crate::people::came::{Came, Enrolled, MadeSession, secret};
use crate::people::passkeys::Offer;
use crate::people::steps::{
    self, Acceptance, FirstCode, FirstPasskey, InvitationToken, Invited, SecondFactor, Ticket,
};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(second))
        .routes(routes!(offer_second_passkey))
        .routes(routes!(enrol))
        .routes(routes!(offer_first_passkey))
        .routes(routes!(enrol_passkey))
        .routes(routes!(look))
        .routes(routes!(accept))
}

/// Somebody who says that they are on the staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "sam@operator.example", "password": "…" }))]
struct StaffCredentials {
    email: String,
    #[schema(write_only)]
    password: String,
    /// What was given to this browser or device when somebody signed in from it before.
    #[serde(default)]
    #[schema(write_only)]
    browser: Option<String>,
}

/// Signs staff in by a password, and asks for the second factor
///
/// Steps go on under `/v1/staff/sign-in/`. Whatever was wrong is answered alike. Needs no `Idempotency-Key`: a repetition is
/// another attempt.
#[utoipa::path(post, path = "/v1/staff/sign-in", operation_id = "session.begin.staff", tag = "staff", security(()),
    request_body = StaffCredentials, responses((status = 200, description = "What is asked for next", body = Came),
        (status = 403, description = "That did not work"), (status = 429, description = "Wait")))]
async fn begin(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<StaffCredentials>,
) -> Answer<Response> {
    let attempt = Attempt {
        // The staff have one home, by whatever name.
        tenant: String::new(),
        email: given.email,
        password: given.password.into(),
        browser: given.browser.map(Into::into),
    };
    let came = state.staff.sign_in(stranger.request, attempt).await?;
    Ok(secret(Came::from(came)))
}

/// Takes the second factor of staff
///
/// Needs no `Idempotency-Key`: a repetition is another try, of which there are five.
#[utoipa::path(post, path = "/v1/staff/sign-in/second", operation_id = "session.begin.staff.second", tag = "staff",
    security(()), request_body = SecondFactor, responses((status = 200, description = "The session", body = MadeSession),
        (status = 403, description = "That did not work, or the step has ended"), (status = 429, description = "Wait")))]
async fn second(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<SecondFactor>,
) -> Answer<Response> {
    steps::second(&state.staff, stranger, given).await
}

/// Offers staff to take a passkey as the second factor
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/staff/sign-in/second/passkey/begin", operation_id = "session.begin.staff.second.passkey",
    tag = "staff", security(()), request_body = Ticket,
    responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 403, description = "The step has ended"), (status = 409, description = "This server has no passkeys")))]
async fn offer_second_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Ticket>,
) -> Answer<Response> {
    steps::offer_second_passkey(&state.staff, stranger, given).await
}

/// Takes the first code of a new authenticator app of staff
///
/// Needs no `Idempotency-Key`: a repetition is another try, of which there are five.
#[utoipa::path(post, path = "/v1/staff/sign-in/enrol", operation_id = "session.begin.staff.enrol", tag = "staff",
    security(()), request_body = FirstCode,
    responses((status = 200, description = "The session, and codes to print", body = Enrolled),
        (status = 403, description = "That did not work, or the step has ended")))]
async fn enrol(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<FirstCode>,
) -> Answer<Response> {
    steps::enrol(&state.staff, stranger, given).await
}

/// Offers staff to make a passkey instead of setting an authenticator app up
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/staff/sign-in/enrol/passkey/begin", operation_id = "session.begin.staff.enrol.passkey.offer",
    tag = "staff", security(()), request_body = Ticket,
    responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 403, description = "The step has ended"), (status = 409, description = "This server has no passkeys")))]
async fn offer_first_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Ticket>,
) -> Answer<Response> {
    steps::offer_first_passkey(&state.staff, stranger, given).await
}

/// Takes the passkey in that staff made
///
/// Needs no `Idempotency-Key`: an offer is good once.
#[utoipa::path(post, path = "/v1/staff/sign-in/enrol/passkey", operation_id = "session.begin.staff.enrol.passkey",
    tag = "staff", security(()), request_body = FirstPasskey,
    responses((status = 200, description = "The session, and codes to print", body = Enrolled),
        (status = 400, description = "The answer does not fit the offer"), (status = 403, description = "The step or the offer has ended")))]
async fn enrol_passkey(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<FirstPasskey>,
) -> Answer<Response> {
    steps::enrol_passkey(&state.staff, stranger, given).await
}

/// Says what an invitation to the staff is for
///
/// Needs no `Idempotency-Key`: looking changes nothing.
#[utoipa::path(post, path = "/v1/staff/sign-in/invitation", operation_id = "session.begin.staff.invitation.look",
    tag = "staff", security(()), request_body = InvitationToken,
    responses((status = 200, description = "What it says", body = Invited),
        (status = 403, description = "It is not valid any more")))]
async fn look(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<InvitationToken>,
) -> Answer<Response> {
    steps::look_at_invitation(&state.staff, stranger, given).await
}

/// Accepts an invitation to the staff with a password, and asks for a second factor to be set up
///
/// Needs no `Idempotency-Key`: an invitation is good once.
#[utoipa::path(post, path = "/v1/staff/sign-in/invitation/accept", operation_id = "session.begin.staff.invitation",
    tag = "staff", security(()), request_body = Acceptance,
    responses((status = 200, description = "What is asked for next", body = Came),
        (status = 400, description = "The password is not taken; the invitation is good still"),
        (status = 403, description = "The invitation is not valid any more")))]
async fn accept(
    State(state): State<ApiState>,
    stranger: Stranger,
    Json(given): Json<Acceptance>,
) -> Answer<Response> {
    steps::accept(&state.staff, stranger, given).await
}
