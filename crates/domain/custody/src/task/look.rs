//! Looking at tasks: members at their own, those who assign work at their datasets'.

use access::{Action, Facts};
use kernel::{Page, PageRequest, TaskId};
use operation::acts::{ListTasks, ViewTask};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::rows::{self, TaskRow};
use super::{Task, TaskState};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

/// Which tasks are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of this dataset: everybody's for those who may see them, the caller's own for others. The caller's own in all
    /// datasets when absent.
    pub dataset: Option<DatasetRef>,
    /// Only live ones.
    pub live: bool,
}

impl Custody {
    /// A task with its items.
    pub async fn task(&self, credential: &Credential, request: Request, task: TaskId) -> Result<Task> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TaskView)?;
                let (row, permit) = permitted::<ViewTask>(op, &session, task)?;
                let task = with_items(op, &permit, &session, &row)?;
                op.record(permit, json!({ "task": task.id }))?;
                Ok(task)
            })
            .await
    }

    /// One page of tasks without their items, oldest first.
    pub async fn tasks(
        &self,
        credential: &Credential,
        request: Request,
        filter: TaskFilter,
        page: PageRequest,
    ) -> Result<Page<Task>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TaskList)?;
                let wanted = custody.wanted(op, &session, &filter)?;
                let permit: Permit<ListTasks> = op.permit(wanted.resource.clone(), &wanted.facts)?;
                let listed = list_page(op, &permit, &session, &wanted, &page)?;
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// Whoever may not see everybody's tasks of the dataset asks for their own.
    pub(super) fn wanted(&self, op: &mut Op<'_>, session: &Session, filter: &TaskFilter) -> Result<Wanted> {
        let (resource, facts) = match &filter.dataset {
            None => (Resource::tenant(), session.facts()),
            Some(dataset) => {
                let row = dataset::found(op, session, dataset, Action::TaskList)?;
                (
                    Resource::dataset(row.id),
                    session.dataset_facts(row.id, row.granted),
                )
            }
        };
        let subject = &op.caller()?.subject;
        let may = |action| self.desk.policies.would_allow(subject, action, &facts);
        let sees_all = filter.dataset.is_some() && may(Action::TaskList);
        // Whoever may not know of the dataset does not learn by an empty list that it is there.
        let knows = filter.dataset.is_none() || facts.dataset_granted || may(Action::DatasetView);
        Ok(Wanted {
            resource: Resource {
                kind: "task",
                ..resource
            },
            facts: Facts {
                own: !sees_all && knows,
                ..facts
            },
            live: filter.live,
        })
    }
}

/// Whose tasks are wanted: `facts.own` says that they are the caller's alone.
pub(super) struct Wanted {
    pub(super) resource: Resource,
    pub(super) facts: Facts,
    live: bool,
}

/// Finds the task and asks for the permit; unknown ids are recorded like refusals and answer alike.
pub(super) fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    task: TaskId,
) -> Result<(TaskRow, Permit<A>)> {
    let row = found::<A>(op, session, task)?;
    let own = row.task.member == session.member;
    let permit = permitted_as(op, session, &row, own)?;
    Ok((row, permit))
}

/// Asks for the permit about a task that was found, which is the caller's own work or not.
pub(super) fn permitted_as<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    row: &TaskRow,
    own: bool,
) -> Result<Permit<A>> {
    let facts = Facts {
        own,
        leased: row.task.member == session.member && row.task.state == TaskState::Live,
        ..session.dataset_facts(row.task.dataset, row.granted)
    };
    let resource = Resource {
        kind: "task",
        member: Some(row.task.member),
        ..Resource::dataset(row.task.dataset)
    };
    Ok(op.permit(resource, &facts)?)
}

/// Finds the task; unknown ids are recorded like refusals.
pub(super) fn found<A: Act>(op: &mut Op<'_>, session: &Session, task: TaskId) -> Result<TaskRow> {
    if let Some(row) = rows::find(op, session, task)? {
        return Ok(row);
    }
    let resource = Resource {
        kind: "task",
        ..Resource::default()
    };
    let details = json!({ "reasons": ["unknown"], "asked": task });
    op.refuse(A::ACTION, resource, details)?;
    Err(Error::NotFound("task"))
}

/// The task as it is after what was done in this transaction.
pub(super) fn shown<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    task: TaskId,
) -> Result<Task> {
    let row = rows::find(op, session, task)?.ok_or(Error::NotFound("task"))?;
    with_items(op, permit, session, &row)
}

fn with_items<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session, row: &TaskRow) -> Result<Task> {
    let items = op.list(permit, rows::ITEMS, params![session.tenant, row.task.id])?;
    Ok(Task {
        items: items
            .iter()
            .map(|item| row.item(session, item))
            .collect::<Result<_>>()?,
        ..row.task(session)?
    })
}

fn list_page(
    op: &mut Op<'_>,
    permit: &Permit<ListTasks>,
    session: &Session,
    wanted: &Wanted,
    page: &PageRequest,
) -> Result<Page<Task>> {
    let after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let (now, dataset) = (op.now(), wanted.resource.dataset);
    let limit = i64::from(page.limit) + 1;
    let mut values = params![session.tenant, after, session.member, now, limit].to_vec();
    values.extend(dataset.map(store::Value::from));
    let sql = rows::page_sql(wanted.facts.own, dataset.is_some(), wanted.live);
    let rows = op.list(permit, &sql, &values)?;
    let rows = rows
        .iter()
        .map(|row| TaskRow::read(session, row, now))
        .collect::<Result<Vec<_>>>()?;
    let page = Page::from_rows(rows, page.limit, |row| row.task.id.as_bytes().to_vec());
    let visible = page.items.iter().filter(|row| session.covers(row.task.dataset));
    let items = visible.map(|row| row.task(session)).collect::<Result<Vec<_>>>()?;
    Ok(Page {
        items,
        next: page.next,
    })
}
