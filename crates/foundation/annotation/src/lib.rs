#![doc = include_str!("../README.md")]

mod check;
pub mod coco;
pub mod darwin;
mod geometry;
mod rows;

use serde::{Deserialize, Serialize};

pub use check::Fault;
pub use rows::{Labelled, Row, Unreadable};

/// The most annotations of one set.
pub const MOST_ANNOTATIONS: usize = 10_000;
/// The most corners of all polygons of one set.
pub const MOST_CORNERS: usize = 100_000;
/// The longest name of a class, in bytes.
pub const LONGEST_CLASS: usize = 128;
/// The longest text of one annotation, in bytes.
pub const LONGEST_TEXT: usize = 4_096;
/// The largest coordinate, width, height and number of a frame.
pub const LARGEST: u32 = 1_000_000;

/// All that is said about one version of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The picture's size, if the author says it; then every coordinate lies within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// In the author's order.
    pub annotations: Vec<Annotation>,
}

/// A picture's size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotation {
    /// What it is an example of.
    pub class: String,
    /// Where.
    pub shape: Shape,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Which frame of several, counted from 0; the only one, or all of them, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
}

/// A corner of a polygon: pixels from the left and from the top.
pub type Corner = [f64; 2];

/// Where something is, in pixels from the upper left corner of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Shape {
    /// A rectangle with upright sides.
    Box {
        /// Its left side.
        x: f64,
        /// Its upper side.
        y: f64,
        /// From its left side to its right, more than 0.
        width: f64,
        /// From its upper side to its lower, more than 0.
        height: f64,
    },
    /// One or several closed rings of at least three corners; a ring within another is a hole.
    Polygon {
        /// The corners of each ring, without the first again at the end.
        rings: Vec<Vec<Corner>>,
    },
    /// A place.
    Point {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
    },
    /// The whole item.
    Tag {},
}
