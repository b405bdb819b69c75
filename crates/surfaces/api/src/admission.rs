//! What a team asks of its members before they see anything, and how they stand with it.

use axum::extract::State;
use axum::response::Response;
use custody::admission::{self, NewRecord};
use http::StatusCode;
use kernel::{AdmissionStepId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::AdmissionKind;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(of_member))
        .routes(routes!(waiting))
        .routes(routes!(add))
        .routes(routes!(change, remove))
        .routes(routes!(accept))
        .routes(routes!(record, withdraw))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct StepPath {
    /// The step's id.
    #[param(value_type = Uuid)]
    step: AdmissionStepId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The member's id.
    #[param(value_type = Uuid)]
    member: MemberId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct DonePath {
    /// The step's id.
    #[param(value_type = Uuid)]
    step: AdmissionStepId,
    /// The member's id.
    #[param(value_type = Uuid)]
    member: MemberId,
}

/// Something that is asked of every member.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kind": "training", "title": "Health data", "version": "2026", "good_for_days": 365 }))]
struct AdmissionAsks {
    kind: AdmissionKind,
    /// What it is called, in 1 to 100 bytes.
    title: String,
    /// Its version, in your words, in 1 to 40 bytes. Where it changes, everybody has to do it anew.
    version: String,
    /// Where it is to be found, in up to 500 bytes.
    #[serde(default)]
    place: String,
    /// How long it is good for; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3660, nullable = false)]
    good_for_days: Option<u32>,
}

/// A step, as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct AdmissionStep {
    #[schema(value_type = Uuid)]
    id: AdmissionStepId,
    #[serde(flatten)]
    asks: AdmissionAsks,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// The member who added it or changed it last.
    #[schema(value_type = Uuid)]
    changed_by: MemberId,
}

/// A step, and how a member stands with it.
#[derive(Debug, Serialize, ToSchema)]
struct AdmissionStanding {
    #[serde(flatten)]
    step: AdmissionStep,
    /// Whether it opens the door now.
    good: bool,
    /// What there is of the member about it, of this version or one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<AdmissionDone>,
}

/// That a member has done a step.
#[derive(Debug, Serialize, ToSchema)]
struct AdmissionDone {
    #[schema(value_type = String, format = DateTime)]
    done_at: Timestamp,
    /// Until when it is good; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    good_until: Option<Timestamp>,
    /// The member who says so.
    #[schema(value_type = Uuid)]
    recorded_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Where the evidence lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
}

/// How a member stands.
#[derive(Debug, Serialize, ToSchema)]
struct Admission {
    /// Whether the door is open to them.
    open: bool,
    /// Every step.
    steps: Vec<AdmissionStanding>,
}

/// A member for whom the door is closed.
#[derive(Debug, Serialize, ToSchema)]
struct AdmissionWaiting {
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// The steps that are missing.
    #[schema(value_type = Vec<Uuid>)]
    missing: Vec<AdmissionStepId>,
}

/// Acceptance of a policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": "3" }))]
struct Acceptance {
    /// The version that was read.
    version: String,
}

/// That somebody else has signed, learned or been screened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": "2026", "done_at": "2026-03-02T09:00:00Z", "evidence": "certificate 17" }))]
struct AdmissionRecord {
    /// Of which version of the step.
    version: String,
    #[schema(value_type = String, format = DateTime)]
    done_at: Timestamp,
    /// Until when it is good; as long as the step says when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    good_until: Option<Timestamp>,
    /// Where the evidence lies, in 1 to 500 bytes.
    evidence: String,
}

/// Shows how the caller stands
///
/// Open to everybody, let in or not.
#[utoipa::path(get, path = "/v1/admission", operation_id = "admission.view", tag = "admission",
    responses((status = 200, description = "Every step, and whether it is done", body = Admission)))]
async fn own(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Admission>> {
    let custody = &state.custody;
    let standings = custody
        .admission(&caller.credential, caller.request, None)
        .await?;
    Ok(Json(standings.into()))
}

/// Shows how a member stands
#[utoipa::path(get, path = "/v1/members/{member}/admission", operation_id = "admission.view.member", tag = "admission",
    params(MemberPath),
    responses((status = 200, description = "Every step, and whether it is done", body = Admission)))]
async fn of_member(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<Json<Admission>> {
    let (custody, of) = (&state.custody, Some(path.member));
    let standings = custody.admission(&caller.credential, caller.request, of).await?;
    Ok(Json(standings.into()))
}

/// Lists the active members who are not let in, and what they miss
#[utoipa::path(get, path = "/v1/admission/waiting", operation_id = "admission.view.waiting", tag = "admission",
    params(Paging),
    responses((status = 200, description = "A page of members", body = Page<AdmissionWaiting>)))]
async fn waiting(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<AdmissionWaiting>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .waiting_for_admission(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Asks every member for something from now on
///
/// Who has not done it is let in nowhere, the caller included, until it is accepted or recorded. Needs no `Idempotency-Key`: a
/// repetition is another step, which can be taken away.
#[utoipa::path(post, path = "/v1/admission/steps", operation_id = "admission.rule.add", tag = "admission",
    request_body = AdmissionAsks,
    responses((status = 201, description = "The step", body = AdmissionStep),
        (status = 409, description = "The team asks for as much as a team can")))]
async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<AdmissionAsks>,
) -> Answer<Response> {
    let custody = &state.custody;
    let added = custody
        .add_admission_step(&caller.credential, caller.request, new.into())
        .await?;
    Ok(created("/v1/admission", AdmissionStep::from(added)))
}

/// Changes a step
///
/// Where its version is another, everybody has to do it anew.
#[utoipa::path(put, path = "/v1/admission/steps/{step}", operation_id = "admission.rule", tag = "admission",
    params(StepPath), request_body = AdmissionAsks,
    responses((status = 200, description = "The step", body = AdmissionStep)))]
async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<StepPath>,
    Json(new): Json<AdmissionAsks>,
) -> Answer<Json<AdmissionStep>> {
    let custody = &state.custody;
    let changed = custody
        .change_admission_step(&caller.credential, caller.request, path.step, new.into())
        .await?;
    Ok(Json(changed.into()))
}

/// Takes a step away
///
/// With what there was about it; the trail keeps that it was.
#[utoipa::path(delete, path = "/v1/admission/steps/{step}", operation_id = "admission.rule.remove", tag = "admission",
    params(StepPath), responses((status = 204, description = "It is not asked any more")))]
async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<StepPath>,
) -> Answer<StatusCode> {
    let custody = &state.custody;
    custody
        .remove_admission_step(&caller.credential, caller.request, path.step)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts a policy
///
/// For oneself. Needs no `Idempotency-Key`: a repetition accepts the same version again.
#[utoipa::path(post, path = "/v1/admission/steps/{step}/accept", operation_id = "admission.accept", tag = "admission",
    params(StepPath), request_body = Acceptance,
    responses((status = 200, description = "How the caller stands now", body = Admission),
        (status = 409, description = "There is another version by now, or it is no policy")))]
async fn accept(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<StepPath>,
    Json(read): Json<Acceptance>,
) -> Answer<Json<Admission>> {
    let custody = &state.custody;
    let standings = custody
        .accept_admission_step(&caller.credential, caller.request, path.step, read.version)
        .await?;
    Ok(Json(standings.into()))
}

/// Records that a member has signed, learned or been screened
#[utoipa::path(put, path = "/v1/admission/steps/{step}/members/{member}", operation_id = "admission.record",
    tag = "admission", params(DonePath), request_body = AdmissionRecord,
    responses((status = 200, description = "How the member stands now", body = Admission),
        (status = 409, description = "There is another version by now, or it is a policy")))]
async fn record(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DonePath>,
    Json(new): Json<AdmissionRecord>,
) -> Answer<Json<Admission>> {
    let new = NewRecord {
        version: new.version,
        done_at: new.done_at,
        good_until: new.good_until,
        evidence: new.evidence,
    };
    let custody = &state.custody;
    let standings = custody
        .record_admission_step(&caller.credential, caller.request, (path.step, path.member), new)
        .await?;
    Ok(Json(standings.into()))
}

/// Takes back what was recorded or accepted of a member
///
/// The door is closed to them from now on.
#[utoipa::path(delete, path = "/v1/admission/steps/{step}/members/{member}", operation_id = "admission.record.withdraw",
    tag = "admission", params(DonePath),
    responses((status = 200, description = "How the member stands now", body = Admission)))]
async fn withdraw(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DonePath>,
) -> Answer<Json<Admission>> {
    let custody = &state.custody;
    let standings = custody
        .withdraw_admission_step(&caller.credential, caller.request, (path.step, path.member))
        .await?;
    Ok(Json(standings.into()))
}

impl From<AdmissionAsks> for admission::NewStep {
    fn from(asks: AdmissionAsks) -> Self {
        Self {
            kind: asks.kind.into(),
            title: asks.title,
            version: asks.version,
            place: asks.place,
            good_for_days: asks.good_for_days,
        }
    }
}

impl From<admission::NewStep> for AdmissionAsks {
    fn from(asks: admission::NewStep) -> Self {
        Self {
            kind: asks.kind.into(),
            title: asks.title,
            version: asks.version,
            place: asks.place,
            good_for_days: asks.good_for_days,
        }
    }
}

impl From<admission::Step> for AdmissionStep {
    fn from(step: admission::Step) -> Self {
        Self {
            id: step.id,
            asks: step.asks.into(),
            changed_at: step.changed_at,
            changed_by: step.changed_by,
        }
    }
}

impl From<Vec<admission::Standing>> for Admission {
    fn from(standings: Vec<admission::Standing>) -> Self {
        Self {
            open: standings.iter().all(|standing| standing.good),
            steps: standings.into_iter().map(AdmissionStanding::from).collect(),
        }
    }
}

impl From<admission::Standing> for AdmissionStanding {
    fn from(standing: admission::Standing) -> Self {
        Self {
            step: standing.step.into(),
            good: standing.good,
            done: standing.done.map(|done| AdmissionDone {
                done_at: done.done_at,
                good_until: done.good_until,
                recorded_by: done.recorded_by,
                recorded_at: done.recorded_at,
                evidence: done.evidence,
            }),
        }
    }
}

impl From<admission::Waiting> for AdmissionWaiting {
    fn from(waiting: admission::Waiting) -> Self {
        Self {
            member: waiting.member,
            missing: waiting.missing,
        }
    }
}
