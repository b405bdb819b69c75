//! After the password: a code, or an authenticator app to be set up.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use identity::{Proof, SignIn, Step};
use secrecy::{ExposeSecret as _, SecretString};

use super::cookies::Cookie;
use super::door::{Stranger, door_value};
use super::trouble::{html, wait_says};
use super::visitor::{Asked, append, light_of, see};
use super::{Answer, ConsoleState, qr};
use crate::kit::Problems;
use crate::pages::{AppOffer, FirstFactorPage, SecondFactorPage, first_codes, first_factor, second_factor};

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
fn ask(stranger: &Stranger, ticket: &SecretString) -> Response {
    let then: String =
        form_urlencoded::byte_serialize(stranger.then().unwrap_or_default().as_bytes()).collect();
    let mut response = see(&format!("/console/sign-in/code?then={then}"));
    append(&mut response, Cookie::Step.set(ticket.expose_secret()));
    response
}

/// Whatever comes of a password: in, or to what is asked for next.
pub(super) async fn go_on(stranger: &Stranger, came: SignIn) -> Response {
    match came {
        SignIn::Session(signed_in) => stranger.welcome(&signed_in).await,
        SignIn::Next(next) => match next.step {
            Step::Second { .. } => ask(stranger, &next.ticket),
            Step::Enrol { secret, uri } => offer(
                stranger,
                &Ticket::new(&next.ticket, &secret, &uri),
                Problems::default(),
            ),
        },
    }
}

async fn show(State(state): State<ConsoleState>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    if Cookie::Step.read(&headers).is_none() {
        return see("/console/sign-in");
    }
    let (csrf, cookie) = door_value(&state, &headers);
    let model = SecondFactorPage {
        light: light_of(&headers),
        csrf,
        recovery: asked.get("recovery").is_some_and(|asked| asked == "yes"),
        problems: Problems::default(),
        then: asked.get("then").cloned(),
    };
    let mut response = html(StatusCode::OK, second_factor(&model));
    append(&mut response, cookie);
    response
}

async fn take(stranger: Stranger) -> Answer<Response> {
    let Some(ticket) = Cookie::Step.read(&stranger.headers) else {
        return Ok(see("/console/sign-in"));
    };
    let recovery = stranger.fields.filled("recovery");
    let (field, proof) = match &recovery {
        Some(code) => ("recovery", Proof::RecoveryCode(code.clone().into())),
        None => ("code", Proof::Code(stranger.fields.get("code").to_owned().into())),
    };
    let tried = stranger
        .state
        .people
        .second_factor(stranger.request.clone(), &ticket.into(), proof)
        .await;
    let says = match tried {
        Ok(signed_in) => return Ok(stranger.welcome(&signed_in).await),
        Err(identity::Error::StepOver) => return Ok(see("/console/sign-in")),
        Err(error) => wrong(&stranger, error)?,
    };
    let model = SecondFactorPage {
        light: stranger.light(),
        csrf: stranger.csrf(),
        recovery: recovery.is_some(),
        problems: Problems::one(field, says),
        then: stranger.then(),
    };
    Ok(html(StatusCode::UNPROCESSABLE_ENTITY, second_factor(&model)))
}

/// The page that sets up an app before the first session. It holds the secret, so it is the answer itself.
fn offer(stranger: &Stranger, ticket: &Ticket, problems: Problems) -> Response {
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let model = FirstFactorPage {
        light: stranger.light(),
        csrf: stranger.csrf(),
        offer: ticket.0.clone(),
        problems,
        then: stranger.then(),
    };
    html(status, first_factor(&model))
}

/// The first code gives the session; its recovery codes are shown once, as the answer itself.
async fn take_app(stranger: Stranger) -> Answer<Response> {
    let ticket = Ticket::of(&stranger.fields);
    let code = SecretString::from(stranger.fields.get("code").to_owned());
    let named = SecretString::from(ticket.0.ticket.clone());
    match stranger
        .state
        .people
        .enrol(stranger.request.clone(), &named, &code)
        .await
    {
        Ok(enrolled) => {
            let codes: Vec<String> = enrolled
                .recovery_codes
                .iter()
                .map(|code| code.expose_secret().to_owned())
                .collect();
            let mut response = html(StatusCode::OK, first_codes(stranger.light(), &codes));
            stranger.give_session(&mut response, &enrolled.signed_in).await;
            Ok(response)
        }
        Err(identity::Error::StepOver) => Ok(see("/console/sign-in")),
        Err(error) => {
            let says = wrong(&stranger, error)?;
            Ok(offer(&stranger, &ticket, Problems::one("code", says)))
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
