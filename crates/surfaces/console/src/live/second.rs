//! After the password: a code, or an authenticator app to be set up.

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use identity::{Enrolled, Proof, SignIn, Step};
use secrecy::{ExposeSecret as _, SecretString};

use super::cookies::Cookie;
use super::door::{Stranger, door_value};
use super::trouble::{html, wait_says};
use super::visitor::{Asked, append, light_of, request_of, see};
use super::{Answer, ConsoleState, passkeys, qr};
use crate::kit::{Problems, at};
use crate::pages::{
    AppOffer, FirstFactorPage, PasskeyAsk, SecondFactorPage, first_codes, first_factor, second_factor,
};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/sign-in/code", get(show).post(take))
        .route("/console/sign-in/app", post(take_app))
}

/// An offer of an authenticator app, as forms carry it.
pub(super) struct Ticket(AppOffer);

impl Ticket {
    pub(super) fn new(ticket: &SecretString, secret: &SecretString, uri: &SecretString) -> Self {
        Self(AppOffer {
            ticket: ticket.expose_secret().to_owned(),
            secret: secret.expose_secret().to_owned(),
            qr: qr::path(uri.expose_secret()),
            address: uri.expose_secret().to_owned(),
        })
    }

    /// The offer that a form brought along. It is shown to whoever sent it and to nobody else.
    pub(super) fn of(fields: &super::fields::Fields) -> Self {
        let address = Some(fields.raw("address")).filter(|address| address.starts_with("otpauth://"));
        let secret = |name: &str| SecretString::from(fields.raw(name).to_owned());
        Self::new(
            &secret("ticket"),
            &secret("secret"),
            &address.unwrap_or_default().to_owned().into(),
        )
    }

    pub(super) fn into_offer(self) -> AppOffer {
        self.0
    }
}

/// To the page that asks for a code; the step is kept in a cookie meanwhile.
fn ask(stranger: &Stranger, ticket: &SecretString, (app, passkey): (bool, bool)) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("then", &stranger.then().unwrap_or_default());
    for (name, has) in [("app", app), ("passkey", passkey)] {
        query.append_pair(name, if has { "yes" } else { "no" });
    }
    let door = stranger.state.door;
    let mut response = see(&at(door, &format!("/sign-in/code?{}", query.finish())));
    append(&mut response, Cookie::Step(door).set(ticket.expose_secret()));
    response
}

/// Whatever comes of a password: in, or to what is asked for next.
pub(super) async fn go_on(stranger: &Stranger, came: SignIn) -> Response {
    match came {
        SignIn::Session(signed_in) => stranger.welcome(&signed_in).await,
        SignIn::Next(next) => match next.step {
            Step::Second { totp, passkey } => ask(stranger, &next.ticket, (totp, passkey)),
            Step::Enrol { secret, uri } => {
                let ticket = Ticket::new(&next.ticket, &secret, &uri);
                offer(stranger, &ticket, Problems::default()).await
            }
        },
    }
}

pub(super) async fn show(
    State(state): State<ConsoleState>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    request: Request,
) -> Answer<Response> {
    let Some(ticket) = Cookie::Step(state.door).read(&headers) else {
        return Ok(see(&at(state.door, "/sign-in")));
    };
    let (mut parts, _) = request.into_parts();
    let request = request_of(&mut parts, &state).await?;
    let (csrf, cookie) = door_value(&state, &headers);
    let is = |name: &str| asked.get(name).is_some_and(|asked| asked == "yes");
    let recovery = is("recovery");
    let model = SecondFactorPage {
        door: state.door,
        light: light_of(&headers),
        csrf,
        recovery,
        app: asked.get("app").is_none_or(|app| app == "yes"),
        passkey: passkey_of(&state, request, &ticket, is("passkey") && !recovery).await,
        problems: Problems::default(),
        then: asked.get("then").cloned(),
    };
    let mut response = html(StatusCode::OK, second_factor(&model));
    append(&mut response, cookie);
    Ok(response)
}

/// What the browser is asked at this step, if anything is. A step that is over says so when it is tried.
async fn passkey_of(
    state: &ConsoleState,
    request: operation::Request,
    ticket: &str,
    wanted: bool,
) -> Option<PasskeyAsk> {
    let ticket = SecretString::from(ticket.to_owned());
    let offer = if wanted {
        state.people.begin_passkey_step(request, &ticket).await.ok()
    } else {
        None
    };
    offer.as_ref().map(passkeys::asked)
}

pub(super) async fn take(stranger: Stranger) -> Answer<Response> {
    let door = stranger.state.door;
    let Some(ticket) = Cookie::Step(door).read(&stranger.headers) else {
        return Ok(see(&at(door, "/sign-in")));
    };
    let recovery = stranger.fields.filled("recovery");
    let passkey = passkeys::proof(&stranger.fields);
    let by_passkey = passkey.is_some();
    let (field, proof) = match (&recovery, passkey) {
        (Some(code), _) => ("recovery", Proof::RecoveryCode(code.clone().into())),
        (None, Some(passkey)) => ("passkey", Proof::Passkey(passkey)),
        (None, None) => ("code", Proof::Code(stranger.fields.get("code").to_owned().into())),
    };
    let step = ticket.clone();
    let tried = stranger
        .state
        .people
        .second_factor(stranger.request.clone(), &ticket.into(), proof)
        .await;
    let says = match tried {
        Ok(signed_in) => return Ok(stranger.welcome(&signed_in).await),
        Err(identity::Error::StepOver) => return Ok(see(&at(door, "/sign-in"))),
        Err(error) => wrong(&stranger, error)?,
    };
    let model = SecondFactorPage {
        door,
        light: stranger.light(),
        csrf: stranger.csrf(),
        recovery: recovery.is_some(),
        app: !by_passkey,
        passkey: passkey_of(&stranger.state, stranger.request.clone(), &step, by_passkey).await,
        problems: Problems::one(field, says),
        then: stranger.then(),
    };
    Ok(html(StatusCode::UNPROCESSABLE_ENTITY, second_factor(&model)))
}

/// The page that sets up an app before the first session. It holds the secret, so it is the answer itself.
async fn offer(stranger: &Stranger, ticket: &Ticket, problems: Problems) -> Response {
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let model = FirstFactorPage {
        door: stranger.state.door,
        light: stranger.light(),
        csrf: stranger.csrf(),
        offer: ticket.0.clone(),
        passkey: first_passkey(stranger, ticket).await,
        problems,
        then: stranger.then(),
    };
    html(status, first_factor(&model))
}

/// What the browser is asked for a passkey in place of the app; nothing where there are none, or the step is over.
async fn first_passkey(stranger: &Stranger, ticket: &Ticket) -> Option<PasskeyAsk> {
    let (people, step) = (
        &stranger.state.people,
        SecretString::from(ticket.0.ticket.clone()),
    );
    let offer = people
        .begin_enrolling_passkey(stranger.request.clone(), &step)
        .await;
    offer.ok().as_ref().map(passkeys::asked)
}

/// The same page when a passkey did not come about.
pub(super) async fn first_factor_again(stranger: &Stranger, ticket: &Ticket, says: &str) -> Response {
    offer(stranger, ticket, Problems::one("passkey", says)).await
}

/// Recovery codes, once, and the session with them.
pub(super) async fn codes_shown(stranger: &Stranger, enrolled: &Enrolled) -> Response {
    let codes = enrolled.recovery_codes.iter();
    let codes: Vec<String> = codes.map(|code| code.expose_secret().to_owned()).collect();
    let mut response = html(
        StatusCode::OK,
        first_codes(stranger.state.door, stranger.light(), &codes),
    );
    stranger.give_session(&mut response, &enrolled.signed_in).await;
    response
}

/// The first code gives the session; its recovery codes are shown once, as the answer itself.
pub(super) async fn take_app(stranger: Stranger) -> Answer<Response> {
    let ticket = Ticket::of(&stranger.fields);
    let code = SecretString::from(stranger.fields.get("code").to_owned());
    let named = SecretString::from(ticket.0.ticket.clone());
    match stranger
        .state
        .people
        .enrol(stranger.request.clone(), &named, &code)
        .await
    {
        Ok(enrolled) => Ok(codes_shown(&stranger, &enrolled).await),
        Err(identity::Error::StepOver) => Ok(see(&at(stranger.state.door, "/sign-in"))),
        Err(error) => {
            let says = wrong(&stranger, error)?;
            Ok(offer(&stranger, &ticket, Problems::one("code", says)).await)
        }
    }
}

fn wrong(stranger: &Stranger, error: identity::Error) -> Answer<String> {
    match error {
        identity::Error::NotProven => Ok("That did not fit. Wait for the next code and try again".to_owned()),
        identity::Error::Wait { until } => Ok(wait_says(until, stranger.state.custody.desk().clock.now())),
        other => Err(stranger.fail(other)),
    }
}
