//! The end of a contract, and what is left of tenants.

use axum::extract::State;
use custody::ending;
use kernel::{DeletionCertificateId, EventId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Query};

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::ContractNoticeKind;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(view, settle))
        .routes(routes!(list))
}

/// How the end of the contract stands.
#[derive(Debug, Serialize, ToSchema)]
struct ContractEnd {
    /// When it ends; open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// How many days afterwards everything is deleted.
    delete_after_days: u32,
    /// Why not after thirty.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When everything is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
    /// It has ended: nothing is taken in, and everything can be taken away.
    read_only: bool,
    /// What was announced, oldest first.
    notices: Vec<ContractNotice>,
}

/// Something that was announced about the end of the contract.
#[derive(Debug, Serialize, ToSchema)]
struct ContractNotice {
    kind: ContractNoticeKind,
    /// The moment it is about.
    #[schema(value_type = String, format = DateTime)]
    about_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

/// The end that an owner wants for the contract.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "ends_at": "2027-01-31T00:00:00Z" }))]
struct NewContractEnd {
    /// When; when absent it goes on without an end.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    ends_at: Option<Timestamp>,
    /// How many days afterwards everything is deleted; thirty when absent.
    #[schema(minimum = 0, maximum = 3650, nullable = false)]
    delete_after_days: Option<u32>,
    /// Why not after thirty; needed where it is not.
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Proof that nothing is left of a tenant.
#[derive(Debug, Serialize, ToSchema)]
struct DeletionCertificate {
    #[schema(value_type = Uuid)]
    id: DeletionCertificateId,
    #[schema(value_type = Uuid)]
    tenant: TenantId,
    /// Its short name.
    slug: String,
    /// When its key was destroyed.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The entry of the operator's trail that says the same; `/v1/trail/{event}/receipt` proves it.
    #[schema(value_type = Uuid)]
    event: EventId,
    /// What it certifies, for people.
    statement: String,
}

/// Shows when the contract ends, and what happens then
#[utoipa::path(get, path = "/v1/tenant/contract/end", operation_id = "contract.view.end", tag = "tenants",
    responses((status = 200, description = "The end", body = ContractEnd)))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<ContractEnd>> {
    let custody = &state.custody;
    let end = custody.contract_end(&caller.credential, caller.request).await?;
    Ok(Json(end.into()))
}

/// Gives the contract another end, or none
///
/// It is signed anew with the same terms. After the end nothing is taken in; everything can be taken away until it is deleted. Until then this
/// undoes it.
#[utoipa::path(put, path = "/v1/tenant/contract/end", operation_id = "contract.end", tag = "tenants", request_body = NewContractEnd,
    responses((status = 200, description = "The end", body = ContractEnd),
        (status = 409, description = "No contract was signed that could end")))]
async fn settle(
    State(state): State<ApiState>,
    caller: Caller,
    Json(wanted): Json<NewContractEnd>,
) -> Answer<Json<ContractEnd>> {
    let new = ending::NewContractEnd {
        ends_at: wanted.ends_at,
        delete_after_days: wanted.delete_after_days,
        reason: wanted.reason,
    };
    let custody = &state.custody;
    let end = custody
        .end_contract(&caller.credential, caller.request, new)
        .await?;
    Ok(Json(end.into()))
}

/// Lists certificates of deletion, newest first
///
/// For the operator: one for every tenant of whom nothing is left.
#[utoipa::path(get, path = "/v1/certificates", operation_id = "tenant.list.certificates", tag = "tenants", params(Paging),
    responses((status = 200, description = "A page of certificates", body = Page<DeletionCertificate>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<DeletionCertificate>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .certificates(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

impl From<ending::ContractEnd> for ContractEnd {
    fn from(end: ending::ContractEnd) -> Self {
        let notice = |notice: ending::ContractNotice| ContractNotice {
            kind: notice.kind.into(),
            about_at: notice.about_at,
            made_at: notice.made_at,
        };
        Self {
            ends_at: end.ends_at,
            delete_after_days: end.delete_after_days,
            reason: end.reason,
            deleted_at: end.deleted_at,
            read_only: end.read_only,
            notices: end.notices.into_iter().map(notice).collect(),
        }
    }
}

impl From<ending::Certificate> for DeletionCertificate {
    fn from(made: ending::Certificate) -> Self {
        Self {
            id: made.id,
            tenant: made.tenant,
            slug: made.slug,
            made_at: made.made_at,
            event: made.event,
            statement: made.statement,
        }
    }
}
