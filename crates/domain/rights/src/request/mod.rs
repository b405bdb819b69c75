//! Requests: what a person asks for about their data, from the day it came to the answer.
//!
//! Promises: nothing is decided or answered before it is settled that it is the person who asks; a refusal has a ground that
//! fits and reasons; both clocks run by themselves, a promise of one's own and the law's; every step leaves its entry in the
//! trail. What names the person is sealed under a key of the request, which hangs on the person's own key where the tenant
//! knows them. Nothing costs anything. Leaves out: doing what is asked for, and sending mail: the channel is a word here.

mod answer;
mod dates;
mod elsewhere;
mod forget;
mod ground;
mod identity;
mod mailing;
mod open;
mod queue;
mod rows;
mod rule;
mod same;
mod state;

use deadline::Pause;
use kernel::{MemberId, RequestId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

pub use answer::Decision;
pub use dates::Dates;
pub use elsewhere::{MOST_PLACES, Place, Task, TaskState, places_of};
pub use ground::Ground;
pub use identity::{CodeCheck, MOST_DOCUMENT_BYTES};
pub use queue::{Queue, Reminder};
pub use rule::{Law, Rule, of as rule_of};
pub use state::{State, Step};

pub(crate) use elsewhere::{HandedOver, handed_over};
pub(crate) use open::{identify_by_address, open_claimed, open_proven};
pub(crate) use queue::viewed;
pub(crate) use rows::{all_of, permitted_request as permitted, reach, resource, these};
pub(crate) use same::forget_contacts;

use crate::acts::{check_text, invalid};
use crate::words::words;
use custody::Result;

words! {
    /// Which right is made use of.
    Kind {
        /// To know what is kept, and to have a copy (GDPR 15; 45 CFR 164.524).
        Access "access",
        /// To have it in a form that others can read (GDPR 20).
        Portability "portability",
        /// To have it corrected or completed (GDPR 16; 45 CFR 164.526).
        Rectification "rectification",
        /// To have it erased (GDPR 17).
        Erasure "erasure",
        /// To have it kept and not used (GDPR 18).
        Restriction "restriction",
        /// To have it not used for a purpose (GDPR 21).
        Objection "objection",
        /// To take consent back (GDPR 7(3)).
        ConsentWithdrawal "consent-withdrawal",
    }

    /// How a request came in, and how its person is written to.
    Channel {
        /// By the page for people that the data is about.
        Portal "portal",
        /// By mail.
        Mail "mail",
        /// Told to somebody of the tenant: by telephone, by letter, at a desk.
        Staff "staff",
        /// By a program.
        Api "api",
    }

    /// How it was found out that it is the person who asks; each proves more than the one before.
    Proof {
        /// A code that was sent to an address that the tenant knows to be theirs.
        MailCode "mail-code",
        /// Somebody of the tenant made sure, and says how.
        StaffCheck "staff-check",
        /// A document that was looked at, and deleted then.
        Document "document",
    }
}

/// A request as listings show it: nothing of it names the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRequest {
    /// Its id.
    pub id: RequestId,
    /// Which right is made use of.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// Where it is.
    pub state: State,
    /// When it came in, whoever took it: the clocks run from there.
    pub received_at: Timestamp,
    /// Whom it is about, if the tenant knew them when it came in.
    pub subject: Option<SubjectId>,
    /// The least proof that is enough for it.
    pub proof_wanted: Proof,
    /// How it was found out that it is they.
    pub proof_given: Option<Proof>,
    /// When the tenant's own promise ends; nothing while that stands still.
    pub own_due_at: Option<Timestamp>,
    /// When the law's period ends; nothing while that stands still, and where no law sets one.
    pub law_due_at: Option<Timestamp>,
    /// When the person was told that it takes longer.
    pub extended_at: Option<Timestamp>,
    /// What was decided.
    pub decision: Option<Verdict>,
    /// Why it was refused.
    pub ground: Option<Ground>,
    /// Who decided.
    pub decided_by: Option<MemberId>,
    /// When it was answered, refused or taken back.
    pub closed_at: Option<Timestamp>,
    /// Which earlier one it seems to repeat: the same kind, of the same person or from the same address.
    pub likely_same_as: Option<RequestId>,
    /// Which one it was found to be the same as: that goes on, with its own dates.
    pub same_as: Option<RequestId>,
}

words! {
    /// What was decided about a request.
    Verdict {
        /// The person gets what they ask for.
        Grant "grant",
        /// They do not.
        Refuse "refuse",
    }
}

impl PersonRequest {
    /// Whether the law's period was over at this moment, or when it was closed.
    pub fn is_late(&self, now: Timestamp) -> bool {
        let at = self.closed_at.unwrap_or(now);
        self.law_due_at.is_some_and(|due| due <= at)
    }

    /// Whether the tenant's own promise was over then.
    pub fn is_behind_promise(&self, now: Timestamp) -> bool {
        let at = self.closed_at.unwrap_or(now);
        self.own_due_at.is_some_and(|due| due <= at)
    }
}

/// A request to be taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewRequest {
    /// Which right is made use of.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// When it reached anybody of the tenant; now when absent, and not more than a year ago.
    pub received_at: Option<Timestamp>,
    /// A word by which the tenant knows the person, such as their customer number.
    pub subject: Option<String>,
    /// What names them, and what they ask for.
    pub details: Details,
}

/// What names the person, and what they ask for. Sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Their name as they gave it.
    pub name: Option<String>,
    /// Where they can be reached: an address, a number.
    pub contact: String,
    /// What they ask for, in their words.
    pub words: String,
}

/// Everything about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFile {
    /// What listings show.
    pub request: PersonRequest,
    /// What names the person and what they ask for; nothing once the person's key was destroyed.
    pub details: Option<Details>,
    /// The draft of the answer.
    pub draft: Option<String>,
    /// The answer that went out.
    pub answer: Option<String>,
    /// Whether a document waits to be looked at.
    pub has_document: bool,
    /// When it stood still.
    pub pauses: Vec<Pause>,
    /// What was done, in order.
    pub steps: Vec<Taken>,
}

/// A request as whoever made it knows it: what they wrote, and what they were answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Said {
    #[serde(flatten)]
    pub(crate) request: PersonRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Details>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
}

/// One step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// From 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub member: MemberId,
    /// Which.
    pub step: Step,
    /// What was said about it; nothing once the person's key was destroyed.
    pub note: Option<String>,
}

/// The most characters of an answer or a draft.
pub const MOST_ANSWER: usize = 100_000;
/// The most characters of what a person asks for.
const MOST_WORDS: usize = 20_000;
/// The most characters of names, addresses and notes.
const MOST_LINE: usize = 2_000;

impl NewRequest {
    fn check(&self, now: Timestamp) -> Result<()> {
        let Details { name, contact, words } = &self.details;
        check_text("contact", contact, MOST_LINE)?;
        check_text("words", words, MOST_WORDS)?;
        name.as_deref()
            .map_or(Ok(()), |name| check_text("name", name, MOST_LINE))?;
        let year = std::time::Duration::from_secs(366 * 24 * 60 * 60);
        match self.received_at {
            Some(at) if at > now || at < now.minus(year) => Err(invalid(
                "received_at",
                "give the moment at which it reached anybody of the team, within the last year",
            )),
            _ => Ok(()),
        }
    }
}
