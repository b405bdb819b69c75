//! The register of processing activities (GDPR 30(1)), as the server knows it and people complete it.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::activity::{Activity, Gap};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(whole)).routes(routes!(one))
}

/// A form that the register can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ProcessingForm {
    /// Everything, for programs.
    #[default]
    Json,
    /// A line for each activity (RFC 4180).
    Csv,
    /// One page that needs nothing from elsewhere, for a supervisory authority.
    Html,
    /// The same as PDF.
    Pdf,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FormQuery {
    /// `json` when absent.
    #[serde(default)]
    #[param(inline)]
    format: ProcessingForm,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct ActivityPath {
    /// The activity's id, which is its entry's in the register `processing-activities`.
    #[param(value_type = Uuid)]
    activity: EntryId,
}

/// One activity, with what is missing of it.
#[derive(Debug, Serialize)]
struct WithGaps {
    #[serde(flatten)]
    activity: Activity,
    complete: bool,
    gaps: Vec<Gap>,
}

/// Gives the register of processing activities, as it is at this moment
///
/// What people wrote into the register `processing-activities` and was approved, together with what the server knows: purposes, the fields
/// that datasets declare, recipients, transfers, time limits and measures. `gaps` says what is missing and what to do; `complete` is true
/// without any. It is one document and has no pages.
#[utoipa::path(get, path = "/v1/processing-activities", operation_id = "register.read.processing", tag = "registers",
    params(FormQuery), responses((status = 200, description = "The register",
        content((inline(serde_json::Value) = "application/json"), (String = "text/csv"), (String = "text/html"), (Binary = "application/pdf")))))]
async fn whole(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<FormQuery>,
) -> Answer<Response> {
    if query.format == ProcessingForm::Csv {
        let csv = state
            .governance
            .processing_csv(&caller.credential, caller.request)
            .await?;
        return Ok(file(csv, "text/csv; charset=utf-8", "processing-activities.csv"));
    }
    let register = state
        .governance
        .processing(&caller.credential, caller.request)
        .await?;
    Ok(match query.format {
        ProcessingForm::Html => {
            let page = ::evidence::processing::as_page(&register);
            file(page, "text/html; charset=utf-8", "processing-activities.html")
        }
        ProcessingForm::Pdf => {
            let pdf = ::evidence::processing::as_pdf(&register)?;
            file(pdf, "application/pdf", "processing-activities.pdf")
        }
        ProcessingForm::Json | ProcessingForm::Csv => Json(register).into_response(),
    })
}

/// Shows one processing activity, and what is missing of it
#[utoipa::path(get, path = "/v1/processing-activities/{activity}", operation_id = "register.read.activity", tag = "registers",
    params(ActivityPath), responses((status = 200, description = "The activity", body = inline(serde_json::Value))))]
async fn one(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ActivityPath>,
) -> Answer<Response> {
    let found = state
        .governance
        .processing_activity(&caller.credential, caller.request, path.activity);
    let (activity, gaps) = found.await?;
    let complete = gaps.is_empty();
    Ok(Json(WithGaps {
        activity,
        complete,
        gaps,
    })
    .into_response())
}

/// A file that a browser keeps and does not show: what people wrote is in it.
fn file(body: impl Into<Body>, kind: &str, name: &str) -> Response {
    let mut response = Response::new(body.into());
    set(&mut response, CONTENT_TYPE, kind);
    set(&mut response, CACHE_CONTROL, "no-store");
    let name: HeaderValue = web::disposition::attachment(name);
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    response
}
