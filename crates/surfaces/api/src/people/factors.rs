//! What one signs in with. Only the bearer of a session changes it: an API key cannot, so that whoever finds one does not
//! stay.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity::Factors;
use kernel::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use super::came::{secret, texts};
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::PasswordFloor;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(factors))
        .routes(routes!(change_password))
        .routes(routes!(begin_totp, remove_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(renew_codes))
}

/// What the caller signs in with.
#[derive(Serialize, ToSchema)]
struct OwnFactors {
    /// Since when there is a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    password_at: Option<Timestamp>,
    /// The floor that it was chosen by.
    #[serde(skip_serializing_if = "Option::is_none")]
    password_floor: Option<PasswordFloor>,
    /// Whether there is an authenticator app.
    totp: bool,
    /// Whether there is a passkey.
    passkey: bool,
    /// Whether the team's provider knows the caller.
    single_sign_on: bool,
    recovery_codes_left: u32,
    /// Whether the team asks the caller for a second factor.
    second_factor_needed: bool,
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[schema(write_only)]
    password: String,
}

/// The secret of a new authenticator app, good after its first code.
#[derive(Serialize, ToSchema)]
struct TotpOffer {
    ticket: String,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// What to type into the app.
    secret: String,
    /// What it reads from a QR code.
    uri: String,
}

/// The first code of a new authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TotpCode {
    #[schema(write_only)]
    ticket: String,
    #[schema(write_only)]
    code: String,
}

/// Codes to print, each good once. They are shown once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// How many other sessions ended.
#[derive(Serialize, ToSchema)]
struct PasswordChanged {
    ended: usize,
}

/// Shows what the caller signs in with
#[utoipa::path(get, path = "/v1/factors", operation_id = "session.list.factors", tag = "people",
    responses((status = 200, description = "What there is", body = OwnFactors)))]
async fn factors(State(state): State<ApiState>, caller: Caller) -> Answer<Json<OwnFactors>> {
    let found = state
        .people_of(&caller.credential)
        .factors(&caller.credential, caller.request)
        .await?;
    Ok(Json(found.into()))
}

/// Sets another password, and ends the caller's other sessions
#[utoipa::path(put, path = "/v1/factors/password", operation_id = "factor.change.password", tag = "people",
    request_body = NewPassword, responses((status = 200, description = "How many sessions ended", body = PasswordChanged),
        (status = 400, description = "The password is not taken")))]
async fn change_password(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewPassword>,
) -> Answer<Json<PasswordChanged>> {
    let (people, password) = (state.people_of(&caller.credential), new.password.into());
    let ended = people
        .change_password(&caller.credential, caller.request, &password)
        .await?;
    Ok(Json(PasswordChanged { ended }))
}

/// Offers a new authenticator app its secret
///
/// The one that is there stays until the first code of the new one. Needs no `Idempotency-Key`: each offer has a secret of
/// its own.
#[utoipa::path(post, path = "/v1/factors/totp", operation_id = "factor.change.totp.offer", tag = "people",
    responses((status = 200, description = "The secret, shown once", body = TotpOffer)))]
async fn begin_totp(State(state): State<ApiState>, caller: Caller) -> Answer<Response> {
    let offer = state
        .people_of(&caller.credential)
        .begin_totp(&caller.credential, caller.request)
        .await?;
    Ok(secret(TotpOffer {
        ticket: offer.ticket.expose_secret().to_owned(),
        ends_at: offer.ends_at,
        secret: offer.secret.expose_secret().to_owned(),
        uri: offer.uri.expose_secret().to_owned(),
    }))
}

/// Takes the first code of a new authenticator app
///
/// Needs no `Idempotency-Key`: a repetition is another try.
#[utoipa::path(post, path = "/v1/factors/totp/confirm", operation_id = "factor.change.totp", tag = "people",
    request_body = TotpCode, responses((status = 200, description = "New codes to print", body = RecoveryCodes),
        (status = 403, description = "That did not work, or the offer has ended")))]
async fn confirm_totp(
    State(state): State<ApiState>,
    caller: Caller,
    Json(given): Json<TotpCode>,
) -> Answer<Response> {
    let (ticket, code) = (given.ticket.into(), given.code.into());
    let people = state.people_of(&caller.credential);
    let codes = people
        .confirm_totp(&caller.credential, caller.request, &ticket, &code)
        .await?;
    let recovery_codes = texts(&codes);
    Ok(secret(RecoveryCodes { recovery_codes }))
}

/// Takes the authenticator app away
#[utoipa::path(delete, path = "/v1/factors/totp", operation_id = "factor.change.totp.remove", tag = "people",
    responses((status = 204, description = "It is gone, and the printed codes where there is no passkey"),
        (status = 409, description = "The team asks for a second factor, and there is no other")))]
async fn remove_totp(State(state): State<ApiState>, caller: Caller) -> Answer<StatusCode> {
    state
        .people_of(&caller.credential)
        .remove_totp(&caller.credential, caller.request)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes
///
/// The ones before are good no more. Needs no `Idempotency-Key`: a repetition makes others in their place.
#[utoipa::path(post, path = "/v1/factors/recovery-codes", operation_id = "factor.change.codes", tag = "people",
    responses((status = 200, description = "Codes to print, shown once", body = RecoveryCodes),
        (status = 409, description = "There is no second factor that they could stand in for")))]
async fn renew_codes(State(state): State<ApiState>, caller: Caller) -> Answer<Response> {
    let people = state.people_of(&caller.credential);
    let codes = people
        .renew_recovery_codes(&caller.credential, caller.request)
        .await?;
    let recovery_codes = texts(&codes);
    Ok(secret(RecoveryCodes { recovery_codes }))
}

impl From<Factors> for OwnFactors {
    fn from(factors: Factors) -> Self {
        let Factors {
            password_at,
            password_floor,
            totp,
            passkey,
            single_sign_on,
            recovery_codes_left,
            second_factor_needed,
        } = factors;
        Self {
            password_at,
            password_floor: password_floor.map(Into::into),
            totp,
            passkey,
            single_sign_on,
            recovery_codes_left,
            second_factor_needed,
        }
    }
}
