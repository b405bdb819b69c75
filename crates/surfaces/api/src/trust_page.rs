//! The public page of the caller's tenant.

use assurance::CompanyPage;
use axum::extract::State;
use http::StatusCode;
use kernel::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(view, publish, withdraw))
}

/// How a page is to speak.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Northlight Pictures", "profile": "training-data" }))]
struct NewTrustPage {
    /// What the company is called there, in 1 to 100 characters on one line. It is published.
    name: String,
    /// A profile that the operator offers: `everything`, `ai-api`, `crm`, `identity`, `training-data`, or one of its own.
    profile: String,
}

/// The public page of a tenant, at `/trust/of/` and its short name.
#[derive(Debug, Serialize, ToSchema)]
struct TrustPage {
    /// What the company is called there.
    name: String,
    /// The profile that the page keeps to.
    profile: String,
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// The member who published it so.
    #[schema(value_type = Uuid)]
    published_by: MemberId,
}

/// Shows whether the tenant has a public page
#[utoipa::path(get, path = "/v1/tenant/trust-page", operation_id = "tenant.view.trust-page", tag = "tenants",
    responses((status = 200, description = "The page", body = TrustPage), (status = 404, description = "The tenant has none")))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<TrustPage>> {
    let page = state
        .assurance
        .company_page(&caller.credential, caller.request)
        .await?;
    let none = || Problem::not_found("nothing is published; whoever may change the tenant does so with PUT");
    Ok(Json(page.ok_or_else(none)?.into()))
}

/// Publishes a page for the tenant, or changes how it speaks
///
/// It says in the words of a profile how the promises stand that hold for what the tenant keeps here. That the tenant keeps data here is public then.
#[utoipa::path(put, path = "/v1/tenant/trust-page", operation_id = "tenant.change.trust-page", tag = "tenants",
    request_body = NewTrustPage, responses((status = 200, description = "The page", body = TrustPage)))]
async fn publish(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewTrustPage>,
) -> Answer<Json<TrustPage>> {
    let page = state
        .assurance
        .publish_company_page(&caller.credential, caller.request, (new.name, new.profile))
        .await?;
    Ok(Json(page.into()))
}

/// Takes the tenant's page back
#[utoipa::path(delete, path = "/v1/tenant/trust-page", operation_id = "tenant.change.trust-page.withdraw", tag = "tenants",
    responses((status = 204, description = "Nothing is published any more"), (status = 404, description = "Nothing was")))]
async fn withdraw(State(state): State<ApiState>, caller: Caller) -> Answer<StatusCode> {
    state
        .assurance
        .withdraw_company_page(&caller.credential, caller.request)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<CompanyPage> for TrustPage {
    fn from(page: CompanyPage) -> Self {
        Self {
            name: page.speaker,
            profile: page.profile,
            published_at: page.published_at,
            published_by: page.published_by,
        }
    }
}
