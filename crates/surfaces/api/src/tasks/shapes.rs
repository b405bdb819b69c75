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
    /// How many were submitted.
    submitted: u32,
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
    /// Why it was skipped.
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
