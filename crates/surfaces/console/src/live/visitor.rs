//! Who asks: somebody with a live session, and what their form brought.

use std::collections::BTreeMap;

use access::Action;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use custody::Credential;
use http::header::{LOCATION, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use identity::{Activity, Proof, Register as _, SessionToken, Who};
use kernel::Timestamp;
use maud::Markup;
use operation::Client;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use web::Operation;
use web::client::ClientAddress;

use super::cookies::Cookie;
use super::fields::{Fields, MOST_BYTES, is_from_here};
use super::trouble::{self, Trouble};
use super::{Answer, ConsoleState, Failure};
use crate::kit::{Flash, Frame, Light, Place, Problems, Tone};
use crate::pages;

/// The most characters of what a browser calls itself.
const LONGEST_AGENT: usize = 200;

/// Somebody with a live session.
pub(crate) struct Visitor {
    pub(crate) state: ConsoleState,
    pub(crate) who: Who,
    pub(crate) credential: Credential,
    pub(crate) frame: Frame,
    cookie: String,
    request: operation::Request,
    path: String,
    set: Vec<HeaderValue>,
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
        let activity = if parts.headers.contains_key("bailee-background") {
            Activity::Background
        } else {
            Activity::Person
        };
        let out = || trouble::signed_out(&parts.method, &parts.uri);
        let cookie = Cookie::Session.read(&parts.headers).ok_or_else(out)?;
        let found = state.people.session(&cookie, request.clone(), activity).await;
        let who = found.map_err(|error| match error {
            identity::Error::SignedOut => out(),
            other => trouble::outside(light_of(&parts.headers), Trouble::from(other), &request),
        })?;
        let token = SessionToken::parse(&cookie).ok_or_else(out)?;
        let frame = frame_of(&parts.headers, state, &who);
        // What was said once is forgotten.
        let set = frame
            .flash
            .iter()
            .filter_map(|_| Cookie::Flash.forget())
            .collect();
        Ok(Self {
            credential: state.custody.credential(&token),
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

fn frame_of(headers: &HeaderMap, state: &ConsoleState, who: &Who) -> Frame {
    let names: Names = Cookie::Names.document(headers).unwrap_or_default();
    let or = |name: String, other: &str| if name.is_empty() { other.to_owned() } else { name };
    Frame {
        team: or(names.team, &who.slug),
        person: or(names.person, "You"),
        class: who.class,
        may: state.rights.get(&who.class).cloned().unwrap_or_default(),
        csrf: who.csrf.expose_secret().to_owned(),
        light: light_of(headers),
        flash: Cookie::Flash.document(headers).map(flash_of),
        now: state.custody.desk().clock.now(),
        ends_at: who.idle_at,
    }
}

fn flash_of(kept: KeptFlash) -> Flash {
    let receipt = |event: String| {
        (
            format!("/console/trail/{event}"),
            "See it in the trail".to_owned(),
        )
    };
    // An id and nothing else becomes part of an address.
    let event = kept
        .event
        .filter(|event| event.parse::<kernel::EventId>().is_ok());
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
        }),
        reason: None,
        recorded: Default::default(),
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

    /// The frame for a page; what was done before is said on it.
    pub(crate) fn frame(&self) -> Frame {
        self.frame.clone()
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
        append(&mut response, Cookie::Flash.set_document(&flash));
        self.answer(response)
    }

    /// The answer with the cookies that this request changed.
    pub(crate) fn answer(&self, mut response: Response) -> Response {
        for cookie in &self.set {
            // The flash of the act before must not undo that of this one.
            if !response.headers().contains_key(SET_COOKIE)
                || !cookie.as_bytes().starts_with(b"__Host-bailee-flash")
            {
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

/// Somebody's form.
pub(crate) struct Sent {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl FromRequest<ConsoleState> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        let fields = read_fields(&parts, body)
            .await
            .ok_or_else(|| visitor.fail(Trouble::BadForm))?;
        if !is_from_here(&parts.headers) || !visitor.who.is_csrf(fields.raw("csrf")) {
            return Err(visitor.fail(Trouble::StaleForm));
        }
        let mut sent = Self { visitor, fields };
        sent.take_proof().await?;
        Ok(sent)
    }
}

/// The fields of a form that is not too large.
pub(crate) async fn read_fields(parts: &Parts, body: Body) -> Option<Fields> {
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.ok()?;
    Fields::read(&parts.headers, &bytes)
}

impl Sent {
    /// A proof that came along makes the session fresh, before anything is done.
    async fn take_proof(&mut self) -> Result<(), Failure> {
        let secret = |name: &str| self.fields.raw(name).to_owned().into();
        let proof = match (
            self.fields.filled("proof-password"),
            self.fields.filled("proof-code"),
        ) {
            (Some(_), _) => Proof::Password(secret("proof-password")),
            (None, Some(_)) => Proof::Code(secret("proof-code")),
            (None, None) => return Ok(()),
        };
        let visitor = &self.visitor;
        match visitor
            .state
            .people
            .prove(visitor.cookie(), visitor.request(), proof)
            .await
        {
            Ok(signed_in) => {
                let cookie = signed_in.cookie.expose_secret().to_owned();
                let token =
                    SessionToken::parse(&cookie).ok_or_else(|| self.visitor.fail(Trouble::BadForm))?;
                let visitor = &mut self.visitor;
                visitor.credential = visitor.state.custody.credential(&token);
                visitor.set.extend(Cookie::Session.set(&cookie));
                (visitor.cookie, visitor.who) = (cookie, signed_in.who);
                Ok(())
            }
            Err(identity::Error::NotProven) => Err(self.ask_proof("That did not fit. Try again").await),
            Err(other) => Err(self.visitor.fail(other)),
        }
    }

    /// The value, the form again with what is wrong, or a page about what went wrong. What asks for a fresh proof gets the
    /// page that takes it and sends the same form again.
    pub(crate) async fn settle<T>(
        &self,
        result: Result<T, impl Into<Trouble>>,
    ) -> Result<Result<T, Problems>, Failure> {
        let trouble = match result {
            Ok(value) => return Ok(Ok(value)),
            Err(error) => error.into(),
        };
        match trouble {
            Trouble::NeedsProof => Err(self.ask_proof("").await),
            Trouble::Invalid { field, says } => Ok(Err(Problems::one(field, says))),
            other => Err(self.visitor.fail(other)),
        }
    }

    /// The value, for forms without anything that could be filled in wrongly.
    pub(crate) async fn ok<T>(&self, result: Result<T, impl Into<Trouble>>) -> Answer<T> {
        let wrong = |_| self.visitor.fail(Trouble::BadForm);
        match result.map_err(Into::into) {
            Err(Trouble::NeedsProof) => Err(self.ask_proof("").await),
            Err(Trouble::Invalid { field, says }) => {
                Err(self.visitor.fail(Trouble::Conflict(format!("{field}: {says}"))))
            }
            other => self.settle(other).await?.map_err(wrong),
        }
    }

    /// The page that takes a fresh proof and sends the same form again.
    async fn ask_proof(&self, wrong: &str) -> Failure {
        let visitor = &self.visitor;
        let proof = match proof_of(visitor).await {
            Ok(proof) => proof,
            Err(failure) => return failure,
        };
        let field = if proof == pages::Proof::Code {
            "proof-code"
        } else {
            "proof-password"
        };
        let page = pages::confirm(&pages::ConfirmPage {
            frame: visitor.frame(),
            place: Place::Elsewhere,
            title: "Confirm that it is you".to_owned(),
            crumbs: Vec::new(),
            consequences: vec!["What you asked for outlasts this session or cannot be taken back, so the server asks once more. It asks again after ten minutes.".to_owned()],
            mild: true,
            to: visitor.path.clone(),
            values: self.fields.to_carry(),
            press: "Confirm".to_owned(),
            back: "/console".to_owned(),
            proof,
            problems: if wrong.is_empty() { Problems::default() } else { Problems::one(field, wrong) },
        });
        Failure(Box::new(visitor.page_again(page)))
    }
}

/// What a fresh proof is made with: a code where there is an app, else the password; nothing while the last one is fresh.
pub(crate) async fn proof_of(visitor: &Visitor) -> Answer<pages::Proof> {
    let people = &visitor.state.people;
    let factors = visitor.ok(people.factors(&visitor.credential, visitor.request()).await)?;
    Ok(if factors.totp {
        pages::Proof::Code
    } else {
        pages::Proof::Password
    })
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
