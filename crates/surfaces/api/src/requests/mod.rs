//! Requests of people about their data: taken in, looked at, decided and answered. Who asks: `identity`; what is
//! kept at other places: `elsewhere`.

mod elsewhere;
mod identity;
mod package;
mod shapes;

use axum::extract::State;
use axum::response::Response;
use kernel::RequestId;
use rights::request::Queue;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{
    Answered, Decision, Draft, Extension, NewPersonRequest, PersonRequest, Reminder, RequestFile,
    RequestRule, Same, Withdrawal,
};
use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(view))
        .routes(routes!(draft))
        .routes(routes!(decide))
        .routes(routes!(extend))
        .routes(routes!(answer))
        .routes(routes!(withdraw))
        .routes(routes!(same))
        .routes(routes!(remind))
        .routes(routes!(rule, settle))
        .merge(elsewhere::routes())
        .merge(identity::routes())
        .merge(package::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct RequestPath {
    /// The request's id.
    #[param(value_type = Uuid)]
    request: RequestId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QueueQuery {
    /// `true` for those that are closed, newest first; otherwise those that are not, what is due first.
    #[serde(default)]
    closed: bool,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Lists what people ask for, what is due first
///
/// Nothing in it names anybody.
#[utoipa::path(get, path = "/v1/requests", operation_id = "request.list", tag = "requests", params(QueueQuery),
    responses((status = 200, description = "A page of requests", body = Page<PersonRequest>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<QueueQuery>,
) -> Answer<Json<Page<PersonRequest>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let queue = if query.closed { Queue::Closed } else { Queue::Live };
    let listed = state
        .rights
        .requests(&caller.credential, caller.request, queue, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Takes in what a person asks for about their data
///
/// The clocks run from when it reached anybody of the team.
#[utoipa::path(post, path = "/v1/requests", operation_id = "request.open", tag = "requests",
    params(IdempotencyHeader), request_body = NewPersonRequest,
    responses((status = 201, description = "The request", body = PersonRequest)))]
async fn open(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewPersonRequest>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let opened = state
        .rights
        .open_request(
            &caller.credential,
            caller.request,
            input.value.into(),
            idempotency,
        )
        .await?;
    Ok(created(
        &format!("/v1/requests/{}", opened.id),
        PersonRequest::from(opened),
    ))
}

/// Shows everything about one request
#[utoipa::path(get, path = "/v1/requests/{request}", operation_id = "request.view", tag = "requests",
    params(RequestPath), responses((status = 200, description = "The request", body = RequestFile)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
) -> Answer<Json<RequestFile>> {
    let file = state
        .rights
        .request(&caller.credential, caller.request, path.request)
        .await?;
    Ok(Json(file.into()))
}

/// Writes a draft of the answer, in place of the one before
#[utoipa::path(put, path = "/v1/requests/{request}/draft", operation_id = "request.draft", tag = "requests",
    params(RequestPath), request_body = Draft,
    responses((status = 200, description = "The request", body = PersonRequest),
        (status = 409, description = "The request is closed")))]
async fn draft(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(draft): Json<Draft>,
) -> Answer<Json<PersonRequest>> {
    let drafted = state
        .rights
        .draft_answer(&caller.credential, caller.request, path.request, draft.text)
        .await?;
    Ok(Json(drafted.into()))
}

/// Decides: grants the request, or refuses it with a ground and reasons
///
/// It can be decided anew as long as nothing went out.
#[utoipa::path(put, path = "/v1/requests/{request}/decision", operation_id = "request.decide", tag = "requests",
    params(RequestPath), request_body = Decision,
    responses((status = 200, description = "The request", body = PersonRequest),
        (status = 409, description = "It is not known yet who asks, or the request is closed")))]
async fn decide(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(decision): Json<Decision>,
) -> Answer<Json<PersonRequest>> {
    let decided = state
        .rights
        .decide_request(
            &caller.credential,
            caller.request,
            path.request,
            decision.into_domain()?,
        )
        .await?;
    Ok(Json(decided.into()))
}

/// Takes more time, once, after the person was told why
///
/// By two further months (GDPR 12(3)), or by thirty days (45 CFR 164.524, 164.526). Needs no `Idempotency-Key`: a second one is
/// refused.
#[utoipa::path(post, path = "/v1/requests/{request}/extension", operation_id = "request.decide.extend", tag = "requests",
    params(RequestPath), request_body = Extension,
    responses((status = 200, description = "The request", body = PersonRequest),
        (status = 409, description = "It was extended already, the period is over, or it is not known yet who asks")))]
async fn extend(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(extension): Json<Extension>,
) -> Answer<Json<PersonRequest>> {
    let Extension { reasons, told_by } = extension;
    let extended = state
        .rights
        .extend_request(
            &caller.credential,
            caller.request,
            path.request,
            reasons,
            told_by.into(),
        )
        .await?;
    Ok(Json(extended.into()))
}

/// Answers as was decided, and closes the request
///
/// With this text, or with the draft. Needs no `Idempotency-Key`: a second one is refused.
#[utoipa::path(post, path = "/v1/requests/{request}/answer", operation_id = "request.answer", tag = "requests",
    params(RequestPath), request_body = Answered,
    responses((status = 200, description = "The closed request", body = PersonRequest),
        (status = 409, description = "Nothing was decided, or the request is closed")))]
async fn answer(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(answer): Json<Answered>,
) -> Answer<Json<PersonRequest>> {
    let answered = state
        .rights
        .answer_request(&caller.credential, caller.request, path.request, answer.text)
        .await?;
    Ok(Json(answered.into()))
}

/// Notes that the person has taken the request back
///
/// Needs no `Idempotency-Key`: a second one is refused.
#[utoipa::path(post, path = "/v1/requests/{request}/withdrawal", operation_id = "request.withdraw", tag = "requests",
    params(RequestPath), request_body = Withdrawal,
    responses((status = 200, description = "The closed request", body = PersonRequest),
        (status = 409, description = "The request is closed")))]
async fn withdraw(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(withdrawal): Json<Withdrawal>,
) -> Answer<Json<PersonRequest>> {
    let withdrawn = state
        .rights
        .withdraw_request(&caller.credential, caller.request, path.request, withdrawal.note)
        .await?;
    Ok(Json(withdrawn.into()))
}

/// Closes a request as the same as an earlier one
///
/// It has to be known of both that it is the person who asks. The earlier one goes on with its own dates; the person is told. Needs no
/// `Idempotency-Key`: a second one is refused.
#[utoipa::path(post, path = "/v1/requests/{request}/same-as", operation_id = "request.decide.same", tag = "requests",
    params(RequestPath), request_body = Same,
    responses((status = 200, description = "The closed request", body = PersonRequest),
        (status = 409, description = "It is not known of one of them who asks, or the request is closed")))]
async fn same(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(same): Json<Same>,
) -> Answer<Json<PersonRequest>> {
    let closed = state
        .rights
        .same_request(
            &caller.credential,
            caller.request,
            path.request,
            same.same_as,
            same.note,
        )
        .await?;
    Ok(Json(closed.into()))
}

/// Takes the reminders that are due
///
/// At most a hundred, the longest due first: before each end once, and every day when something is over. Needs no
/// `Idempotency-Key`: what was taken comes again the next day as long as the request is not closed.
#[utoipa::path(post, path = "/v1/requests/reminders", operation_id = "request.remind", tag = "requests",
    responses((status = 200, description = "The reminders", body = Vec<Reminder>)))]
async fn remind(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Vec<Reminder>>> {
    let taken = state
        .rights
        .take_reminders(&caller.credential, caller.request)
        .await?;
    Ok(Json(taken.into_iter().map(Reminder::from).collect()))
}

/// Shows how requests are counted, checked and answered
#[utoipa::path(get, path = "/v1/tenant/requests", operation_id = "request.list.rule", tag = "requests",
    responses((status = 200, description = "The rule", body = RequestRule)))]
async fn rule(State(state): State<ApiState>, caller: Caller) -> Answer<Json<RequestRule>> {
    let rule = state
        .rights
        .request_rule(&caller.credential, caller.request)
        .await?;
    Ok(Json(rule.into()))
}

/// Settles how requests are counted, checked and answered
///
/// What is left out gets its usual value. Requests that are not closed are counted anew at once.
#[utoipa::path(put, path = "/v1/tenant/requests", operation_id = "request.rule", tag = "requests",
    request_body = RequestRule, responses((status = 200, description = "The rule", body = RequestRule)))]
async fn settle(
    State(state): State<ApiState>,
    caller: Caller,
    Json(rule): Json<RequestRule>,
) -> Answer<Json<RequestRule>> {
    let settled = state
        .rights
        .settle_requests(&caller.credential, caller.request, rule.into())
        .await?;
    Ok(Json(settled.into()))
}
