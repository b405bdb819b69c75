//! Legal holds: what must not be deleted, by whatever way.

use axum::extract::State;
use axum::response::Response;
use custody::legal_hold::{self, Covers};
use kernel::{DatasetId, ItemId, LegalHoldId, MemberId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::HoldState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, place))
        .routes(routes!(view))
        .routes(routes!(lift))
        .routes(routes!(rule, set_rule))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct HoldPath {
    /// The hold's id.
    #[param(value_type = Uuid)]
    hold: LegalHoldId,
}

/// A hold to be placed: on an item, a dataset, a person, or on everything. Name exactly one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "everything": true, "reason": "letter of the court, 7 O 12/26", "two_people": true }))]
struct NewHold {
    /// One item with all its versions.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    item: Option<ItemId>,
    /// A dataset with everything in it, now and later.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    dataset: Option<DatasetId>,
    /// Everything about a person, now and later.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    subject: Option<SubjectId>,
    /// Everything that the tenant keeps.
    #[serde(default)]
    everything: bool,
    /// Why, in 1 to 500 bytes on one line.
    reason: String,
    /// When it ends by itself; when absent, somebody lifts it.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    until: Option<Timestamp>,
    /// It takes two people to lift it, also where the tenant's rule does not say so.
    #[serde(default)]
    two_people: bool,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
struct Hold {
    #[schema(value_type = Uuid)]
    id: LegalHoldId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    item: Option<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    dataset: Option<DatasetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    subject: Option<SubjectId>,
    /// It is on everything that the tenant keeps.
    everything: bool,
    reason: String,
    /// It takes two people to lift it.
    two_people: bool,
    state: HoldState,
    #[schema(value_type = Uuid)]
    placed_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// The member who asked for it to be lifted, where it takes two.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    lift_asked_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    lift_asked_at: Option<Timestamp>,
    /// The member who lifted it, or agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    lifted_by: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    lifted_at: Option<Timestamp>,
}

/// What a tenant settles about its holds.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldRule {
    /// Every hold that is placed from now on takes two people to lift; those that stand stay as they are.
    two_people: bool,
}

/// Lists holds, newest first
///
/// Those that ended or were lifted stay in the list.
#[utoipa::path(get, path = "/v1/holds", operation_id = "hold.list", tag = "holds", params(Paging),
    responses((status = 200, description = "A page of holds", body = Page<Hold>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Hold>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .legal_holds(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Places a hold
///
/// From then on nothing that it covers is deleted: not by a person, an S3 client or a bulk act, not by a retention rule or the end of the
/// contract. An erasure leaves it, says why, and goes on by itself when the hold ends.
#[utoipa::path(post, path = "/v1/holds", operation_id = "hold.place", tag = "holds", params(IdempotencyHeader),
    request_body = NewHold, responses((status = 201, description = "The hold", body = Hold)))]
async fn place(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewHold>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let new = legal_hold::NewLegalHold {
        covers: input.value.covers()?,
        reason: input.value.reason,
        until: input.value.until,
        two_people: input.value.two_people,
    };
    let custody = &state.custody;
    let placed = custody
        .place_legal_hold(&caller.credential, caller.request, new, idempotency)
        .await?;
    Ok(created(&format!("/v1/holds/{}", placed.id), Hold::from(placed)))
}

/// Shows one hold
#[utoipa::path(get, path = "/v1/holds/{hold}", operation_id = "hold.list.one", tag = "holds", params(HoldPath),
    responses((status = 200, description = "The hold", body = Hold)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<HoldPath>,
) -> Answer<Json<Hold>> {
    let custody = &state.custody;
    let hold = custody
        .legal_hold(&caller.credential, caller.request, path.hold)
        .await?;
    Ok(Json(hold.into()))
}

/// Lifts a hold
///
/// Where it takes two people, the first asks by this, and somebody else agrees by the same. Needs no `Idempotency-Key`: a repetition by the
/// same person is refused and changes nothing.
#[utoipa::path(post, path = "/v1/holds/{hold}/lift", operation_id = "hold.lift", tag = "holds", params(HoldPath),
    responses((status = 200, description = "The hold as it stands now", body = Hold),
        (status = 409, description = "It does not stand any more")))]
async fn lift(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<HoldPath>,
) -> Answer<Json<Hold>> {
    let custody = &state.custody;
    let hold = custody
        .lift_legal_hold(&caller.credential, caller.request, path.hold)
        .await?;
    Ok(Json(hold.into()))
}

/// Shows what is settled about holds
#[utoipa::path(get, path = "/v1/hold-rule", operation_id = "hold.list.rule", tag = "holds",
    responses((status = 200, description = "The rule", body = HoldRule)))]
async fn rule(State(state): State<ApiState>, caller: Caller) -> Answer<Json<HoldRule>> {
    let rule = state
        .custody
        .hold_rule(&caller.credential, caller.request)
        .await?;
    Ok(Json(rule.into()))
}

/// Settles whether it takes two people to lift a hold
#[utoipa::path(put, path = "/v1/hold-rule", operation_id = "tenant.change.holds", tag = "holds", request_body = HoldRule,
    responses((status = 200, description = "The rule", body = HoldRule)))]
async fn set_rule(
    State(state): State<ApiState>,
    caller: Caller,
    Json(rule): Json<HoldRule>,
) -> Answer<Json<HoldRule>> {
    let rule = legal_hold::HoldRule {
        two_people: rule.two_people,
    };
    let custody = &state.custody;
    let rule = custody
        .set_hold_rule(&caller.credential, caller.request, rule)
        .await?;
    Ok(Json(rule.into()))
}

impl NewHold {
    fn covers(&self) -> Result<Covers, Problem> {
        match (self.item, self.dataset, self.subject, self.everything) {
            (Some(item), None, None, false) => Ok(Covers::Item(item)),
            (None, Some(dataset), None, false) => Ok(Covers::Dataset(dataset)),
            (None, None, Some(subject), false) => Ok(Covers::Subject(subject)),
            (None, None, None, true) => Ok(Covers::Tenant),
            _ => {
                let problem = "name an item, a dataset or a subject, or say everything; exactly one of them";
                Err(Problem::invalid("item", problem))
            }
        }
    }
}

impl From<legal_hold::HoldRule> for HoldRule {
    fn from(rule: legal_hold::HoldRule) -> Self {
        Self {
            two_people: rule.two_people,
        }
    }
}

impl From<legal_hold::LegalHold> for Hold {
    fn from(hold: legal_hold::LegalHold) -> Self {
        let (mut item, mut dataset, mut subject) = (None, None, None);
        match hold.covers {
            Covers::Item(id) => item = Some(id),
            Covers::Dataset(id) => dataset = Some(id),
            Covers::Subject(id) => subject = Some(id),
            Covers::Tenant => {}
        }
        Self {
            id: hold.id,
            item,
            dataset,
            subject,
            everything: hold.covers == Covers::Tenant,
            reason: hold.reason,
            two_people: hold.two_people,
            state: hold.state.into(),
            placed_by: hold.placed_by,
            placed_at: hold.placed_at,
            until: hold.until,
            lift_asked_by: hold.lift_asked_by,
            lift_asked_at: hold.lift_asked_at,
            lifted_by: hold.lifted_by,
            lifted_at: hold.lifted_at,
        }
    }
}
