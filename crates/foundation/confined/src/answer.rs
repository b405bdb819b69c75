//! What is said between the server and the process of a page: a line of JSON each way, and then bytes.
//!
//! Promises: what comes from the process of a page is a number, a known word, or pixels. Leaves out: what it means.

use rendering::{Limits, Region, Size, View};
use serde::{Deserialize, Serialize};

/// The longest line that is read, in bytes. A list of all sizes has a quarter of it.
pub(crate) const LINE: u64 = 1 << 18;

/// Of so many pages the sizes are told.
pub(crate) const SIZES: usize = 4096;

/// What is asked. The document follows, as many bytes as are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) wanted: Wanted,
    /// Bytes of the document.
    pub(crate) length: u64,
}

/// What is wanted of the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wanted {
    /// How many pages, and how large.
    Pages,
    /// One of them.
    Page {
        number: u32,
        /// `x`, `y`, width and height.
        region: Option<(u32, u32, u32, u32)>,
        size: Option<(u32, u32)>,
        /// The longest side of what is drawn.
        side: u32,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// How many pages, and how large the first of them are.
    Pages { count: u32, sizes: Vec<(u32, u32)> },
    /// A page. Its pixels follow, three bytes each, from left to right and from top to bottom.
    Drawn { width: u32, height: u32 },
    /// There is no such page, but so many.
    NoPage { count: u32 },
    /// There is no such part of the page, which is so large.
    NoPart { width: u32, height: u32 },
    /// It needs a password, or is sealed in a way that is not known.
    Encrypted,
    /// It is no document, or damaged.
    Broken,
}

impl Wanted {
    pub(crate) fn of(view: &View, limits: &Limits) -> Self {
        Self::Page {
            number: view.frame,
            region: view.region.map(|it| (it.x, it.y, it.width, it.height)),
            size: view.size.map(|it| (it.width, it.height)),
            side: limits.side,
        }
    }

    /// The view that is wanted, and what it may cost.
    pub(crate) fn view(&self) -> Option<(View, Limits)> {
        let Self::Page {
            number,
            region,
            size,
            side,
        } = *self
        else {
            return None;
        };
        let view = View {
            region: region.map(|(x, y, width, height)| Region { x, y, width, height }),
            size: size.map(|(width, height)| Size { width, height }),
            frame: number,
            ..View::default()
        };
        let limits = Limits {
            side,
            ..Limits::default()
        };
        Some((view, limits))
    }
}
