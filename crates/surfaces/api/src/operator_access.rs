//! The operator in a tenant: asked for, approved by the tenant, over by itself or by the tenant's word.

use axum::extract::State;
use axum::response::Response;
use custody::operator_access::{self, Decision};
use http::header::CACHE_CONTROL;
use kernel::{DatasetId, KeyId, MemberId, OperatorAccessId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::{created, set};
use crate::caller::Caller;
use crate::errors::Answer;
use crate::keys::IssuedKey;
use crate::paging::{Page, Paging};
use crate::trail::Entry;
use crate::words::OperatorAccessState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, ask))
        .routes(routes!(approve))
        .routes(routes!(refuse))
        .routes(routes!(end))
        .routes(routes!(take))
        .routes(routes!(reads))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct AccessPath {
    /// The access's id.
    #[param(value_type = Uuid)]
    access: OperatorAccessId,
}

/// What somebody of the operator's staff asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "tenant": "clinic", "minutes": 30, "reason": "ticket 7: uploads fail" }))]
struct NewOperatorAccess {
    /// The tenant's short name.
    tenant: String,
    /// The dataset to look into, by id; when absent, only what datasets there are, with their settings and counts.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    dataset: Option<DatasetId>,
    /// Whether original bytes can be taken, too.
    #[serde(default)]
    originals: bool,
    /// For how long, from the approval on.
    #[schema(minimum = 1, maximum = 480)]
    minutes: u32,
    /// Why, in 1 to 500 bytes on one line; the tenant reads it.
    reason: String,
}

/// An access that was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct OperatorAccess {
    #[schema(value_type = Uuid)]
    id: OperatorAccessId,
    #[schema(value_type = Uuid)]
    tenant: TenantId,
    /// Who of the operator's staff asked.
    #[schema(value_type = Uuid)]
    asked_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// The dataset; when absent, only what datasets there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    dataset: Option<DatasetId>,
    /// Whether original bytes can be taken.
    originals: bool,
    minutes: u32,
    /// Why; told to the tenant alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    state: OperatorAccessState,
    /// The member who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    decided_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// When it ends, or ended; once approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// The member who ended it before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    ended_by: Option<MemberId>,
    /// The key that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    key: Option<KeyId>,
}

/// Lists what the operator asked for, newest first
///
/// Of one's own tenant; for the operator's staff, what they asked for themselves, without the reasons.
#[utoipa::path(get, path = "/v1/operator-access", operation_id = "operator-access.list", tag = "operator-access", params(Paging),
    responses((status = 200, description = "A page of accesses", body = Page<OperatorAccess>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<OperatorAccess>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .operator_accesses(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Asks a tenant to be let in
///
/// For the operator's staff. By itself this opens nothing: an owner or admin of the tenant decides within seven days. Needs no
/// `Idempotency-Key`: a repetition is another request that the tenant may refuse.
#[utoipa::path(post, path = "/v1/operator-access", operation_id = "operator-access.ask", tag = "operator-access",
    request_body = NewOperatorAccess,
    responses((status = 201, description = "What was asked for", body = OperatorAccess),
        (status = 409, description = "The tenant holds its key itself: nobody can be let in")))]
async fn ask(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewOperatorAccess>,
) -> Answer<Response> {
    let new = operator_access::NewOperatorAccess {
        tenant: new.tenant,
        dataset: new.dataset,
        originals: new.originals,
        minutes: new.minutes,
        reason: new.reason,
    };
    let custody = &state.custody;
    let asked = custody
        .ask_operator_access(&caller.credential, caller.request, new)
        .await?;
    Ok(created("/v1/operator-access", OperatorAccess::from(asked)))
}

/// Lets the operator look
///
/// For as long as they asked for, from now on. Needs no `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/operator-access/{access}/approve", operation_id = "operator-access.decide",
    tag = "operator-access", params(AccessPath),
    responses((status = 200, description = "The access with its end", body = OperatorAccess),
        (status = 409, description = "It was decided before, or nobody did in time")))]
async fn approve(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<AccessPath>,
) -> Answer<Json<OperatorAccess>> {
    decide(&state, caller, path.access, Decision::Approve).await
}

/// Does not let the operator look
///
/// Needs no `Idempotency-Key`: a repetition is a conflict and changes nothing.
#[utoipa::path(post, path = "/v1/operator-access/{access}/refuse", operation_id = "operator-access.decide.refuse",
    tag = "operator-access", params(AccessPath),
    responses((status = 200, description = "The access", body = OperatorAccess),
        (status = 409, description = "It was decided before, or nobody did in time")))]
async fn refuse(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<AccessPath>,
) -> Answer<Json<OperatorAccess>> {
    decide(&state, caller, path.access, Decision::Refuse).await
}

async fn decide(
    state: &ApiState,
    caller: Caller,
    access: OperatorAccessId,
    decision: Decision,
) -> Answer<Json<OperatorAccess>> {
    let decided = state
        .custody
        .decide_operator_access(&caller.credential, caller.request, access, decision)
        .await?;
    Ok(Json(decided.into()))
}

/// Ends an access at once
///
/// The next request by its key is refused, on every node, and what flows by it ends. Needs no `Idempotency-Key`: a repetition is a
/// conflict and changes nothing.
#[utoipa::path(post, path = "/v1/operator-access/{access}/end", operation_id = "operator-access.end",
    tag = "operator-access", params(AccessPath),
    responses((status = 200, description = "The access as it ended", body = OperatorAccess),
        (status = 409, description = "It does not run")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<AccessPath>,
) -> Answer<Json<OperatorAccess>> {
    let custody = &state.custody;
    let ended = custody
        .end_operator_access(&caller.credential, caller.request, path.access)
        .await?;
    Ok(Json(ended.into()))
}

/// Takes the key of an approved access
///
/// For whoever asked for it, once; it ends with the access. Needs no `Idempotency-Key`: a repetition is a conflict.
#[utoipa::path(post, path = "/v1/operator-access/{access}/key", operation_id = "operator-access.take",
    tag = "operator-access", params(AccessPath),
    responses((status = 201, description = "The key and its secret", body = IssuedKey),
        (status = 409, description = "The access does not run, or its key was taken")))]
async fn take(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<AccessPath>,
) -> Answer<Response> {
    let custody = &state.custody;
    let issued = custody
        .take_operator_key(&caller.credential, caller.request, path.access)
        .await?;
    let mut response = created("/v1/operator-access", IssuedKey::from(issued));
    set(&mut response, CACHE_CONTROL, "no-store");
    Ok(response)
}

/// Lists what was done by an access, newest first
///
/// As the trail has it: what was looked at, and what was tried in vain.
#[utoipa::path(get, path = "/v1/operator-access/{access}/reads", operation_id = "trail.read.operator-access",
    tag = "operator-access", params(AccessPath, Paging),
    responses((status = 200, description = "A page of events", body = Page<Entry>)))]
async fn reads(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<AccessPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Entry>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .operator_reads(&caller.credential, caller.request, path.access, page)
        .await?;
    Ok(Json(listed.into()))
}

impl From<operator_access::OperatorAccess> for OperatorAccess {
    fn from(access: operator_access::OperatorAccess) -> Self {
        Self {
            id: access.id,
            tenant: access.tenant,
            asked_by: access.asked_by,
            asked_at: access.asked_at,
            dataset: access.dataset,
            originals: access.originals,
            minutes: access.minutes,
            reason: access.reason,
            state: access.state.into(),
            decided_by: access.decided_by,
            decided_at: access.decided_at,
            ends_at: access.ends_at,
            ended_by: access.ended_by,
            key: access.key,
        }
    }
}
