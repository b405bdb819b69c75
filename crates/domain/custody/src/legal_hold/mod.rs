//! Legal holds: what a dispute, an authority or a law needs must not be deleted, by whatever way.
//!
//! Promises: while a hold stands, nothing that it covers is deleted: not by a person, a bulk act or an S3 client, whoever asks
//! and with whatever key, not by a retention rule, not with its dataset, not by the end of a contract; an erasure leaves it, and
//! goes on by itself when the hold ends. What a person's hold covers stays covered when it is said to be about somebody else. A hold says why
//! and who placed it, stands in the trail, and ends at its date or when somebody lifts it; where it takes two, one asks and
//! another agrees. Leaves out: locks of single versions, which S3's clients set (`item::Hold`); a version must be deletable
//! by both.

mod covering;
mod look;
mod place;
mod rows;

use kernel::{DatasetId, ItemId, LegalHoldId, MemberId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

pub use covering::{Keeps, PERSON_UNHELD, UNHELD, holds_person};
pub(crate) use covering::{UNPIN, holds_dataset, holds_tenant, on_item, pin};

use crate::error::{Error, Result};

const LONGEST_REASON: usize = 500;

/// What a hold is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "covers", content = "id")]
pub enum Covers {
    /// One item with all its versions.
    Item(ItemId),
    /// A dataset with everything in it, now and later.
    Dataset(DatasetId),
    /// Everything about a person, now and later, and what they are known by.
    Subject(SubjectId),
    /// Everything that the tenant keeps.
    Tenant,
}

/// A hold to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLegalHold {
    /// On what.
    pub covers: Covers,
    /// Why, in 1 to 500 bytes on one line: a case number, an authority's letter.
    pub reason: String,
    /// When it ends by itself; when absent, somebody lifts it.
    pub until: Option<Timestamp>,
    /// Whether it takes two people to lift it, also where the tenant's rule does not say so.
    pub two_people: bool,
}

/// A hold that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// Its id.
    pub id: LegalHoldId,
    /// On what.
    pub covers: Covers,
    /// Why.
    pub reason: String,
    /// Whether it takes two people to lift it.
    pub two_people: bool,
    /// Who placed it.
    pub placed_by: MemberId,
    /// When.
    pub placed_at: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// How it stands.
    pub state: HoldState,
    /// Who asked for it to be lifted, where it takes two.
    pub lift_asked_by: Option<MemberId>,
    /// When.
    pub lift_asked_at: Option<Timestamp>,
    /// Who lifted it, or agreed.
    pub lifted_by: Option<MemberId>,
    /// When.
    pub lifted_at: Option<Timestamp>,
}

/// How a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// Nothing that it covers is deleted.
    Standing,
    /// The same, while one has asked for it to be lifted and another has to agree.
    LiftAsked,
    /// Its date has come.
    Ended,
    /// Somebody lifted it.
    Lifted,
}

/// What a tenant settles about its holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldRule {
    /// Every hold that is placed from now on takes two people to lift. Those that stand stay as they are.
    pub two_people: bool,
}

impl Covers {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Item(_) => "item",
            Self::Dataset(_) => "dataset",
            Self::Subject(_) => "subject",
            Self::Tenant => "tenant",
        }
    }

    fn id(&self) -> Option<&[u8; 16]> {
        match self {
            Self::Item(id) => Some(id.as_bytes()),
            Self::Dataset(id) => Some(id.as_bytes()),
            Self::Subject(id) => Some(id.as_bytes()),
            Self::Tenant => None,
        }
    }

    fn from_row(word: &str, id: Option<Vec<u8>>) -> Result<Self> {
        let id = id.as_deref().unwrap_or_default();
        match word {
            "item" => ItemId::from_bytes(id).map(Self::Item),
            "dataset" => DatasetId::from_bytes(id).map(Self::Dataset),
            "subject" => SubjectId::from_bytes(id).map(Self::Subject),
            "tenant" => return Ok(Self::Tenant),
            other => {
                let problem = format!("a hold in a row covers an unknown kind, {other}");
                return Err(Error::Internal(problem));
            }
        }
        .map_err(|_| Error::Altered)
    }
}

impl HoldState {
    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::LiftAsked => "lift-asked",
            Self::Ended => "ended",
            Self::Lifted => "lifted",
        }
    }

    /// Whether it keeps what it covers from being deleted.
    pub const fn stands(self) -> bool {
        matches!(self, Self::Standing | Self::LiftAsked)
    }
}

impl NewLegalHold {
    fn check(&self, now: Timestamp) -> Result<()> {
        let reason = self.reason.trim();
        if !(1..=LONGEST_REASON).contains(&reason.len()) || reason.chars().any(char::is_control) {
            return Err(Error::invalid("reason", "say why in 1 to 500 bytes on one line"));
        }
        match self.until {
            Some(until) if until <= now => Err(Error::invalid("until", "give a moment to come, or none")),
            _ => Ok(()),
        }
    }
}
