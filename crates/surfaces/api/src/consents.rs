//! Who agreed to which purpose, and who took it back.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use kernel::{ConsentId, PurposeId, SubjectId, Timestamp};
use rights::consent as domain;
use rights::purpose::PurposeRef;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use crate::ApiState;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, page};
use crate::words::{ConsentAct, ConsentChannel, ConsentStanding};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(record))
        .routes(routes!(ask))
        .routes(routes!(history))
        .merge(crate::browser::routes())
}

/// One time that a person agreed or took it back.
#[derive(Debug, Serialize, ToSchema)]
struct Consent {
    #[schema(value_type = Uuid)]
    id: ConsentId,
    #[schema(value_type = Uuid)]
    purpose: PurposeId,
    given: bool,
    /// The version of the notice that they were shown.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<u32>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<ConsentAct>,
    channel: ConsentChannel,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Whose it is. Who records is not told.
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectId>,
    /// What shows it, for who may see consent.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

/// Whether personal data of somebody may be processed for a purpose now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurposeAnswer {
    #[schema(value_type = Uuid)]
    purpose: PurposeId,
    allowed: bool,
    standing: ConsentStanding,
    /// The notice has another text now than the one that they agreed to.
    notice_has_changed: bool,
    /// What they last said about it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<Consent>,
}

/// A person agrees, or takes it back: for that, purpose, person and channel are enough.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "purpose": "newsletter", "person": "email:anna@person.example", "given": true, "notice": 1,
    "act": "clicked", "channel": "api" }))]
struct NewConsent {
    /// The purpose's id or word.
    purpose: String,
    /// What the person is known by, its kind before a colon: `email`, `phone`, `external`, `document` or `handle`. Without one it is what the
    /// team itself calls them. Who was not known yet is from then on.
    person: String,
    given: bool,
    /// For agreeing: the version of the notice that they were shown, which is the newest one.
    #[schema(nullable = false)]
    notice: Option<u32>,
    /// For agreeing: what they did.
    #[schema(nullable = false)]
    act: Option<ConsentAct>,
    channel: ConsentChannel,
    /// When it happened; now when absent.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    at: Option<Timestamp>,
    /// What shows it: a form's number, a recording's name.
    #[schema(nullable = false)]
    proof: Option<String>,
}

/// About whom, and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "purpose": "newsletter", "person": "email:anna@person.example" }))]
struct Question {
    /// The purpose's id or word.
    purpose: String,
    person: String,
}

/// About whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "person": "email:anna@person.example" }))]
struct HistoryQuestion {
    person: String,
    /// At most so many rows; 100 when absent.
    #[schema(minimum = 1, maximum = 1000, nullable = false)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    #[schema(nullable = false)]
    cursor: Option<String>,
}

/// Records that a person agrees to a purpose, or takes it back
///
/// Nothing of it is ever changed. The event that the answer names is the receipt. With `Sec-GPC: 1` agreeing is refused for purposes
/// that sell or share data.
#[utoipa::path(post, path = "/v1/consents", operation_id = "consent.record", tag = "consent",
    params(IdempotencyHeader), request_body = NewConsent,
    responses((status = 201, description = "The entry", body = Consent),
        (status = 409, description = "The purpose has another basis, no notice, another one by now, or has ended")))]
async fn record(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    headers: HeaderMap,
    input: Input<NewConsent>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let browser_objects = headers.get("sec-gpc").is_some_and(|value| value == "1");
    let purpose = PurposeRef::parse(&input.value.purpose);
    let new = input.value.into_domain(browser_objects);
    let recorded = state
        .rights
        .record_consent(&caller.credential, caller.request, purpose, new, idempotency)
        .await?;
    // A key that only records must not find out who is who.
    let told = Consent {
        subject: None,
        ..Consent::from(recorded)
    };
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// Tells whether personal data of somebody may be processed for a purpose now
///
/// In the body, for addresses are kept in places that a person's name has no business in.
#[utoipa::path(post, path = "/v1/consents/search", operation_id = "consent.view", tag = "consent",
    request_body = Question, responses((status = 200, description = "Whether, and why", body = PurposeAnswer)))]
async fn ask(
    State(state): State<ApiState>,
    caller: Caller,
    Json(question): Json<Question>,
) -> Answer<Json<PurposeAnswer>> {
    let purpose = PurposeRef::parse(&question.purpose);
    let answer = state
        .rights
        .consent(&caller.credential, caller.request, purpose, question.person)
        .await?;
    Ok(Json(answer.into()))
}

/// Lists what a person ever agreed to or took back, in the order of recording
#[utoipa::path(post, path = "/v1/consents/history/search", operation_id = "consent.view.history", tag = "consent",
    request_body = HistoryQuestion, responses((status = 200, description = "A page of entries", body = Page<Consent>)))]
async fn history(
    State(state): State<ApiState>,
    caller: Caller,
    Json(question): Json<HistoryQuestion>,
) -> Answer<Json<Page<Consent>>> {
    let page = page(question.limit, question.cursor.as_deref())?;
    let history = state
        .rights
        .consent_history(&caller.credential, caller.request, question.person, page)
        .await?;
    Ok(Json(history.into()))
}

impl NewConsent {
    fn into_domain(self, browser_objects: bool) -> domain::NewConsent {
        domain::NewConsent {
            person: self.person,
            given: self.given,
            notice: self.notice,
            act: self.act.map(Into::into),
            channel: self.channel.into(),
            at: self.at,
            proof: self.proof,
            browser_objects,
        }
    }
}

impl From<domain::Consent> for Consent {
    fn from(consent: domain::Consent) -> Self {
        Self {
            id: consent.id,
            purpose: consent.purpose,
            given: consent.given,
            notice: consent.notice,
            act: consent.act.map(Into::into),
            channel: consent.channel.into(),
            at: consent.at,
            recorded_at: consent.recorded_at,
            subject: consent.subject,
            proof: consent.proof,
        }
    }
}

impl From<domain::Answer> for PurposeAnswer {
    fn from(answer: domain::Answer) -> Self {
        Self {
            purpose: answer.purpose,
            allowed: answer.standing.allows(),
            standing: answer.standing.into(),
            notice_has_changed: answer.notice_has_changed,
            newest: answer.newest.map(Consent::from),
        }
    }
}
