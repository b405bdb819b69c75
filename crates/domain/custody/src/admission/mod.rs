//! Admission: what a tenant asks of its members before they see anything.
//!
//! Promises: while a tenant names steps (policies to accept, an agreement to sign, a training to have), a member who has not done
//! all of them, or for whom one has run out, does nothing but sign in and out, look after their own factors and keys, and do
//! the steps. It is asked in the transaction of every act, of every key and session of theirs, at the server's clock, so the door
//! closes at the very moment that a training ends or a policy has a new version; what flows ends as well. A policy is accepted by
//! the member, in the version that stands there; what others have to know is recorded by others, with where the evidence lies. Leaves out:
//! whether the evidence is true; the texts themselves, and the registers of them (`governance`).

mod done;
mod gate;
mod rows;
mod steps;

use kernel::{AdmissionStepId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

pub use done::NewRecord;
pub(crate) use gate::{MISSES, is_in, is_open_to_the_unadmitted, narrowed, turned_back};

use crate::error::{Error, Result};

/// The most steps of one tenant: they are asked for in every act.
pub const MOST_STEPS: usize = 30;
const LONGEST_LIFE_DAYS: u32 = 3_660;

/// What kind of step it is, which settles who says that it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A policy, which each member reads and accepts themselves.
    Policy,
    /// An agreement on confidentiality, signed; somebody else records it.
    Confidentiality,
    /// A training; somebody else records it.
    Training,
    /// A screening, as far as the law lets it be; somebody else records that it was done, and never what was found.
    Screening,
}

/// A step that a tenant asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStep {
    /// What kind it is.
    pub kind: StepKind,
    /// What it is called, in 1 to 100 bytes.
    pub title: String,
    /// Its version, in the tenant's words, in 1 to 40 bytes. Where it changes, everybody has to do it anew.
    pub version: String,
    /// Where it is to be found, in up to 500 bytes.
    #[serde(default)]
    pub place: String,
    /// How long it is good for; for ever when absent.
    #[serde(default)]
    pub good_for_days: Option<u32>,
}

/// A step as the tenant has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its id.
    pub id: AdmissionStepId,
    /// What it asks for.
    pub asks: NewStep,
    /// When it was added or last changed.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: MemberId,
}

/// A step, and how a member stands with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The step.
    pub step: Step,
    /// What there is of the member about it, of this version or one before.
    pub done: Option<Done>,
    /// Whether that opens the door now.
    pub good: bool,
}

/// That a member has done a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// When.
    pub done_at: Timestamp,
    /// Until when it is good; for ever when absent.
    pub good_until: Option<Timestamp>,
    /// Who says so: the member themselves for a policy.
    pub recorded_by: MemberId,
    /// When they said so.
    pub recorded_at: Timestamp,
    /// Where the evidence lies.
    pub evidence: Option<String>,
}

/// A member for whom the door is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Who.
    pub member: MemberId,
    /// What is missing.
    pub missing: Vec<AdmissionStepId>,
}

impl StepKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Policy,
        Self::Confidentiality,
        Self::Training,
        Self::Screening,
    ];

    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Confidentiality => "confidentiality",
            Self::Training => "training",
            Self::Screening => "screening",
        }
    }

    fn from_row(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| Error::Internal(format!("unknown kind of step {word} in a row")))
    }
}

impl NewStep {
    fn check(&self) -> Result<()> {
        fits("title", &self.title, 1, 100)?;
        fits("version", &self.version, 1, 40)?;
        fits("place", &self.place, 0, 500)?;
        let life = self.good_for_days;
        match life.is_none_or(|days| (1..=LONGEST_LIFE_DAYS).contains(&days)) {
            true => Ok(()),
            false => {
                let problem = format!("give 1 to {LONGEST_LIFE_DAYS} days, or nothing for ever");
                Err(Error::invalid("good_for_days", problem))
            }
        }
    }
}

fn fits(field: &'static str, text: &str, least: usize, most: usize) -> Result<()> {
    let length = text.trim().len();
    match (least..=most).contains(&length) && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(Error::invalid(
            field,
            format!("give {least} to {most} bytes on one line"),
        )),
    }
}
