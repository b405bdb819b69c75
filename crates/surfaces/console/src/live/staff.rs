//! The pages of the staff, behind a door of their own: signing in, who is on the staff, and what is one's own.
//!
//! Promises: the state of these pages is of the door of the staff, so a session of a team is none here, and the other way
//! round. Signing in by a passkey alone and at a provider have no pages here, for neither lets staff in.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::member::MemberState;
use custody::staff::{NewStaff, Staff};
use kernel::{MemberId, PageRequest};
use secrecy::ExposeSecret as _;

use super::trouble::Trouble;
use super::visitor::Asked;
use super::{
    Answer, ConsoleState, Sent, Visitor, admission, door, invitation, listing, nothing_here, own, passkeys,
    second,
};
use crate::kit::Problems;
use crate::pages::{
    InviteStaffPage, StaffMemberPage, StaffPage, StaffRow, invite_staff, staff, staff_member,
};

const PAGE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/staff", get(list))
        .route("/console/staff/invite", get(show_invite).post(take_invite))
        .route("/console/staff/people/{member}", get(show))
        .route("/console/staff/people/{member}/end", post(end))
        .route("/console/staff/people/{member}/disable", post(disable))
        .route("/console/staff/people/{member}/invitation", post(invite_anew))
        .merge(coming_in())
        .merge(ones_own())
        .route("/console/staff/{*rest}", get(nothing_here))
}

fn coming_in() -> Router<ConsoleState> {
    Router::new()
        .route("/console/staff/sign-in", get(door::show).post(door::take))
        .route(
            "/console/staff/sign-in/code",
            get(second::show).post(second::take),
        )
        .route("/console/staff/sign-in/app", post(second::take_app))
        .route("/console/staff/sign-in/app/passkey", post(passkeys::first))
        .route("/console/staff/invitation/{token}", get(invitation::show))
        .route("/console/staff/invitation", post(invitation::take))
        .route("/console/staff/admission", get(admission::show))
        .route("/console/staff/admission/accept", post(admission::accept))
        .route("/console/staff/sign-out", post(door::sign_out))
        .route("/console/staff/light", post(door::choose_light))
}

fn ones_own() -> Router<ConsoleState> {
    Router::new()
        .route("/console/staff/sessions", get(own::list))
        .route("/console/staff/sessions/end", post(own::end))
        .route("/console/staff/sessions/end-others", post(own::end_others))
        .route("/console/staff/sessions/stay", post(own::stay))
        .route("/console/staff/security", get(own::show))
        .route(
            "/console/staff/security/password",
            get(own::show_password).post(own::set_password),
        )
        .route("/console/staff/security/app", post(own::offer_app))
        .route("/console/staff/security/app/code", post(own::confirm_app))
        .route("/console/staff/security/app/remove", post(own::remove_app))
        .route("/console/staff/security/codes", post(own::new_codes))
        .route("/console/staff/security/passkeys", post(passkeys::offer))
        .route("/console/staff/security/passkeys/new", post(passkeys::make))
        .route("/console/staff/security/passkeys/remove", post(passkeys::remove))
}

fn row(visitor: &Visitor, staff: &Staff) -> StaffRow {
    StaffRow {
        id: staff.id,
        name: staff.name.clone(),
        email: staff.email.clone(),
        own: staff.id == visitor.who.member,
        disabled: staff.state == MemberState::Disabled,
        signs_in: staff.signs_in,
        invited_until: staff.invited_until,
        since: staff.made_at,
    }
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let custody = &visitor.state.custody;
    let found = custody
        .list_staff(&visitor.credential, visitor.request(), request)
        .await;
    let found = visitor.ok(found)?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "person", "people");
    Ok(visitor.page(staff(&StaffPage {
        frame: visitor.frame(),
        staff: found.items.iter().map(|staff| row(&visitor, staff)).collect(),
        pager: listing::pager(&visitor.at(""), &asked, shown, next),
    })))
}

fn invite_page(visitor: &Visitor, name: &str, email: &str, problems: Problems) -> InviteStaffPage {
    InviteStaffPage {
        frame: visitor.frame(),
        name: name.to_owned(),
        email: email.to_owned(),
        problems,
    }
}

async fn show_invite(visitor: Visitor) -> Response {
    visitor.page(invite_staff(&invite_page(&visitor, "", "", Problems::default())))
}

/// The page of the person with a link, which is shown once: so it is the answer itself.
async fn take_invite(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let (name, email) = (fields.get("name"), fields.get("email"));
    // Who signs in already is a state of the staff and the field's problem.
    let invited = match invite(visitor, name, email).await {
        Err(custody::Error::Conflict(problem)) => Err(custody::Error::Invalid {
            field: "email",
            problem,
        }),
        other => other,
    };
    match sent.settle(invited).await? {
        Ok((staff, link)) => member_page(visitor, &staff, Some(link)).await,
        Err(problems) => Ok(visitor.page_again(invite_staff(&invite_page(visitor, name, email, problems)))),
    }
}

async fn invite(visitor: &Visitor, name: &str, email: &str) -> custody::Result<(Staff, String)> {
    let new = NewStaff {
        name: name.to_owned(),
        email: email.to_owned(),
    };
    let custody = &visitor.state.custody;
    let invited = custody
        .invite_staff(&visitor.credential, visitor.request(), new)
        .await?;
    let place = visitor.at(&format!("/invitation/{}", invited.token.expose_secret()));
    Ok((invited.staff, format!("{}{place}", visitor.state.url)))
}

async fn invite_anew(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let found = find(visitor, &text).await?;
    let invited = invite(visitor, &found.name, &found.email).await;
    let (staff, link) = sent.ok(invited).await?;
    member_page(visitor, &staff, Some(link)).await
}

async fn show(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let found = find(&visitor, &text).await?;
    member_page(&visitor, &found, None).await
}

/// Whoever the address names. The staff of an installation fit on one page.
async fn find(visitor: &Visitor, text: &str) -> Answer<Staff> {
    let id = id(visitor, text)?;
    let custody = &visitor.state.custody;
    let all = PageRequest::first(PageRequest::MAX);
    let found = custody
        .list_staff(&visitor.credential, visitor.request(), all)
        .await;
    let found = visitor.ok(found)?.items.into_iter().find(|staff| staff.id == id);
    found.ok_or_else(|| visitor.fail(Trouble::NotFound))
}

fn id(visitor: &Visitor, text: &str) -> Answer<MemberId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

async fn member_page(visitor: &Visitor, staff: &Staff, invitation: Option<String>) -> Answer<Response> {
    let people = &visitor.state.people;
    let live = people
        .sessions(&visitor.credential, visitor.request(), Some(staff.id))
        .await;
    let sessions = visitor.ok(live)?.into_iter().map(own::session_row);
    Ok(visitor.page(staff_member(&StaffMemberPage {
        frame: visitor.frame(),
        row: row(visitor, staff),
        sessions: sessions.collect(),
        invitation,
    })))
}

async fn end(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let member = id(visitor, &text)?;
    let people = &visitor.state.people;
    let ended = people
        .end_sessions(&visitor.credential, visitor.request(), Some(member))
        .await;
    let ended = sent.ok(ended).await? as u64;
    let says = crate::kit::count(ended, "session has ended.", "sessions have ended.");
    Ok(visitor.done(&visitor.at(&format!("/people/{member}")), says))
}

async fn disable(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let member = id(visitor, &text)?;
    let custody = &visitor.state.custody;
    let done = custody
        .disable_staff(&visitor.credential, visitor.request(), member)
        .await;
    let done = sent.ok(done).await?;
    Ok(visitor.done(&visitor.at(""), format!("{} was shut out.", done.name)))
}
