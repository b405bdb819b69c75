//! What the operator claims, and what shows it.

use std::collections::BTreeMap;

use ::assurance::catalogue::CheckEntry;
use ::assurance::{ClaimState, Kept};
use axum::extract::State;
use kernel::{EventId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::{CheckCadence, CheckOutcome, CheckScope, ClaimKind, StateOfClaim};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(claims))
        .routes(routes!(checks))
        .routes(routes!(runs))
        .routes(routes!(run))
}

/// The most runs that are shown.
const MOST_RUNS: u32 = 1_000;

/// All claims.
#[derive(Debug, Serialize, ToSchema)]
struct Claims {
    claims: Vec<Claim>,
}

/// A sentence of the operator's, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Claim {
    /// Its telling name.
    id: String,
    /// The requirements that it meets.
    sources: Vec<String>,
    kind: ClaimKind,
    /// The sentence, filled from state.
    statement: String,
    /// Whether it stands on the installation's own public page.
    published: bool,
    /// The checks behind it.
    checks: Vec<String>,
    /// What has to be on file for it.
    attestations: Vec<String>,
    state: StateOfClaim,
    /// Since when; absent as long as nothing behind it ever ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// When the check behind it that ran longest ago ran last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_at: Option<Timestamp>,
    /// Why, where it does not simply hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// All checks.
#[derive(Debug, Serialize, ToSchema)]
struct Checks {
    checks: Vec<AboutCheck>,
}

/// A check, and what it came to last.
#[derive(Debug, Serialize, ToSchema)]
struct AboutCheck {
    /// Its telling name.
    id: String,
    /// The requirement that it comes from.
    source: String,
    cadence: CheckCadence,
    scope: CheckScope,
    /// What it does.
    does: String,
    /// What is planted and must be found, or what has to work, in the same run.
    control: String,
    /// Why this version has no such check.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_built: Option<String>,
    /// What it came to last; absent as long as it never ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<CheckRun>,
}

/// What a check came to.
#[derive(Debug, Serialize, ToSchema)]
struct CheckRun {
    check: String,
    outcome: CheckOutcome,
    /// Why, where it does not simply hold.
    reason: String,
    /// How the control case came out.
    control: String,
    /// SHA-256 over what was looked at.
    inputs: String,
    #[schema(value_type = String, format = DateTime)]
    ran_at: Timestamp,
    took_ms: i64,
    /// Since when it has come to the same.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// The entry of the operator's trail.
    #[schema(value_type = Uuid)]
    event: EventId,
}

/// What a check came to, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct CheckRuns {
    runs: Vec<CheckRun>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct CheckPath {
    /// The check's name, such as `log-verifies`.
    check: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// At most so many runs; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Lists what the operator claims, and how each claim stands
///
/// For the operator, and for auditors.
#[utoipa::path(get, path = "/v1/claims", operation_id = "assurance.read", tag = "assurance",
    responses((status = 200, description = "All claims", body = Claims)))]
async fn claims(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Claims>> {
    let asked = state.assurance.claims_for(&caller.credential, caller.request);
    let claims = asked.await?.into_iter().map(Claim::from).collect();
    Ok(Json(Claims { claims }))
}

/// Lists the checks, and what each came to last
///
/// For the operator, and for auditors.
#[utoipa::path(get, path = "/v1/checks", operation_id = "assurance.read.checks", tag = "assurance",
    responses((status = 200, description = "All checks", body = Checks)))]
async fn checks(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Checks>> {
    let asked = state.assurance.results_for(&caller.credential, caller.request);
    let mut results = asked.await?;
    let entries = state.assurance.catalogue().checks().iter();
    let checks = entries.map(|entry| AboutCheck::of(entry, &mut results)).collect();
    Ok(Json(Checks { checks }))
}

/// Lists what a check came to, newest first
///
/// For the operator, and for auditors.
#[utoipa::path(get, path = "/v1/checks/{check}/runs", operation_id = "assurance.read.runs", tag = "assurance",
    params(CheckPath, RunsQuery), responses((status = 200, description = "Its runs", body = CheckRuns)))]
async fn runs(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<CheckPath>,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<CheckRuns>> {
    let limit = crate::paging::page(query.limit, None)?.limit.min(MOST_RUNS);
    let asked = state
        .assurance
        .history_for(&caller.credential, caller.request, &path.check, limit);
    let runs = asked.await?.into_iter().map(CheckRun::from).collect();
    Ok(Json(CheckRuns { runs }))
}

/// Runs a check now
///
/// For the operator. It is answered when the check has come to something, which may take minutes; while checks run anyway it is a
/// conflict. Needs no `Idempotency-Key`: a repetition is a further run.
#[utoipa::path(post, path = "/v1/checks/{check}/run", operation_id = "assurance.run", tag = "assurance",
    params(CheckPath), responses((status = 200, description = "What it came to", body = CheckRun)))]
async fn run(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<CheckPath>,
) -> Answer<Json<CheckRun>> {
    let asked = state
        .assurance
        .run_for(&caller.credential, caller.request, &path.check);
    Ok(Json(asked.await?.into()))
}

impl AboutCheck {
    fn of(entry: &CheckEntry, results: &mut BTreeMap<String, Kept>) -> Self {
        Self {
            id: entry.id.clone(),
            source: entry.source.clone(),
            cadence: entry.cadence.into(),
            scope: entry.scope.into(),
            does: entry.does.clone(),
            control: entry.control.clone(),
            not_built: entry.absent.clone(),
            last: results.remove(&entry.id).map(CheckRun::from),
        }
    }
}

impl From<ClaimState> for Claim {
    fn from(claim: ClaimState) -> Self {
        Self {
            id: claim.id,
            sources: claim.sources,
            kind: claim.kind.into(),
            statement: claim.statement,
            published: claim.published,
            checks: claim.checks,
            attestations: claim.attestations,
            state: claim.state.into(),
            since: claim.since,
            checked_at: claim.checked_at,
            reason: claim.reason,
        }
    }
}

impl From<Kept> for CheckRun {
    fn from(kept: Kept) -> Self {
        Self {
            check: kept.check,
            outcome: kept.finding.outcome.into(),
            reason: kept.finding.reason,
            control: kept.finding.control,
            inputs: hex::encode(kept.finding.inputs),
            ran_at: kept.ran_at,
            took_ms: kept.took_ms,
            since: kept.since,
            event: kept.event,
        }
    }
}
