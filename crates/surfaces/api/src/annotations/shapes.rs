//! Annotations on the wire.

use custody::annotations as domain;
use kernel::{AnnotationSetId, ItemId, MemberId, TaskId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All that is said about one version of an item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "size": { "width": 640, "height": 480 }, "annotations": [
    { "class": "nodule", "shape": { "kind": "box", "x": 12, "y": 40.5, "width": 30, "height": 22 }, "text": "left lung" },
    { "class": "lung", "shape": { "kind": "polygon", "rings": [[[0, 0], [20, 0], [20, 30]]] } },
    { "class": "tip", "shape": { "kind": "point", "x": 3, "y": 4 } },
    { "class": "blurred", "shape": { "kind": "tag" } } ] }))]
pub(crate) struct AnnotationSet {
    /// The picture's size, if the author says it; then every coordinate lies within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<PictureSize>,
    /// In the author's order; at most 10,000, with 100,000 corners together.
    annotations: Vec<Annotation>,
}

/// A picture's size in pixels.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PictureSize {
    #[schema(minimum = 1, maximum = 1_000_000)]
    width: u32,
    #[schema(minimum = 1, maximum = 1_000_000)]
    height: u32,
}

/// One thing that is said.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Annotation {
    /// What it is an example of: 1 to 128 bytes.
    class: String,
    shape: Shape,
    /// Words about it: at most 4,096 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Which frame of several, from 0; the only one, or all of them, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame: Option<u32>,
}

/// Where something is, in pixels from the upper left corner of the picture.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Shape {
    /// A rectangle with upright sides.
    Box { x: f64, y: f64, width: f64, height: f64 },
    /// Closed rings of at least three corners, each an x and a y; a ring within another is a hole.
    Polygon {
        #[schema(value_type = Vec<Vec<Vec<f64>>>)]
        rings: Vec<Vec<[f64; 2]>>,
    },
    /// A place.
    Point { x: f64, y: f64 },
    /// The whole item.
    Tag {},
}

/// What is said about a version, as of one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Annotations {
    #[serde(flatten)]
    made: AnnotationsMade,
    #[serde(flatten)]
    set: AnnotationSet,
}

/// One state of what is said about a version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnotationsMade {
    /// Its id, which is also its entity tag.
    #[schema(value_type = Uuid)]
    id: AnnotationSetId,
    #[schema(value_type = Uuid)]
    item: ItemId,
    #[schema(value_type = Uuid)]
    version: VersionId,
    /// 1 for the first about this version, then counting.
    number: u64,
    /// Who said it.
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// The lease by which they reached the item, if by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    task: Option<TaskId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<domain::Made> for AnnotationsMade {
    fn from(made: domain::Made) -> Self {
        Self {
            id: made.id,
            item: made.item,
            version: made.version,
            number: made.number,
            member: made.member,
            task: made.task,
            at: made.at,
        }
    }
}

impl From<domain::Annotations> for Annotations {
    fn from(said: domain::Annotations) -> Self {
        Self {
            made: said.made.into(),
            set: said.set.into(),
        }
    }
}

impl From<domain::Set> for AnnotationSet {
    fn from(set: domain::Set) -> Self {
        Self {
            size: set.size.map(|size| PictureSize {
                width: size.width,
                height: size.height,
            }),
            annotations: set.annotations.into_iter().map(Annotation::from).collect(),
        }
    }
}

impl From<AnnotationSet> for domain::Set {
    fn from(set: AnnotationSet) -> Self {
        Self {
            size: set.size.map(|size| domain::Size {
                width: size.width,
                height: size.height,
            }),
            annotations: set.annotations.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<domain::Annotation> for Annotation {
    fn from(it: domain::Annotation) -> Self {
        let shape = match it.shape {
            domain::Shape::Box { x, y, width, height } => Shape::Box { x, y, width, height },
            domain::Shape::Polygon { rings } => Shape::Polygon { rings },
            domain::Shape::Point { x, y } => Shape::Point { x, y },
            domain::Shape::Tag {} => Shape::Tag {},
        };
        Self {
            class: it.class,
            shape,
            text: it.text,
            frame: it.frame,
        }
    }
}

impl From<Annotation> for domain::Annotation {
    fn from(it: Annotation) -> Self {
        let shape = match it.shape {
            Shape::Box { x, y, width, height } => domain::Shape::Box { x, y, width, height },
            Shape::Polygon { rings } => domain::Shape::Polygon { rings },
            Shape::Point { x, y } => domain::Shape::Point { x, y },
            Shape::Tag {} => domain::Shape::Tag {},
        };
        Self {
            class: it.class,
            shape,
            text: it.text,
            frame: it.frame,
        }
    }
}
