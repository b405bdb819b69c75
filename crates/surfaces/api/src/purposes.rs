//! What personal data is processed for, on which basis, and what people are told of it.

use axum::extract::State;
use axum::response::Response;
use custody::dataset::DatasetRef;
use kernel::{PurposeId, Timestamp};
use rights::purpose::{self as domain, PurposeRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::consents::PurposeAnswer;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::LawfulBasis;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(view))
        .routes(routes!(end))
        .routes(routes!(publish))
        .routes(routes!(notice))
        .routes(routes!(go_by))
}

/// What personal data is processed for.
#[derive(Debug, Serialize, ToSchema)]
struct Purpose {
    #[schema(value_type = Uuid)]
    id: PurposeId,
    /// Its name in addresses and programs.
    word: String,
    says: String,
    basis: LawfulBasis,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weighing: Option<String>,
    sells_or_shares: bool,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Since when nothing is processed for it any more.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// What people are told of it at present.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<Notice>,
}

/// A version of what people are told.
#[derive(Debug, Serialize, ToSchema)]
struct Notice {
    version: u32,
    /// Of its text in UTF-8, in hexadecimal.
    sha256: String,
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
}

/// The text of a version.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeText {
    version: u32,
    text: String,
}

/// A purpose to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "word": "newsletter", "says": "We send what is new once a month.", "basis": "consent" }))]
struct NewPurpose {
    /// 1 to 64 lowercase letters, digits and hyphens; each once.
    word: String,
    /// What is done with the data, in plain words.
    says: String,
    /// For good: who wants another one makes another purpose.
    basis: LawfulBasis,
    /// For `legitimate-interests`: which it is, and how it was weighed against the person's.
    #[schema(nullable = false)]
    weighing: Option<String>,
    /// Whether data is sold or shared for it, so that a browser's Global Privacy Control objects to it.
    #[serde(default)]
    sells_or_shares: bool,
}

/// What people are told from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "If you agree, we write to you once a month." }))]
struct NewNotice {
    /// At most 100,000 characters.
    text: String,
}

/// What is about to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "person": "email:anna@person.example", "how": "the letter of March" }))]
struct Use {
    /// What the person is known by, as for consent.
    person: String,
    /// How, in at most 200 characters; the trail keeps it.
    how: String,
    /// The dataset that the data lies in, by name or id: what it is not kept for is refused.
    #[schema(nullable = false)]
    dataset: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct PurposePath {
    /// The purpose's id or word.
    purpose: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct NoticePath {
    /// The purpose's id or word.
    purpose: String,
    /// Which version.
    version: u32,
}

/// Lists purposes, oldest first, those that ended among them
#[utoipa::path(get, path = "/v1/purposes", operation_id = "purpose.list", tag = "consent", params(Paging),
    responses((status = 200, description = "A page of purposes", body = Page<Purpose>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Purpose>>> {
    let listed = state
        .rights
        .purposes(&caller.credential, caller.request, paging.page()?)
        .await?;
    Ok(Json(listed.into()))
}

/// Says that personal data is processed for something, and on which basis
#[utoipa::path(post, path = "/v1/purposes", operation_id = "purpose.change", tag = "consent",
    params(IdempotencyHeader), request_body = NewPurpose,
    responses((status = 201, description = "The purpose", body = Purpose),
        (status = 409, description = "There is a purpose of this word")))]
async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewPurpose>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let made = state
        .rights
        .make_purpose(
            &caller.credential,
            caller.request,
            input.value.into(),
            idempotency,
        )
        .await?;
    Ok(created(&format!("/v1/purposes/{}", made.id), Purpose::from(made)))
}

/// Shows one purpose
#[utoipa::path(get, path = "/v1/purposes/{purpose}", operation_id = "purpose.list.one", tag = "consent",
    params(PurposePath), responses((status = 200, description = "The purpose", body = Purpose)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PurposePath>,
) -> Answer<Json<Purpose>> {
    let purpose = PurposeRef::parse(&path.purpose);
    let found = state
        .rights
        .purpose(&caller.credential, caller.request, purpose)
        .await?;
    Ok(Json(found.into()))
}

/// Ends a purpose: nothing may be processed for it any more
///
/// What people agreed to stays on record. Needs no `Idempotency-Key`: a repetition leaves it as it is and is answered alike.
#[utoipa::path(post, path = "/v1/purposes/{purpose}/end", operation_id = "purpose.change.end", tag = "consent",
    params(PurposePath), responses((status = 200, description = "The ended purpose", body = Purpose)))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PurposePath>,
) -> Answer<Json<Purpose>> {
    let purpose = PurposeRef::parse(&path.purpose);
    let ended = state
        .rights
        .end_purpose(&caller.credential, caller.request, purpose)
        .await?;
    Ok(Json(ended.into()))
}

/// Publishes what people are told from now on
///
/// The same text again is no new version.
#[utoipa::path(put, path = "/v1/purposes/{purpose}/notice", operation_id = "purpose.change.notice", tag = "consent",
    params(PurposePath), request_body = NewNotice,
    responses((status = 200, description = "The version", body = Notice),
        (status = 409, description = "The purpose has ended")))]
async fn publish(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PurposePath>,
    Json(new): Json<NewNotice>,
) -> Answer<Json<Notice>> {
    let purpose = PurposeRef::parse(&path.purpose);
    let published = state
        .rights
        .publish_notice(&caller.credential, caller.request, purpose, new.text)
        .await?;
    Ok(Json(published.into()))
}

/// Shows the text of a notice, whatever was published since
#[utoipa::path(get, path = "/v1/purposes/{purpose}/notices/{version}", operation_id = "purpose.list.notice",
    tag = "consent", params(NoticePath), responses((status = 200, description = "The text", body = NoticeText)))]
async fn notice(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<NoticePath>,
) -> Answer<Json<NoticeText>> {
    let (purpose, version) = (PurposeRef::parse(&path.purpose), path.version);
    let text = state
        .rights
        .notice_text(&caller.credential, caller.request, purpose, version)
        .await?;
    Ok(Json(NoticeText { version, text }))
}

/// Asks to process personal data of somebody for a purpose
///
/// Refused with 403 without a basis, and the trail has it; with one, the entry shows by which. Needs no `Idempotency-Key`: each
/// use is one.
#[utoipa::path(post, path = "/v1/purposes/{purpose}/uses", operation_id = "purpose.use", tag = "consent",
    params(PurposePath), request_body = Use,
    responses((status = 200, description = "It may be done", body = PurposeAnswer)))]
async fn go_by(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<PurposePath>,
    Json(Use { person, how, dataset }): Json<Use>,
) -> Answer<Json<PurposeAnswer>> {
    let dataset = dataset.map(|dataset| DatasetRef::parse(&dataset));
    let purpose = (PurposeRef::parse(&path.purpose), dataset);
    let answer = state
        .rights
        .use_from_dataset(&caller.credential, caller.request, purpose, person, how)
        .await?;
    Ok(Json(answer.into()))
}

impl From<NewPurpose> for domain::NewPurpose {
    fn from(new: NewPurpose) -> Self {
        Self {
            basis: new.basis.into(),
            terms: domain::Terms {
                word: new.word,
                says: new.says,
                weighing: new.weighing,
                sells_or_shares: new.sells_or_shares,
            },
        }
    }
}

impl From<domain::Purpose> for Purpose {
    fn from(purpose: domain::Purpose) -> Self {
        Self {
            id: purpose.id,
            word: purpose.terms.word,
            says: purpose.terms.says,
            basis: purpose.basis.into(),
            weighing: purpose.terms.weighing,
            sells_or_shares: purpose.terms.sells_or_shares,
            made_at: purpose.made_at,
            ended_at: purpose.ended_at,
            notice: purpose.notice.map(Notice::from),
        }
    }
}

impl From<domain::Notice> for Notice {
    fn from(notice: domain::Notice) -> Self {
        Self {
            version: notice.version,
            sha256: hex::encode(notice.hash),
            published_at: notice.published_at,
        }
    }
}
