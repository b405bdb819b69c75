//! What somebody sees and does once their address is proven.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{get, post};
use custody::Error;
use futures_util::{Stream, stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use kernel::{Cursor, PageRequest, RequestId};
use rights::package::Package;
use rights::purpose::PurposeRef;

use super::PortalState;
use super::come::{Answer, Guest};
use super::form::Form;
use crate::cookies::Cookie;
use crate::pages::{Trouble, access, consent, request, requests};

/// Items whose accesses are listed on one page.
const PAGE: u32 = 20;
/// What is noted when somebody takes a request back at the page.
const TAKEN_BACK: &str = "taken back by the person at the page";

pub(super) fn routes() -> Router<PortalState> {
    Router::new()
        .route("/privacy/{tenant}/requests", get(show_requests))
        .route("/privacy/{tenant}/requests/{request}", get(show_request))
        .route("/privacy/{tenant}/requests/{request}/withdraw", post(withdraw))
        .route("/privacy/{tenant}/requests/{request}/package", post(take))
        .route("/privacy/{tenant}/consent", get(show_consent).post(say))
        .route("/privacy/{tenant}/access", get(show_access))
        .route("/privacy/{tenant}/leave", post(leave))
}

/// The request that the path names.
fn named(guest: &Guest) -> Answer<RequestId> {
    guest.named("request", |text| text.parse().ok())
}

async fn show_requests(guest: Guest) -> Answer<Response> {
    let credential = guest.credential()?;
    let rights = &guest.state.rights;
    let list = guest.ok(rights.own_requests(&credential, guest.request()).await)?;
    Ok(guest.page(requests(&guest.known(), &list)))
}

async fn show_request(guest: Guest) -> Answer<Response> {
    let credential = guest.credential()?;
    let id = named(&guest)?;
    let rights = &guest.state.rights;
    let own = guest.ok(rights.own_request(&credential, guest.request(), id).await)?;
    Ok(guest.page(request(&guest.known(), &own, guest.now())))
}

async fn withdraw(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let credential = guest.credential()?;
    let (id, note) = (named(guest)?, TAKEN_BACK.to_owned());
    let rights = &guest.state.rights;
    guest.ok(rights
        .withdraw_request(&credential, guest.request(), id, note)
        .await)?;
    Ok(guest.see(&format!("/requests/{id}")))
}

async fn take(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let credential = guest.credential()?;
    let id = named(guest)?;
    let rights = &guest.state.rights;
    let package = guest.ok(rights.take_package(&credential, guest.request(), id).await)?;
    let mut response = Response::new(Body::from_stream(Box::pin(pieces(package))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    let name = format!("{}-{id}.zip", guest.tenant);
    headers.insert(CONTENT_DISPOSITION, web::disposition::attachment(&name));
    Ok(response)
}

/// The pieces of the archive. An error among them makes the server break the connection off.
fn pieces(package: Package) -> impl Stream<Item = Result<bytes::Bytes, Error>> {
    stream::unfold(Some(package), async |package| {
        let mut package = package?;
        let piece = package.next().await?;
        let rest = piece.is_ok().then_some(package);
        Some((piece, rest))
    })
}

async fn show_consent(guest: Guest) -> Answer<Response> {
    let credential = guest.credential()?;
    let rights = &guest.state.rights;
    let list = guest.ok(rights.own_purposes(&credential, guest.request()).await)?;
    let said = guest.asked.contains_key("said");
    Ok(guest.page(consent(&guest.known(), &list, said)))
}

async fn say(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    let credential = guest.credential()?;
    let purpose = PurposeRef::parse(form.get("purpose"));
    let given = match form.get("notice") {
        "" => None,
        text => Some(text.parse().map_err(|_| guest.fail(Trouble::Form))?),
    };
    let rights = &guest.state.rights;
    guest.ok(rights.say(&credential, guest.request(), purpose, given).await)?;
    Ok(guest.see("/consent?said=yes"))
}

async fn show_access(guest: Guest) -> Answer<Response> {
    let credential = guest.credential()?;
    let after = guest.asked.get("cursor").map(|text| Cursor::from_text(text));
    let page = PageRequest {
        after: after.transpose().map_err(|_| guest.fail(Trouble::Nothing))?,
        limit: PAGE,
    };
    let rights = &guest.state.rights;
    let listed = guest.ok(rights.own_disclosures(&credential, guest.request(), page).await)?;
    let next = listed.next.map(|next| next.to_text());
    Ok(guest.page(access(&guest.known(), &listed.items, next.as_deref())))
}

async fn leave(form: Form) -> Answer<Response> {
    let guest = &form.guest;
    if let Ok(credential) = guest.credential() {
        match guest.state.rights.end_visit(&credential, guest.request()).await {
            // What is over already has been left.
            Ok(()) | Err(Error::Unauthenticated) => {}
            Err(error) => return Err(guest.wrong(error)),
        }
    }
    let mut response = guest.see("");
    if let Some(cookie) = Cookie::Visit.forget(&guest.frame.path) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
