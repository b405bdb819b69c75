//! Forms: what they bring, and that they are this browser's own.
//!
//! Promises: a form counts only with the value that this browser was given for it, which for somebody with a visit is bound to that
//! visit, and only from a page of this very host. Two values are compared in constant time.

use aws_lc_rs::digest::{Context, SHA256};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};
use rights::portal::Token;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::PortalState;
use super::come::{Failure, Guest, text_of};
use crate::cookies::Cookie;
use crate::pages::Trouble;

/// The most bytes of a form.
const MOST_BYTES: usize = 64 << 10;

/// A form that was sent by somebody at a tenant's page.
pub(crate) struct Form {
    pub(crate) guest: Guest,
    fields: Vec<(String, String)>,
}

impl FromRequest<PortalState> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &PortalState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let guest = Guest::from_request_parts(&mut parts, state).await?;
        let bytes = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let fields: Vec<(String, String)> = match is_form(&parts.headers) {
            true => form_urlencoded::parse(&bytes).into_owned().collect(),
            false => Vec::new(),
        };
        let form = Self { guest, fields };
        // Without the cookie the value is a new one, which no form has.
        let fits: bool = form
            .raw("csrf")
            .as_bytes()
            .ct_eq(form.guest.frame.csrf.as_bytes())
            .into();
        match fits && is_from_here(&parts.headers) {
            true => Ok(form),
            false => Err(form.guest.fail(Trouble::Form)),
        }
    }
}

impl Form {
    /// What stands in the field, without blanks around it; nothing where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    fn raw(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// What the browser keeps for its forms: what it has, or something new with its cookie.
pub(super) fn value(
    headers: &HeaderMap,
    path: &str,
    random: impl FnOnce() -> [u8; 16],
) -> (String, Option<HeaderValue>) {
    if let Some(value) = Cookie::Form.read(headers).filter(|value| value.len() == 22) {
        return (value, None);
    }
    let value = text_of(random());
    let cookie = Cookie::Form.set(path, &value);
    (value, cookie)
}

/// The value that forms carry: made of what the browser keeps and of the visit, so that one for another visit does not fit.
pub(super) fn field(value: &str, token: Option<&Token>) -> String {
    let mut hasher = Context::new(&SHA256);
    hasher.update(b"bailee portal form v1\0");
    hasher.update(value.as_bytes());
    if let Some(token) = token {
        hasher.update(token.to_text().expose_secret().as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hasher.finish())
}

fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = declared
        .and_then(|text| text.split(';').next())
        .unwrap_or_default();
    kind.trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a request comes from a page of this very host, as far as the browser says. Browsers say one or the other since 2020.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text(HOST.as_str()),
        (None, None) => true,
    }
}
