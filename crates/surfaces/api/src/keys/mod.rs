//! API keys: issued once, narrowed, invalidated at once; and the recovery code.

mod shapes;

use axum::extract::State;
use axum::response::Response;
use kernel::{KeyId, MemberId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

pub(crate) use self::shapes::IssuedKey;
use self::shapes::{Key, NewKey, NewTemporary};
use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, issue))
        .routes(routes!(view, invalidate))
        .routes(routes!(recover))
        .routes(routes!(lend))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KeysQuery {
    /// Only this member's keys.
    #[param(value_type = Option<Uuid>)]
    member: Option<MemberId>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct KeyPath {
    /// The key's id.
    #[param(value_type = Uuid)]
    key: KeyId,
}

/// Lists keys, oldest first
///
/// The tenant's for those who may see them all, the caller's own for everybody.
#[utoipa::path(get, path = "/v1/keys", operation_id = "key.list", tag = "keys", params(KeysQuery),
    responses((status = 200, description = "A page of keys", body = Page<Key>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<KeysQuery>,
) -> Answer<Json<Page<Key>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let keys = state
        .custody
        .list_keys(&caller.credential, caller.request, query.member, page)
        .await?;
    Ok(Json(keys.into()))
}

/// Issues a key
///
/// The secret is shown once: a repetition with the same `Idempotency-Key` is a conflict that names the key.
#[utoipa::path(post, path = "/v1/keys", operation_id = "key.issue", tag = "keys",
    params(IdempotencyHeader), request_body = NewKey,
    responses((status = 201, description = "The key and its secret", body = IssuedKey),
        (status = 409, description = "The request was made before, or the member is disabled")))]
async fn issue(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewKey>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let new = input.value.into_domain()?;
    let issued = state
        .custody
        .issue_key(&caller.credential, caller.request, new, idempotency)
        .await?;
    Ok(answer(issued.into()))
}

/// Shows one key
#[utoipa::path(get, path = "/v1/keys/{key}", operation_id = "key.list.one", tag = "keys", params(KeyPath),
    responses((status = 200, description = "The key", body = Key)))]
async fn view(State(state): State<ApiState>, caller: Caller, Path(path): Path<KeyPath>) -> Answer<Json<Key>> {
    Ok(Json(
        state
            .custody
            .key(&caller.credential, caller.request, path.key)
            .await?
            .into(),
    ))
}

/// Ends a key for good
///
/// It is refused from the next request on, and what is being sent to it ends. May be repeated. For
/// customer-held custody: after the last key and the recovery code nobody can open the data again.
#[utoipa::path(delete, path = "/v1/keys/{key}", operation_id = "key.invalidate", tag = "keys", params(KeyPath),
    responses((status = 200, description = "The invalidated key", body = Key)))]
async fn invalidate(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<KeyPath>,
) -> Answer<Json<Key>> {
    Ok(Json(
        state
            .custody
            .invalidate_key(&caller.credential, caller.request, path.key)
            .await?
            .into(),
    ))
}

/// Makes a new owner's key with the recovery code as the bearer
///
/// The code stays good until it is invalidated like a key. Every other key is refused here. The secret is shown
/// once: a repetition with the same `Idempotency-Key` is a conflict that names the key.
#[utoipa::path(post, path = "/v1/recovery", operation_id = "recovery.use", tag = "keys",
    params(IdempotencyHeader),
    responses((status = 201, description = "The key and its secret", body = IssuedKey),
        (status = 409, description = "The request was made before")))]
async fn recover(State(state): State<ApiState>, caller: Caller, once: Once) -> Answer<Response> {
    Ok(answer(
        state
            .custody
            .use_recovery(&caller.credential, caller.request, once.of(&[]))
            .await?
            .into(),
    ))
}

/// Takes a temporary credential of the caller's key
///
/// It is good for what the key is, or less, and ends with the key. A temporary credential gives no others. The secret is
/// shown once: a repetition with the same `Idempotency-Key` is a conflict that names the credential. S3 clients send it
/// along as their session token, in every custody.
#[utoipa::path(post, path = "/v1/temporary-credentials", operation_id = "key.lend", tag = "keys",
    params(IdempotencyHeader), request_body = NewTemporary,
    responses((status = 201, description = "The credential and its secret", body = IssuedKey),
        (status = 409, description = "The request was made before")))]
async fn lend(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewTemporary>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let new = input.value.into_domain()?;
    let issued = state
        .custody
        .lend_key(&caller.credential, caller.request, new, idempotency)
        .await?;
    Ok(answer(issued.into()))
}

fn answer(issued: IssuedKey) -> Response {
    created(&format!("/v1/keys/{}", issued.key.id), issued)
}
