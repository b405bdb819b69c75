//! Packages: what is kept about a person, to be handed to them (GDPR 15 and 20).
//!
//! Promises: nothing is handed out before it is known that it is they who ask, nor while processing is restricted for them, nor
//! after the window; a package is written while it is taken, of what is there then, so that no copy of it is kept and its
//! memory does not grow with bytes; every file stands in its manifest with its SHA-256, and what is kept and not in it is named
//! with the reason; each item in it is read by an act of its own, with its entry in the trail. Leaves out: how it reaches the
//! person, and items that are about others as well, which somebody has to look through first (GDPR 15(4)).

mod archive;
mod contents;
mod disclosure;
mod offer;
mod page;
mod rows;
mod write;

pub use disclosure::Disclosure;

pub(crate) use disclosure::recipients;
pub(crate) use rows::find;

use bytes::Bytes;
use custody::Result;
use kernel::{EventId, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Days that a package is offered when nothing else is said.
pub const USUAL_DAYS: u32 = 14;
/// The most days that one is offered.
pub const MOST_DAYS: u32 = 90;

/// A package that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The request that it answers.
    pub request: RequestId,
    /// Since when it can be taken.
    pub offered_at: Timestamp,
    /// From when on it cannot be taken any more.
    pub until_at: Timestamp,
}

/// A package on its way: a ZIP archive, piece by piece.
#[derive(Debug)]
pub struct Package {
    /// The entry of the trail that stands for the taking.
    pub event: EventId,
    pieces: mpsc::Receiver<Result<Bytes>>,
}

impl Package {
    /// The next piece; nothing at the end. After an error the archive is cut short and does not look whole.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        self.pieces.recv().await
    }
}
