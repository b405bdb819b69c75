//! Uploads: one file of a form, sealed while it arrives.
//!
//! Promises: the session's value is checked before a byte of the file is read; a file that does not arrive whole leaves
//! nothing behind. A script that sends file by file is answered with words; a form without script with a page.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use custody::dataset::DatasetRef;
use custody::item::{BodyError, PutItem, Stored, Target};
use futures_util::TryStreamExt as _;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use multer::{Field, Multipart};

use super::fields::is_from_here;
use super::gallery::gallery_page;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Failure, Visitor};
use crate::kit::Problems;
use crate::pages::gallery;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console/datasets/{dataset}/upload", post(take))
}

async fn take(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    request: Request,
) -> Answer<Response> {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &state).await?;
    let stored = receive(&visitor, &parts.headers, &name, body).await?;
    let by_script = parts.headers.get(ACCEPT).is_some_and(|kind| kind == "text/plain");
    match (stored, by_script) {
        (Ok(_), true) => Ok((StatusCode::CREATED, "kept").into_response()),
        (Ok(stored), false) => Ok(visitor.done(
            &format!("/console/datasets/{name}"),
            format!("{} is kept.", stored.item.name),
        )),
        (Err(says), true) => Ok((StatusCode::UNPROCESSABLE_ENTITY, says).into_response()),
        (Err(says), false) => {
            let page = gallery_page(&visitor, &name, &Asked::new(), Problems::one("file", says)).await?;
            Ok(visitor.page_again(gallery(&page)))
        }
    }
}

/// The stored file, or what is wrong with it.
async fn receive(
    visitor: &Visitor,
    headers: &HeaderMap,
    dataset: &str,
    body: Body,
) -> Answer<Result<Stored, String>> {
    let bad = |_: multer::Error| visitor.fail(Trouble::BadForm);
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(bad)?;
    let mut form = Multipart::new(body.into_data_stream(), boundary);
    let csrf = match form.next_field().await.map_err(bad)? {
        Some(field) if field.name() == Some("csrf") => short(field).await,
        _ => None,
    };
    if !is_from_here(headers) || !csrf.is_some_and(|csrf| visitor.who.is_csrf(&csrf)) {
        return Err(visitor.fail(Trouble::StaleForm));
    }
    match form.next_field().await.map_err(bad)? {
        Some(file) if file.name() == Some("file") => put(visitor, dataset, file).await,
        _ => Ok(Err("choose a file first".to_owned())),
    }
}

/// The text of a field that is no longer than a session's value is.
async fn short(mut field: Field<'_>) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.ok()? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > 256 {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

async fn put(visitor: &Visitor, dataset: &str, file: Field<'_>) -> Answer<Result<Stored, String>> {
    let name = file.file_name().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Ok(Err("choose a file first".to_owned()));
    }
    let kind = file
        .content_type()
        .map_or("application/octet-stream", AsRef::as_ref)
        .to_owned();
    let target = Target::Name(DatasetRef::parse(dataset), name.clone());
    let put = PutItem {
        revive: true,
        ..PutItem::file(target, &kind)
    };
    let body = file.map_err(|error| BodyError(error.to_string()));
    let stored = visitor
        .state
        .custody
        .put(&visitor.credential, visitor.request(), put, Box::pin(body))
        .await;
    match stored {
        Ok(stored) => Ok(seen(&name, stored)),
        Err(error) => told(visitor, &name, error),
    }
}

/// What is in quarantine has no page: why is said beside the field.
fn seen(name: &str, stored: Stored) -> Result<Stored, String> {
    match &stored.item.version.quarantine {
        None => Ok(stored),
        Some(held) => Err(format!(
            "{name}: kept in quarantine, where an owner or admin decides about it: {}",
            held.reason
        )),
    }
}

/// What people can do something about is said beside the field; everything else is a page.
fn told(visitor: &Visitor, name: &str, error: custody::Error) -> Result<Result<Stored, String>, Failure> {
    use custody::Error;
    match error {
        Error::NotTaken { .. }
        | Error::TooLarge { .. }
        | Error::Interrupted(_)
        | Error::Invalid { .. }
        | Error::Conflict(_) => Ok(Err(format!("{name}: {error}"))),
        other => Err(visitor.fail(other)),
    }
}
