//! Invitations to sign in.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kernel::{MemberId, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(make, withdraw))
}

/// An invitation that was made just now.
#[derive(Serialize, ToSchema)]
struct MadeInvitation {
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// Where to send it.
    email: String,
    /// What to send: the last part of `/console/invitation/…`. It is shown once, and to nobody where it goes by letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// An invitation that nobody has accepted yet. Its token is not stored.
#[derive(Serialize, ToSchema)]
struct OpenInvitation {
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// Who made it.
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// Invitations that nobody has accepted yet.
#[derive(Serialize, ToSchema)]
struct OpenInvitations {
    items: Vec<OpenInvitation>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The member's id.
    #[param(value_type = Uuid)]
    member: MemberId,
}

/// How an invitation gets to its member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// Whoever makes it hands it on.
    #[default]
    Hand,
    /// The server sends it to their e-mail address.
    Letter,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Sending {
    /// How it gets to them.
    #[serde(default)]
    #[param(inline)]
    by: By,
}

/// Lists the invitations that nobody has accepted yet
#[utoipa::path(get, path = "/v1/invitations", operation_id = "member.list.invitations", tag = "people",
    responses((status = 200, description = "The newest thousand, oldest first", body = OpenInvitations)))]
async fn list(State(state): State<ApiState>, caller: Caller) -> Answer<Json<OpenInvitations>> {
    let found = state
        .people_of(&caller.credential)
        .invitations(&caller.credential, caller.request)
        .await?;
    let open = |entry: identity::InvitationEntry| OpenInvitation {
        member: entry.member,
        made_by: entry.made_by,
        made_at: entry.made_at,
        ends_at: entry.ends_at,
    };
    let items = found.into_iter().map(open).collect();
    Ok(Json(OpenInvitations { items }))
}

/// Makes a member an invitation to sign in, or to begin anew
///
/// It is good once, for three days, and the one they had before is good no more. Accepting it sets a password and forgets
/// whatever else they signed in with. With `by=letter` it goes to their e-mail address and whoever makes it does not see it. Needs no `Idempotency-Key`: a repetition makes another one in its place.
#[utoipa::path(post, path = "/v1/members/{member}/invitation", operation_id = "invitation.make", tag = "people",
    params(MemberPath, Sending), responses((status = 201, description = "The invitation, whose token is shown once", body = MadeInvitation),
        (status = 409, description = "The member is disabled, or signs in elsewhere alone, or the tenant holds its key itself, or this server sends no letters")))]
async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
    Query(sending): Query<Sending>,
) -> Answer<Response> {
    let (people, member) = (state.people_of(&caller.credential), path.member);
    let made = match sending.by {
        By::Hand => {
            let made = people.make_invitation(&caller.credential, caller.request, member);
            made.await?.into()
        }
        By::Letter => {
            let mailed = people.mail_invitation(&caller.credential, caller.request, member);
            mailed.await?.into()
        }
    };
    Ok(created::<MadeInvitation>(
        &format!("/v1/members/{member}/invitation"),
        made,
    ))
}

impl From<identity::Invitation> for MadeInvitation {
    fn from(made: identity::Invitation) -> Self {
        Self {
            member: made.member,
            email: made.email,
            token: Some(made.token.expose_secret().to_owned()),
            ends_at: made.ends_at,
        }
    }
}

impl From<identity::MailedInvitation> for MadeInvitation {
    fn from(mailed: identity::MailedInvitation) -> Self {
        Self {
            member: mailed.member,
            email: mailed.email,
            token: None,
            ends_at: mailed.ends_at,
        }
    }
}

/// Takes a member's invitation back
#[utoipa::path(delete, path = "/v1/members/{member}/invitation", operation_id = "invitation.make.withdraw", tag = "people",
    params(MemberPath), responses((status = 204, description = "It is good no more"),
        (status = 404, description = "They have none")))]
async fn withdraw(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
) -> Answer<StatusCode> {
    let taken = state
        .people_of(&caller.credential)
        .take_back_invitation(&caller.credential, caller.request, path.member)
        .await?;
    match taken {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(
            "there is no such thing, or it is not yours to see; check the id or name",
        )
        .into()),
    }
}
