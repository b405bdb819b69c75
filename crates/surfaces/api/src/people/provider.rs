//! The provider at which the people of a tenant sign in (OpenID Connect).

use axum::extract::State;
use http::StatusCode;
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::Class;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(view, set, remove))
}

/// A provider of single sign-on. Its secret is sealed and never shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Clinic ID", "issuer": "https://login.clinic.example", "client_id": "bailee", "client_secret": "…",
    "domains": ["clinic.example"], "just_in_time": true
}))]
struct NewSingleSignOn {
    /// What the button says after "Sign in with".
    name: String,
    /// The provider, exactly as it calls itself: https:// and a host that the operator allows.
    issuer: String,
    /// What it calls this server.
    client_id: String,
    /// The secret that goes with that; without one, the secret that is there stays.
    #[serde(default)]
    #[schema(write_only)]
    client_secret: Option<String>,
    /// The domains whose verified addresses are let in.
    domains: Vec<String>,
    /// What people become who are made members as they sign in; `worker` when absent.
    #[serde(default)]
    class: Option<Class>,
    /// Whether people who are no members yet become some.
    #[serde(default)]
    just_in_time: bool,
    /// Whether nothing else lets members in.
    #[serde(default)]
    enforced: bool,
    /// The owner whom a password lets in still; needed where it is enforced.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    break_glass: Option<MemberId>,
}

/// The provider, without its secret.
#[derive(Serialize, ToSchema)]
struct SingleSignOn {
    name: String,
    issuer: String,
    client_id: String,
    domains: Vec<String>,
    class: Class,
    just_in_time: bool,
    enforced: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    break_glass: Option<MemberId>,
    /// What to tell the provider: where it sends people back to.
    callback: String,
}

/// Shows the provider at which people sign in
#[utoipa::path(get, path = "/v1/tenant/single-sign-on", operation_id = "tenant.view.single-sign-on", tag = "people",
    responses((status = 200, description = "The provider, without its secret", body = SingleSignOn),
        (status = 404, description = "The tenant has none"),
        (status = 409, description = "The operator has named no providers")))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<SingleSignOn>> {
    let provider = state
        .people_of(&caller.credential)
        .oidc(&caller.credential, caller.request)
        .await?;
    let none = || Problem::not_found("no provider is set; an owner sets one with PUT");
    Ok(Json(provider.ok_or_else(none)?.into()))
}

/// Sets the provider at which people sign in
///
/// For owners, since whoever names the provider can become anybody. The provider is asked whether it is there. With another
/// issuer, everybody is known anew by their address.
#[utoipa::path(put, path = "/v1/tenant/single-sign-on", operation_id = "tenant.change.single-sign-on", tag = "people",
    request_body = NewSingleSignOn,
    responses((status = 200, description = "The provider, without its secret", body = SingleSignOn),
        (status = 400, description = "The operator does not allow the host, it does not answer, or something else is wrong")))]
async fn set(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewSingleSignOn>,
) -> Answer<Json<SingleSignOn>> {
    let new = identity::NewOidc {
        name: new.name,
        issuer: new.issuer,
        client_id: new.client_id,
        client_secret: new.client_secret.map(Into::into),
        domains: new.domains,
        class: new.class.unwrap_or(Class::Worker).into(),
        just_in_time: new.just_in_time,
        enforced: new.enforced,
        break_glass: new.break_glass,
    };
    let provider = state
        .people_of(&caller.credential)
        .set_oidc(&caller.credential, caller.request, new)
        .await?;
    Ok(Json(provider.into()))
}

/// Takes the provider away
///
/// Passwords let everybody in again who has one. Done already where there is none.
#[utoipa::path(delete, path = "/v1/tenant/single-sign-on", operation_id = "tenant.change.single-sign-on.remove",
    tag = "people", responses((status = 204, description = "There is none now")))]
async fn remove(State(state): State<ApiState>, caller: Caller) -> Answer<StatusCode> {
    state
        .people_of(&caller.credential)
        .remove_oidc(&caller.credential, caller.request)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<identity::Oidc> for SingleSignOn {
    fn from(provider: identity::Oidc) -> Self {
        let identity::Oidc {
            name,
            issuer,
            client_id,
            domains,
            class,
            just_in_time,
            enforced,
            break_glass,
            callback,
        } = provider;
        Self {
            name,
            issuer,
            client_id,
            domains,
            class: class.into(),
            just_in_time,
            enforced,
            break_glass,
            callback,
        }
    }
}
