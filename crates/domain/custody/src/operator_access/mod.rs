//! Operator access: the installation's staff look into a tenant for a while, because the tenant lets them.
//!
//! Promises: nobody of the operator's staff sees what a tenant keeps but by an access that an owner or admin of the tenant approved,
//! after reading who asks and why; it is about one dataset or about what datasets there are, gives original bytes only if that
//! was asked for and approved, changes nothing, and lasts eight hours at most. It ends by itself, and whenever the tenant says so:
//! the next request is refused on every node, and what flows ends. Asking, deciding, taking the key, ending and every look stand in
//! the tenant's trail under the access's id. A tenant that holds its key itself cannot be entered: nothing of the installation's opens it.
//! Leaves out: who may work for the operator.
//!
//! An access gives one key, once (`take.rs`). It is a temporary key of the tenant's that belongs to the operator's own member, so
//! who is disabled there is out here as well; its scope has the few acts of looking, and what it opens the policies decide from
//! `LetIn`, which every act finds in its own transaction.

mod ask;
mod decide;
mod look;
mod rows;
mod take;

use std::time::Duration;

use kernel::{DatasetId, KeyId, MemberId, OperatorAccessId, TenantId, Timestamp};
use serde::Serialize;

pub use decide::Decision;
pub(crate) use rows::{of_key, running};

use crate::error::{Error, Result};

/// The longest access, in minutes.
pub const MOST_MINUTES: u32 = 8 * 60;
/// What nobody has decided by then is not decided any more.
pub const LAPSES_AFTER: Duration = Duration::from_secs(7 * 86_400);
const LONGEST_REASON: usize = 500;

/// What somebody of the operator's staff asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperatorAccess {
    /// The tenant's short name.
    pub tenant: String,
    /// The dataset to look into; when absent, only what datasets there are, with their settings and counts.
    pub dataset: Option<DatasetId>,
    /// Whether original bytes can be taken, too.
    pub originals: bool,
    /// For how long, from the approval on: 1 to [`MOST_MINUTES`].
    pub minutes: u32,
    /// Why, in 1 to 500 bytes on one line; the tenant reads it.
    pub reason: String,
}

/// An access that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperatorAccess {
    /// Its id, which stands in the trail with all that was done by it.
    pub id: OperatorAccessId,
    /// Where.
    pub tenant: TenantId,
    /// Who of the operator's staff asked.
    pub asked_by: MemberId,
    /// When.
    pub asked_at: Timestamp,
    /// The dataset; when absent, only what datasets there are.
    pub dataset: Option<DatasetId>,
    /// Whether original bytes can be taken.
    pub originals: bool,
    /// For how long.
    pub minutes: u32,
    /// Why; told to the tenant alone.
    pub reason: Option<String>,
    /// What came of it.
    pub state: AccessState,
    /// Who of the tenant decided.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// When it ends, or ended; once approved.
    pub ends_at: Option<Timestamp>,
    /// Who of the tenant ended it before its time.
    pub ended_by: Option<MemberId>,
    /// The key that was taken.
    pub key: Option<KeyId>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessState {
    /// Nobody of the tenant has decided.
    Asked,
    /// Nobody has, and it is too late now.
    Lapsed,
    /// It runs, until its end.
    Approved,
    /// The tenant has said no.
    Refused,
    /// It is over, by its clock or because the tenant said so.
    Ended,
}

/// What an access opens, for whoever comes with its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LetIn {
    pub(crate) id: OperatorAccessId,
    tenant: TenantId,
    dataset: Option<DatasetId>,
    /// Whether original bytes can be taken.
    pub(crate) originals: bool,
    /// Nothing for one that was ended.
    ends_at: Option<Timestamp>,
}

impl LetIn {
    /// Whether it runs, in this tenant.
    pub(crate) fn is_live(&self, tenant: TenantId, now: Timestamp) -> bool {
        self.tenant == tenant && self.ends_at.is_some_and(|end| end > now)
    }

    /// Whether it shows that the dataset is there.
    pub(crate) fn shows(&self, dataset: DatasetId) -> bool {
        self.dataset.is_none_or(|only| only == dataset)
    }

    /// Whether it shows what is in the dataset.
    pub(crate) fn opens(&self, dataset: DatasetId) -> bool {
        self.dataset == Some(dataset)
    }
}

impl AccessState {
    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Lapsed => "lapsed",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    fn from_row(word: &str) -> Result<Self> {
        [Self::Asked, Self::Approved, Self::Refused, Self::Ended]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::Internal(format!("unknown state {word} of an operator's access in a row")))
    }

    /// As it is now: nobody has to mark what is over by the clock.
    fn at(self, now: Timestamp, asked_at: Timestamp, ends_at: Option<Timestamp>) -> Self {
        match self {
            Self::Asked if asked_at.plus(LAPSES_AFTER) <= now => Self::Lapsed,
            Self::Approved if ends_at.is_none_or(|end| end <= now) => Self::Ended,
            other => other,
        }
    }
}

impl NewOperatorAccess {
    fn check(&self) -> Result<()> {
        if !(1..=MOST_MINUTES).contains(&self.minutes) {
            let problem = format!("give 1 to {MOST_MINUTES} minutes");
            return Err(Error::invalid("minutes", problem));
        }
        if self.originals && self.dataset.is_none() {
            let problem = "original bytes are of one dataset: name it";
            return Err(Error::invalid("originals", problem));
        }
        let reason = self.reason.trim();
        let fits = (1..=LONGEST_REASON).contains(&reason.len()) && !reason.chars().any(char::is_control);
        match fits {
            true => Ok(()),
            false => Err(Error::invalid("reason", "say why in 1 to 500 bytes on one line")),
        }
    }
}
