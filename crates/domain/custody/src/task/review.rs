//! Reviewing: submitted work is approved, or given back with a word about it.
//!
//! Promises: nobody reviews what they had the lease of or said themselves about the item; what is given back goes to the same
//! member for as long as a lease lasts, and then to anybody, with what the reviewer said of it.

use std::time::Duration;

use access::{Action, Facts};
use kernel::{ItemId, MemberId, Page, PageRequest, TaskId, Timestamp, VersionId};
use operation::acts::ReviewTask;
use operation::{Op, Permit, Request, Resource};
use serde::Serialize;
use serde_json::{Value as Json, json};
use store::params;

use super::look::{found, permitted_as, shown};
use super::rows::{self, TaskRow};
use super::work::{check_reason, must_be};
use super::{Task, Work, WorkState};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, annotations};

/// What a reviewer says of submitted work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is good.
    Approve,
    /// It is to be done again, for a reason of 1 to 500 bytes.
    Return(String),
}

/// Work that waits for its reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Submitted {
    /// The item.
    pub item: ItemId,
    /// The task by which it was worked on.
    pub task: TaskId,
    /// Who submitted it.
    pub member: MemberId,
    /// When.
    pub at: Timestamp,
}

impl Custody {
    /// Says what a reviewer thinks of a submitted item.
    pub async fn review(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        item: ItemId,
        verdict: Verdict,
    ) -> Result<Task> {
        if let Verdict::Return(reason) = &verdict {
            check_reason(reason)?;
        }
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TaskReview)?;
                let row = found::<ReviewTask>(op, &session, task)?;
                let own = row.task.member == session.member || said_it(op, &session, &row, item)?;
                let permit: Permit<ReviewTask> = permitted_as(op, &session, &row, own)?;
                must_be(op, &permit, &session, &row, item, WorkState::Submitted)?;
                let work = reviewed_work(op, &session, &row)?;
                let details = settle(op, &permit, &session, &row, item, &verdict, &work)?;
                let task = shown(op, &permit, &session, task)?;
                op.record(permit, details)?;
                Ok(task)
            })
            .await
    }

    /// One page of a dataset's submitted work that others did.
    pub async fn to_review(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Submitted>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TaskReview)?;
                let row = dataset::found(op, &session, &dataset, Action::TaskReview)?;
                let resource = Resource {
                    kind: "task",
                    ..Resource::dataset(row.id)
                };
                let facts: Facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<ReviewTask> = op.permit(resource, &facts)?;
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let (after, limit) = (after.unwrap_or_default(), i64::from(page.limit) + 1);
                let wanted = params![session.tenant, row.id, session.member, after, limit];
                let found = op.list(&permit, rows::TO_REVIEW, wanted)?;
                let found = found.iter().map(submitted).collect::<Result<Vec<_>>>()?;
                let page = Page::from_rows(found, page.limit, |it| it.item.as_bytes().to_vec());
                op.record(permit, json!({ "to_review": page.items.len() }))?;
                Ok(page)
            })
            .await
    }
}

fn submitted(row: &store::Row) -> Result<Submitted> {
    Ok(Submitted {
        item: row.get(0)?,
        task: row.get(1)?,
        member: row.get(2)?,
        at: row.get(3)?,
    })
}

/// Whether what is said about the item is the reviewer's own word.
fn said_it(op: &mut Op<'_>, session: &Session, row: &TaskRow, item: ItemId) -> Result<bool> {
    // An item that the task does not have is found out after the policies.
    let of_task = op.find(rows::ITEM_STATE, params![session.tenant, row.task.id, item])?;
    let newest = op.find(rows::NEWEST_VERSION, params![session.tenant, item])?;
    match (of_task, newest) {
        (Some(_), Some(newest)) => {
            let version: VersionId = newest.get(0)?;
            annotations::is_author(op, session, version)
        }
        _ => Ok(false),
    }
}

/// How the dataset hands out the work that it has reviewed.
fn reviewed_work(op: &mut Op<'_>, session: &Session, row: &TaskRow) -> Result<Option<Work>> {
    let dataset = DatasetRef::Id(row.task.dataset);
    let settings = dataset::found(op, session, &dataset, Action::TaskReview)?.settings(session)?;
    if !settings.review {
        return Err(Error::Conflict(
            "the work of this dataset is not reviewed; who may change it can set `review`".into(),
        ));
    }
    Ok(settings.work)
}

fn settle(
    op: &mut Op<'_>,
    permit: &Permit<ReviewTask>,
    session: &Session,
    row: &TaskRow,
    item: ItemId,
    verdict: &Verdict,
    work: &Option<Work>,
) -> Result<Json> {
    let (task, now) = (row.task.id, op.now());
    let (to, sealed) = match verdict {
        Verdict::Approve => (WorkState::Approved, None),
        Verdict::Return(reason) => {
            let sealed = row.seal_reason(op, session, Some(item), reason);
            (WorkState::Returned, Some(sealed))
        }
    };
    let settled = params![session.tenant, task, item, to.as_str(), now, sealed];
    op.change(permit, rows::SETTLE_ITEM, settled)?;
    if to == WorkState::Returned {
        // Until then it is handed out to the same member alone.
        let minutes = work.map_or(0, |work| work.lease_minutes);
        let free_at = now.plus(Duration::from_secs(u64::from(minutes) * 60));
        op.change(permit, rows::FREE_AT, params![session.tenant, item, free_at])?;
    }
    let reason = match verdict {
        Verdict::Approve => None,
        Verdict::Return(reason) => Some(reason),
    };
    Ok(json!({ "task": task, "item": item, "verdict": to.as_str(), "reason": reason }))
}
