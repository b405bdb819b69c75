//! Working on a task: submitting, skipping, giving back; and ending it from above.
//!
//! Promises: each is one transaction, after which the lease gives nothing more of what it was about: what flows by
//! it on this node stops with the next piece.

use kernel::{ItemId, MemberId, TaskId, TenantId};
use operation::acts::{AssignTask, ReturnTask, SkipTask, SubmitTask};
use operation::{Act, Op, Permit, Request};
use serde_json::{Value as Json, json};
use store::{Value, params};

use super::look::{permitted, shown};
use super::rows::{self, TaskRow};
use super::{Task, TaskState, WorkState};
use crate::annotations::{self, Annotations, NewAnnotations};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

impl Custody {
    /// The work on a leased item is done; the item is not handed out again.
    pub async fn submit(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        item: ItemId,
    ) -> Result<Task> {
        let custody = self.clone();
        self.on_task::<SubmitTask, _>(credential, request, task, move |op, permit, session, row| {
            settle(op, permit, session, row, item, WorkState::Submitted, None)?;
            custody.end_on_commit(op, task, Some(item));
            Ok(json!({ "task": task, "item": item }))
        })
        .await
    }

    /// As [`Custody::submit`], saying in the same act what was worked out about the item.
    pub async fn submit_annotated(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        item: ItemId,
        new: NewAnnotations,
    ) -> Result<(Task, Annotations)> {
        let custody = self.clone();
        self.on_task_giving::<SubmitTask, _, _>(credential, request, task, move |op, permit, session, row| {
            // First what is said: the lease by which it is said ends with what follows.
            let said = annotations::annotate_leased(op, session, item, &new)?;
            settle(op, permit, session, row, item, WorkState::Submitted, None)?;
            custody.end_on_commit(op, task, Some(item));
            let details = json!({ "task": task, "item": item, "annotations": said.made.id });
            Ok((details, said))
        })
        .await
    }

    /// A leased item is left to somebody else, for a reason of 1 to 500 bytes; it is not handed to this member again.
    pub async fn skip(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        item: ItemId,
        reason: &str,
    ) -> Result<Task> {
        check_reason(reason)?;
        let (custody, reason) = (self.clone(), reason.to_owned());
        self.on_task::<SkipTask, _>(credential, request, task, move |op, permit, session, row| {
            let sealed = row.seal_reason(op, session, Some(item), &reason);
            settle(op, permit, session, row, item, WorkState::Skipped, Some(sealed))?;
            custody.end_on_commit(op, task, Some(item));
            Ok(json!({ "task": task, "item": item, "reason": reason }))
        })
        .await
    }

    /// Gives back what is left of a task; its items are free again.
    pub async fn return_task(&self, credential: &Credential, request: Request, task: TaskId) -> Result<Task> {
        let custody = self.clone();
        self.on_task::<ReturnTask, _>(credential, request, task, move |op, permit, session, row| {
            end(op, permit, session, row, TaskState::Returned, None)?;
            custody.end_on_commit(op, task, None);
            Ok(json!({ "task": task, "items": row.task.leased }))
        })
        .await
    }

    /// Takes a task away from who holds it, for a reason of 1 to 500 bytes; its items are free again.
    pub async fn end_task(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        reason: &str,
    ) -> Result<Task> {
        check_reason(reason)?;
        let (custody, reason) = (self.clone(), reason.to_owned());
        self.on_task::<AssignTask, _>(credential, request, task, move |op, permit, session, row| {
            if row.task.state != TaskState::Live {
                return Err(Error::Conflict("the task is not live any more".into()));
            }
            let sealed = row.seal_reason(op, session, None, &reason);
            end(op, permit, session, row, TaskState::Ended, Some(sealed))?;
            custody.end_on_commit(op, task, None);
            Ok(json!({ "task": task, "ended": true, "items": row.task.leased, "reason": reason }))
        })
        .await
    }

    async fn on_task<A, F>(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        act: F,
    ) -> Result<Task>
    where
        A: Act,
        F: Fn(&mut Op<'_>, &Permit<A>, &Session, &TaskRow) -> Result<Json> + Send + 'static,
    {
        let act = move |op: &mut Op<'_>, permit: &Permit<A>, session: &Session, row: &TaskRow| {
            Ok((act(op, permit, session, row)?, ()))
        };
        let done = self
            .on_task_giving::<A, (), _>(credential, request, task, act)
            .await?;
        Ok(done.0)
    }

    /// Finds the task and asks for the permit; then the act says what the trail keeps, and what else it gives.
    async fn on_task_giving<A, T, F>(
        &self,
        credential: &Credential,
        request: Request,
        task: TaskId,
        act: F,
    ) -> Result<(Task, T)>
    where
        A: Act,
        T: Send + 'static,
        F: Fn(&mut Op<'_>, &Permit<A>, &Session, &TaskRow) -> Result<(Json, T)> + Send + 'static,
    {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, A::ACTION)?;
                let (row, permit) = permitted::<A>(op, &session, task)?;
                let (details, given) = act(op, &permit, &session, &row)?;
                let task = shown(op, &permit, &session, task)?;
                op.record(permit, details)?;
                Ok((task, given))
            })
            .await
    }

    /// Ends what flows by the lease of one item, or by the whole task, once this act is durable.
    fn end_on_commit(&self, op: &mut Op<'_>, task: TaskId, item: Option<ItemId>) {
        let leases = self.leases.clone();
        op.on_commit(move || {
            leases.end_where(|lease| lease.0 == task && item.is_none_or(|item| lease.1 == item))
        });
    }
}

/// Ends every live task of a member who is shut out, so that others get their items at once; gives which.
pub(crate) fn end_all_of<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> Result<Vec<TaskId>> {
    let now = op.now();
    let found = op.find_all(rows::LIVE_OF, params![tenant, member, now])?;
    let tasks = found.iter().map(|row| Ok(row.get(0)?));
    let tasks = tasks.collect::<Result<Vec<TaskId>>>()?;
    for task in &tasks {
        op.change(permit, rows::FREE_ALL, params![tenant, *task, now])?;
        let ended: [Value; 4] = [
            tenant.into(),
            (*task).into(),
            TaskState::Ended.as_str().into(),
            Value::Null,
        ];
        op.change(permit, rows::END, &ended)?;
    }
    Ok(tasks)
}

fn settle<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &TaskRow,
    item: ItemId,
    to: WorkState,
    reason: Option<Vec<u8>>,
) -> Result<()> {
    let (task, now) = (row.task.id, op.now());
    must_be(op, permit, session, row, item, WorkState::Leased)?;
    if to == WorkState::Submitted {
        check_not_restricted(op, permit, session, item)?;
        op.change(
            permit,
            rows::SUBMITTED_AT,
            params![session.tenant, task, item, now],
        )?;
    }
    op.change(
        permit,
        rows::SETTLE_ITEM,
        params![session.tenant, task, item, to.as_str(), now, reason],
    )?;
    // What was skipped goes behind what nobody has had yet.
    let free_at = (to == WorkState::Skipped).then_some(now);
    op.change(permit, rows::FREE_AT, params![session.tenant, item, free_at])?;
    op.change(permit, rows::FINISH, params![session.tenant, task])?;
    Ok(())
}

/// What is restricted at a person's request is left or given back, and no work on it is taken.
fn check_not_restricted<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
) -> Result<()> {
    if op
        .find(rows::RESTRICTED, params![session.tenant, item])?
        .is_none()
    {
        return Ok(());
    }
    let reasons = vec!["limit.restricted".to_owned()];
    let details = json!({ "reasons": reasons, "item": item });
    op.refuse(A::ACTION, permit.resource().clone(), details)?;
    Err(Error::Forbidden {
        action: A::ACTION,
        reasons,
    })
}

/// Refuses what is not in this state; an item that the task does not have answers like an unknown one.
pub(super) fn must_be<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &TaskRow,
    item: ItemId,
    wanted: WorkState,
) -> Result<()> {
    let found = op.find(rows::ITEM_STATE, params![session.tenant, row.task.id, item])?;
    let Some(found) = found else {
        let details = json!({ "reasons": ["unknown"], "asked": item });
        op.refuse(A::ACTION, permit.resource().clone(), details)?;
        return Err(Error::NotFound("item"));
    };
    match WorkState::from_row(&found.get::<String>(0)?)? {
        state if state == wanted => Ok(()),
        WorkState::Leased => Err(Error::Conflict("the item is not submitted yet".into())),
        settled => {
            let settled = settled.as_str();
            Err(Error::Conflict(format!("the item is {settled} already")))
        }
    }
}

fn end<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &TaskRow,
    to: TaskState,
    reason: Option<Vec<u8>>,
) -> Result<()> {
    let (task, now) = (row.task.id, op.now());
    op.change(permit, rows::FREE_ALL, params![session.tenant, task, now])?;
    let ended: [Value; 4] = [
        session.tenant.into(),
        task.into(),
        to.as_str().into(),
        reason.into(),
    ];
    op.change(permit, rows::END, &ended)?;
    Ok(())
}

pub(super) fn check_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() || reason.len() > 500 || reason.contains('\0') {
        return Err(Error::invalid("reason", "say why in 1 to 500 bytes without NUL"));
    }
    Ok(())
}
