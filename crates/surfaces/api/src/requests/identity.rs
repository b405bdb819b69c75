//! Whether it is the person who asks.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::CACHE_CONTROL;
use rights::request::{CodeCheck, MOST_DOCUMENT_BYTES};
use secrecy::ExposeSecret as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, collect};
use web::{Kind, Problem};

use super::RequestPath;
use super::shapes::{AskedIdentity, AskedProof, Code, PersonRequest, ProofGiven, Rejection};
use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(code))
        .routes(routes!(accept))
        .routes(routes!(keep, see))
        .routes(routes!(reject))
}

/// Asks the person to prove who they are
///
/// From now on the month of the GDPR and the own promise stand still. For a code by mail the answer has the code to be sent: it
/// is good for fifteen minutes and five tries. Needs no `Idempotency-Key`: a repetition makes a new code in place of the one
/// before, and changes nothing else.
#[utoipa::path(post, path = "/v1/requests/{request}/identity", operation_id = "request.identify.ask", tag = "requests",
    params(RequestPath), request_body = AskedProof,
    responses((status = 200, description = "The request, and the code to be sent", body = AskedIdentity),
        (status = 409, description = "It is settled already, ten codes were sent, or the request is closed")))]
async fn ask(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(asked): Json<AskedProof>,
) -> Answer<Json<AskedIdentity>> {
    let (request, code) = state
        .rights
        .ask_identity(
            &caller.credential,
            caller.request,
            path.request,
            asked.proof.into(),
        )
        .await?;
    Ok(Json(AskedIdentity {
        request: request.into(),
        code: code.map(|code| code.expose_secret().to_owned()),
    }))
}

/// Tries the code that the person sent back
///
/// A wrong one is answered with 403 `not-proven`, and the try counts. Needs no `Idempotency-Key`: a code is good once.
#[utoipa::path(post, path = "/v1/requests/{request}/identity/code", operation_id = "request.identify.code", tag = "requests",
    params(RequestPath), request_body = Code,
    responses((status = 200, description = "It is they", body = PersonRequest),
        (status = 409, description = "The person was not asked, or it is settled already")))]
async fn code(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(Code { code }): Json<Code>,
) -> Answer<Json<PersonRequest>> {
    let checked = state
        .rights
        .check_code(&caller.credential, caller.request, path.request, code.into())
        .await?;
    match checked {
        CodeCheck::Right(request) => Ok(Json(request.into())),
        CodeCheck::Wrong { left: 0 } => Err(Problem::new(
            Kind::NotProven,
            "this code is not right or no longer good: send a new one",
        )
        .into()),
        CodeCheck::Wrong { left } => Err(Problem::new(
            Kind::NotProven,
            format!("this code is not right or no longer good; {left} tries are left"),
        )
        .into()),
    }
}

/// Accepts that it is the person, by a check of somebody of the team or by the document, which is deleted with this
///
/// Needs no `Idempotency-Key`: a second one is refused.
#[utoipa::path(post, path = "/v1/requests/{request}/identity/proof", operation_id = "request.identify", tag = "requests",
    params(RequestPath), request_body = ProofGiven,
    responses((status = 200, description = "It is they", body = PersonRequest),
        (status = 409, description = "There is no document, it is settled already, or the request is closed")))]
async fn accept(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(given): Json<ProofGiven>,
) -> Answer<Json<PersonRequest>> {
    let accepted = state
        .rights
        .accept_identity(
            &caller.credential,
            caller.request,
            path.request,
            given.proof.into(),
            given.note,
        )
        .await?;
    Ok(Json(accepted.into()))
}

/// Keeps a document that shows who asks, until it was looked at
#[utoipa::path(put, path = "/v1/requests/{request}/identity/document", operation_id = "request.identify.document",
    tag = "requests", params(RequestPath),
    request_body(content = Binary, content_type = "application/octet-stream", description = "At most 5 MiB"),
    responses((status = 200, description = "The request", body = PersonRequest),
        (status = 409, description = "The person was not asked, or it is settled already")))]
async fn keep(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    body: Request,
) -> Answer<Json<PersonRequest>> {
    let document = collect(body, MOST_DOCUMENT_BYTES).await?;
    let kept = state
        .rights
        .keep_document(
            &caller.credential,
            caller.request,
            path.request,
            document.to_vec(),
        )
        .await?;
    Ok(Json(kept.into()))
}

/// Shows the document, to be looked at
#[utoipa::path(get, path = "/v1/requests/{request}/identity/document", operation_id = "request.identify.see",
    tag = "requests", params(RequestPath),
    responses((status = 200, description = "The document", content_type = "application/octet-stream", body = Binary),
        (status = 409, description = "No document waits to be looked at")))]
async fn see(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
) -> Answer<Response> {
    let document = state
        .rights
        .document(&caller.credential, caller.request, path.request)
        .await?;
    let mut response = document.into_response();
    // Whatever the person sent, nobody's browser opens it as a page.
    set(&mut response, http::header::CONTENT_DISPOSITION, "attachment");
    set(&mut response, CACHE_CONTROL, "no-store");
    Ok(response)
}

/// Deletes a document that proves nothing; the person can hand another in
///
/// Needs no `Idempotency-Key`: a second one finds no document.
#[utoipa::path(post, path = "/v1/requests/{request}/identity/document/rejection", operation_id = "request.identify.reject",
    tag = "requests", params(RequestPath), request_body = Rejection,
    responses((status = 200, description = "The request", body = PersonRequest),
        (status = 409, description = "No document waits to be looked at")))]
async fn reject(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(rejection): Json<Rejection>,
) -> Answer<Json<PersonRequest>> {
    let rejected = state
        .rights
        .reject_document(&caller.credential, caller.request, path.request, rejection.note)
        .await?;
    Ok(Json(rejected.into()))
}
