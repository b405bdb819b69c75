//! One's own session, for its bearer.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity::{Activity, Proof};
use kernel::{KeyId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use super::came::{MadeSession, one_proof, secret};
use super::passkeys::{Offer, PasskeyAnswer};
use crate::ApiState;
use crate::caller::{Bearer, Caller};
use crate::errors::Answer;
use crate::words::Class;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(view, sign_out))
        .routes(routes!(stay))
        .routes(routes!(prove))
        .routes(routes!(offer_proof))
}

/// The session of the bearer.
#[derive(Serialize, ToSchema)]
struct OwnSession {
    #[schema(value_type = Uuid)]
    id: KeyId,
    #[schema(value_type = Uuid)]
    member: MemberId,
    class: Class,
    team: String,
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// When it ends unless somebody is there.
    #[schema(value_type = String, format = DateTime)]
    idle_at: Timestamp,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Until when acts are done that ask for a fresh proof.
    #[schema(value_type = String, format = DateTime)]
    fresh_until: Timestamp,
}

/// A proof that it is still the same person: one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FreshProof {
    /// The password, of whoever has no second factor.
    #[serde(default)]
    #[schema(write_only)]
    password: Option<String>,
    /// Six digits of the authenticator app.
    #[serde(default)]
    #[schema(write_only)]
    code: Option<String>,
    /// One of the codes that were printed.
    #[serde(default)]
    #[schema(write_only)]
    recovery_code: Option<String>,
    #[serde(default)]
    passkey: Option<PasskeyAnswer>,
}

/// Shows the session of the bearer
///
/// That is not somebody being there: it ends no later for it.
#[utoipa::path(get, path = "/v1/session", operation_id = "session.list.own", tag = "people",
    responses((status = 200, description = "The session", body = OwnSession)))]
async fn view(State(state): State<ApiState>, caller: Bearer) -> Answer<Json<OwnSession>> {
    let who = state
        .people_at(caller.door)
        .session(&caller.token, caller.request, Activity::Background)
        .await?;
    Ok(Json(who.into()))
}

/// Says that somebody is there, which moves the session's end
///
/// Needs no `Idempotency-Key`: a repetition moves it no further.
#[utoipa::path(post, path = "/v1/session/stay", operation_id = "session.list.own.stay", tag = "people",
    responses((status = 200, description = "The session", body = OwnSession)))]
async fn stay(State(state): State<ApiState>, caller: Bearer) -> Answer<Json<OwnSession>> {
    let who = state
        .people_at(caller.door)
        .session(&caller.token, caller.request, Activity::Person)
        .await?;
    Ok(Json(who.into()))
}

/// Signs out
///
/// Done already when the session has ended otherwise.
#[utoipa::path(delete, path = "/v1/session", operation_id = "session.end.own", tag = "people",
    responses((status = 204, description = "It has ended")))]
async fn sign_out(State(state): State<ApiState>, caller: Bearer) -> Answer<StatusCode> {
    state
        .people_at(caller.door)
        .sign_out(&caller.token, caller.request)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a fresh proof that it is still the same person
///
/// For ten minutes the session then does what asks for one; its token is another from then on. Needs no `Idempotency-Key`: a
/// repetition is another try.
#[utoipa::path(post, path = "/v1/session/prove", operation_id = "session.begin.prove", tag = "people",
    request_body = FreshProof, responses((status = 200, description = "The session with another token", body = MadeSession),
        (status = 403, description = "That did not work"), (status = 429, description = "Wait")))]
async fn prove(
    State(state): State<ApiState>,
    caller: Bearer,
    Json(given): Json<FreshProof>,
) -> Answer<Response> {
    let proof = one_proof([
        given.password.map(|password| Proof::Password(password.into())),
        given.code.map(|code| Proof::Code(code.into())),
        given.recovery_code.map(|code| Proof::RecoveryCode(code.into())),
        given.passkey.map(|answer| Proof::Passkey(answer.into())),
    ])?;
    let people = state.people_at(caller.door);
    let signed_in = people.prove(&caller.token, caller.request, proof).await?;
    Ok(secret(MadeSession::from(signed_in)))
}

/// Offers to take a passkey as the fresh proof
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/session/prove/passkey/begin", operation_id = "session.begin.prove.passkey", tag = "people",
    responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 409, description = "This server has no passkeys")))]
async fn offer_proof(State(state): State<ApiState>, caller: Caller) -> Answer<Response> {
    let people = state.people_of(&caller.credential);
    let offer = people
        .begin_passkey_proof(&caller.credential, caller.request)
        .await?;
    Ok(secret(Offer::from(offer)))
}

impl From<identity::Who> for OwnSession {
    fn from(who: identity::Who) -> Self {
        Self {
            id: who.session,
            member: who.member,
            class: who.class.into(),
            team: who.slug,
            begun_at: who.begun_at,
            idle_at: who.idle_at,
            ends_at: who.ends_at,
            fresh_until: who.fresh_until,
        }
    }
}
