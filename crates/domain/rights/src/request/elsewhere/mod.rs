//! What is kept elsewhere: the places that a request has to be asked at as well, and what came of it.
//!
//! Promises: a request that was granted is answered only once every place that has to do with its kind was settled, which is done, or
//! waived by somebody who may decide, with a reason; what a place handed over is sealed under the request's key, and goes into the
//! package. Leaves out: asking the places, which somebody does, or a program of the tenant's that hears of requests by a webhook.

mod places;
mod rows;
mod tasks;

use kernel::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};

pub use places::MOST_PLACES;

pub(crate) use rows::forget;
pub use rows::places_of;
pub(crate) use tasks::handed_over;
pub(super) use tasks::{check_settled, open_count};

use super::Kind;
use crate::acts::{check_text, invalid};
use crate::words::words;
use custody::Result;

/// A place outside where data about people is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name in addresses and programs.
    pub word: String,
    /// What it is, as people know it.
    pub name: String,
    /// Which data is kept there.
    pub data: String,
    /// Who answers for it.
    pub answers: String,
    /// How they are reached.
    pub contact: String,
    /// Which kinds of request it has to do with.
    pub kinds: Vec<Kind>,
}

words! {
    /// How far a place is with a request.
    TaskState {
        /// Nobody has settled it.
        Open "open",
        /// What was asked for was done there.
        Done "done",
        /// Nothing has to be done there, for a reason.
        Waived "waived",
    }
}

/// What has to be done at one place for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Where.
    pub place: Place,
    /// How far it is.
    pub state: TaskState,
    /// Until when, so that time is left to answer; nothing while the request stands still, and once it is closed.
    pub due_at: Option<Timestamp>,
    /// When it was settled last.
    pub settled_at: Option<Timestamp>,
    /// By whom.
    pub settled_by: Option<MemberId>,
    /// What was done, or why nothing has to be.
    pub note: Option<String>,
    /// The name of the file that the place handed over.
    pub file: Option<String>,
}

/// What a package says of a place.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HandedOver {
    #[serde(skip)]
    pub(crate) word: String,
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) answers: String,
    pub(crate) state: TaskState,
    /// The name of the file, and once it is there its path in the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// What is said of a place with a request. Sealed in `request_task.said_sealed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SaidOf {
    place: Place,
    note: Option<String>,
    file: Option<String>,
}

/// The most characters of a name.
const MOST_NAME: usize = 200;
/// The most characters of what is said about a place.
const MOST_SAYS: usize = 2_000;

impl Place {
    fn check(&self) -> Result<()> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=64).contains(&self.word.len()) || !self.word.bytes().all(is_plain) {
            return Err(invalid(
                "word",
                "take 1 to 64 lowercase letters, digits and hyphens",
            ));
        }
        check_text("name", &self.name, MOST_NAME)?;
        check_text("data", &self.data, MOST_SAYS)?;
        check_text("answers", &self.answers, MOST_NAME)?;
        check_text("contact", &self.contact, MOST_SAYS)?;
        match self.kinds.is_empty() {
            true => Err(invalid("kinds", "name at least one kind of request")),
            false => Ok(()),
        }
    }
}
