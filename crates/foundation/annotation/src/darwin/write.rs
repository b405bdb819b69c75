//! A set as one Darwin document.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::geometry::Bounds;
use crate::{Annotation, Corner, Labelled, Shape};

/// The only slot of an item.
const SLOT: &str = "0";
const SCHEMA: &str = "https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/2.0/schema.json";

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    schema_ref: &'static str,
    item: Item<'a>,
    annotations: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    path: String,
    slots: [Slot<'a>; 1],
}

#[derive(Serialize)]
struct Slot<'a> {
    slot_name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    source_files: [SourceFile<'a>; 1],
}

#[derive(Serialize)]
struct SourceFile<'a> {
    file_name: &'a str,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    slot_names: [&'static str; 1],
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum What<'a> {
    Still(Body<'a>),
    Framed {
        frames: BTreeMap<u32, KeyFrame<'a>>,
        ranges: [[u32; 2]; 1],
        interpolated: bool,
    },
}

#[derive(Serialize)]
struct KeyFrame<'a> {
    keyframe: bool,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Default, Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    bounding_box: Option<BoundingBox>,
    #[serde(skip_serializing_if = "Option::is_none")]
    polygon: Option<Polygon>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keypoint: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
}

#[derive(Serialize)]
struct BoundingBox {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

#[derive(Serialize)]
struct Polygon {
    paths: Vec<Vec<Place>>,
}

#[derive(Serialize)]
struct Place {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// This item with its annotations as one document on one line, without an end of line.
///
/// # Errors
/// None that JSON of these types can meet; the writer's error is passed on all the same.
pub fn write(item: &Labelled) -> Result<Vec<u8>, serde_json::Error> {
    let (path, name) = super::split(&item.name);
    let slot = Slot {
        slot_name: SLOT,
        kind: "image",
        width: item.set.size.map(|size| size.width),
        height: item.set.size.map(|size| size.height),
        source_files: [SourceFile {
            file_name: &item.name,
        }],
    };
    serde_json::to_vec(&Document {
        version: "2.0",
        schema_ref: SCHEMA,
        item: Item {
            name,
            path,
            slots: [slot],
        },
        annotations: item.set.annotations.iter().map(entry).collect(),
    })
}

fn entry(annotation: &Annotation) -> Entry<'_> {
    let body = body(annotation);
    let what = match annotation.frame {
        None => What::Still(body),
        Some(frame) => What::Framed {
            frames: BTreeMap::from([(frame, KeyFrame { keyframe: true, body })]),
            ranges: [[frame, frame + 1]],
            interpolated: false,
        },
    };
    Entry {
        name: &annotation.class,
        slot_names: [SLOT],
        what,
    }
}

fn body(annotation: &Annotation) -> Body<'_> {
    let body = Body {
        text: annotation.text.as_deref().map(|text| Text { text }),
        ..Body::default()
    };
    match &annotation.shape {
        Shape::Box { x, y, width, height } => Body {
            bounding_box: Some(BoundingBox {
                x: *x,
                y: *y,
                w: *width,
                h: *height,
            }),
            ..body
        },
        Shape::Polygon { rings } => Body {
            bounding_box: Bounds::of(&annotation.shape).map(|it| BoundingBox {
                x: it.left,
                y: it.top,
                w: it.width(),
                h: it.height(),
            }),
            polygon: Some(Polygon {
                paths: rings
                    .iter()
                    .map(|ring| ring.iter().map(place).collect())
                    .collect(),
            }),
            ..body
        },
        Shape::Point { x, y } => Body {
            keypoint: Some(Place { x: *x, y: *y }),
            ..body
        },
        Shape::Tag {} => Body {
            tag: Some(Empty {}),
            ..body
        },
    }
}

fn place(corner: &Corner) -> Place {
    Place {
        x: corner[0],
        y: corner[1],
    }
}
