//! Reports about a period, for auditors.

use ::evidence::oscal::Document;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::set;
use crate::assurance::Claim;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::StateOfClaim;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(oscal))
        .routes(routes!(criteria))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct DocumentPath {
    /// `catalog`, `component-definition`, `assessment-results` or `plan-of-action-and-milestones`.
    document: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct SetPath {
    /// `soc2`, `iso27001`, `hipaa` or `gdpr`.
    set: String,
}

/// The criteria of a set.
#[derive(Debug, Serialize, ToSchema)]
struct Criteria {
    criteria: Vec<Criterion>,
}

/// A criterion, and how it stands by the claims that answer it.
#[derive(Debug, Serialize, ToSchema)]
struct Criterion {
    /// As its publisher writes it.
    criterion: String,
    /// The worst of its claims; absent where no claim answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<StateOfClaim>,
    claims: Vec<Claim>,
}

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// The first day, in UTC.
    #[param(format = Date)]
    from: String,
    /// The last day, which belongs to the period.
    #[param(format = Date)]
    to: String,
}

/// Lists the criteria of a set, each with the claims that answer it
///
/// Criteria that no claim answers are listed as that. For the operator, and for auditors.
#[utoipa::path(get, path = "/v1/criteria/{set}", operation_id = "assurance.read.criteria", tag = "assurance",
    params(SetPath), responses((status = 200, description = "All criteria of the set", body = Criteria)))]
async fn criteria(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SetPath>,
) -> Answer<Json<Criteria>> {
    let asked = state
        .evidence
        .criteria_for(&caller.credential, caller.request, &path.set);
    let criteria = asked.await?.into_iter().map(|found| Criterion {
        criterion: found.criterion,
        state: found.state.map(Into::into),
        claims: found.claims.into_iter().map(Claim::from).collect(),
    });
    Ok(Json(Criteria {
        criteria: criteria.collect(),
    }))
}

/// Gives an OSCAL document about a period
///
/// What was claimed and what the checks found, in NIST's Open Security Controls Assessment Language. The same state and the same period give
/// the same bytes. For the operator, and for auditors.
#[utoipa::path(get, path = "/v1/reports/oscal/{document}", operation_id = "assurance.read.oscal", tag = "assurance",
    params(DocumentPath, PeriodQuery),
    responses((status = 200, description = "The document", content_type = "application/json", body = inline(serde_json::Value))))]
async fn oscal(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DocumentPath>,
    Query(query): Query<PeriodQuery>,
) -> Answer<Response> {
    let document = Document::named(&path.document)?;
    let period = state.evidence.period(&query.from, &query.to)?;
    let asked = state
        .evidence
        .oscal_for(&caller.credential, caller.request, (period, document));
    let mut response = Response::new(Body::from(asked.await?));
    set(&mut response, CONTENT_TYPE, "application/json");
    set(&mut response, CACHE_CONTROL, "no-store");
    let name: HeaderValue = web::disposition::attachment(&format!("{}.json", document.as_str()));
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}
