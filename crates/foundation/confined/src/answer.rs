//! What is said between the server and the process of a view: a line of JSON each way, and then bytes.
//!
//! Promises: what comes from the process of a view is a number, a known word, or pixels. Leaves out: what it means.

use std::time::Duration;

use rendering::{Limits, Refused, Region, Size, View};
use serde::{Deserialize, Serialize};

use crate::trouble::microseconds;

/// The longest line that is read, in bytes. A list of all sizes has a quarter of it.
pub(crate) const LINE: u64 = 1 << 18;

/// Of so many pages the sizes are told.
pub(crate) const SIZES: usize = 4096;

/// What is asked. The file follows, as many bytes as are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) wanted: Wanted,
    /// Bytes of the file.
    pub(crate) length: u64,
}

/// What is wanted of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wanted {
    /// Of a document, how many pages, and how large.
    Pages,
    /// One of them.
    Page(Part),
    /// Of a film, how many frames, how large, and how long it is.
    Film,
    /// One of them.
    Frame(Part),
}

impl Wanted {
    /// What is said of a file that is not what it was taken for.
    pub(crate) const fn broken(&self) -> Refused {
        match self {
            Self::Pages | Self::Page(_) => Refused::Broken { format: "PDF" },
            Self::Film | Self::Frame(_) => Refused::Broken { format: "film" },
        }
    }
}

/// A part of a page or a frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    number: u32,
    /// When, in microseconds, instead of the number.
    at: Option<u64>,
    /// `x`, `y`, width and height.
    region: Option<(u32, u32, u32, u32)>,
    size: Option<(u32, u32)>,
    /// The longest side of what is drawn.
    side: u32,
    /// The most pixels of what it is drawn from.
    pixels: u64,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// How many pages, and how large the first of them are.
    Pages { count: u32, sizes: Vec<(u32, u32)> },
    /// How many frames, how large, and how many microseconds in all.
    Film {
        count: u32,
        width: u32,
        height: u32,
        microseconds: u64,
    },
    /// What was wanted. Its pixels follow, three bytes each, from left to right and from top to bottom.
    Drawn { width: u32, height: u32 },
    /// There is no such page or frame, but so many.
    NoSuch { count: u32 },
    /// There is no such time, but so many microseconds.
    NoTime { microseconds: u64 },
    /// There is no such part of it, which is so large.
    NoPart { width: u32, height: u32 },
    /// It needs a password, or is sealed in a way that is not known.
    Encrypted,
    /// A frame has more pixels than are drawn.
    TooLarge,
    /// It is H.264 of a kind that is not drawn.
    NotDrawn(Kind),
    /// It is not what it was taken for, or damaged.
    Broken,
}

/// H.264 that is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The settings of its frames stand among them (`avc3`).
    SettingsAmongFrames,
    /// A colour for every pixel, more than ten bits, nothing lost, or slices in any order.
    Rare,
}

impl Kind {
    /// In our words.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::SettingsAmongFrames => "a film in H.264 whose settings stand among its frames (avc3)",
            Self::Rare => {
                "a film in H.264 of a rare kind (4:4:4, more than ten bits, lossless or slices out of order)"
            }
        }
    }
}

impl Part {
    pub(crate) fn of(view: &View, limits: &Limits) -> Self {
        Self {
            number: view.frame,
            at: view.at.map(microseconds),
            region: view.region.map(|it| (it.x, it.y, it.width, it.height)),
            size: view.size.map(|it| (it.width, it.height)),
            side: limits.side,
            pixels: limits.pixels,
        }
    }

    /// The view that is wanted, and what it may cost.
    pub(crate) fn view(&self) -> (View, Limits) {
        let view = View {
            region: self
                .region
                .map(|(x, y, width, height)| Region { x, y, width, height }),
            size: self.size.map(|(width, height)| Size { width, height }),
            frame: self.number,
            at: self.at.map(Duration::from_micros),
            ..View::default()
        };
        let limits = Limits {
            side: self.side,
            pixels: self.pixels,
            ..Limits::default()
        };
        (view, limits)
    }
}
