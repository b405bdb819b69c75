//! Members: the list, inviting, one member.

use access::{Action, Class};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::member::{Member, MemberChange, MemberState, NewMember};
use kernel::MemberId;
use secrecy::ExposeSecret as _;

use super::visitor::Asked;
use super::{Answer, ConsoleState, Failure, Sent, Visitor, listing};
use crate::kit::Problems;
use crate::pages::{InvitePage, MemberPage, MemberRow, TeamPage, invite, member, team};

const PAGE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/team", get(list))
        .route("/console/team/invite", get(show_invite).post(take_invite))
        .route("/console/team/{member}", get(show))
        .route("/console/team/{member}/class", post(change))
        .route("/console/team/{member}/disable", post(disable))
        .route("/console/team/{member}/enable", post(enable))
        .route("/console/team/{member}/invitation", post(invite_anew))
}

pub(super) fn row(member: &Member) -> MemberRow {
    MemberRow {
        id: member.id,
        name: member.name.clone(),
        email: member.email.clone(),
        class: member.class,
        disabled: member.state == MemberState::Disabled,
        invited: false,
        second_factor: None,
        since: member.made_at,
        seen: None,
    }
}

/// The id in an address; what is none is nobody.
fn id(visitor: &Visitor, text: &str) -> Answer<MemberId> {
    text.parse()
        .map_err(|_| visitor.fail(custody::Error::NotFound("member")))
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let found = visitor
        .state
        .custody
        .list_members(&visitor.credential, visitor.request(), request)
        .await;
    let found = visitor.ok(found)?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "member", "members");
    Ok(visitor.page(team(&TeamPage {
        frame: visitor.frame(),
        members: found.items.iter().map(row).collect(),
        pager: listing::pager("/console/team", &asked, shown, next),
    })))
}

/// The classes that this class may do this to, or give, as the policies say.
pub(super) fn reach(visitor: &Visitor, action: Action) -> Vec<Class> {
    let policies = &visitor.state.custody.desk().policies;
    let subject = access::Subject::of(visitor.who.class);
    let may = |class: &Class| {
        let facts = access::Facts {
            target_class: Some(if action == Action::MemberChange {
                Class::Worker
            } else {
                *class
            }),
            new_class: Some(*class),
            ..access::Facts::at_home()
        };
        policies.would_allow(&subject, action, &facts)
    };
    Class::ALL
        .into_iter()
        .filter(|class| !matches!(class, Class::Operator | Class::Public | Class::DataSubject))
        .filter(may)
        .collect()
}

fn invite_page(
    visitor: &Visitor,
    name: &str,
    email: &str,
    class: Option<Class>,
    by_hand: bool,
    problems: Problems,
) -> InvitePage {
    let classes = reach(visitor, Action::MemberInvite);
    InvitePage {
        frame: visitor.frame(),
        class: class
            .or_else(|| classes.first().copied())
            .unwrap_or(Class::Worker),
        classes,
        name: name.to_owned(),
        email: email.to_owned(),
        by_letter: visitor.state.people.writes_letters().then_some(!by_hand),
        problems,
    }
}

async fn show_invite(visitor: Visitor) -> Response {
    visitor.page(invite(&invite_page(
        &visitor,
        "",
        "",
        Some(Class::User),
        false,
        Problems::default(),
    )))
}

async fn take_invite(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let (name, email) = (fields.get("name"), fields.get("email"));
    let by_hand = !by_letter(&sent);
    let again = |class, problems| {
        visitor.page_again(invite(&invite_page(
            visitor, name, email, class, by_hand, problems,
        )))
    };
    let Ok(class) = fields.get("class").parse::<Class>() else {
        return Ok(again(None, Problems::one("class", "Choose a class")));
    };
    let new = NewMember {
        name: name.to_owned(),
        email: email.to_owned(),
        class,
    };
    let made = visitor
        .state
        .custody
        .invite_member(&visitor.credential, visitor.request(), new, None)
        .await;
    // A taken address is a state of the team and the field's problem.
    let made = made.map_err(|error| match error {
        custody::Error::Conflict(problem) => custody::Error::Invalid {
            field: "email",
            problem,
        },
        other => other,
    });
    let made = match sent.settle(made).await? {
        Ok(made) => made,
        Err(problems) => return Ok(again(Some(class), problems)),
    };
    send(&sent, made.id).await
}

fn by_letter(sent: &Sent) -> bool {
    sent.fields.get("by") == "letter"
}

/// An invitation for the member, by the way that was asked for.
async fn send(sent: &Sent, id: MemberId) -> Answer<Response> {
    if !by_letter(sent) {
        return with_link(sent, id).await;
    }
    let visitor = &sent.visitor;
    let mailed = visitor
        .state
        .people
        .mail_invitation(&visitor.credential, visitor.request(), id)
        .await;
    let mailed = sent.ok(mailed).await?;
    let says = format!("A letter with the link goes to {}.", mailed.email);
    Ok(visitor.done(&format!("/console/team/{id}"), says))
}

/// The page of a member with a link to sign in, which is shown once: so it is the answer itself.
async fn with_link(sent: &Sent, id: MemberId) -> Answer<Response> {
    let visitor = &sent.visitor;
    let made = visitor
        .state
        .people
        .make_invitation(&visitor.credential, visitor.request(), id)
        .await;
    let made = sent.ok(made).await?;
    let link = format!(
        "{}/console/invitation/{}",
        visitor.state.url,
        made.token.expose_secret()
    );
    Ok(visitor.page(member(&member_page(visitor, id, Some(link)).await?)))
}

async fn member_page(visitor: &Visitor, id: MemberId, invitation: Option<String>) -> Answer<MemberPage> {
    let found = visitor
        .state
        .custody
        .member(&visitor.credential, visitor.request(), id)
        .await;
    let found = visitor.ok(found)?;
    let reaches = |action| reach(visitor, action).contains(&found.class);
    let changes = visitor.may(Action::MemberChange) && reaches(Action::MemberDisable);
    Ok(MemberPage {
        frame: visitor.frame(),
        own: id == visitor.who.member,
        classes: if changes {
            reach(visitor, Action::MemberChange)
        } else {
            Vec::new()
        },
        may_disable: reaches(Action::MemberDisable),
        may_invite: reaches(Action::InvitationMake),
        letters: visitor.state.people.writes_letters(),
        member: row(&found),
        invitation,
    })
}

async fn show(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = id(&visitor, &text)?;
    Ok(visitor.page(member(&member_page(&visitor, id, None).await?)))
}

async fn change(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let id = id(visitor, &text)?;
    let bad = |_| visitor.fail(super::trouble::Trouble::BadForm);
    let class = sent.fields.get("class").parse().map_err(bad)?;
    let changed = visitor.state.custody.change_member(
        &visitor.credential,
        visitor.request(),
        id,
        MemberChange { class },
    );
    let changed = sent.ok(changed.await).await?;
    let says = format!(
        "{} is now: {}.",
        changed.name,
        crate::kit::class_word(changed.class)
    );
    Ok(visitor.done(&format!("/console/team/{id}"), says))
}

async fn disable(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let id = id(&sent.visitor, &text)?;
    let visitor = &sent.visitor;
    let done = visitor
        .state
        .custody
        .disable_member(&visitor.credential, visitor.request(), id)
        .await;
    let done = sent.ok(done).await?;
    Ok(visitor.done("/console/team", format!("{} was shut out.", done.name)))
}

async fn enable(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let id = id(&sent.visitor, &text)?;
    let visitor = &sent.visitor;
    let done = visitor
        .state
        .custody
        .enable_member(&visitor.credential, visitor.request(), id)
        .await;
    let done = sent.ok(done).await?;
    Ok(visitor.done(
        &format!("/console/team/{id}"),
        format!("{} is let in again.", done.name),
    ))
}

async fn invite_anew(Path(text): Path<String>, sent: Sent) -> Result<Response, Failure> {
    let id = id(&sent.visitor, &text)?;
    send(&sent, id).await
}
