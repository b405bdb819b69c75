//! Tasks on the wire.

use custody::task::{self, Share};
use kernel::{DatasetId, ItemId, MemberId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Problem;

use crate::words::{TaskState, WorkState};

/// A lease of some items to one member.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Task {
    #[schema(value_type = Uuid)]
    id: TaskId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// Who holds it.
    #[schema(value_type = Uuid)]
    member: MemberId,
    #[schema(value_type = String, format = DateTime)]
    taken_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    state: TaskState,
    /// Whether the lease gives original bytes.
    originals: bool,
    /// Why somebody took it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How many of its items wait to be worked on.
    leased: u32,
    /// How many were submitted, whatever their reviewers said.
    submitted: u32,
    /// How many of those were approved.
    approved: u32,
    /// How many of those were given back by their reviewers.
    returned: u32,
    /// How many were skipped.
    skipped: u32,
    /// Its items; left out of listings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    items: Vec<TaskItem>,
}

/// One item of a task.
#[derive(Debug, Serialize, ToSchema)]
struct TaskItem {
    #[schema(value_type = Uuid)]
    item: ItemId,
    state: WorkState,
    /// Since when it is in this state.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Why it was skipped, or what its reviewer said; of what is leased, what the reviewer said of it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What is to be leased to whom: either these items, or so many of the next free ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "member": "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e", "count": 10 }))]
pub(super) struct Assignment {
    /// An active worker who was given the dataset.
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// These items, also where the member skipped them before.
    #[schema(value_type = Option<Vec<Uuid>>)]
    items: Option<Vec<ItemId>>,
    /// At most so many, up to the dataset's batch.
    count: Option<u32>,
}

/// Why it is done, for those who follow the work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "too dark to tell" }))]
pub(super) struct Reason {
    /// 1 to 500 bytes.
    pub(super) reason: String,
}

/// What a reviewer says of submitted work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "verdict": "return", "reason": "the left one is missing" }))]
pub(super) struct Review {
    verdict: ReviewVerdict,
    /// What is to be done again, in 1 to 500 bytes; with `return`, and with nothing else.
    reason: Option<String>,
}

/// Good, or to be done again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ReviewVerdict {
    Approve,
    Return,
}

impl Review {
    pub(super) fn into_domain(self) -> Result<task::Verdict, Problem> {
        match (self.verdict, self.reason) {
            (ReviewVerdict::Approve, None) => Ok(task::Verdict::Approve),
            (ReviewVerdict::Return, Some(reason)) => Ok(task::Verdict::Return(reason)),
            (ReviewVerdict::Approve, Some(_)) => Err(Problem::invalid(
                "reason",
                "what is approved needs no reason; leave it out",
            )),
            (ReviewVerdict::Return, None) => Err(Problem::invalid("reason", "say what is to be done again")),
        }
    }
}

/// Work that waits for its reviewer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubmittedItem {
    #[schema(value_type = Uuid)]
    item: ItemId,
    /// The task by which it was worked on.
    #[schema(value_type = Uuid)]
    task: TaskId,
    /// Who submitted it.
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<task::Submitted> for SubmittedItem {
    fn from(it: task::Submitted) -> Self {
        Self {
            item: it.item,
            task: it.task,
            member: it.member,
            at: it.at,
        }
    }
}

/// What a member has done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    #[schema(value_type = Uuid)]
    member: MemberId,
    /// Items that they hold a live lease of.
    leased: u64,
    /// Items that they submitted, whatever their reviewers said.
    submitted: u64,
    /// Items of those that were approved.
    approved: u64,
    /// Items of those that were given back by their reviewers.
    returned: u64,
    /// Items that they left to somebody else.
    skipped: u64,
    /// Seconds from taking each task to submitting the last of its items so far.
    seconds: u64,
}

impl From<task::Figures> for Figures {
    fn from(it: task::Figures) -> Self {
        Self {
            member: it.member,
            leased: it.leased,
            submitted: it.submitted,
            approved: it.approved,
            returned: it.returned,
            skipped: it.skipped,
            seconds: it.seconds,
        }
    }
}

impl Assignment {
    pub(super) fn into_domain(self) -> Result<(MemberId, Share), Problem> {
        let share = match (self.items, self.count) {
            (Some(items), None) => Share::Items(items),
            (None, Some(count)) => Share::Next(count),
            _ => {
                return Err(Problem::invalid(
                    "items",
                    "say either which `items`, or the `count` of the next free ones",
                ));
            }
        };
        Ok((self.member, share))
    }
}

impl From<task::Task> for Task {
    fn from(task: task::Task) -> Self {
        let items = task.items.into_iter().map(TaskItem::from).collect();
        Self {
            id: task.id,
            dataset: task.dataset,
            member: task.member,
            taken_at: task.taken_at,
            ends_at: task.ends_at,
            state: task.state.into(),
            originals: task.originals,
            reason: task.reason,
            leased: task.leased,
            submitted: task.submitted,
            approved: task.approved,
            returned: task.returned,
            skipped: task.skipped,
            items,
        }
    }
}

impl From<task::TaskItem> for TaskItem {
    fn from(item: task::TaskItem) -> Self {
        Self {
            item: item.item,
            state: item.state.into(),
            changed_at: item.changed_at,
            reason: item.reason,
        }
    }
}
