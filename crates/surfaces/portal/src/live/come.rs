//! Somebody comes to a tenant's page: the page as it is settled, their language, their visit if they have one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use custody::{Credential, Error};
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use kernel::Timestamp;
use maud::Markup;
use operation::Client;
use rights::portal::{Language, Token};
use web::Operation;
use web::client::ClientAddress;

use super::{PortalState, form};
use crate::cookies::Cookie;
use crate::pages::{Frame, Trouble, nowhere, trouble};
use crate::style::{Style, policy};

/// An answer instead of what was asked for.
pub(crate) struct Failure(Box<Response>);

/// What a handler gives.
pub(crate) type Answer<T> = Result<T, Failure>;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Parts of an address, by their names.
type Named = BTreeMap<String, String>;

/// Somebody at a tenant's open page.
pub(crate) struct Guest {
    pub(crate) state: PortalState,
    pub(crate) tenant: String,
    pub(crate) frame: Frame,
    pub(crate) asked: Named,
    path: Named,
    token: Option<Token>,
    request: operation::Request,
    /// What the browser is told to keep with this answer.
    form_cookie: Option<HeaderValue>,
}

impl FromRequestParts<PortalState> for Guest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &PortalState) -> Answer<Self> {
        let asked = Query::<Named>::from_request_parts(parts, state).await;
        let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
        let path = Path::<Named>::from_request_parts(parts, state).await;
        let path = path.map(|Path(path)| path).unwrap_or_default();
        let tenant = path.get("tenant").cloned().unwrap_or_default();
        let request = request_of(parts, state).await?;
        let wish = asked.get("lang").and_then(|word| Language::from_word(word));
        let liked = liked(&parts.headers);
        let portal = match state.rights.open_portal(request.clone(), &tenant).await {
            Ok(portal) => portal,
            Err(Error::NotFound(_)) => {
                let language = wish.unwrap_or_else(|| Language::chosen(&Language::ALL, &liked));
                return Err(not_there(language));
            }
            Err(error) => {
                tracing::warn!(operation = %request.operation, %error, "a page for people cannot be shown");
                return Err(Failure(Box::new(StatusCode::SERVICE_UNAVAILABLE.into_response())));
            }
        };
        let wish = wish.filter(|wish| portal.languages.contains(wish));
        let home = crate::path_of(&tenant);
        let token = Cookie::Visit
            .read(&parts.headers)
            .and_then(|text| Token::parse(&text));
        let (value, form_cookie) = form::value(&parts.headers, &home, || random_of(state));
        let here = shown_path(parts.uri.path().strip_prefix(home.as_str()).unwrap_or_default());
        let frame = Frame {
            language: wish.unwrap_or_else(|| Language::chosen(&portal.languages, &liked)),
            chosen: wish.is_some(),
            csrf: form::field(&value, token.as_ref()),
            signed_in: false,
            here: here.to_owned(),
            path: home,
            portal,
        };
        Ok(Self {
            state: state.clone(),
            tenant,
            frame,
            asked,
            path,
            token,
            request,
            form_cookie,
        })
    }
}

/// The page that a path belongs to: some take forms alone.
fn shown_path(path: &str) -> &str {
    let forms = ["/withdraw", "/package", "/leave"];
    forms
        .iter()
        .find_map(|form| path.strip_suffix(form))
        .unwrap_or(path)
}

fn random_of(state: &PortalState) -> [u8; 16] {
    let mut bytes = [0u8; 16];
    state.rights.custody().desk().random.fill(&mut bytes);
    bytes
}

/// What the browser says of languages, if it is not absurdly long.
fn liked(headers: &HeaderMap) -> String {
    let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    text.filter(|text| text.len() < 512)
        .unwrap_or_default()
        .to_owned()
}

/// The request as the trail will know it. What the browser calls itself is not kept: nobody needs it of somebody who asks.
async fn request_of(parts: &mut Parts, state: &PortalState) -> Answer<operation::Request> {
    let operation = Operation::from_request_parts(parts, state).await;
    let Operation(operation) = operation.map_err(|problem| Failure(Box::new(problem.into_response())))?;
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
    Ok(operation::Request {
        operation,
        client: Some(Client {
            address: address.map(|address| address.to_string()),
            agent: None,
            origin: None,
        }),
        reason: None,
        recorded: Default::default(),
    })
}

impl Guest {
    /// The request, for one act.
    pub(crate) fn request(&self) -> operation::Request {
        self.request.clone()
    }

    /// A part of the path, read as what it has to be; the page that says there is nothing otherwise.
    pub(crate) fn named<T>(&self, part: &str, read: impl FnOnce(&str) -> Option<T>) -> Answer<T> {
        let found = self.path.get(part).and_then(|text| read(text));
        found.ok_or_else(|| self.fail(Trouble::Nothing))
    }

    /// The network that they come from: of an IPv6 address the half that a household has.
    pub(crate) fn network(&self) -> Option<String> {
        let address = self.request.client.as_ref()?.address.as_ref()?;
        match address.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => {
                let [one, two, three, four, ..] = address.segments();
                Some(format!("{one:x}:{two:x}:{three:x}:{four:x}"))
            }
            _ => Some(address.clone()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.rights.custody().desk().clock.now()
    }

    /// The page as letters name it.
    pub(crate) fn page_address(&self) -> String {
        format!("{}{}", self.state.url, self.frame.path)
    }

    /// What they came with, if they have a visit; otherwise they are sent to the form for an address.
    pub(crate) fn credential(&self) -> Answer<Credential> {
        match self.token.as_ref().map(|token| token.credential(&self.tenant)) {
            Some(Ok(credential)) => Ok(credential),
            _ => Err(self.to_sign_in(false)),
        }
    }

    /// Whether they have a visit, proven or not.
    pub(crate) fn has_visit(&self) -> bool {
        self.token.is_some()
    }

    /// They have proven an address: the page shows their ways.
    pub(crate) fn known(&self) -> Frame {
        Frame {
            signed_in: true,
            ..self.frame.clone()
        }
    }

    fn to_sign_in(&self, ended: bool) -> Failure {
        let then: String = form_urlencoded::byte_serialize(self.frame.here.as_bytes()).collect();
        let ended = if ended { "&ended=yes" } else { "" };
        Failure(Box::new(self.see(&format!("/sign-in?then={then}{ended}"))))
    }

    /// To another page, by GET.
    pub(crate) fn see(&self, to: &str) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        if let Ok(to) = HeaderValue::try_from(self.frame.to(to)) {
            response.headers_mut().insert(LOCATION, to);
        }
        self.keep(response)
    }

    /// The answer with what forms need.
    fn keep(&self, mut response: Response) -> Response {
        if let Some(cookie) = &self.form_cookie {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        response
    }

    /// A page.
    pub(crate) fn page(&self, page: Markup) -> Response {
        self.page_as(StatusCode::OK, page)
    }

    /// A form that was sent and is shown again with what is wrong.
    pub(crate) fn page_again(&self, page: Markup) -> Response {
        self.page_as(StatusCode::UNPROCESSABLE_ENTITY, page)
    }

    fn page_as(&self, status: StatusCode, page: Markup) -> Response {
        self.keep(html(status, &Style::of(&self.frame.portal), page))
    }

    /// A page about what went wrong.
    pub(crate) fn fail(&self, what: Trouble) -> Failure {
        let status = match what {
            Trouble::Nothing => StatusCode::NOT_FOUND,
            Trouble::Form => StatusCode::BAD_REQUEST,
            Trouble::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Trouble::Conflict => StatusCode::CONFLICT,
            Trouble::Over => StatusCode::GONE,
            Trouble::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure(Box::new(self.page_as(status, trouble(&self.frame, what))))
    }

    /// The value, or a page about what went wrong.
    pub(crate) fn ok<T>(&self, result: custody::Result<T>) -> Answer<T> {
        result.map_err(|error| self.wrong(error))
    }

    /// What went wrong: what is unknown, another's and not allowed looks alike.
    pub(crate) fn wrong(&self, error: Error) -> Failure {
        match error {
            Error::Unauthenticated | Error::Expired => self.to_sign_in(true),
            Error::NotFound(_) | Error::Forbidden { .. } => self.fail(Trouble::Nothing),
            Error::Gone(_) => self.fail(Trouble::Over),
            Error::Conflict(_) | Error::Invalid { .. } => self.fail(Trouble::Conflict),
            other => {
                tracing::warn!(operation = %self.request.operation, error = %other, "a page for people failed");
                self.fail(Trouble::Unavailable)
            }
        }
    }

    /// Where to go after the code, of text that anybody may have written: a page below the tenant's, without a way up.
    pub(crate) fn then(&self, text: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-');
        let pages = ["/requests", "/consent", "/access"];
        let below = pages.iter().any(|page| text.starts_with(page));
        match below && !text.contains("//") && text.len() < 100 && text.bytes().all(plain) {
            true => text.to_owned(),
            false => "/requests".to_owned(),
        }
    }

    /// The same of the address of this page.
    pub(crate) fn then_asked(&self) -> String {
        self.then(self.asked.get("then").map_or("", String::as_str))
    }
}

/// Where no page is open.
fn not_there(language: Language) -> Failure {
    let page = nowhere(language);
    Failure(Box::new(html(StatusCode::NOT_FOUND, &Style::default(), page)))
}

fn html(status: StatusCode, style: &Style, page: Markup) -> Response {
    let mut response = Response::new(Body::from(page.into_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::try_from(policy(std::slice::from_ref(style))) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Sixteen bytes as text.
pub(super) fn text_of(bytes: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
