//! Darwin documents as rows, one for each.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::geometry::fitted;
use crate::rows::{RowInMaking, Unreadable, size_of};
use crate::{Annotation, Row, Shape, Size};

#[derive(Deserialize)]
struct Document {
    version: String,
    item: Item,
    #[serde(default)]
    annotations: Vec<Entry>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    path: Option<String>,
    #[serde(default)]
    slots: Vec<Slot>,
}

#[derive(Deserialize)]
struct Slot {
    width: Option<f64>,
    height: Option<f64>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    frames: BTreeMap<String, Body>,
    #[serde(default)]
    ranges: Vec<[u64; 2]>,
    #[serde(flatten)]
    still: Body,
}

#[derive(Deserialize)]
struct Body {
    bounding_box: Option<BoundingBox>,
    polygon: Option<Polygon>,
    keypoint: Option<Place>,
    tag: Option<IgnoredAny>,
    text: Option<Text>,
    // What Darwin has and is not kept here: seen, so that it is not left out in silence.
    ellipse: Option<IgnoredAny>,
    cuboid: Option<IgnoredAny>,
    line: Option<IgnoredAny>,
    skeleton: Option<IgnoredAny>,
    eye: Option<IgnoredAny>,
    mask: Option<IgnoredAny>,
    raster_layer: Option<IgnoredAny>,
    simple_table: Option<IgnoredAny>,
    graph: Option<IgnoredAny>,
    link: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct BoundingBox {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

#[derive(Deserialize)]
struct Polygon {
    paths: Vec<Vec<Place>>,
}

#[derive(Deserialize)]
struct Place {
    x: f64,
    y: f64,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

const FORM: &str = "Darwin JSON 2.0";

/// Reads one document, a list of them, or one a line. Each is a row.
///
/// # Errors
/// Bytes that are neither. Of documents on lines of their own, those that cannot be read are rows that say so.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Unreadable> {
    let unreadable = |error: serde_json::Error| Unreadable::json(&error, FORM);
    let bytes = bytes.trim_ascii();
    let mut rows = match (bytes.first(), is_on_lines(bytes)) {
        (Some(b'['), _) => {
            let documents: Vec<Document> = serde_json::from_slice(bytes).map_err(unreadable)?;
            documents.into_iter().map(row).collect()
        }
        (_, false) => vec![row(serde_json::from_slice(bytes).map_err(unreadable)?)],
        (_, true) => lines(bytes).map(line).collect::<Vec<_>>(),
    };
    let mut names = HashSet::new();
    for made in &mut rows {
        let is_new = made.name.clone().is_none_or(|name| names.insert(name));
        if !is_new {
            made.fault("item.name", "another document is about the same item");
        }
    }
    Ok(rows.into_iter().map(RowInMaking::finish).collect())
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty())
}

/// Whether the first of several lines is whole by itself.
fn is_on_lines(bytes: &[u8]) -> bool {
    let mut lines = lines(bytes);
    let first = lines.next();
    let whole = first.is_some_and(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok());
    whole && lines.next().is_some()
}

fn line(bytes: &[u8]) -> RowInMaking {
    match serde_json::from_slice(bytes) {
        Ok(document) => row(document),
        Err(error) => {
            let mut row = RowInMaking::default();
            row.fault(
                format!("column {}", error.column()),
                format!("this line is not {FORM}"),
            );
            row
        }
    }
}

fn row(document: Document) -> RowInMaking {
    let mut row = RowInMaking::default();
    if !document.version.starts_with("2.") {
        row.fault("version", "only Darwin JSON 2 is read: export it anew");
    }
    if document.item.slots.len() > 1 {
        row.fault(
            "item.slots",
            "items of several files are not kept: one item is one file",
        );
    }
    if let Some(slot) = document.item.slots.first() {
        match size_of(slot.width, slot.height) {
            Ok(size) => row.size = size,
            Err(problem) => row.fault("item.slots[0]", problem),
        }
    }
    row.name = Some(super::joined(document.item.path.as_deref(), document.item.name));
    for (number, entry) in document.annotations.into_iter().enumerate() {
        take(&mut row, &format!("annotations[{number}]"), entry);
    }
    row
}

fn take(row: &mut RowInMaking, place: &str, entry: Entry) {
    let size = row.size;
    if entry.frames.is_empty() {
        return match annotation(&entry.name, entry.still, None, size) {
            Ok(annotation) => row.take(place, annotation),
            Err(problem) => row.fault(place, problem),
        };
    }
    let shown: u64 = entry
        .ranges
        .iter()
        .map(|[from, to]| to.saturating_sub(*from))
        .fold(0, u64::saturating_add);
    if shown > entry.frames.len() as u64 {
        let problem =
            "what is interpolated between key frames is not kept: export every frame as a key frame";
        return row.fault(format!("{place}.ranges"), problem);
    }
    for (frame, body) in entry.frames {
        let place = format!("{place}.frames");
        let made = frame.parse().map_err(|_| "frames are counted from 0");
        match made.and_then(|frame| annotation(&entry.name, body, Some(frame), size)) {
            Ok(annotation) => row.take(&place, annotation),
            Err(problem) => row.fault(place, problem),
        }
    }
}

fn annotation(
    class: &str,
    body: Body,
    frame: Option<u32>,
    size: Option<Size>,
) -> Result<Annotation, &'static str> {
    if body.has_what_is_not_kept() {
        return Err("boxes, polygons, keypoints, tags and texts are kept, and nothing else of Darwin's");
    }
    let text = body.text.map(|it| it.text);
    let shape = match (body.polygon, body.bounding_box, body.keypoint, body.tag) {
        (Some(polygon), _, None, None) => Shape::Polygon {
            rings: polygon
                .paths
                .iter()
                .map(|path| path.iter().map(|at| [at.x, at.y]).collect())
                .collect(),
        },
        (None, Some(it), None, None) => Shape::Box {
            x: it.x,
            y: it.y,
            width: it.w,
            height: it.h,
        },
        (None, None, Some(at), None) => Shape::Point { x: at.x, y: at.y },
        (None, None, None, Some(_)) => Shape::Tag {},
        _ => return Err("say one of polygon, bounding_box, keypoint and tag"),
    };
    Ok(Annotation {
        class: class.to_owned(),
        shape: fitted(shape, size),
        text,
        frame,
    })
}

impl Body {
    fn has_what_is_not_kept(&self) -> bool {
        let others = [
            &self.ellipse,
            &self.cuboid,
            &self.line,
            &self.skeleton,
            &self.eye,
            &self.mask,
            &self.raster_layer,
            &self.simple_table,
            &self.graph,
            &self.link,
        ];
        others.iter().any(|other| other.is_some())
    }
}
