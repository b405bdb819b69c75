//! COCO's "object detection" JSON: images, annotations and categories in one document.
//!
//! What COCO has no place for stands in `attributes`, as other tools do it: texts, frames, and tags, which have no geometry.
//! A point is a single keypoint.

mod read;
mod write;

pub use read::read;
pub use write::write;

use serde::{Deserialize, Serialize};

/// What COCO has no fields for.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame: Option<u32>,
}

impl Attributes {
    const fn is_empty(&self) -> bool {
        self.kind.is_none() && self.text.is_none() && self.frame.is_none()
    }
}

/// The kind of what has no geometry.
const TAG: &str = "tag";
