//! Signing in at a team's own provider: the way there, and the way back.
//!
//! Promises: the cookie that binds the way to this browser is the only one that comes along from elsewhere; what the provider
//! sends is given to `identity` as it is. The way back ends on a page of ours that leads on by itself: the session's
//! cookie does not travel on a way that began elsewhere. Leaves out: rules.

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::header::REFRESH;
use http::{HeaderMap, HeaderValue, StatusCode};
use identity::{Door, OidcBegun, OidcReturn};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::cookies::Cookie;
use super::door::{Stranger, door_value};
use super::fields::{Fields, safe_path};
use super::trouble::{html, wait_says};
use super::visitor::{Asked, append, light_of, request_of, see};
use super::{Answer, ConsoleState, Visitor};
use crate::kit::Tone;
use crate::pages::{SignInPage, back_from_provider, sign_in, to_provider};

/// Where providers send people back to.
pub const CALLBACK: &str = "/console/oidc/callback";

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/oidc", get(ask_team))
        .route("/console/oidc/begin/{team}", get(begin))
        .route("/console/oidc/prove", get(prove))
        .route(CALLBACK, get(take))
}

/// What stays in the browser meanwhile.
#[derive(Serialize, Deserialize)]
struct Kept {
    browser: String,
    then: Option<String>,
}

/// Asks for the team, whose page then has the button. A form may not lead to another host, a link may.
async fn ask_team(headers: HeaderMap) -> Response {
    html(StatusCode::OK, to_provider(light_of(&headers)))
}

async fn begin(
    State(state): State<ConsoleState>,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Answer<Response> {
    let stranger = stranger(state, request).await?;
    let team = team.to_ascii_lowercase();
    let begun = stranger
        .state
        .people
        .begin_oidc(stranger.request.clone(), &team)
        .await;
    match begun {
        Ok(begun) => Ok(there(&begun, asked.get("then").cloned())),
        Err(error) => refused(&stranger, error, &team),
    }
}

/// Somebody who is signed in proves at the provider that it is still they.
async fn prove(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let people = &visitor.state.people;
    let begun = people
        .begin_oidc_proof(&visitor.credential, visitor.request())
        .await;
    Ok(there(&visitor.ok(begun)?, asked.get("then").cloned()))
}

fn there(begun: &OidcBegun, then: Option<String>) -> Response {
    let kept = Kept {
        browser: begun.browser.expose_secret().to_owned(),
        then,
    };
    let mut response = see(&begun.url);
    append(&mut response, Cookie::Way.set_document(&kept));
    response
}

async fn take(
    State(state): State<ConsoleState>,
    Query(back): Query<OidcReturn>,
    request: Request,
) -> Answer<Response> {
    let stranger = stranger(state, request).await?;
    let kept: Option<Kept> = Cookie::Way.document(&stranger.headers);
    let browser = kept.as_ref().map(|kept| SecretString::from(kept.browser.clone()));
    let people = &stranger.state.people;
    let came = people
        .finish_oidc(stranger.request.clone(), back, browser.as_ref())
        .await;
    let mut response = match came {
        Ok(signed_in) => {
            let then = kept.and_then(|kept| kept.then);
            let to = safe_path(Door::Team, then.as_deref().unwrap_or_default());
            let mut response = html(StatusCode::OK, back_from_provider(stranger.light(), &to));
            stranger.give_session(&mut response, &signed_in).await;
            lead_on(&mut response, &to);
            response
        }
        Err(error) => refused(&stranger, error, "")?,
    };
    append(&mut response, Cookie::Way.forget());
    Ok(response)
}

/// To our own page, from our own page.
fn lead_on(response: &mut Response, to: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("0; url={to}")) {
        response.headers_mut().insert(REFRESH, value);
    }
}

async fn stranger(state: ConsoleState, request: Request) -> Answer<Stranger> {
    let (mut parts, _) = request.into_parts();
    let request = request_of(&mut parts, &state).await?;
    Ok(Stranger {
        state,
        request,
        headers: parts.headers,
        fields: Fields::default(),
    })
}

/// The door again for what people can do something about; it says the same whatever was wrong.
fn refused(stranger: &Stranger, error: identity::Error, team: &str) -> Answer<Response> {
    use identity::Error;
    let now = stranger.state.custody.desk().clock.now();
    let says = match error {
        Error::NotProven => {
            "Your team's provider did not let you in here. Try again, or ask an owner of the team".to_owned()
        }
        Error::StepOver => "That took too long, or was done already. Sign in again".to_owned(),
        Error::Wait { until } => wait_says(until, now),
        Error::Provider(_) | Error::CustomerHeld | Error::Conflict(_) => error.to_string(),
        other => return Err(stranger.fail(other)),
    };
    let (csrf, cookie) = door_value(&stranger.state, &stranger.headers);
    let model = SignInPage {
        light: stranger.light(),
        csrf,
        team: team.to_owned(),
        says: Some((Tone::Danger, says)),
        by_provider: true,
        ..SignInPage::default()
    };
    let mut response = html(StatusCode::UNPROCESSABLE_ENTITY, sign_in(&model));
    append(&mut response, cookie);
    Ok(response)
}
