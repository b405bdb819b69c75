//! Retention: how long things are kept, by rules that the tenant settles, and what happens then.
//!
//! Promises: a rule is the tenant's or a dataset's, for files, records or both, and the closest one counts; the contract's days count
//! where nothing else is said, and whoever keeps longer says on which ground. What is past its time is announced first, then archived, and
//! deleted when the archive window is over; each item with its entry in the trail, in bounded batches under a lease, so that what breaks off
//! goes on. Legal holds, locks and restrictions win over every rule. Leaves out: dates within sealed records, which
//! nobody reads for this; what a person asks to be erased (`rights`), which does not wait for a rule.

mod book;
mod change;
mod due;
mod forecast;
mod limits;
mod notice;
mod overdue;
mod preview;
mod round;
mod rows;
mod settle;
mod standing;

use std::time::Duration;

use kernel::{DatasetId, ItemId, MemberId, RetentionNoticeId, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use change::forget;
pub use forecast::{Forecast, Tally};
pub use limits::Limit;
pub(crate) use limits::limits;
pub use overdue::overdue;
pub(crate) use round::Place;
pub use round::Round;
pub use settle::RetentionChange;
pub use standing::{ArchiveWindow, InForce, Standing};

use crate::error::{Error, Result};
use crate::item::{Kind, State};

/// How long what a rule archived can be brought back, where nobody settled it.
pub const ARCHIVE_DAYS: u32 = 30;
const NOTICE_DAYS: u32 = 14;
const LONGEST_DAYS: u32 = 36_500;
const LONGEST_GROUND: usize = 500;
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What a rule counts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountsFrom {
    /// When the item was put in.
    #[default]
    Put,
    /// When its newest version was.
    LastVersion,
    /// When it was archived; what is in use is kept.
    Archive,
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Only files, or only records; both when absent. The narrower of two rules counts.
    pub kind: Option<Kind>,
    /// 1 to 36500.
    pub days: u32,
    /// From when on.
    pub counts_from: CountsFrom,
    /// How many days before it is announced: 0 to 365.
    pub notice_days: u32,
    /// Why longer than the tenant or the contract says. Sealed.
    pub ground: Option<String>,
}

/// What is settled for a tenant or a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// At most one for each kind and one for both.
    pub rules: Vec<Rule>,
    /// For how many days what is archived can be brought back: it is deleted then, whoever archived it. When absent, what people archive stays
    /// until somebody deletes it, and what a rule archives for [`ARCHIVE_DAYS`].
    pub archive_days: Option<u32>,
}

/// What will happen to an item, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The item.
    pub item: ItemId,
    /// Files or records.
    pub kind: Kind,
    /// In use or archived.
    pub state: State,
    /// What it is past, or will be.
    pub because: Because,
    /// When its time is over.
    pub due_at: Timestamp,
    /// When it is deleted at the earliest, if nobody brings it back.
    pub deleted_at: Timestamp,
    /// What keeps it in spite of that.
    pub kept_by: Option<KeptBy>,
}

/// Which rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// A rule of the dataset.
    DatasetRule,
    /// A rule of the tenant.
    TenantRule,
    /// The contract's days.
    Contract,
    /// It was archived and nobody brought it back.
    ArchiveWindow,
}

/// What wins over a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptBy {
    /// A legal hold, or a lock of one of its versions.
    Hold,
    /// Processing is restricted for somebody it is about.
    Restriction,
}

/// An announcement of what will be archived or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its id.
    pub id: RetentionNoticeId,
    /// The dataset.
    pub dataset: DatasetId,
    /// Files or records.
    pub kind: Kind,
    /// How many items it is about.
    pub items: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on they go.
    pub ready_at: Timestamp,
}

/// Who settled it, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) by: MemberId,
    pub(crate) at: Timestamp,
}

impl CountsFrom {
    const ALL: [Self; 3] = [Self::Put, Self::LastVersion, Self::Archive];

    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::LastVersion => "last-version",
            Self::Archive => "archive",
        }
    }

    fn from_row(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|from| from.as_str() == word);
        found.ok_or_else(|| Error::Internal(format!("a rule counts from an unknown {word} in a row")))
    }

    /// The moment of an item `i` with its newest version `v`.
    const fn column(self) -> &'static str {
        match self {
            Self::Put => "i.made_at",
            Self::LastVersion => "v.made_at",
            Self::Archive => "i.archived_at",
        }
    }
}

impl Because {
    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DatasetRule => "dataset-rule",
            Self::TenantRule => "tenant-rule",
            Self::Contract => "contract",
            Self::ArchiveWindow => "archive-window",
        }
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            kind: None,
            days: 365,
            counts_from: CountsFrom::default(),
            notice_days: NOTICE_DAYS,
            ground: None,
        }
    }
}

impl Retention {
    fn check(&self) -> Result<()> {
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check()?;
            if self.rules[..index].iter().any(|other| other.kind == rule.kind) {
                let problem = "give one rule for files, one for records and one for both, at most";
                return Err(Error::invalid("rules", problem));
            }
        }
        match self.archive_days {
            Some(days) if !(1..=LONGEST_DAYS).contains(&days) => Err(Error::invalid(
                "archive_days",
                "give 1 to 36500 days, or leave it out",
            )),
            _ => Ok(()),
        }
    }
}

impl Rule {
    fn check(&self) -> Result<()> {
        if !(1..=LONGEST_DAYS).contains(&self.days) {
            return Err(Error::invalid("days", "give 1 to 36500 days"));
        }
        if self.notice_days > 365 {
            return Err(Error::invalid("notice_days", "give 0 to 365 days"));
        }
        match &self.ground {
            Some(ground) if ground.trim().is_empty() || ground.len() > LONGEST_GROUND => Err(Error::invalid(
                "ground",
                "say on which ground in 1 to 500 bytes, or leave it out",
            )),
            _ => Ok(()),
        }
    }
}

/// So many days.
pub(crate) fn days(count: u32) -> Duration {
    DAY * count
}
