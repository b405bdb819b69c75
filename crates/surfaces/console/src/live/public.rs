//! What the public sees by a link: looking, and taking where the link gives originals.
//!
//! Promises: whatever is wrong with a link, it answers like one that never was; every answer was in the team's trail before it left; nothing
//! is set at the browser. Leaves out: forms, for the public changes nothing.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::item::ReadItem;
use custody::share::{Link, Shown, ShownItem};
use http::HeaderValue;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use identity::Door;
use kernel::{Cursor, ItemId, PageRequest};
use rendering::View;

use super::items::file;
use super::trouble::{self, Trouble};
use super::visitor::{Asked, light_of, request_of};
use super::{Answer, ConsoleState, Failure, listing};
use crate::kit::Light;
use crate::pages::{PublicAbout, PublicItemPage, PublicPage, PublicRow, public_item, public_items};

const PAGE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/public/{link}", get(items))
        .route("/public/{link}/items/{item}", get(item))
        .route("/public/{link}/items/{item}/picture", get(picture))
        .route("/public/{link}/items/{item}/content", get(content))
}

/// Somebody without an account.
struct Guest {
    state: ConsoleState,
    request: operation::Request,
    light: Light,
}

impl FromRequestParts<ConsoleState> for Guest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &ConsoleState) -> Result<Self, Failure> {
        Ok(Self {
            request: request_of(parts, state).await?,
            state: state.clone(),
            light: light_of(&parts.headers),
        })
    }
}

impl Guest {
    fn link(&self, text: &str) -> Answer<Link> {
        Link::parse(text).map_err(|_| self.fail(Trouble::NotFound))
    }

    fn item(&self, text: &str) -> Answer<ItemId> {
        text.parse().map_err(|_| self.fail(Trouble::NotFound))
    }

    fn fail(&self, trouble: Trouble) -> Failure {
        trouble::outside((Door::Team, self.light), trouble, &self.request)
    }

    fn ok<T>(&self, result: custody::Result<T>) -> Answer<T> {
        result.map_err(|error| {
            self.fail(match error {
                custody::Error::Forbidden { .. } => Trouble::Forbidden(
                    "This link does not give it. Ask whoever gave you the link.".to_owned(),
                ),
                other => other.into(),
            })
        })
    }

    fn about(&self, link: &str, shown: Shown) -> PublicAbout {
        PublicAbout {
            light: self.light,
            link: format!("/public/{link}"),
            dataset: shown.dataset,
            export: shown.export,
            until: shown.ends_at,
            originals: shown.originals,
        }
    }
}

async fn items(guest: Guest, Path(text): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let link = guest.link(&text)?;
    let after = asked
        .get("cursor")
        .map(|cursor| Cursor::from_text(cursor))
        .transpose();
    let page = PageRequest {
        limit: PAGE,
        after: after.map_err(|_| guest.fail(Trouble::NotFound))?,
    };
    let shown = guest
        .state
        .custody
        .shown(&link, guest.request.clone(), page)
        .await;
    let (shown, listed) = guest.ok(shown)?;
    let about = guest.about(&text, shown);
    let next = listed.next.map(|next| next.to_text());
    let pager = listing::pager(&about.link, &asked, (listed.items.len(), "item", "items"), next);
    let page = public_items(&PublicPage {
        about,
        items: listed.items.into_iter().map(row).collect(),
        pager,
    });
    Ok(trouble::html(StatusCode::OK, page))
}

fn row(item: ShownItem) -> PublicRow {
    PublicRow {
        id: item.id,
        name: item.name,
        media_type: item.content_type,
        size: item.size,
        sha256: item.sha256,
        made: item.made_at,
    }
}

async fn item(guest: Guest, Path((text, id)): Path<(String, String)>) -> Answer<Response> {
    let (link, id) = (guest.link(&text)?, guest.item(&id)?);
    let shown = guest
        .state
        .custody
        .shown_item(&link, guest.request.clone(), id)
        .await;
    let (shown, found) = guest.ok(shown)?;
    let page = public_item(&PublicItemPage {
        about: guest.about(&text, shown),
        picture: is_drawn(&found).then(|| format!("/public/{text}/items/{}/picture", found.id)),
        item: row(found),
    });
    Ok(trouble::html(StatusCode::OK, page))
}

/// Whether the server may be able to draw it, by what was said of it or by its name.
fn is_drawn(item: &ShownItem) -> bool {
    const ENDS: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "dcm"];
    let media = item.content_type.as_str();
    let end = item
        .name
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    media.starts_with("image/")
        || media == "application/dicom"
        || end.is_some_and(|end| ENDS.contains(&end.as_str()))
}

async fn picture(guest: Guest, Path((text, id)): Path<(String, String)>) -> Answer<Response> {
    let (link, id) = (guest.link(&text)?, guest.item(&id)?);
    let custody = &guest.state.custody;
    let looked = custody
        .look_by_link(&link, guest.request.clone(), id, View::default())
        .await;
    let seen = guest.ok(looked)?.seen;
    let mut response = Response::new(Body::from(seen.bytes));
    let kind = HeaderValue::from_static(seen.format.media_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

async fn content(guest: Guest, Path((text, id)): Path<(String, String)>) -> Answer<Response> {
    let (link, id) = (guest.link(&text)?, guest.item(&id)?);
    let custody = &guest.state.custody;
    let content = custody
        .read_by_link(&link, guest.request.clone(), id, ReadItem::default())
        .await;
    Ok(file(guest.ok(content)?))
}
