//! Consent: who agreed to which purpose, after being told what, and who took it back.
//!
//! Promises: what was recorded is never changed: taking back is one more entry, and asks for less than giving; consent is given to
//! the notice that is current, by an act of the person's; where the basis of a purpose is another, no consent is recorded, for
//! it would be none; use without a basis is refused and stands in the trail. Whoever agrees is a person of the tenant's, and
//! what names them is sealed under their own key: once they are erased, an entry says that somebody agreed, and not who.
//! Leaves out: asking people, which is a page's business.

mod ops;
mod record;
mod rows;
mod standings;

use custody::subject::Identifier;
use custody::{Error, Result};
use kernel::{ConsentId, PurposeId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use ops::stands;
pub(crate) use record::record_by;
pub(crate) use rows::{all_of, resource};
pub use standings::Standings;

use crate::acts::{check_text, invalid};
use crate::words::words;

words! {
    /// What the person did to agree. That a box was ticked beforehand is none of these.
    ConsentAct {
        /// They clicked or ticked what was empty.
        Clicked "clicked",
        /// They typed it.
        Typed "typed",
        /// They signed it.
        Signed "signed",
        /// They said it, and were heard by somebody of the tenant.
        Said "said",
    }

    /// How it reached the tenant.
    ConsentChannel {
        /// By a page in a browser.
        Browser "browser",
        /// By an app or another program.
        Api "api",
        /// By somebody of the tenant, who was told.
        Staff "staff",
        /// On paper.
        Paper "paper",
    }

    /// Why something may be processed for a purpose, or may not.
    Standing {
        /// The person agreed and has not taken it back.
        Given "given",
        /// Another basis than consent carries it.
        OtherBasis "other-basis",
        /// The person never agreed.
        NeverGiven "never-given",
        /// The person has taken it back.
        Withdrawn "withdrawn",
        /// The person objects to an interest or a task that would carry it (GDPR 21).
        Objected "objected",
        /// Processing is restricted for the person (GDPR 18).
        Restricted "restricted",
        /// The purpose has ended.
        Ended "ended",
    }
}

impl Standing {
    /// Whether personal data may be processed.
    pub const fn allows(self) -> bool {
        matches!(self, Self::Given | Self::OtherBasis)
    }

    /// The reason in the trail and in refusals.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Given | Self::OtherBasis => "purpose.allowed",
            Self::NeverGiven => "purpose.no-consent",
            Self::Withdrawn => "purpose.withdrawn",
            Self::Objected => "purpose.objected",
            Self::Restricted => "purpose.restricted",
            Self::Ended => "purpose.ended",
        }
    }
}

/// A person who agrees to a purpose, or takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConsent {
    /// A word by which the tenant knows the person or will, its kind before a colon: `email:ann@example.org`. Without a kind it
    /// is what the tenant itself calls them.
    pub person: String,
    /// Whether they agree.
    pub given: bool,
    /// For agreeing: the version of the notice that they were shown.
    pub notice: Option<u32>,
    /// For agreeing: what they did.
    pub act: Option<ConsentAct>,
    /// How it reached the tenant.
    pub channel: ConsentChannel,
    /// When it happened; now when absent.
    pub at: Option<Timestamp>,
    /// What shows it: a form's number, a recording's name.
    pub proof: Option<String>,
    /// The browser says that it objects to the sale or sharing of data (Global Privacy Control).
    pub browser_objects: bool,
}

/// What a page says with a key that everybody can read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromPage {
    /// As in [`NewConsent`].
    pub person: String,
    /// Whether they agree.
    pub given: bool,
    /// For agreeing: the version of the notice that they were shown.
    pub notice: Option<u32>,
    /// For agreeing: what they did.
    pub act: Option<ConsentAct>,
    /// The browser says that it objects to the sale or sharing of data (Global Privacy Control).
    pub browser_objects: bool,
}

/// One entry of what a person agreed to or took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// To which purpose.
    pub purpose: PurposeId,
    /// Whether they agreed.
    pub given: bool,
    /// The version of the notice that they were shown.
    pub notice: Option<u32>,
    /// What they did.
    pub act: Option<ConsentAct>,
    /// How it reached the tenant.
    pub channel: ConsentChannel,
    /// When it happened.
    pub at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Whose it is; nothing where somebody was erased before and is not to be taken in again.
    pub subject: Option<SubjectId>,
    /// What shows it. Only who may see consent is given it.
    pub proof: Option<String>,
}

/// Whether personal data of somebody may be processed for a purpose now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// For which purpose.
    pub purpose: PurposeId,
    /// Whether, and why.
    pub standing: Standing,
    /// The newest entry, if there is any.
    pub newest: Option<Consent>,
    /// Whether the notice has another text now than the one that they agreed to.
    pub notice_has_changed: bool,
}

/// What is sealed in `consent.proof_sealed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Proof {
    person: String,
    proof: Option<String>,
}

/// The most characters of what shows it.
const MOST_PROOF: usize = 2_000;

impl NewConsent {
    /// Refuses what nobody could have said, and reads who it is.
    fn check(&self, now: Timestamp) -> Result<Identifier> {
        if self.at.is_some_and(|at| at > now) {
            return Err(invalid("at", "give the moment at which it happened"));
        }
        if let Some(proof) = &self.proof {
            check_text("proof", proof, MOST_PROOF)?;
        }
        match (self.given, self.act, self.notice) {
            (true, None, _) => Err(invalid(
                "act",
                "say what the person did: silence is no consent (GDPR 4(11))",
            )),
            (true, _, None) => Err(invalid(
                "notice",
                "name the version of the notice that the person was shown",
            )),
            (false, Some(_), _) => Err(invalid(
                "act",
                "taking back needs no act in particular: leave it out",
            )),
            (true, ..) | (false, None, _) => person(&self.person),
        }
    }
}

/// Who is meant.
fn person(word: &str) -> Result<Identifier> {
    Identifier::parse(word).map_err(|error| match error {
        Error::Invalid { problem, .. } => invalid("person", problem),
        other => other,
    })
}
