//! What the viewer of an item shows.
//!
//! Promises: nothing is opened for a class that may not look, nor of what is archived; what cannot be shown says why, and the
//! page is there all the same. A text is one look; a picture is one for what it is, and one for each view.

use access::Action;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use custody::dataset::State;
use custody::item::{Item, Kind, Looked};
use custody::{Error, Result as Outcome};
use kernel::VersionId;
use rendering::{Excerpt, Seen, Sort};

use super::items::{found, item_page};
use super::trouble::sentence;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, picture, words};
use crate::kit::{Icon, Pager, Problems};
use crate::pages::{PictureView, TextView, ValueRow, View, item};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console/items/{item}/reveal", post(reveal))
}

/// A value that is to be shown, and why.
#[derive(Default)]
pub(super) struct Reveal {
    path: String,
    reason: String,
}

/// What the address asks for; a value of a record is shown when it is named with a reason.
pub(super) async fn view(
    visitor: &Visitor,
    found: &Item,
    asked: &Asked,
    reveal: Option<&Reveal>,
) -> Answer<View> {
    if found.state == State::Archived {
        let says = "Archived items are kept out of sight. Restore it to look at it.";
        return Ok(View::None(Icon::Archive, says.to_owned()));
    }
    if !visitor.may(Action::ItemView) {
        let says = "Your class does not look at what is kept.";
        return Ok(View::None(Icon::Lock, says.to_owned()));
    }
    let version = picture::version(asked).map_err(|field| picture::bad(visitor, field))?;
    if is_text(found) {
        return text(visitor, found, version, asked, reveal).await;
    }
    let (sign, _) = words::kind(found);
    let looked = visitor
        .state
        .custody
        .look_into(&visitor.credential, visitor.request(), found.id, version)
        .await;
    match not_shown(visitor, sign, looked)? {
        // Of films, only some have frames that are drawn.
        Ok(looked) if looked.seen.frames > 0 => drawn(visitor, found, &looked, asked),
        Ok(looked) if matches!(looked.seen.sort, Sort::Json | Sort::Table | Sort::Text) => {
            text(visitor, found, version, asked, reveal).await
        }
        Ok(looked) => {
            let what = match looked.seen.not_drawn {
                Some(what) => format!("This is {what}, which the server does not draw."),
                None => "The server does not draw this kind of file.".to_owned(),
            };
            let says = format!("{what} Who may take originals can download it.");
            Ok(View::None(sign, says))
        }
        Err(none) => Ok(none),
    }
}

/// Whether the item is a text by what was said of it. What was not said is found out by a look.
fn is_text(found: &Item) -> bool {
    let media = found.version.content_type.as_str();
    found.kind == Kind::Record || media.starts_with("text/") || media.starts_with("application/json")
}

/// What was seen; or the reason why nothing is shown, which is no fault.
fn not_shown<T>(visitor: &Visitor, sign: Icon, looked: Outcome<T>) -> Answer<Result<T, View>> {
    match looked {
        Ok(seen) => Ok(Ok(seen)),
        Err(Error::NotShown(says)) => Ok(Err(View::None(sign, sentence(&says)))),
        Err(Error::NoReason { says, .. }) => Ok(Err(View::None(Icon::Lock, sentence(&says)))),
        Err(Error::Masked(says)) => Ok(Err(View::None(Icon::Lock, sentence(says)))),
        Err(Error::Forbidden { reasons, .. }) => {
            let says = words::reasons(&reasons);
            let says = match says.as_str() {
                "" => "you may not look at it",
                says => says,
            };
            Ok(Err(View::None(Icon::Lock, sentence(says))))
        }
        Err(other) => Err(visitor.fail(other)),
    }
}

fn drawn(visitor: &Visitor, found: &Item, looked: &Looked<Seen>, asked: &Asked) -> Answer<View> {
    let (seen, marked) = (&looked.seen, looked.mark.is_some());
    if let Some(risk) = seen.risk.filter(|_| marked) {
        let says =
            format!("People may be named in its pixels ({risk}), so only who may take the original sees it.");
        return Ok(View::None(Icon::Lock, says));
    }
    let page = format!("/console/items/{}", found.id);
    let shown = picture::shown(asked).map_err(|field| picture::bad(visitor, field))?;
    let this = seen.pages.get(usize::try_from(shown.frame).unwrap_or(usize::MAX));
    let (width, height) = this.map_or((seen.width, seen.height), |page| (page.width, page.height));
    Ok(View::Picture(PictureView {
        source: format!("{page}/picture"),
        page,
        version: asked.get("version").cloned(),
        alt: format!("View of {}", found.name),
        width,
        height,
        frames: seen.frames,
        pages: (seen.sort == Sort::Pdf)
            .then(|| seen.pages.iter().map(|page| (page.width, page.height)).collect()),
        seconds: seen.duration.map(|duration| duration.as_secs_f64()),
        values: seen.sort == Sort::Dicom,
        shown,
        marked,
    }))
}

async fn text(
    visitor: &Visitor,
    found: &Item,
    version: Option<VersionId>,
    asked: &Asked,
    reveal: Option<&Reveal>,
) -> Answer<View> {
    let page = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(0);
    let mut request = visitor.request();
    request.reason = reveal.map(|reveal| reveal.reason.clone());
    let path = reveal.map(|reveal| reveal.path.clone());
    let looked = visitor
        .state
        .custody
        .look_at_text(&visitor.credential, request, found.id, version, page, path)
        .await;
    let (sign, _) = words::kind(found);
    Ok(match not_shown(visitor, sign, looked)? {
        Ok(looked) => View::Text(excerpt(found, looked, asked, reveal)),
        Err(none) => none,
    })
}

fn excerpt(found: &Item, looked: Looked<Excerpt>, asked: &Asked, reveal: Option<&Reveal>) -> TextView {
    let seen = looked.seen;
    let rows = seen.fields.into_iter().map(|field| ValueRow {
        path: field.path,
        kind: field.kind.to_owned(),
        value: field.value,
    });
    let values: Vec<_> = rows.collect();
    let page = format!("/console/items/{}", found.id);
    let shown = if values.is_empty() {
        String::new()
    } else {
        crate::kit::count(values.len() as u64, "value", "values")
    };
    let carried = ["version", "page"];
    let carried = carried
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), asked.get(*name)?.clone())));
    TextView {
        text: seen.text,
        values,
        reveal: format!("{page}/reveal"),
        carried: carried.collect(),
        reason: reveal.map_or_else(String::new, |reveal| reveal.reason.clone()),
        mark: looked.mark,
        pager: Pager {
            shown,
            first: asked.contains_key("page").then(|| way(&page, asked, None)),
            next: seen.next.map(|next| way(&page, asked, Some(next))),
        },
        problems: Problems::default(),
    }
}

/// Another page of the same version.
fn way(path: &str, asked: &Asked, page: Option<usize>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.get("version").map(|version| ("version", version)));
    query.extend_pairs(page.map(|page| ("page", page.to_string())));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Shows one value to who says why. The page is the answer itself: an address would keep the reason, and reloading asks.
async fn reveal(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let found = found(visitor, &text).await?;
    let reveal = Reveal {
        path: fields.raw("path").to_owned(),
        reason: fields.get("reason").to_owned(),
    };
    let carried = ["version", "page"].into_iter();
    let asked: Asked = carried
        .filter_map(|name| Some((name.to_owned(), fields.filled(name)?)))
        .collect();
    if reveal.reason.is_empty() {
        let mut page = item_page(visitor, &found, &asked, None).await?;
        if let View::Text(view) = &mut page.view {
            view.problems = Problems::one("reason", "Say why you need to see it");
        }
        return Ok(visitor.page_again(item(&page)));
    }
    let page = item_page(visitor, &found, &asked, Some(&reveal)).await?;
    Ok(visitor.page(item(&page)))
}
