//! What a tenant asks of its people when they sign in.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::{PasswordFloor, SecondFactorFor};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(view, set))
}

/// What a tenant asks of its people when they sign in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "password_floor": "nist", "second_factor": "everybody", "idle_minutes": 30, "absolute_hours": 12
}))]
struct SignInRule {
    /// The weakest password; holds for passwords from then on.
    password_floor: PasswordFloor,
    /// Who needs a second factor; holds from the next time that somebody signs in.
    second_factor: SecondFactorFor,
    /// After so many minutes without anybody there a session ends.
    #[schema(minimum = 1, maximum = 30)]
    idle_minutes: u32,
    /// After so many hours a session ends.
    #[schema(minimum = 1, maximum = 12)]
    absolute_hours: u32,
}

/// Shows what people are asked when they sign in
#[utoipa::path(get, path = "/v1/tenant/sign-in", operation_id = "tenant.view.sign-in", tag = "people",
    responses((status = 200, description = "What is asked", body = SignInRule)))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<SignInRule>> {
    let rule = state
        .people_of(&caller.credential)
        .rule(&caller.credential, caller.request)
        .await?;
    Ok(Json(rule.into()))
}

/// Sets what people are asked when they sign in
///
/// Sessions that are there keep their absolute end; their idleness follows the new rule.
#[utoipa::path(put, path = "/v1/tenant/sign-in", operation_id = "tenant.change.sign-in", tag = "people",
    request_body = SignInRule, responses((status = 200, description = "As set", body = SignInRule)))]
async fn set(
    State(state): State<ApiState>,
    caller: Caller,
    Json(rule): Json<SignInRule>,
) -> Answer<Json<SignInRule>> {
    let rule = state
        .people_of(&caller.credential)
        .set_rule(&caller.credential, caller.request, rule.into())
        .await?;
    Ok(Json(rule.into()))
}

impl From<identity::Rule> for SignInRule {
    fn from(rule: identity::Rule) -> Self {
        let identity::Rule {
            password_floor,
            second_factor,
            idle_minutes,
            absolute_hours,
        } = rule;
        Self {
            password_floor: password_floor.into(),
            second_factor: second_factor.into(),
            idle_minutes,
            absolute_hours,
        }
    }
}

impl From<SignInRule> for identity::Rule {
    fn from(rule: SignInRule) -> Self {
        Self {
            password_floor: rule.password_floor.into(),
            second_factor: rule.second_factor.into(),
            idle_minutes: rule.idle_minutes,
            absolute_hours: rule.absolute_hours,
        }
    }
}
