//! What part of a picture is wanted, and how large.
//!
//! Promises: regions lie inside the picture as it is shown; what is drawn is never larger than the region, than what was
//! asked for, or than the limits. Leaves out: pixels.

use std::time::Duration;

use image::metadata::Orientation;

use crate::{Limits, Refused};

/// The longer side of what is drawn when nobody says how large, in pixels.
const USUAL_SIDE: u32 = 1280;

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// Part of the picture; all of it when absent.
    pub region: Option<Region>,
    /// How large at most; proportions stay. 1,280 pixels a side when absent.
    pub size: Option<Size>,
    /// Which frame, from 0.
    pub frame: u32,
    /// The frame that is shown at this time of a film, instead of one by its number.
    pub at: Option<Duration>,
    /// Which values are told apart, for images of measured values; as the file says when absent.
    pub window: Option<Window>,
    /// Drawn all over the picture, so that a copy says whose it is.
    pub mark: Option<String>,
}

/// Part of a picture, in pixels of the picture as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// To the right.
    pub width: u32,
    /// Downwards.
    pub height: u32,
}

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A range of values that becomes the range from black to white (PS3.3, C.11.2.1.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The value in the middle.
    pub center: f64,
    /// How many values.
    pub width: f64,
}

impl View {
    /// Which part of a picture of this size it shows, and how large.
    ///
    /// # Errors
    /// [`Refused::Outside`] when there is no such part, or no pixel was asked for.
    pub fn on(&self, whole: Size, limits: &Limits) -> Result<(Region, Size), Refused> {
        let cut = cut(self, whole, Orientation::NoTransforms, limits)?;
        Ok((cut.region, cut.size))
    }
}

/// How a view is cut out of a picture as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// In the picture as stored.
    pub(crate) region: Region,
    /// How large it is drawn, before it is turned.
    pub(crate) size: Size,
    /// What is done to it last.
    pub(crate) turn: Orientation,
}

/// A number of quarters to the right.
pub(crate) const fn turn_of(quarters: u8) -> Orientation {
    match quarters % 4 {
        0 => Orientation::NoTransforms,
        1 => Orientation::Rotate90,
        2 => Orientation::Rotate180,
        _ => Orientation::Rotate270,
    }
}

/// Where the view lies in a picture of this size that is shown turned.
pub(crate) fn cut(view: &View, stored: Size, turn: Orientation, limits: &Limits) -> Result<Cut, Refused> {
    let shown = turned(stored, turn);
    let region = region(view, shown)?;
    let size = fitted(view, region, limits)?;
    Ok(Cut {
        region: as_stored(region, shown, turn),
        size: turned(size, turn),
        turn,
    })
}

/// The size of a picture that is turned; and back.
pub(crate) fn turned(size: Size, turn: Orientation) -> Size {
    if !swaps_sides(turn) {
        return size;
    }
    Size {
        width: size.height,
        height: size.width,
    }
}

fn swaps_sides(turn: Orientation) -> bool {
    matches!(
        turn,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

fn region(view: &View, shown: Size) -> Result<Region, Refused> {
    let Some(region) = view.region else {
        return Ok(Region {
            x: 0,
            y: 0,
            width: shown.width,
            height: shown.height,
        });
    };
    let inside = |start: u32, length: u32, whole: u32| {
        length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
    };
    if inside(region.x, region.width, shown.width) && inside(region.y, region.height, shown.height) {
        return Ok(region);
    }
    let problem = format!(
        "choose a part of the {} by {} pixels there are",
        shown.width, shown.height
    );
    Err(Refused::outside("region", problem))
}

fn fitted(view: &View, region: Region, limits: &Limits) -> Result<Size, Refused> {
    let most = view.size.unwrap_or(Size {
        width: USUAL_SIDE,
        height: USUAL_SIDE,
    });
    if most.width == 0 || most.height == 0 {
        return Err(Refused::outside("size", "ask for at least one pixel"));
    }
    let (width, height) = (f64::from(region.width), f64::from(region.height));
    let scale = (f64::from(most.width.min(limits.side)) / width)
        .min(f64::from(most.height.min(limits.side)) / height)
        .min(1.0);
    Ok(Size {
        width: ((width * scale).round() as u32).max(1),
        height: ((height * scale).round() as u32).max(1),
    })
}

/// Where a region of the picture as shown lies in the picture as stored.
fn as_stored(shown: Region, whole: Size, turn: Orientation) -> Region {
    let Region { x, y, width, height } = shown;
    let from_right = whole.width - x - width;
    let from_bottom = whole.height - y - height;
    let (x, y) = match turn {
        Orientation::NoTransforms => (x, y),
        Orientation::FlipHorizontal => (from_right, y),
        Orientation::FlipVertical => (x, from_bottom),
        Orientation::Rotate180 => (from_right, from_bottom),
        Orientation::Rotate90 => (y, from_right),
        Orientation::Rotate270 => (from_bottom, x),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate270FlipH => (from_bottom, from_right),
    };
    let size = turned(Size { width, height }, turn);
    Region {
        x,
        y,
        width: size.width,
        height: size.height,
    }
}
