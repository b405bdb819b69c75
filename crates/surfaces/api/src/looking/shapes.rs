//! What is seen of items, on the wire.

use std::time::Duration;

use custody::item::Looked;
use kernel::VersionId;
use rendering::{Excerpt, Seen, Size};
use serde::Serialize;
use utoipa::ToSchema;

/// What there is to see of an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewInfo {
    /// The version that was looked at.
    #[schema(value_type = Uuid)]
    version: VersionId,
    /// What sort of file its bytes are: `picture`, `dicom`, `video`, `pdf`, `json`, `table`, `text` or `other`.
    #[schema(example = "picture")]
    kind: &'static str,
    /// Pixels from left to right, of a document those of its first page; 0 for what is not drawn.
    width: u32,
    /// Pixels from top to bottom; 0 for what is not drawn.
    height: u32,
    /// Frames or pages, numbered from 0; 0 for what is not drawn.
    frames: u32,
    /// Of a document, how large each of its pages is; of the first 4,096.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pages: Vec<PageSize>,
    /// Of a film in H.264, how long it is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// Of the same, how many frames are shown in a second, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    /// What it is that no frame is drawn of, where the server knows.
    #[schema(example = "a film in H.265")]
    #[serde(skip_serializing_if = "Option::is_none")]
    not_drawn: Option<&'static str>,
    /// Why people may be named in the pixels. Who may look and not take it is then shown none.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<&'static str>,
    /// Whether views for this caller bear a mark.
    marked: bool,
}

/// How large a page of a document is as it is shown, 216 pixels to the inch or what a large page comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageSize {
    /// Pixels from left to right.
    width: u32,
    /// Pixels from top to bottom.
    height: u32,
}

/// A page of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewText {
    /// The version that was looked at.
    #[schema(value_type = Uuid)]
    version: VersionId,
    /// What sort of text: `json`, `table` or `text`.
    #[schema(example = "json")]
    kind: &'static str,
    /// What a record or a table holds, value by value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<ViewField>,
    /// Running text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What to ask with as `page` for what follows; nothing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
    /// Who looked, and when: to be shown beside the text, for who may look and not take.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
}

/// One value of a record or a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewField {
    /// Where it stands, as a JSON pointer (RFC 6901); in a table the row, from 0, and the column.
    #[schema(example = "/patient/name")]
    path: String,
    /// What it is: `text`, `number`, `boolean`, `null`; `list` or `object` for empty ones.
    #[schema(example = "text")]
    kind: &'static str,
    /// What it says, for the one that was asked for; the others are covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<Looked<Seen>> for ViewInfo {
    fn from(looked: Looked<Seen>) -> Self {
        let Seen {
            sort,
            width,
            height,
            frames,
            pages,
            duration,
            not_drawn,
            risk,
        } = looked.seen;
        let pages = pages
            .into_iter()
            .map(|Size { width, height }| PageSize { width, height });
        Self {
            version: looked.item.version.id,
            kind: sort.as_str(),
            width,
            height,
            frames,
            pages: pages.collect(),
            duration: duration.map(|duration| duration.as_secs_f64()),
            rate: duration.and_then(|duration| rate(frames, duration)),
            not_drawn,
            risk,
            marked: looked.mark.is_some(),
        }
    }
}

/// Frames to a second, to a thousandth; nothing for a film that takes no time.
fn rate(frames: u32, duration: Duration) -> Option<f64> {
    let rate = f64::from(frames) / duration.as_secs_f64();
    rate.is_finite().then(|| (rate * 1000.0).round() / 1000.0)
}

impl From<Looked<Excerpt>> for ViewText {
    fn from(looked: Looked<Excerpt>) -> Self {
        let fields = looked.seen.fields.into_iter().map(|field| ViewField {
            path: field.path,
            kind: field.kind,
            value: field.value,
        });
        Self {
            version: looked.item.version.id,
            kind: looked.seen.sort.as_str(),
            fields: fields.collect(),
            text: looked.seen.text,
            next: looked.seen.next,
            mark: looked.mark,
        }
    }
}
