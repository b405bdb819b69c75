//! Members: the people of a tenant, each in one class.

use axum::extract::State;
use axum::response::Response;
use custody::member;
use kernel::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging};
use crate::words::{Class, MemberState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(view, change))
        .routes(routes!(disable))
        .routes(routes!(enable))
}

/// A person of the tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    #[schema(value_type = Uuid)]
    id: MemberId,
    name: String,
    /// Unique in the tenant.
    email: String,
    class: Class,
    state: MemberState,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

/// A person to be taken in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Udo User", "email": "udo@clinic.example", "class": "user" }))]
struct NewMember {
    name: String,
    /// A tenant has each address once, whatever the case of its letters.
    email: String,
    class: Class,
}

/// What to change of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "class": "auditor" }))]
struct MemberChange {
    /// The new class. Their keys act in it from the next request on.
    class: Class,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MemberPath {
    /// The member's id.
    #[param(value_type = Uuid)]
    pub(crate) member: MemberId,
}

/// Lists the members, oldest first
#[utoipa::path(get, path = "/v1/members", operation_id = "member.list", tag = "members", params(Paging),
    responses((status = 200, description = "A page of members", body = Page<Member>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Member>>> {
    let page = state
        .custody
        .list_members(&caller.credential, caller.request, paging.page()?)
        .await?;
    Ok(Json(page.into()))
}

/// Takes a person in as a member
///
/// They need a key to do anything.
#[utoipa::path(post, path = "/v1/members", operation_id = "member.invite", tag = "members",
    params(IdempotencyHeader), request_body = NewMember,
    responses((status = 201, description = "The member", body = Member),
        (status = 409, description = "The e-mail address is taken")))]
async fn invite(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    input: Input<NewMember>,
) -> Answer<Response> {
    let idempotency = once.of(&[&input.bytes]);
    let NewMember { name, email, class } = input.value;
    let new = member::NewMember {
        name,
        email,
        class: class.into(),
    };
    let member = state
        .custody
        .invite_member(&caller.credential, caller.request, new, idempotency)
        .await?;
    Ok(created(
        &format!("/v1/members/{}", member.id),
        Member::from(member),
    ))
}

/// Shows one member
#[utoipa::path(get, path = "/v1/members/{member}", operation_id = "member.view", tag = "members",
    params(MemberPath), responses((status = 200, description = "The member", body = Member)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<Json<Member>> {
    Ok(Json(
        state
            .custody
            .member(&caller.credential, caller.request, path.member)
            .await?
            .into(),
    ))
}

/// Gives a member another class
#[utoipa::path(patch, path = "/v1/members/{member}", operation_id = "member.change", tag = "members",
    params(MemberPath), request_body = MemberChange,
    responses((status = 200, description = "The member in the new class", body = Member),
        (status = 409, description = "They are the last active owner")))]
async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
    Json(change): Json<MemberChange>,
) -> Answer<Json<Member>> {
    let change = member::MemberChange {
        class: change.class.into(),
    };
    Ok(Json(
        state
            .custody
            .change_member(&caller.credential, caller.request, path.member, change)
            .await?
            .into(),
    ))
}

/// Shuts a member out
///
/// None of their keys works from the next request on, and what is being sent to them ends. Needs no
/// `Idempotency-Key`: a repetition leaves them as they are and is answered alike.
#[utoipa::path(post, path = "/v1/members/{member}/disable", operation_id = "member.disable", tag = "members",
    params(MemberPath), responses((status = 200, description = "The disabled member", body = Member),
        (status = 409, description = "They are the last active owner")))]
async fn disable(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<Json<Member>> {
    Ok(Json(
        state
            .custody
            .disable_member(&caller.credential, caller.request, path.member)
            .await?
            .into(),
    ))
}

/// Lets a disabled member in again
///
/// The keys that they had work again. Needs no `Idempotency-Key`: a repetition leaves them as they are and is
/// answered alike.
#[utoipa::path(post, path = "/v1/members/{member}/enable", operation_id = "member.enable", tag = "members",
    params(MemberPath), responses((status = 200, description = "The active member", body = Member)))]
async fn enable(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<Json<Member>> {
    Ok(Json(
        state
            .custody
            .enable_member(&caller.credential, caller.request, path.member)
            .await?
            .into(),
    ))
}

impl From<member::Member> for Member {
    fn from(member: member::Member) -> Self {
        let member::Member {
            id,
            name,
            email,
            class,
            state,
            made_at,
        } = member;
        Self {
            id,
            name,
            email,
            class: class.into(),
            state: state.into(),
            made_at,
        }
    }
}
