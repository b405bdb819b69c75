//! Asking and proving: the first page, the forms, the code.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use custody::Error;
use http::header::SET_COOKIE;
use rights::portal::{Asked, Begun, NewVisit, Proven, Token};
use rights::request::Kind;
use secrecy::ExposeSecret as _;

use super::PortalState;
use super::come::{Answer, Guest};
use super::form::Form;
use crate::cookies::Cookie;
use crate::pages::{AskPage, SignInPage, Trouble, ask, code, front, sign_in};

pub(super) fn routes() -> Router<PortalState> {
    Router::new()
        .route("/privacy/{tenant}", get(show_front))
        .route("/privacy/{tenant}/ask/{kind}", get(show_ask).post(take_ask))
        .route("/privacy/{tenant}/sign-in", get(show_sign_in).post(take_sign_in))
        .route("/privacy/{tenant}/code", get(show_code).post(take_code))
}

async fn show_front(guest: Guest) -> Response {
    guest.page(front(&guest.frame))
}

/// What the path says is asked for, if the page offers it.
fn offered(guest: &Guest) -> Answer<Kind> {
    let kinds = &guest.frame.portal.kinds;
    guest.named("kind", |word| {
        Kind::from_word(word).filter(|kind| kinds.contains(kind))
    })
}

async fn show_ask(guest: Guest) -> Answer<Response> {
    let model = AskPage::empty(offered(&guest)?);
    Ok(guest.page(ask(&guest.frame, &model)))
}

async fn take_ask(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let kind = offered(guest)?;
    let name = form.get("name");
    let asks = Asked {
        kind,
        name: (!name.is_empty()).then(|| name.to_owned()),
        words: form.get("words").to_owned(),
    };
    match begin(&form, Some(asks)).await? {
        Ok(token) => Ok(to_code(guest, &token, "/requests")),
        Err(field) => {
            let model = AskPage {
                address: form.get("address").to_owned(),
                name: name.to_owned(),
                words: form.get("words").to_owned(),
                wrong: Some(field),
                ..AskPage::empty(kind)
            };
            Ok(guest.page_again(ask(&guest.frame, &model)))
        }
    }
}

async fn show_sign_in(guest: Guest) -> Response {
    let model = SignInPage {
        then: guest.then_asked(),
        ended: guest.asked.contains_key("ended"),
        ..SignInPage::default()
    };
    guest.page(sign_in(&guest.frame, &model))
}

async fn take_sign_in(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let then = guest.then(form.get("then"));
    match begin(&form, None).await? {
        Ok(token) => Ok(to_code(guest, &token, &then)),
        Err(_) => {
            let model = SignInPage {
                address: form.get("address").to_owned(),
                then,
                wrong: true,
                ended: false,
            };
            Ok(guest.page_again(sign_in(&guest.frame, &model)))
        }
    }
}

/// Begins a visit; the field that is wrong where one is.
async fn begin(form: &Form, asks: Option<Asked>) -> Answer<Result<Token, &'static str>> {
    let guest = &form.guest;
    let new = NewVisit {
        address: form.get("address").to_owned(),
        asks,
        language: guest.frame.language,
        network: guest.network(),
        page: guest.page_address(),
    };
    let rights = &guest.state.rights;
    match rights.begin_visit(guest.request(), &guest.tenant, new).await {
        Ok(Begun::Sent(token)) => Ok(Ok(token)),
        Ok(Begun::TooMany) => Err(guest.fail(Trouble::TooMany)),
        Err(Error::Invalid { field, .. }) => Ok(Err(field)),
        Err(error) => Err(guest.wrong(error)),
    }
}

/// To the page for the code, with the token of the visit.
fn to_code(guest: &Guest, token: &Token, then: &str) -> Response {
    let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
    with_token(guest, guest.see(&format!("/code?then={then}")), token)
}

fn with_token(guest: &Guest, mut response: Response, token: &Token) -> Response {
    let cookie = Cookie::Visit.set(&guest.frame.path, token.to_text().expose_secret());
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

async fn show_code(guest: Guest) -> Response {
    match guest.has_visit() {
        true => guest.page(code(&guest.frame, &guest.then_asked(), None)),
        false => guest.see("/sign-in"),
    }
}

async fn take_code(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let then = guest.then(form.get("then"));
    let credential = guest.credential()?;
    let typed = form.get("code").to_owned().into();
    let rights = &guest.state.rights;
    let proven = rights.prove_visit(&credential, guest.request(), typed).await;
    match guest.ok(proven)? {
        Proven::Right { token, request } => {
            let to = request.map_or(then, |request| format!("/requests/{request}"));
            Ok(with_token(guest, guest.see(&to), &token))
        }
        Proven::Wrong { left } => Ok(guest.page_again(code(&guest.frame, &then, Some(left)))),
    }
}
