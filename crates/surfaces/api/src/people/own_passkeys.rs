//! One's own passkeys.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity::PasskeyEntry;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use super::came::secret;
use super::passkeys::{NewPasskey, Offer};
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(passkeys, add_passkey))
        .routes(routes!(offer_passkey))
        .routes(routes!(remove_passkey))
}

/// A passkey.
#[derive(Serialize, ToSchema)]
struct Passkey {
    id: String,
    label: String,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

/// The caller's passkeys.
#[derive(Serialize, ToSchema)]
struct Passkeys {
    items: Vec<Passkey>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct PasskeyPath {
    /// The passkey's id.
    passkey: String,
}

/// Lists the caller's passkeys
#[utoipa::path(get, path = "/v1/factors/passkeys", operation_id = "session.list.passkeys", tag = "people",
    responses((status = 200, description = "The passkeys, oldest first", body = Passkeys)))]
async fn passkeys(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Passkeys>> {
    let found = state
        .people_of(&caller.credential)
        .passkeys(&caller.credential, caller.request)
        .await?;
    let items = found.into_iter().map(Passkey::from).collect();
    Ok(Json(Passkeys { items }))
}

/// Offers to make a passkey
///
/// Needs no `Idempotency-Key`: each offer has a challenge of its own.
#[utoipa::path(post, path = "/v1/factors/passkeys/begin", operation_id = "factor.change.passkey.offer", tag = "people",
    responses((status = 200, description = "What the browser is given", body = Offer),
        (status = 409, description = "This server has no passkeys, or there are twenty")))]
async fn offer_passkey(State(state): State<ApiState>, caller: Caller) -> Answer<Response> {
    let people = state.people_of(&caller.credential);
    let offer = people
        .begin_adding_passkey(&caller.credential, caller.request)
        .await?;
    Ok(secret(Offer::from(offer)))
}

/// Takes a passkey in that was made
///
/// Needs no `Idempotency-Key`: an offer is good once.
#[utoipa::path(post, path = "/v1/factors/passkeys", operation_id = "factor.change.passkey", tag = "people",
    request_body = NewPasskey, responses((status = 204, description = "It is one of the caller's"),
        (status = 403, description = "The offer has ended"), (status = 409, description = "The passkey is known already")))]
async fn add_passkey(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewPasskey>,
) -> Answer<StatusCode> {
    let (people, ticket) = (state.people_of(&caller.credential), new.ticket.into());
    people
        .add_passkey(
            &caller.credential,
            caller.request,
            &ticket,
            new.credential.into(),
            &new.label,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes one of the caller's passkeys away
#[utoipa::path(delete, path = "/v1/factors/passkeys/{passkey}", operation_id = "factor.change.passkey.remove", tag = "people",
    params(PasskeyPath), responses((status = 204, description = "It is gone"),
        (status = 409, description = "The team asks for a second factor, and there is no other")))]
async fn remove_passkey(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PasskeyPath>,
) -> Answer<StatusCode> {
    let people = state.people_of(&caller.credential);
    people
        .remove_passkey(&caller.credential, caller.request, &path.passkey)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PasskeyEntry> for Passkey {
    fn from(entry: PasskeyEntry) -> Self {
        let PasskeyEntry {
            id,
            label,
            made_at,
            used_at,
        } = entry;
        Self {
            id,
            label,
            made_at,
            used_at,
        }
    }
}
