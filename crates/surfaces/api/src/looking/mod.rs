//! Looking at items without taking them.
//!
//! Promises: what goes out was drawn on the server, is kept by no cache, and names its entry of the trail. Leaves out: who
//! may look, and what the mark says (`custody`).

mod shapes;

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use kernel::{EventId, VersionId};
use rendering::{Region, Size, View, Window};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use self::shapes::{ViewInfo, ViewText};
use crate::ApiState;
use crate::answers::with_event;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;
use crate::items::ItemPath;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(picture))
        .routes(routes!(info))
        .routes(routes!(text))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PictureQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
    /// Which frame, from 0; of a document its page, from 0 as well.
    frame: Option<u32>,
    /// Of a film in H.264, the frame that is shown at this time, in seconds from its beginning. Instead of `frame`.
    #[param(minimum = 0)]
    at: Option<f64>,
    /// Which page of a document, from 1, as people count them. Instead of `frame`.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// The left side of a part, in pixels of the whole; with `y`, `w` and `h`. All of it when they are absent.
    x: Option<u32>,
    /// The upper side of the part.
    y: Option<u32>,
    /// The width of the part.
    w: Option<u32>,
    /// The height of the part.
    h: Option<u32>,
    /// How wide the answer may be, in pixels; it is never larger than the part. 1280 when neither this nor `height` is said.
    #[param(minimum = 1, maximum = 4096)]
    width: Option<u32>,
    /// How high the answer may be, in pixels.
    #[param(minimum = 1, maximum = 4096)]
    height: Option<u32>,
    /// For measured values: how many of them become the range from black to white; with `level`.
    window: Option<f64>,
    /// For measured values: which of them becomes the middle.
    level: Option<f64>,
}

impl PictureQuery {
    fn view(&self) -> Result<View, Problem> {
        Ok(View {
            region: self.region()?,
            size: self.size(),
            frame: self.frame()?,
            at: self.at()?,
            window: self.window()?,
            mark: None,
        })
    }

    fn at(&self) -> Result<Option<Duration>, Problem> {
        match (self.at, self.frame.or(self.page)) {
            (Some(_), Some(_)) => Err(Problem::invalid("at", "give a time or a frame, not both")),
            (Some(seconds), None) => Duration::try_from_secs_f64(seconds)
                .map(Some)
                .map_err(|_| Problem::invalid("at", "a time is a number of seconds and not negative")),
            (None, _) => Ok(None),
        }
    }

    fn frame(&self) -> Result<u32, Problem> {
        match (self.frame, self.page) {
            (frame, None) => Ok(frame.unwrap_or(0)),
            (None, Some(page)) => page
                .checked_sub(1)
                .ok_or_else(|| Problem::invalid("page", "pages are counted from 1")),
            (Some(_), Some(_)) => Err(Problem::invalid("page", "give frame or page, not both")),
        }
    }

    /// What custody calls a frame, as the query has it.
    fn of_the_query(&self, error: custody::Error) -> custody::Error {
        match error {
            custody::Error::Invalid {
                field: "frame",
                problem,
            } if self.page.is_some() => custody::Error::Invalid {
                field: "page",
                problem,
            },
            other => other,
        }
    }

    fn region(&self) -> Result<Option<Region>, Problem> {
        match (self.x, self.y, self.w, self.h) {
            (None, None, None, None) => Ok(None),
            (Some(x), Some(y), Some(width), Some(height)) => Ok(Some(Region { x, y, width, height })),
            _ => Err(Problem::invalid("x", "give x, y, w and h, or none of them")),
        }
    }

    fn size(&self) -> Option<Size> {
        let side = |side: Option<u32>| side.unwrap_or(u32::MAX);
        self.width.or(self.height)?;
        Some(Size {
            width: side(self.width),
            height: side(self.height),
        })
    }

    fn window(&self) -> Result<Option<Window>, Problem> {
        match (self.level, self.window) {
            (None, None) => Ok(None),
            (Some(center), Some(width)) if center.is_finite() && width.is_finite() && width >= 0.0 => {
                Ok(Some(Window { center, width }))
            }
            _ => Err(Problem::invalid(
                "window",
                "give window and level, or neither; a window is not negative",
            )),
        }
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InfoQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TextQuery {
    /// A version's id; the newest when absent.
    #[param(value_type = Option<Uuid>)]
    version: Option<VersionId>,
    /// What the page before gave as `next`; the first page when absent.
    page: Option<usize>,
    /// The path of one value of this page that is to be shown. Takes `Bailee-Reason`.
    reveal: Option<String>,
}

/// Shows an item as a picture
///
/// Drawn on the server: nothing of the file but pixels is in it. For who may look and not take, their name and the time are all
/// over it. Pictures, DICOM files, frames of films (H.264 in MP4 and QuickTime, motion JPEG) and pages of PDF documents are drawn; a page and a
/// frame in H.264, in a process of its own.
#[utoipa::path(get, path = "/v1/items/{item}/view", operation_id = "item.view", tag = "looking",
    params(ItemPath, PictureQuery),
    responses(
        (status = 200, description = "The picture", content(
            (inline(Binary) = "image/png"), (inline(Binary) = "image/jpeg")), headers(
            ("Bailee-Event" = String, description = "The entry of the trail that stands for this look"),
            ("Cache-Control" = String, description = "`no-store`"))),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 422, description = "No picture can be drawn of it, and why"),
        (status = 503, description = "Many documents and films are being drawn at this moment")))]
async fn picture(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<PictureQuery>,
) -> Answer<Response> {
    let view = query.view()?;
    let looked = state
        .custody
        .look(&caller.credential, caller.request, path.item, query.version, view)
        .await
        .map_err(|error| query.of_the_query(error))?;
    let mut response = Response::new(looked.seen.bytes.into());
    let media_type = HeaderValue::from_static(looked.seen.format.media_type());
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(unkept(response, looked.event))
}

/// Tells what there is to see of an item
#[utoipa::path(get, path = "/v1/items/{item}/view/info", operation_id = "item.view.info", tag = "looking",
    params(ItemPath, InfoQuery),
    responses(
        (status = 200, description = "What there is to see", body = ViewInfo, headers(
            ("Bailee-Event" = String, description = "The entry of the trail that stands for this look"))),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 422, description = "It is not what it claims to be, or too large to be looked at"),
        (status = 503, description = "Many documents and films are being drawn at this moment")))]
async fn info(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<InfoQuery>,
) -> Answer<Response> {
    let looked = state
        .custody
        .look_into(&caller.credential, caller.request, path.item, query.version)
        .await?;
    let event = looked.event;
    Ok(unkept(Json(ViewInfo::from(looked)).into_response(), event))
}

/// Shows a page of a text, a record or a table
///
/// The values of records and tables are covered. One is shown when `reveal` names it and `Bailee-Reason` says why; the trail has
/// both.
#[utoipa::path(get, path = "/v1/items/{item}/view/text", operation_id = "item.view.text", tag = "looking",
    params(ItemPath, TextQuery),
    responses(
        (status = 200, description = "A page", body = ViewText, headers(
            ("Bailee-Event" = String, description = "The entry of the trail that stands for this look"))),
        (status = 409, description = "The item or its dataset is archived"),
        (status = 422, description = "It is no text, and what it is")))]
async fn text(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<TextQuery>,
) -> Answer<Response> {
    let looked = state
        .custody
        .look_at_text(
            &caller.credential,
            caller.request,
            path.item,
            query.version,
            query.page.unwrap_or(0),
            query.reveal,
        )
        .await?;
    let event = looked.event;
    Ok(unkept(Json(ViewText::from(looked)).into_response(), event))
}

/// What was looked at is gone when it was looked at: nothing on the way keeps it.
fn unkept(mut response: Response, event: EventId) -> Response {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_event(response, event)
}
