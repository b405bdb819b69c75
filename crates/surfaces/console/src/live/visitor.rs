//! Who asks: somebody with a live session.

use std::collections::BTreeMap;

use access::Action;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use custody::Credential;
use http::header::{LOCATION, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use identity::{Activity, Door, SessionToken, Who};
use kernel::Timestamp;
use maud::Markup;
use operation::Client;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use web::Operation;
use web::client::ClientAddress;

use super::cookies::Cookie;
use super::fields::{Fields, MOST_BYTES};
use super::reasons::Reasons;
use super::trouble::{self, Trouble};
use super::{Answer, ConsoleState, Failure};
use crate::kit::{Flash, Frame, Light, Tone, at};

/// The most characters of what a browser calls itself.
const LONGEST_AGENT: usize = 200;

/// Somebody with a live session.
pub(crate) struct Visitor {
    pub(crate) state: ConsoleState,
    pub(crate) who: Who,
    pub(crate) credential: Credential,
    pub(crate) frame: Frame,
    pub(super) cookie: String,
    pub(super) path: String,
    pub(super) set: Vec<HeaderValue>,
    /// Why they read datasets that ask, as they said before.
    pub(super) reasons: Reasons,
    request: operation::Request,
}

/// What the person and their team are called.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) person: String,
    pub(crate) team: String,
}

/// What was done, between the act and the page after it.
#[derive(Debug, Serialize, Deserialize)]
struct KeptFlash {
    text: String,
    event: Option<String>,
}

impl FromRequestParts<ConsoleState> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &ConsoleState) -> Result<Self, Failure> {
        let request = request_of(parts, state).await?;
        let activity = activity_of(&parts.headers);
        let out = || trouble::signed_out(state.door, &parts.method, &parts.uri);
        let cookie = Cookie::Session(state.door).read(&parts.headers).ok_or_else(out)?;
        let found = state.people.session(&cookie, request.clone(), activity).await;
        let who = found.map_err(|error| match error {
            identity::Error::SignedOut => out(),
            other => {
                let place = (state.door, light_of(&parts.headers));
                trouble::outside(place, Trouble::from(other), &request)
            }
        })?;
        let token = SessionToken::parse(&cookie).ok_or_else(out)?;
        let frame = frame_of(&parts.headers, state, &who);
        // What was said once is forgotten.
        let set = frame
            .flash
            .iter()
            .filter_map(|_| Cookie::Flash(state.door).forget())
            .collect();
        let reasons: Reasons = Cookie::Reasons(state.door)
            .document(&parts.headers)
            .unwrap_or_default();
        let reasons = reasons.of(who.session, frame.now);
        Ok(Self {
            credential: Credential::session(&token).reading_for(reasons.by_dataset()),
            reasons,
            state: state.clone(),
            who,
            frame,
            cookie,
            request,
            path: parts.uri.path().to_owned(),
            set,
        })
    }
}

/// What a page loads by itself does not show that somebody is there: what a script says to be so, and its pictures.
fn activity_of(headers: &HeaderMap) -> Activity {
    let picture = headers.get("sec-fetch-dest").is_some_and(|kind| kind == "image");
    match picture || headers.contains_key("bailee-background") {
        true => Activity::Background,
        false => Activity::Person,
    }
}

fn frame_of(headers: &HeaderMap, state: &ConsoleState, who: &Who) -> Frame {
    let names: Names = Cookie::Names(state.door).document(headers).unwrap_or_default();
    let may = state.rights.get(&who.class).cloned().unwrap_or_default();
    // The pages of the trail are the teams'.
    let reads = state.door == Door::Team && may.contains(&Action::TrailRead);
    let or = |name: String, other: &str| if name.is_empty() { other.to_owned() } else { name };
    Frame {
        team: or(names.team, &who.slug),
        person: or(names.person, "You"),
        class: who.class,
        may,
        csrf: who.csrf.expose_secret().to_owned(),
        light: light_of(headers),
        flash: Cookie::Flash(state.door)
            .document(headers)
            .map(|kept| flash_of(kept, reads)),
        now: state.custody.desk().clock.now(),
        ends_at: who.idle_at,
    }
}

/// What was just done, with the way to its entry for who reads the trail.
fn flash_of(kept: KeptFlash, reads: bool) -> Flash {
    let receipt = |event: String| {
        (
            format!("/console/trail/{event}"),
            "See it in the trail".to_owned(),
        )
    };
    // An id and nothing else becomes part of an address.
    let event = kept
        .event
        .filter(|event| reads && event.parse::<kernel::EventId>().is_ok());
    Flash {
        tone: Tone::Good,
        text: kept.text,
        link: event.map(receipt),
    }
}

/// Which light the browser was told.
pub(crate) fn light_of(headers: &HeaderMap) -> Light {
    Light::parse(&Cookie::Light.read(headers).unwrap_or_default())
}

/// The request as the trail will know it.
pub(crate) async fn request_of(
    parts: &mut Parts,
    state: &ConsoleState,
) -> Result<operation::Request, Failure> {
    let operation = Operation::from_request_parts(parts, state).await;
    let Operation(operation) = operation.map_err(|problem| Failure(Box::new(problem.into_response())))?;
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
    let visible =
        |agent: &&str| agent.len() <= LONGEST_AGENT && agent.bytes().all(|b| (0x20..0x7f).contains(&b));
    let agent = parts
        .headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    Ok(operation::Request {
        operation,
        client: Some(Client {
            address: address.map(|address| address.to_string()),
            agent: agent.filter(visible).map(str::to_owned),
            origin: None,
        }),
        reason: None,
        recorded: parts.extensions.get().cloned().unwrap_or_default(),
    })
}

impl Visitor {
    /// The request, for one act.
    pub(crate) fn request(&self) -> operation::Request {
        self.request.clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.frame.now
    }

    pub(crate) fn may(&self, action: Action) -> bool {
        self.frame.may(action)
    }

    /// The address of a page behind the door that they came in by.
    pub(crate) fn at(&self, rest: &str) -> String {
        at(self.state.door, rest)
    }

    /// The frame for a page; what was done before is said on it.
    pub(crate) fn frame(&self) -> Frame {
        self.frame.clone()
    }

    /// What the browser calls itself.
    pub(crate) fn agent(&self) -> Option<&str> {
        self.request.client.as_ref()?.agent.as_deref()
    }

    /// The cookie of the session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A page.
    pub(crate) fn page(&self, page: Markup) -> Response {
        self.answer(trouble::html(StatusCode::OK, page))
    }

    /// A form that was sent and is shown again with what is wrong.
    pub(crate) fn page_again(&self, page: Markup) -> Response {
        self.answer(trouble::html(StatusCode::UNPROCESSABLE_ENTITY, page))
    }

    /// To another page after something was done, which is said there.
    pub(crate) fn done(&self, to: &str, says: impl Into<String>) -> Response {
        let event = self.request.recorded.event().map(|event| event.to_string());
        let flash = KeptFlash {
            text: says.into(),
            event,
        };
        let mut response = see(to);
        append(&mut response, Cookie::Flash(self.state.door).set_document(&flash));
        self.answer(response)
    }

    /// The answer with the cookies that this request changed.
    pub(crate) fn answer(&self, mut response: Response) -> Response {
        let forgets = Cookie::Flash(self.state.door).forget();
        for cookie in &self.set {
            // The flash of the act before must not undo that of this one.
            if !response.headers().contains_key(SET_COOKIE) || Some(cookie) != forgets.as_ref() {
                response.headers_mut().append(SET_COOKIE, cookie.clone());
            }
        }
        response
    }

    /// A page about what went wrong.
    pub(crate) fn fail(&self, error: impl Into<Trouble>) -> Failure {
        let response = trouble::inside(&self.frame, error.into(), &self.request);
        Failure(Box::new(self.answer(response)))
    }

    /// The value, or a page about what went wrong.
    pub(crate) fn ok<T>(&self, result: Result<T, impl Into<Trouble>>) -> Answer<T> {
        result.map_err(|error| self.fail(error))
    }
}

/// The fields of a form that is not too large.
pub(crate) async fn read_fields(parts: &Parts, body: Body) -> Option<Fields> {
    read_fields_of(parts, body, MOST_BYTES).await
}

/// The same of a form that may have so many bytes.
pub(crate) async fn read_fields_of(parts: &Parts, body: Body, most: usize) -> Option<Fields> {
    let bytes = axum::body::to_bytes(body, most).await.ok()?;
    Fields::read(&parts.headers, &bytes)
}

/// To another page, by GET.
pub(crate) fn see(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

pub(crate) fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The parts of an address after the question mark.
pub(crate) type Asked = BTreeMap<String, String>;

/// Whether the method only looks.
pub(crate) fn looks(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
