//! Tasks: batches of items that one member holds a lease of for a while.
//!
//! Promises: an item is in at most one live lease; whether a lease is live is settled by the clock in every
//! decision, so nothing has to run for one to end; what was submitted is never handed out again, and what a member
//! skipped not to them; nobody reviews their own work. Leaves out: what is worked out about an item (`annotations`).

mod figures;
mod hand_out;
mod lease;
mod look;
mod review;
mod rows;
mod run_out;
mod work;

use kernel::{DatasetId, ItemId, MemberId, TaskId, TenantId, Timestamp};
use operation::Op;
use serde::{Deserialize, Serialize};
use store::params;

pub use figures::Figures;
pub use hand_out::Share;
pub(crate) use lease::{ended_of, lease_of, leased_names, listing_facts};
pub use look::TaskFilter;
pub use review::{Submitted, Verdict};
pub(crate) use work::end_all_of;

use crate::error::{Error, Result};

/// How a dataset hands out work. A dataset without it hands out none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// The most items of one task, 1 to 100.
    pub batch: u32,
    /// How long a task is leased, 1 to 1,440 minutes.
    pub lease_minutes: u32,
    /// How many live tasks of this dataset one member may hold, 1 to 20.
    pub open_per_worker: u32,
    /// Whether who holds the lease may take the original bytes, or only look at what the server renders.
    #[serde(default)]
    pub originals: bool,
}

impl Work {
    /// Holds the setting to its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        let bounds = [
            ("work.batch", self.batch, 100),
            ("work.lease_minutes", self.lease_minutes, 24 * 60),
            ("work.open_per_worker", self.open_per_worker, 20),
        ];
        match bounds
            .iter()
            .find(|(_, value, most)| !(1..=*most).contains(value))
        {
            Some((field, _, most)) => Err(Error::invalid(field, format!("use 1 to {most}"))),
            None => Ok(()),
        }
    }
}

/// A lease of some items to one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The dataset whose items it has.
    pub dataset: DatasetId,
    /// Who holds it.
    pub member: MemberId,
    /// Since when.
    pub taken_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    /// Live, or how it ended.
    pub state: TaskState,
    /// Whether the lease gives original bytes.
    pub originals: bool,
    /// Why a manager ended it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many of its items wait to be worked on.
    pub leased: u32,
    /// How many were submitted, whatever their reviewers said.
    pub submitted: u32,
    /// How many of those were approved.
    #[serde(default)]
    pub approved: u32,
    /// How many of those were given back.
    #[serde(default)]
    pub returned: u32,
    /// How many were skipped.
    pub skipped: u32,
    /// Its items; listings leave them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<TaskItem>,
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// Its items are leased.
    Live,
    /// Given back by who held it.
    Returned,
    /// Ended by the clock or by a manager.
    Ended,
    /// Every item was submitted or skipped.
    Finished,
}

impl TaskState {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Returned => "returned",
            Self::Ended => "ended",
            Self::Finished => "finished",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        [Self::Live, Self::Returned, Self::Ended, Self::Finished]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::Internal(format!("unknown state {word} of a task in a row")))
    }
}

/// One item of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskItem {
    /// The item.
    pub item: ItemId,
    /// How far the work on it is.
    pub state: WorkState,
    /// Since when.
    pub changed_at: Timestamp,
    /// Why it was skipped, or what its reviewer said; of what is leased, what the reviewer said of it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far the work on an item of a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkState {
    /// To be worked on; leased as long as its task is live.
    Leased,
    /// Done; where the dataset's work is reviewed, until a reviewer says so.
    Submitted,
    /// Done, says the reviewer.
    Approved,
    /// Given back by the reviewer: it is handed out once more, for a while to the same member alone.
    Returned,
    /// Given back by the reviewer, and handed out since.
    Reworked,
    /// Left to somebody else.
    Skipped,
}

impl WorkState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Leased,
        Self::Submitted,
        Self::Approved,
        Self::Returned,
        Self::Reworked,
        Self::Skipped,
    ];

    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Leased => "leased",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Returned => "returned",
            Self::Reworked => "reworked",
            Self::Skipped => "skipped",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::Internal(format!("unknown state {word} of leased work in a row")))
    }
}

/// What a live task gives, to whom and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LiveTask {
    pub(crate) member: MemberId,
    pub(crate) dataset: DatasetId,
    pub(crate) ends_at: Timestamp,
    pub(crate) originals: bool,
}

/// The task if it is live at this moment.
pub(crate) fn live(
    op: &mut Op<'_>,
    tenant: TenantId,
    task: TaskId,
    now: Timestamp,
) -> Result<Option<LiveTask>> {
    let found = op.find(rows::LIVE, params![tenant, task, now])?;
    let read = |row: store::Row| {
        Ok(LiveTask {
            member: row.get(0)?,
            dataset: row.get(1)?,
            ends_at: row.get(2)?,
            originals: row.get(3)?,
        })
    };
    found.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_keeps_its_bounds() {
        let work = Work {
            batch: 100,
            lease_minutes: 1_440,
            open_per_worker: 20,
            originals: false,
        };
        assert!(work.check().is_ok());
        let beyond = [
            Work { batch: 0, ..work },
            Work { batch: 101, ..work },
            Work {
                lease_minutes: 0,
                ..work
            },
            Work {
                lease_minutes: 1_441,
                ..work
            },
            Work {
                open_per_worker: 21,
                ..work
            },
        ];
        assert!(beyond.iter().all(|work| work.check().is_err()));
    }

    #[test]
    fn words_in_rows_come_back() {
        for state in [
            TaskState::Live,
            TaskState::Returned,
            TaskState::Ended,
            TaskState::Finished,
        ] {
            assert_eq!(TaskState::from_row(state.as_str()).unwrap(), state);
        }
        for state in WorkState::ALL {
            assert_eq!(WorkState::from_row(state.as_str()).unwrap(), state);
        }
        assert!(TaskState::from_row("approved").is_err());
    }
}
