//! Tenants: made and listed by the operator, seen by their own members; the contract they are kept under.

mod ending;
mod shapes;

use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Query};

use self::shapes::{Contract, MadeTenant, NewTenant, Region, SignedContract, Tenant, TenantEntry};
use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(view))
        .routes(routes!(view_contract, sign_contract))
        .merge(ending::routes())
}

/// Lists all tenants, oldest first
///
/// For the operator, who sees no more of them than this.
#[utoipa::path(get, path = "/v1/tenants", operation_id = "tenant.list", tag = "tenants", params(Paging),
    responses((status = 200, description = "A page of tenants", body = Page<TenantEntry>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<TenantEntry>>> {
    let page = state
        .custody
        .list_tenants(&caller.credential, caller.request, paging.page()?)
        .await?;
    Ok(Json(page.into()))
}

/// Makes a tenant with an owner and the owner's first key
///
/// For the operator. The secrets in the answer are shown once: a repetition with the same `Idempotency-Key`
/// is a conflict that names the tenant.
#[utoipa::path(post, path = "/v1/tenants", operation_id = "tenant.create", tag = "tenants",
    params(IdempotencyHeader), request_body = NewTenant,
    responses((status = 201, description = "The tenant and its secrets", body = MadeTenant),
        (status = 409, description = "The slug is taken, or the request was made before")))]
async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewTenant>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let made = state
        .custody
        .create_tenant(
            &caller.credential,
            caller.request,
            input.value.into(),
            idempotency,
        )
        .await?;
    Ok(created("/v1/tenant", MadeTenant::from(made)))
}

/// Shows the caller's tenant
#[utoipa::path(get, path = "/v1/tenant", operation_id = "tenant.view", tag = "tenants",
    responses((status = 200, description = "The tenant", body = Tenant)))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Tenant>> {
    let tenant = state.custody.tenant(&caller.credential, caller.request).await?;
    let regions = state.custody.regions().into_iter().map(Region::from).collect();
    Ok(Json(Tenant::from(tenant).offered(regions)))
}

/// Shows the newest version of the contract
#[utoipa::path(get, path = "/v1/tenant/contract", operation_id = "contract.view", tag = "tenants",
    responses((status = 200, description = "The contract", body = SignedContract),
        (status = 404, description = "None was ever signed")))]
async fn view_contract(State(state): State<ApiState>, caller: Caller) -> Answer<Json<SignedContract>> {
    let signed = state.custody.contract(&caller.credential, caller.request).await?;
    let none = || Problem::not_found("no contract was signed yet; an owner signs one with PUT");
    Ok(Json(signed.ok_or_else(none)?.into()))
}

/// Signs a new version of the contract
///
/// It takes the place of the one before. Nothing is taken in without a contract in force.
#[utoipa::path(put, path = "/v1/tenant/contract", operation_id = "contract.sign", tag = "tenants",
    request_body = Contract, responses((status = 200, description = "As signed", body = SignedContract)))]
async fn sign_contract(
    State(state): State<ApiState>,
    caller: Caller,
    Json(contract): Json<Contract>,
) -> Answer<Json<SignedContract>> {
    Ok(Json(
        state
            .custody
            .sign_contract(&caller.credential, caller.request, contract.into())
            .await?
            .into(),
    ))
}
