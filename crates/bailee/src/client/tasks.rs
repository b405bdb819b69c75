//! `bailee task`: work that a dataset hands out, from both sides of it.

use kernel::{ItemId, MemberId, TaskId};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const TASK: [Column; 9] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("MEMBER", "/member"),
    text("ENDS", "/ends_at"),
    text("LEASED", "/leased"),
    text("SUBMITTED", "/submitted"),
    text("APPROVED", "/approved"),
    text("RETURNED", "/returned"),
    text("SKIPPED", "/skipped"),
];

const TO_REVIEW: [Column; 4] = [
    text("ITEM", "/item"),
    text("TASK", "/task"),
    text("MEMBER", "/member"),
    text("SUBMITTED", "/at"),
];

const FIGURES: [Column; 7] = [
    text("MEMBER", "/member"),
    text("LEASED", "/leased"),
    text("SUBMITTED", "/submitted"),
    text("APPROVED", "/approved"),
    text("RETURNED", "/returned"),
    text("SKIPPED", "/skipped"),
    text("SECONDS", "/seconds"),
];

const ITEM: [Column; 3] = [
    text("ITEM", "/item"),
    text("STATE", "/state"),
    text("REASON", "/reason"),
];

/// Ask for work, do it, give it back; assign it and take it away.
#[derive(Debug, clap::Args)]
pub struct TaskArgs {
    #[command(subcommand)]
    pub action: Option<TaskAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with tasks; without any, your own are listed.
#[derive(Debug, clap::Subcommand)]
pub enum TaskAction {
    /// List tasks: your own, or a dataset's.
    List {
        /// A dataset's name or id.
        dataset: Option<String>,
        /// Only live ones.
        #[arg(long)]
        live: bool,
    },
    /// Ask for the next items of a dataset.
    Request {
        /// Its name or id.
        dataset: String,
    },
    /// Lease items of a dataset to a worker who was given it.
    #[command(group(clap::ArgGroup::new("share").required(true)))]
    Assign {
        /// Its name or id.
        dataset: String,
        /// To whom.
        member: MemberId,
        /// So many of the next free ones.
        #[arg(long, group = "share")]
        count: Option<u32>,
        /// This one; may be said several times.
        #[arg(long = "item", value_name = "ITEM", group = "share")]
        items: Vec<ItemId>,
    },
    /// Show one with its items.
    Show {
        /// Which.
        task: TaskId,
    },
    /// Say that the work on an item is done.
    Submit {
        /// Of which task.
        task: TaskId,
        /// Which item.
        item: ItemId,
    },
    /// Leave an item to somebody else.
    Skip {
        /// Of which task.
        task: TaskId,
        /// Which item.
        item: ItemId,
        /// Why, for those who follow the work.
        why: String,
    },
    /// Give back what is left of one.
    Return {
        /// Which.
        task: TaskId,
    },
    /// List submitted items of a dataset that wait for a reviewer.
    Reviews {
        /// Its name or id.
        dataset: String,
    },
    /// Say that submitted work is good.
    Approve {
        /// Of which task.
        task: TaskId,
        /// Which item.
        item: ItemId,
    },
    /// Give submitted work back, to be done again.
    Reject {
        /// Of which task.
        task: TaskId,
        /// Which item.
        item: ItemId,
        /// What is to be done again.
        why: String,
    },
    /// Count what was done: by you, or by everybody in a dataset.
    Figures {
        /// A dataset's name or id.
        dataset: Option<String>,
    },
    /// Take one away from who holds it.
    End {
        /// Which.
        task: TaskId,
        /// Why.
        why: String,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &TaskArgs, session: &Session) -> Result<(), Failure> {
    let call = match &args.action {
        None => return list(session, None, false).await,
        Some(TaskAction::List { dataset, live }) => return list(session, dataset.as_deref(), *live).await,
        Some(TaskAction::Request { dataset }) => Call::post(&["datasets", dataset, "tasks"]),
        Some(TaskAction::Assign {
            dataset,
            member,
            count,
            items,
        }) => Call::post(&["datasets", dataset, "assignments"]).json(&share(*member, *count, items))?,
        Some(TaskAction::Show { task }) => Call::get(&["tasks", &task.to_string()]),
        Some(TaskAction::Submit { task, item }) => on_item(*task, *item, "submit"),
        Some(TaskAction::Skip { task, item, why }) => {
            on_item(*task, *item, "skip").json(&json!({ "reason": why }))?
        }
        Some(TaskAction::Reviews { dataset }) => {
            let call = Call::get(&["datasets", dataset, "reviews"]).query("limit", Some(1_000));
            return session.list(call, &TO_REVIEW, usize::MAX).await.map(drop);
        }
        Some(TaskAction::Figures { dataset }) => {
            let call = Call::get(&["figures"])
                .query("limit", Some(1_000))
                .query("dataset", dataset.as_deref());
            return session.list(call, &FIGURES, usize::MAX).await.map(drop);
        }
        Some(TaskAction::Approve { task, item }) => {
            on_item(*task, *item, "review").json(&json!({ "verdict": "approve" }))?
        }
        Some(TaskAction::Reject { task, item, why }) => {
            on_item(*task, *item, "review").json(&json!({ "verdict": "return", "reason": why }))?
        }
        Some(TaskAction::Return { task }) => Call::post(&["tasks", &task.to_string(), "return"]),
        Some(TaskAction::End { task, why }) => {
            Call::post(&["tasks", &task.to_string(), "end"]).json(&json!({ "reason": why }))?
        }
    };
    show(session, &session.server.json(&call).await?)
}

async fn list(session: &Session, dataset: Option<&str>, live: bool) -> Result<(), Failure> {
    let call = Call::get(&["tasks"])
        .query("limit", Some(1_000))
        .query("dataset", dataset)
        .query("state", live.then_some("live"));
    session.list(call, &TASK, usize::MAX).await.map(drop)
}

fn share(member: MemberId, count: Option<u32>, items: &[ItemId]) -> Value {
    match count {
        Some(count) => json!({ "member": member, "count": count }),
        None => json!({ "member": member, "items": items }),
    }
}

fn on_item(task: TaskId, item: ItemId, verb: &str) -> Call {
    Call::post(&["tasks", &task.to_string(), "items", &item.to_string(), verb])
}

/// The task, then its items; an answer without a task says that nothing was free.
fn show(session: &Session, task: &Value) -> Result<(), Failure> {
    if task.is_null() {
        return session
            .output
            .result(&json!({ "task": null }), || "nothing is free at present".into());
    }
    session.output.record(task, &TASK)?;
    match task.get("items").and_then(Value::as_array) {
        Some(items) if !session.output.is_json() => session.output.rows(&ITEM, items, true),
        _ => Ok(()),
    }
}
