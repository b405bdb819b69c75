//! Who is signed in, and who tried to.

use axum::extract::State;
use http::StatusCode;
use identity::{Origin, SessionEntry, SignInEntry};
use kernel::{KeyId, MemberId, OperationId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, end_all))
        .routes(routes!(end))
        .routes(routes!(attempts))
}

/// Where somebody was.
#[derive(Debug, Serialize, ToSchema)]
struct Whence {
    /// The network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
}

/// A session at a browser.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    #[schema(value_type = Uuid)]
    id: KeyId,
    #[schema(value_type = Uuid)]
    member: MemberId,
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// When somebody was last there, to about half a minute.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// When it ends unless somebody is there.
    #[schema(value_type = String, format = DateTime)]
    idle_at: Timestamp,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// What was proven with at its beginning, such as `password` and `totp`, or `single-sign-on`.
    proven: Vec<String>,
    whence: Whence,
    /// Whether it is the one that asks.
    current: bool,
}

/// The live sessions of a member.
#[derive(Debug, Serialize, ToSchema)]
struct Sessions {
    items: Vec<Session>,
}

/// An attempt to sign in.
#[derive(Debug, Serialize, ToSchema)]
struct SignInAttempt {
    #[schema(value_type = Uuid)]
    id: OperationId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What was proven with; absent when it was refused or not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    proven: Option<Vec<String>>,
    whence: Whence,
}

/// The newest attempts, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct SignInAttempts {
    items: Vec<SignInAttempt>,
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
struct Ended {
    ended: usize,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfMember {
    /// Whose; one's own when absent.
    #[param(value_type = Option<Uuid>, nullable = false)]
    member: Option<MemberId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct SessionPath {
    /// The session's id.
    #[param(value_type = Uuid)]
    session: KeyId,
}

/// Lists the live sessions of a member
#[utoipa::path(get, path = "/v1/sessions", operation_id = "session.list", tag = "people", params(OfMember),
    responses((status = 200, description = "The sessions, oldest first", body = Sessions)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(of): Query<OfMember>,
) -> Answer<Json<Sessions>> {
    let people = state.people_of(&caller.credential);
    let found = people
        .sessions(&caller.credential, caller.request, of.member)
        .await?;
    let items = found.into_iter().map(Session::from).collect();
    Ok(Json(Sessions { items }))
}

/// Ends all sessions of a member but the one that asks
#[utoipa::path(delete, path = "/v1/sessions", operation_id = "session.end.all", tag = "people", params(OfMember),
    responses((status = 200, description = "How many that were", body = Ended)))]
async fn end_all(
    State(state): State<ApiState>,
    caller: Caller,
    Query(of): Query<OfMember>,
) -> Answer<Json<Ended>> {
    let people = state.people_of(&caller.credential);
    let ended = people
        .end_sessions(&caller.credential, caller.request, of.member)
        .await?;
    Ok(Json(Ended { ended }))
}

/// Ends a session
///
/// The next act with it is refused on every node, and what is being sent to it ends.
#[utoipa::path(delete, path = "/v1/sessions/{session}", operation_id = "session.end", tag = "people", params(SessionPath),
    responses((status = 204, description = "It has ended")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SessionPath>,
) -> Answer<StatusCode> {
    let people = state.people_of(&caller.credential);
    people
        .end_session(&caller.credential, caller.request, path.session)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the newest hundred attempts to sign in as a member
#[utoipa::path(get, path = "/v1/sign-ins", operation_id = "session.list.attempts", tag = "people", params(OfMember),
    responses((status = 200, description = "The attempts, newest first", body = SignInAttempts)))]
async fn attempts(
    State(state): State<ApiState>,
    caller: Caller,
    Query(of): Query<OfMember>,
) -> Answer<Json<SignInAttempts>> {
    let people = state.people_of(&caller.credential);
    let found = people
        .sign_ins(&caller.credential, caller.request, of.member)
        .await?;
    let items = found.into_iter().map(SignInAttempt::from).collect();
    Ok(Json(SignInAttempts { items }))
}

impl From<Origin> for Whence {
    fn from(origin: Origin) -> Self {
        let Origin { address, agent } = origin;
        Self { address, agent }
    }
}

impl From<SessionEntry> for Session {
    fn from(entry: SessionEntry) -> Self {
        let SessionEntry {
            session,
            member,
            begun_at,
            seen_at,
            idle_at,
            ends_at,
            proven,
            origin,
            current,
        } = entry;
        Self {
            id: session,
            member,
            begun_at,
            seen_at,
            idle_at,
            ends_at,
            proven,
            whence: origin.into(),
            current,
        }
    }
}

impl From<SignInEntry> for SignInAttempt {
    fn from(entry: SignInEntry) -> Self {
        let SignInEntry {
            id,
            at,
            proven,
            origin,
        } = entry;
        Self {
            id,
            at,
            proven,
            whence: origin.into(),
        }
    }
}
