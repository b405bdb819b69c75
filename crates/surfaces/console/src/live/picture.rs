//! Pictures of items, drawn by the server: thumbnails, whole views, parts.
//!
//! Promises: each is one look and one entry of the trail, which custody writes before anything is opened; a browser keeps
//! none of them. What a page loads by itself does not count as somebody being there.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use kernel::{ItemId, VersionId};
use rendering::{Region, Size, View, Window};

use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor};
use crate::pages::{Part, Shown};

/// How large a thumbnail is, in pixels: small, since a page has many.
pub(super) const THUMBNAIL: (u32, u32) = (320, 240);

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console/items/{item}/picture", get(picture))
}

async fn picture(visitor: Visitor, Path(text): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let item: ItemId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    let view = view(&asked).map_err(|field| bad(&visitor, field))?;
    let version = version(&asked).map_err(|field| bad(&visitor, field))?;
    let looked = visitor
        .state
        .custody
        .look(&visitor.credential, visitor.request(), item, version, view)
        .await;
    let seen = visitor.ok(looked)?.seen;
    let mut response = Response::new(Body::from(seen.bytes));
    let kind = HeaderValue::from_static(seen.format.media_type());
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

pub(super) fn bad(visitor: &Visitor, field: &'static str) -> super::Failure {
    let says = "this view is none; go back to the item".to_owned();
    visitor.fail(Trouble::Invalid { field, says })
}

/// Part, frame and values that an address asks for; the field that does not fit.
pub(super) fn shown(asked: &Asked) -> Result<Shown, &'static str> {
    let part = match (
        number(asked, "x")?,
        number(asked, "y")?,
        number(asked, "w")?,
        number(asked, "h")?,
    ) {
        (Some(x), Some(y), Some(width), Some(height)) => Some(Part { x, y, width, height }),
        (None, None, None, None) => None,
        _ => return Err("x"),
    };
    Ok(Shown {
        frame: number(asked, "frame")?.unwrap_or(0),
        part,
        window: window(asked)?,
    })
}

/// The version that an address asks for.
pub(super) fn version(asked: &Asked) -> Result<Option<VersionId>, &'static str> {
    number(asked, "version")
}

fn view(asked: &Asked) -> Result<View, &'static str> {
    let shown = shown(asked)?;
    let size = match (number(asked, "width")?, number(asked, "height")?) {
        (Some(width), Some(height)) => Some(Size { width, height }),
        (None, None) => None,
        _ => return Err("width"),
    };
    Ok(View {
        region: shown.part.map(|part| Region {
            x: part.x,
            y: part.y,
            width: part.width,
            height: part.height,
        }),
        size,
        frame: shown.frame,
        at: None,
        window: shown.window.map(|(width, center)| Window { center, width }),
        mark: None,
    })
}

/// What stands in the address; nothing where it is empty, as a form without script sends it.
fn number<T: std::str::FromStr>(asked: &Asked, name: &'static str) -> Result<Option<T>, &'static str> {
    let text = asked.get(name).map_or("", |text| text.trim());
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| name),
    }
}

fn window(asked: &Asked) -> Result<Option<(f64, f64)>, &'static str> {
    match (number::<f64>(asked, "window")?, number::<f64>(asked, "level")?) {
        (None, None) => Ok(None),
        (Some(window), Some(level)) if window.is_finite() && level.is_finite() && window >= 0.0 => {
            Ok(Some((window, level)))
        }
        _ => Err("window"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let shown = Shown {
            frame: 2,
            part: Some(Part {
                x: 1,
                y: 2,
                width: 3,
                height: 4,
            }),
            window: Some((1500.0, -600.5)),
        };
        let query = shown.query(None);
        let pairs: Asked = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(super::shown(&pairs), Ok(shown));
    }

    #[test]
    fn empty_fields_of_a_form_say_nothing_and_halves_are_refused() {
        assert_eq!(
            shown(&asked(&[("frame", ""), ("window", ""), ("level", "")])),
            Ok(Shown::default())
        );
        for (pairs, field) in [
            (vec![("x", "1")], "x"),
            (vec![("window", "1")], "window"),
            (vec![("window", "NaN"), ("level", "1")], "window"),
            (vec![("window", "-1"), ("level", "1")], "window"),
            (vec![("frame", "-1")], "frame"),
            (vec![("width", "9")], "width"),
        ] {
            assert_eq!(view(&asked(&pairs)), Err(field));
        }
    }
}
