//! Handing out work: to whoever asks for it, or by those who assign it.
//!
//! Promises: finding free items and leasing them is one transaction, so two who ask at once never get the same; a
//! member never holds more live tasks of a dataset than its setting says, whoever handed them out.

use std::time::Duration;

use access::{Action, Class, Facts};
use kernel::{ItemId, MemberId, TaskId};
use operation::acts::{AssignTask, RequestTask};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{Task, Work, look, rows};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::member::{self, MemberState};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, contexts, replay};

/// What is to be assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// These items, also where the member skipped them before.
    Items(Vec<ItemId>),
    /// So many of the next free ones.
    Next(u32),
}

impl Custody {
    /// Leases the next free items of the dataset to the caller; nothing when none is free.
    pub async fn request_task(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Option<Task>> {
        self.hand_out::<RequestTask, _>(
            credential,
            request,
            dataset,
            idempotency,
            |op, session, dataset| {
                let work = dataset.work(session)?;
                let items = dataset.next_free(op, session, session.member, work.batch)?;
                Ok((session.member, work, items))
            },
        )
        .await
    }

    /// Leases items of the dataset to a worker who was given it; nothing when the next ones were asked for and none
    /// is free.
    pub async fn assign_task(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        member: MemberId,
        share: Share,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Option<Task>> {
        let choose = move |op: &mut Op<'_>, session: &Session, dataset: &Asked| {
            let work = dataset.work(session)?;
            dataset.check_worker(op, session, member)?;
            let items = dataset.share(op, session, member, &work, &share)?;
            Ok((member, work, items))
        };
        self.hand_out::<AssignTask, _>(credential, request, dataset, idempotency, choose)
            .await
    }

    /// Leases what was chosen, in the transaction in which it was found free.
    async fn hand_out<A, F>(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        idempotency: Option<IdempotencyKey>,
        choose: F,
    ) -> Result<Option<Task>>
    where
        A: Act,
        F: Fn(&mut Op<'_>, &Session, &Asked) -> Result<(MemberId, Work, Vec<ItemId>)> + Send + 'static,
    {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, A::ACTION)?;
                let (asked, permit) = Asked::permitted::<A>(op, &session, &dataset)?;
                if let Some(kept) = replay::find::<Task>(op, &session, idempotency.as_ref())? {
                    op.record(permit, json!({ "repeated": true, "task": kept.id }))?;
                    return Ok(Some(kept));
                }
                let (member, work, items) = choose(op, &session, &asked)?;
                asked.check_room(op, member, &work)?;
                if items.is_empty() {
                    op.record(permit, json!({ "member": member, "items": [] }))?;
                    return Ok(None);
                }
                let task = asked.lease(op, &permit, &session, member, &work, &items)?;
                replay::keep(op, &session, idempotency.as_ref(), &task)?;
                let details =
                    json!({ "task": task.id, "member": member, "items": items, "ends_at": task.ends_at });
                op.record(permit, details)?;
                Ok(Some(task))
            })
            .await
    }
}

/// The dataset whose work is asked for.
struct Asked(DatasetRow);

impl Asked {
    fn permitted<A: Act>(
        op: &mut Op<'_>,
        session: &Session,
        dataset: &DatasetRef,
    ) -> Result<(Self, Permit<A>)> {
        let row = dataset::found(op, session, dataset, A::ACTION)?;
        let facts: Facts = session.dataset_facts(row.id, row.granted);
        let resource = Resource {
            kind: "task",
            ..Resource::dataset(row.id)
        };
        let permit = op.permit(resource, &facts)?;
        Ok((Self(row), permit))
    }

    fn work(&self, session: &Session) -> Result<Work> {
        if self.0.state == State::Archived {
            return Err(Error::Conflict(
                "the dataset is archived; restore it before its work is handed out".into(),
            ));
        }
        self.0.settings(session)?.work.ok_or_else(|| {
            Error::Conflict("this dataset hands out no work; who may change it can set `work`".into())
        })
    }

    fn check_room(&self, op: &mut Op<'_>, member: MemberId, work: &Work) -> Result<()> {
        let open = rows::open_tasks(op, member, self.0.id)?;
        if open < i64::from(work.open_per_worker) {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "{open} live tasks of this dataset are held already, and it gives no more to one member; submit, skip or return first"
        )))
    }

    fn next_free(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        member: MemberId,
        most: u32,
    ) -> Result<Vec<ItemId>> {
        let (now, limit) = (op.now(), i64::from(most));
        let wanted = params![session.tenant, self.0.id, member, limit];
        let mut items = ids(&op.find_all(rows::RETURNED_TO, wanted)?)?;
        let wanted = params![session.tenant, self.0.id, now, member, limit];
        for item in ids(&op.find_all(rows::FREE, wanted)?)? {
            if items.len() < most as usize && !items.contains(&item) {
                items.push(item);
            }
        }
        Ok(items)
    }

    fn share(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        member: MemberId,
        work: &Work,
        share: &Share,
    ) -> Result<Vec<ItemId>> {
        let most = work.batch;
        match share {
            Share::Next(count) if (1..=most).contains(count) => self.next_free(op, session, member, *count),
            Share::Next(_) => Err(Error::invalid(
                "count",
                format!("use 1 to {most}, the dataset's batch"),
            )),
            Share::Items(items) if (1..=most as usize).contains(&items.len()) => {
                self.all_free(op, session, items)
            }
            Share::Items(_) => Err(Error::invalid(
                "items",
                format!("name 1 to {most} items, the dataset's batch"),
            )),
        }
    }

    fn all_free(&self, op: &mut Op<'_>, session: &Session, items: &[ItemId]) -> Result<Vec<ItemId>> {
        let now = op.now();
        for (place, item) in items.iter().enumerate() {
            let wanted = params![session.tenant, self.0.id, item, now];
            if items[..place].contains(item) {
                return Err(Error::invalid("items", format!("{item} is named twice")));
            }
            if op.find(rows::IS_FREE, wanted)?.is_none() {
                return Err(Error::Conflict(format!(
                    "item {item} is not free: it is not in this dataset, archived, leased or submitted already"
                )));
            }
        }
        Ok(items.to_vec())
    }

    /// Work is for workers who may reach the dataset; others see it without a lease.
    fn check_worker(&self, op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<()> {
        let holder = member::found(op, session, member, Action::TaskAssign)?;
        let now = op.now();
        let granted = op.find(rows::GRANTED, params![session.tenant, self.0.id, member, now])?;
        if holder.class == Class::Worker && holder.state == MemberState::Active && granted.is_some() {
            return Ok(());
        }
        Err(Error::Conflict(
            "work is assigned to active workers who were given the dataset; give it to them first".into(),
        ))
    }

    /// INVARIANT: the items were found free in this transaction, and are free again only when the lease has ended.
    fn lease<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        member: MemberId,
        work: &Work,
        items: &[ItemId],
    ) -> Result<Task> {
        let (now, id) = (op.now(), TaskId::make(op.now(), op.random()));
        let ends_at = now.plus(Duration::from_secs(u64::from(work.lease_minutes) * 60));
        let row = params![
            id,
            session.tenant,
            self.0.id,
            member,
            now,
            ends_at,
            i64::from(work.originals)
        ];
        op.change(permit, rows::INSERT, row)?;
        for item in items {
            let said = self.said_of(op, session, *item, id)?;
            let row = params![id, item, session.tenant, member, now, said, self.0.id];
            op.change(permit, rows::INSERT_ITEM, row)?;
            op.change(permit, rows::REWORKED, params![session.tenant, item])?;
            op.change(permit, rows::FREE_AT, params![session.tenant, item, ends_at])?;
        }
        look::shown(op, permit, session, id)
    }

    /// What the last reviewer said of the item, sealed for its new lease.
    fn said_of(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        item: ItemId,
        lease: TaskId,
    ) -> Result<Option<Vec<u8>>> {
        let Some(row) = op.find(rows::SAID_OF, params![session.tenant, item])? else {
            return Ok(None);
        };
        let (before, sealed): (TaskId, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?);
        let Some(sealed) = sealed else { return Ok(None) };
        let context = |task| contexts::task_reason(session.tenant, task, Some(item));
        let said = sealing::open(&self.0.key, &context(before), &sealed)?;
        Ok(Some(sealing::seal(
            &self.0.key,
            &context(lease),
            &said,
            op.random(),
        )))
    }
}

fn ids(rows: &[store::Row]) -> Result<Vec<ItemId>> {
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}
