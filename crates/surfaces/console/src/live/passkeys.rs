//! Passkeys: signing in by one alone, setting one up instead of an app, and one's own.
//!
//! Promises: what the browser is asked stands on the page that the script is of, so nothing is fetched besides; an answer
//! that cannot be read is one that does not fit. Leaves out: what makes an answer good (`identity`).

use axum::Router;
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use http::header::USER_AGENT;
use identity::{Assertion, PasskeyOffer, PasskeyProof, Registration};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use super::door::{Stranger, refused};
use super::fields::Fields;
use super::second::{Ticket, codes_shown, first_factor_again};
use super::trouble::{Trouble, html};
use super::visitor::see;
use super::{Answer, ConsoleState, Sent, Visitor, words};
use crate::kit::{Problems, at};
use crate::pages::{
    MADE, NewPasskeyPage, PROOF, PasskeyAsk, PasskeyPage, PasskeyRow, new_passkey, passkey_sign_in,
};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/sign-in/passkey/begin", post(begin))
        .route("/console/sign-in/passkey", post(alone))
        .route("/console/sign-in/app/passkey", post(first))
        .route("/console/security/passkeys", post(offer))
        .route("/console/security/passkeys/new", post(make))
        .route("/console/security/passkeys/remove", post(remove))
}

/// An offer as pages carry it.
pub(super) fn asked(offer: &PasskeyOffer) -> PasskeyAsk {
    PasskeyAsk {
        ticket: offer.ticket.expose_secret().to_owned(),
        options: offer.options.to_string(),
    }
}

/// The proof that a form brought, if it brought one.
pub(super) fn proof(fields: &Fields) -> Option<PasskeyProof> {
    let assertion: Assertion = answer(fields, PROOF)?;
    Some(PasskeyProof {
        ticket: ticket(fields, PROOF),
        assertion: Box::new(assertion),
    })
}

fn answer<T: DeserializeOwned>(fields: &Fields, names: (&str, &str)) -> Option<T> {
    serde_json::from_str(fields.raw(names.1)).ok()
}

fn ticket(fields: &Fields, names: (&str, &str)) -> SecretString {
    fields.raw(names.0).to_owned().into()
}

/// The page that asks for a passkey of this team.
async fn begin(stranger: Stranger) -> Answer<Response> {
    let team = stranger.fields.get("team").to_ascii_lowercase();
    let people = &stranger.state.people;
    let offer = match people.begin_passkey(stranger.request.clone(), &team).await {
        Ok(offer) => offer,
        Err(error) => return refused(&stranger, error).await,
    };
    Ok(html(
        StatusCode::OK,
        passkey_sign_in(&PasskeyPage {
            light: stranger.light(),
            csrf: stranger.csrf(),
            team,
            ask: asked(&offer),
            then: stranger.then(),
        }),
    ))
}

async fn alone(stranger: Stranger) -> Answer<Response> {
    let Some(proof) = proof(&stranger.fields) else {
        return refused(&stranger, identity::Error::NotProven).await;
    };
    let people = &stranger.state.people;
    match people.sign_in_by_passkey(stranger.request.clone(), proof).await {
        Ok(signed_in) => Ok(stranger.welcome(&signed_in).await),
        Err(error) => refused(&stranger, error).await,
    }
}

/// A passkey in place of an authenticator app, before the first session.
pub(super) async fn first(stranger: Stranger) -> Answer<Response> {
    let (fields, people) = (&stranger.fields, &stranger.state.people);
    let app = Ticket::of(fields);
    let Some(made) = answer::<Registration>(fields, MADE) else {
        return Ok(first_factor_again(&stranger, &app, "The browser made no passkey").await);
    };
    let (step, offer) = (fields.raw("ticket").to_owned().into(), ticket(fields, MADE));
    let label = words::browser(
        stranger
            .headers
            .get(USER_AGENT)
            .and_then(|agent| agent.to_str().ok()),
    );
    let enrolled = people
        .enrol_passkey(stranger.request.clone(), &step, &offer, made, &label)
        .await;
    match enrolled {
        Ok(enrolled) => Ok(codes_shown(&stranger, &enrolled).await),
        Err(identity::Error::StepOver) => Ok(see(&at(stranger.state.door, "/sign-in"))),
        Err(identity::Error::Invalid { problem, .. }) => {
            Ok(first_factor_again(&stranger, &app, &problem).await)
        }
        Err(other) => Err(stranger.fail(other)),
    }
}

/// One's own, for the page of one's security; nothing where the server has none.
pub(super) async fn own(visitor: &Visitor) -> Answer<Option<Vec<PasskeyRow>>> {
    let people = &visitor.state.people;
    if !people.takes_passkeys() {
        return Ok(None);
    }
    let found = people.passkeys(&visitor.credential, visitor.request()).await;
    let rows = visitor.ok(found)?.into_iter().map(|entry| PasskeyRow {
        id: entry.id,
        label: entry.label,
        made: entry.made_at,
        used: entry.used_at,
    });
    Ok(Some(rows.collect()))
}

async fn new_page(sent: &Sent, label: String, problems: Problems) -> Answer<NewPasskeyPage> {
    let visitor = &sent.visitor;
    let offer = visitor
        .state
        .people
        .begin_adding_passkey(&visitor.credential, visitor.request())
        .await;
    Ok(NewPasskeyPage {
        frame: visitor.frame(),
        ask: asked(&sent.ok(offer).await?),
        label,
        problems,
    })
}

/// The page holds a challenge, so it is the answer itself.
pub(super) async fn offer(sent: Sent) -> Answer<Response> {
    let label = words::browser(sent.visitor.agent());
    let page = new_page(&sent, label, Problems::default()).await?;
    Ok(sent.visitor.page(new_passkey(&page)))
}

pub(super) async fn make(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let label = fields.get("label").to_owned();
    let Some(made) = answer::<Registration>(fields, MADE) else {
        let page = new_page(
            &sent,
            label,
            Problems::one("label", "The browser made no passkey"),
        )
        .await?;
        return Ok(visitor.page_again(new_passkey(&page)));
    };
    let added = visitor
        .state
        .people
        .add_passkey(
            &visitor.credential,
            visitor.request(),
            &ticket(fields, MADE),
            made,
            &label,
        )
        .await;
    match sent.settle(added).await? {
        Ok(()) => Ok(visitor.done(
            &visitor.at("/security"),
            format!("The passkey “{label}” is yours."),
        )),
        Err(problems) => {
            let page = new_page(&sent, label, problems).await?;
            Ok(visitor.page_again(new_passkey(&page)))
        }
    }
}

pub(super) async fn remove(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let id = sent
        .fields
        .filled("passkey")
        .ok_or_else(|| visitor.fail(Trouble::NotFound))?;
    let removed = visitor
        .state
        .people
        .remove_passkey(&visitor.credential, visitor.request(), &id)
        .await;
    sent.ok(removed).await?;
    Ok(visitor.done(&visitor.at("/security"), "The passkey is good no more."))
}
