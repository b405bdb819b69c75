//! One's own sessions and security.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::SessionEntry;
use kernel::KeyId;
use secrecy::{ExposeSecret as _, SecretString};

use super::second::Ticket;
use super::trouble::Trouble;
use super::visitor::see;
use super::{Answer, ConsoleState, Sent, Visitor, passkeys, words};
use crate::kit::Problems;
use crate::pages::{
    AppOffer, CodesPage, EnrolPage, PasswordPage, SecurityPage, SessionRow, SessionsPage, change_password,
    enrol, recovery_codes, security, sessions,
};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/sessions", get(list))
        .route("/console/sessions/end", post(end))
        .route("/console/sessions/end-others", post(end_others))
        .route("/console/sessions/stay", post(stay))
        .route("/console/security", get(show))
        .route(
            "/console/security/password",
            get(show_password).post(set_password),
        )
        .route("/console/security/app", post(offer_app))
        .route("/console/security/app/code", post(confirm_app))
        .route("/console/security/app/remove", post(remove_app))
        .route("/console/security/codes", post(new_codes))
}

pub(super) async fn list(visitor: Visitor) -> Answer<Response> {
    let (people, credential) = (&visitor.state.people, &visitor.credential);
    let live = visitor.ok(people.sessions(credential, visitor.request(), None).await)?;
    let attempts = visitor.ok(people.sign_ins(credential, visitor.request(), None).await)?;
    let rows = live.into_iter().map(session_row);
    let history = attempts.into_iter().take(20).map(|entry| {
        let says = entry
            .proven
            .as_ref()
            .map_or_else(|| "Not let in".to_owned(), |proven| proven.join(" and "));
        (
            entry.at,
            address(entry.origin.address),
            says,
            entry.proven.is_some(),
        )
    });
    let who = &visitor.who;
    let idle = who.idle_at.as_seconds() - visitor.now().as_seconds();
    Ok(visitor.page(sessions(&SessionsPage {
        frame: visitor.frame(),
        sessions: rows.collect(),
        history: history.collect(),
        // The session was moved by this very request, to within some seconds.
        idle_minutes: u32::try_from((idle + 30) / 60).unwrap_or(0),
    })))
}

/// A session as pages list it.
pub(super) fn session_row(entry: SessionEntry) -> SessionRow {
    SessionRow {
        id: entry.session.to_string(),
        browser: words::browser(entry.origin.agent.as_deref()),
        address: address(entry.origin.address),
        here: entry.current,
        since: entry.begun_at,
        used: entry.seen_at,
    }
}

fn address(address: Option<String>) -> String {
    address.unwrap_or_else(|| "unknown".to_owned())
}

pub(super) async fn end(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let session: KeyId = sent
        .fields
        .get("session")
        .parse()
        .map_err(|_| visitor.fail(Trouble::NotFound))?;
    sent.ok(visitor
        .state
        .people
        .end_session(&visitor.credential, visitor.request(), session)
        .await)
        .await?;
    Ok(visitor.done(&visitor.at("/sessions"), "The session has ended."))
}

pub(super) async fn end_others(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let ended = visitor
        .state
        .people
        .end_sessions(&visitor.credential, visitor.request(), None)
        .await;
    let ended = sent.ok(ended).await?;
    let says = crate::kit::count(
        ended as u64,
        "other session has ended.",
        "other sessions have ended.",
    );
    Ok(visitor.done(&visitor.at("/sessions"), says))
}

/// Somebody is there: the end of the session has moved already. Tells a script in how many seconds it is.
pub(super) async fn stay(sent: Sent) -> Response {
    let left = sent.visitor.who.idle_at.as_seconds() - sent.visitor.now().as_seconds();
    left.max(0).to_string().into_response()
}

pub(super) async fn show(visitor: Visitor) -> Answer<Response> {
    let factors = visitor.ok(visitor
        .state
        .people
        .factors(&visitor.credential, visitor.request())
        .await)?;
    Ok(visitor.page(security(&SecurityPage {
        frame: visitor.frame(),
        password_changed: factors.password_at,
        app: factors.totp,
        passkeys: passkeys::own(&visitor).await?,
        codes_left: factors.recovery_codes_left,
        demanded: factors.second_factor_needed,
    })))
}

fn password_page(visitor: &Visitor, problems: Problems) -> PasswordPage {
    PasswordPage {
        frame: visitor.frame(),
        problems,
    }
}

pub(super) async fn show_password(visitor: Visitor) -> Response {
    visitor.page(change_password(&password_page(&visitor, Problems::default())))
}

pub(super) async fn set_password(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let again = |problems| visitor.page_again(change_password(&password_page(visitor, problems)));
    // The page that takes a proof does not carry passwords; the form comes again, now that the proof is fresh.
    if fields.raw("password").is_empty() {
        return Ok(visitor.answer(see(&visitor.at("/security/password"))));
    }
    if fields.raw("password") != fields.raw("again") {
        return Ok(again(Problems::one("again", "Type the same password twice")));
    }
    let password = SecretString::from(fields.raw("password").to_owned());
    let set = visitor
        .state
        .people
        .change_password(&visitor.credential, visitor.request(), &password)
        .await;
    match sent.settle(set).await? {
        Ok(_) => Ok(visitor.done(
            &visitor.at("/security"),
            "The password was changed, and your other sessions have ended.",
        )),
        Err(problems) => Ok(again(problems)),
    }
}

fn app_page(visitor: &Visitor, offer: AppOffer, problems: Problems) -> EnrolPage {
    EnrolPage {
        frame: visitor.frame(),
        offer,
        problems,
    }
}

/// The page holds a secret, so it is the answer itself.
pub(super) async fn offer_app(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let offer = sent
        .ok(visitor
            .state
            .people
            .begin_totp(&visitor.credential, visitor.request())
            .await)
        .await?;
    let offer = Ticket::new(&offer.ticket, &offer.secret, &offer.uri).into_offer();
    Ok(visitor.page(enrol(&app_page(visitor, offer, Problems::default()))))
}

pub(super) async fn confirm_app(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let offer = Ticket::of(&sent.fields).into_offer();
    let (ticket, code) = (
        SecretString::from(offer.ticket.clone()),
        SecretString::from(sent.fields.get("code").to_owned()),
    );
    let people = &visitor.state.people;
    let taken = people
        .confirm_totp(&visitor.credential, visitor.request(), &ticket, &code)
        .await;
    if let Err(identity::Error::NotProven) = taken {
        let wrong = Problems::one("code", "That did not fit. Check the clock of your phone");
        return Ok(visitor.page_again(enrol(&app_page(visitor, offer, wrong))));
    }
    let codes = sent.ok(taken).await?;
    Ok(shown_once(visitor, &codes))
}

pub(super) async fn remove_app(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    sent.ok(visitor
        .state
        .people
        .remove_totp(&visitor.credential, visitor.request())
        .await)
        .await?;
    Ok(visitor.done(
        &visitor.at("/security"),
        "The authenticator app and its recovery codes are gone.",
    ))
}

pub(super) async fn new_codes(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let codes = visitor
        .state
        .people
        .renew_recovery_codes(&visitor.credential, visitor.request())
        .await;
    let codes = sent.ok(codes).await?;
    Ok(shown_once(visitor, &codes))
}

fn shown_once(visitor: &Visitor, codes: &[SecretString]) -> Response {
    let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    visitor.page(recovery_codes(&CodesPage {
        frame: visitor.frame(),
        codes,
    }))
}
