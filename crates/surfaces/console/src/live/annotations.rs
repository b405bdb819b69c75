//! What is said about a picture: shown with it, and kept when somebody says something else.
//!
//! Promises: nobody replaces what they have not seen; what cannot be kept is answered in words, so that the page with what was
//! drawn stays as it is. Leaves out: pages of it; drawing is the script's.

use access::Action;
use axum::Router;
use axum::extract::{FromRequestParts as _, Path, Request, State as Here};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use custody::Error;
use custody::annotations::{Annotation, Basis, NewAnnotations, Set, Shape, WhichSet};
use custody::item::Item;
use http::StatusCode;
use kernel::ItemId;

use super::fields::is_from_here;
use super::trouble::{Trouble, sentence};
use super::visitor::{Asked, read_fields_of};
use super::{Answer, ConsoleState, Visitor, picture};
use crate::pages::{Drawing, MarkRow};

/// The most bytes of a form with a set: its letters take up to three bytes each.
const MOST_BYTES: usize = 3 * custody::annotations::MOST_BYTES;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console/items/{item}/annotations", post(keep))
}

/// What is said about the version that the address asks for. Something else is said about the newest alone.
pub(super) async fn drawing(visitor: &Visitor, found: &Item, asked: &Asked) -> Answer<Drawing> {
    let version = picture::version(asked).map_err(|field| picture::bad(visitor, field))?;
    let which = version.map_or(WhichSet::Newest, WhichSet::OfVersion);
    let said = visitor
        .state
        .custody
        .annotations(&visitor.credential, visitor.request(), found.id, which)
        .await;
    let said = visitor.ok(said)?;
    let newest = version.is_none_or(|version| version == found.version.id);
    let set = said.as_ref().map(|said| said.set.clone()).unwrap_or_default();
    let json = serde_json::to_string(&set);
    Ok(Drawing {
        to: format!("/console/items/{}/annotations", found.id),
        version: found.version.id.to_string(),
        basis: said.map_or_else(String::new, |said| said.made.id.to_string()),
        set: json.map_err(|error| visitor.fail(Trouble::Internal(error.to_string())))?,
        rows: set.annotations.iter().map(row).collect(),
        may_draw: newest && visitor.may(Action::ItemAnnotate),
    })
}

fn row(said: &Annotation) -> MarkRow {
    let (kind, place) = place(&said.shape);
    let frame = said
        .frame
        .map_or_else(String::new, |frame| format!(" · frame {}", frame + 1));
    MarkRow {
        class: said.class.clone(),
        kind: kind.to_owned(),
        place: place + &frame,
        text: said.text.clone(),
    }
}

/// A place as people read it, to the pixel.
fn place(shape: &Shape) -> (&'static str, String) {
    // As the script rounds.
    let at = |x: &f64, y: &f64| format!("{}, {}", x.round(), y.round());
    match shape {
        Shape::Box { x, y, width, height } => {
            let size = format!("{} × {}", width.round(), height.round());
            ("box", format!("{size} at {}", at(x, y)))
        }
        Shape::Polygon { rings } => {
            let corners = rings.iter().map(Vec::len).sum::<usize>();
            let first = rings.first().and_then(|ring| ring.first());
            let [x, y] = first.copied().unwrap_or_default();
            ("polygon", format!("{corners} corners from {}", at(&x, &y)))
        }
        Shape::Point { x, y } => ("point", format!("at {}", at(x, y))),
        Shape::Tag {} => ("tag", "the whole picture".to_owned()),
    }
}

/// Keeps what was drawn; answers with the id of what is said now, or with what is wrong.
async fn keep(
    Here(state): Here<ConsoleState>,
    Path(text): Path<String>,
    request: Request,
) -> Answer<Response> {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &state).await?;
    let item: ItemId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    let fields = read_fields_of(&parts, body, MOST_BYTES).await;
    let fields = fields.ok_or_else(|| visitor.fail(Trouble::BadForm))?;
    if !is_from_here(&parts.headers) || !visitor.who.is_csrf(fields.raw("csrf")) {
        return Ok(told(
            StatusCode::FORBIDDEN,
            "This page is too old. Reload it in another tab.",
        ));
    }
    let Some(new) = read(fields.raw("set"), fields.get("basis"), fields.get("version")) else {
        return Ok(told(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That cannot be read. Nothing was saved.",
        ));
    };
    let kept = visitor
        .state
        .custody
        .annotate(&visitor.credential, visitor.request(), item, new)
        .await;
    Ok(match kept {
        Ok(kept) => told(StatusCode::OK, &kept.made.id.to_string()),
        Err(error) => refused(error).map_err(|error| visitor.fail(error))?,
    })
}

fn read(set: &str, basis: &str, version: &str) -> Option<NewAnnotations> {
    let basis = match basis {
        "" => Basis::Nothing,
        id => Basis::OneOf(vec![id.parse().ok()?]),
    };
    Some(NewAnnotations {
        set: serde_json::from_str::<Set>(set).ok()?,
        basis,
        version: Some(version.parse().ok()?),
    })
}

/// What people can do something about, in words; everything else is a page.
fn refused(error: Error) -> Result<Response, Error> {
    match error {
        Error::ConditionFailed => {
            let says = "Somebody else saved meanwhile. Open the item in another tab to see it; what you drew stays here.";
            Ok(told(StatusCode::CONFLICT, says))
        }
        Error::Invalid { problem, .. } => Ok(told(StatusCode::UNPROCESSABLE_ENTITY, &sentence(&problem))),
        Error::NotFound(_) => Ok(told(
            StatusCode::NOT_FOUND,
            "It is not yours to work on any more.",
        )),
        Error::Conflict(says) => Ok(told(StatusCode::CONFLICT, &sentence(&says))),
        other => Err(other),
    }
}

fn told(status: StatusCode, says: &str) -> Response {
    (status, says.to_owned()).into_response()
}
