//! Staff of the installation: who they are, and their own door.

mod door;

use axum::extract::State;
use axum::response::Response;
use custody::staff;
use kernel::{MemberId, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::members::MemberPath;
use crate::paging::{Page, Paging};
use crate::words::MemberState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(disable))
        .merge(door::routes())
}

/// Somebody on the staff of the installation.
#[derive(Debug, Serialize, ToSchema)]
struct Staff {
    #[schema(value_type = Uuid)]
    id: MemberId,
    name: String,
    email: String,
    state: MemberState,
    /// Whether they have a password and a second factor. Whoever has an operator's key alone has not.
    signs_in: bool,
    /// Until when an invitation is open that they have not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    invited_until: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

/// Somebody to be invited to the staff.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Sam Staff", "email": "sam@operator.example" }))]
struct NewStaff {
    /// Of somebody who is there already, the name that they have stays.
    name: String,
    email: String,
}

/// An invitation to the staff.
#[derive(Debug, Serialize, ToSchema)]
struct StaffInvitation {
    staff: Staff,
    /// What to send: the last part of `/console/staff/invitation/…`. It is shown once.
    token: String,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// Lists the staff of the installation, longest standing first
#[utoipa::path(get, path = "/v1/staff", operation_id = "staff.list", tag = "staff", params(Paging),
    responses((status = 200, description = "A page of the staff", body = Page<Staff>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Staff>>> {
    let page = state
        .custody
        .list_staff(&caller.credential, caller.request, paging.page()?)
        .await?;
    Ok(Json(page.into()))
}

/// Invites somebody to the staff, or anew who has not accepted yet or was shut out
///
/// The invitation is good once, for three days. Accepting it takes a password and a second factor before there is a session.
/// Needs no `Idempotency-Key`: a repetition makes another invitation in its place.
#[utoipa::path(post, path = "/v1/staff", operation_id = "staff.invite", tag = "staff", request_body = NewStaff,
    responses((status = 201, description = "The invitation, whose token is shown once", body = StaffInvitation),
        (status = 409, description = "They sign in already")))]
async fn invite(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewStaff>,
) -> Answer<Response> {
    let new = staff::NewStaff {
        name: new.name,
        email: new.email,
    };
    let invited = state
        .custody
        .invite_staff(&caller.credential, caller.request, new)
        .await?;
    Ok(created(
        &format!("/v1/staff/{}", invited.staff.id),
        StaffInvitation {
            token: invited.token.expose_secret().to_owned(),
            ends_at: invited.ends_at,
            staff: invited.staff.into(),
        },
    ))
}

/// Shuts somebody on the staff out for good
///
/// None of their sessions and keys works from the next request on, and what they signed in with is forgotten: they come back
/// by a new invitation alone. Nobody shuts themselves out. Needs no `Idempotency-Key`: a repetition leaves them as they are
/// and is answered alike.
#[utoipa::path(post, path = "/v1/staff/{member}/disable", operation_id = "staff.disable", tag = "staff",
    params(MemberPath), responses((status = 200, description = "Who was shut out", body = Staff)))]
async fn disable(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<Json<Staff>> {
    let shut_out = state
        .custody
        .disable_staff(&caller.credential, caller.request, path.member)
        .await?;
    Ok(Json(shut_out.into()))
}

impl From<staff::Staff> for Staff {
    fn from(found: staff::Staff) -> Self {
        let staff::Staff {
            id,
            name,
            email,
            state,
            signs_in,
            invited_until,
            made_at,
        } = found;
        Self {
            id,
            name,
            email,
            state: state.into(),
            signs_in,
            invited_until,
            made_at,
        }
    }
}
