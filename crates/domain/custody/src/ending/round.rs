//! One round over contracts that end: what is due is announced, then deleted; on one node at a time.

use std::time::Duration;

use access::Facts;
use kernel::{DatasetId, DeletionCertificateId, ItemId, TenantId, Timestamp};
use operation::acts::RunLifecycle;
use operation::{Op, Permit, Resource, TrailSeal};
use serde_json::json;
use store::objects::Address;
use store::{Lease, Row, Tx, params};

use super::certificate::{Counted, statement};
use super::clock::EndClock;
use super::{NoticeKind, rows};
use crate::error::{Error, Result};
use crate::installation::system_caller;
use crate::item::{self, LetGo};
use crate::legal_hold;
use crate::retention::{Place, days};
use crate::{Custody, erasure};

const LEASE: &str = "contract-ends";
const TIME: Duration = Duration::from_secs(10 * 60);
/// Items of one transaction.
const BATCH: i64 = 100;
/// Batches of one tenant and round.
const BATCHES: usize = 50;

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// What was announced.
    pub announced: u64,
    /// Items that were deleted.
    pub items: u64,
    /// Tenants of whom nothing is left, each with its certificate.
    pub certified: u64,
}

/// A tenant whose contract ends.
#[derive(Clone)]
struct Ending {
    place: Place,
    slug: String,
}

/// What a batch came to.
enum Batch {
    /// Items went, and there may be more.
    Went(u64, LetGo),
    /// What is left is on hold.
    Held,
    /// Nothing is left.
    Done(LetGo),
    /// The contract was given another end, or another node is at it.
    Stopped,
}

impl Custody {
    /// One round; nothing while another node is at it. Housekeeping; call it now and then.
    pub async fn end_contracts(&self) -> Result<Ended> {
        let mut ended = Ended::default();
        let holder = format!("{}/{}", self.node, self.desk.operation_id());
        let now = self.desk.clock.now();
        let take = move |tx: &mut Tx| Lease::take(tx, LEASE, &holder, now, TIME);
        let Some(lease) = self.desk.db.write(take).await? else {
            return Ok(ended);
        };
        let mut after = Vec::new();
        loop {
            let (from, by) = (after.clone(), self.desk.clock.now().plus(days(14)));
            let found = self
                .desk
                .db
                .read(move |tx| tx.all(rows::ENDING, params![from.as_slice(), by]));
            let found = found.await?;
            let Some(last) = found.last() else {
                break;
            };
            after = last.get::<Vec<u8>>(0)?;
            for row in &found {
                if let Some(ending) = Ending::read(row)? {
                    self.end_one(&lease, &ending, &mut ended).await?;
                }
            }
        }
        self.desk.db.write(move |tx| lease.release(tx)).await?;
        Ok(ended)
    }

    async fn end_one(&self, lease: &Lease, ending: &Ending, ended: &mut Ended) -> Result<()> {
        let (custody, one) = (self.clone(), ending.clone());
        let told = self
            .desk
            .act(self.desk.own_request(), move |op| custody.announce(op, &one));
        let (announced, is_over) = told.await?;
        ended.announced += u64::from(announced);
        if !is_over {
            return Ok(());
        }
        for _ in 0..BATCHES {
            let (custody, one, lease) = (self.clone(), ending.clone(), lease.clone());
            let batch = self.desk.act(self.desk.own_request(), move |op| {
                let now = op.now();
                match lease.renew(op.housekeeping(), now, TIME)? {
                    true => custody.delete_batch(op, &one),
                    false => Ok(Batch::Stopped),
                }
            });
            match batch.await? {
                Batch::Went(items, let_go) => {
                    ended.items += items;
                    self.empty_trash_of(let_go).await;
                }
                Batch::Done(let_go) => {
                    ended.certified += 1;
                    self.empty_trash_of(let_go).await;
                    return Ok(());
                }
                Batch::Held | Batch::Stopped => return Ok(()),
            }
        }
        Ok(())
    }

    /// Announces what is due, once. Says whether it was announced now, and whether it is time to delete.
    fn announce(&self, op: &mut Op<'_>, ending: &Ending) -> Result<(bool, bool)> {
        let now = op.now();
        let Some(clock) = EndClock::of(op, ending.place.tenant)? else {
            return Ok((false, false));
        };
        match clock.told(now) {
            Some((kind, about)) => {
                let details = json!({
                    "notice": kind, "ends_at": clock.ends_at, "deleted_at": clock.deleted_at, "export_until": clock.deleted_at
                });
                Ok((self.notice(op, ending, kind, about, details)?, false))
            }
            None => Ok((false, now >= clock.deleted_at)),
        }
    }

    fn notice(
        &self,
        op: &mut Op<'_>,
        ending: &Ending,
        kind: NoticeKind,
        about: Timestamp,
        details: serde_json::Value,
    ) -> Result<bool> {
        let (tenant, now) = (ending.place.tenant, op.now());
        if op
            .find(rows::NOTICED, params![tenant, kind.as_str(), about])?
            .is_some()
        {
            return Ok(false);
        }
        self.enter_place(op, &ending.place)?;
        let permit: Permit<RunLifecycle> = op.permit(Resource::tenant(), &ending.place.facts())?;
        op.change(&permit, rows::NOTICE, params![tenant, kind.as_str(), about, now])?;
        op.record(permit, details)?;
        Ok(true)
    }

    fn delete_batch(&self, op: &mut Op<'_>, ending: &Ending) -> Result<Batch> {
        let (now, tenant) = (op.now(), ending.place.tenant);
        let clock = EndClock::of(op, tenant)?;
        let Some(clock) = clock.filter(|clock| clock.deleted_at <= now) else {
            return Ok(Batch::Stopped);
        };
        let found = op.find_all(&rows::to_delete(), params![now, tenant, BATCH])?;
        if !found.is_empty() {
            return self.delete_items(op, ending, &found);
        }
        let any = op.find(rows::ANY_ITEM, params![tenant])?.is_some();
        if any || legal_hold::holds_tenant(op, tenant)? {
            let details = json!({ "notice": NoticeKind::Held, "deleted_at": clock.deleted_at });
            self.notice(op, ending, NoticeKind::Held, clock.deleted_at, details)?;
            return Ok(Batch::Held);
        }
        self.shred(op, ending, &clock).map(Batch::Done)
    }

    fn delete_items(&self, op: &mut Op<'_>, ending: &Ending, found: &[Row]) -> Result<Batch> {
        let session = self.enter_place(op, &ending.place)?;
        let (tenant, now) = (ending.place.tenant, op.now());
        let (mut let_go, mut versions, mut bytes) = (LetGo::new(), 0i64, 0i64);
        for row in found {
            let (item, dataset): (ItemId, DatasetId) = (row.get(0)?, row.get(1)?);
            let weighed = op.find(rows::WEIGHED, params![item])?.ok_or(Error::Altered)?;
            versions += weighed.get::<i64>(0)?;
            bytes += weighed.get::<i64>(1)?;
            let permit: Permit<RunLifecycle> =
                op.permit(Resource::item(dataset, item), &ending.place.facts())?;
            let because = json!({ "contract": "ended" });
            let_go.extend(item::end(op, permit, session.as_ref(), tenant, item, because)?);
        }
        let items = i64::try_from(found.len()).unwrap_or(i64::MAX);
        op.housekeeping().execute(rows::BEGIN, params![tenant, now])?;
        op.housekeeping()
            .execute(rows::CAME_TO, params![tenant, items, versions, bytes])?;
        Ok(Batch::Went(items.unsigned_abs(), let_go))
    }

    /// INVARIANT: after this transaction no wrap of the tenant's key exists, so that nothing of the tenant is opened again.
    fn shred(&self, op: &mut Op<'_>, ending: &Ending, clock: &EndClock) -> Result<LetGo> {
        let (now, tenant) = (op.now(), ending.place.tenant);
        let counted = count(op, tenant)?;
        let objects = op.find_all(rows::UPLOADED, params![tenant])?;
        let objects = objects.iter().map(|row| Address::read(row, 0, 1));
        let objects = objects.collect::<std::result::Result<Vec<_>, _>>()?;
        let let_go = item::discard(op, objects.into_iter().flatten().collect())?;
        op.enter(system_caller(
            tenant,
            TrailSeal::Letterbox(ending.place.letterbox()),
        ));
        let permit: Permit<RunLifecycle> = op.permit(Resource::tenant(), &ending.place.facts())?;
        for sql in rows::FORGET {
            op.change(&permit, sql, params![tenant])?;
        }
        erasure::shred(op, &permit, tenant)?;
        op.record(permit, json!({ "contract": "ended", "tenant_key": "destroyed" }))?;
        self.certify(op, ending, clock, (now, &counted))?;
        Ok(let_go)
    }

    /// The certificate is an entry of the operator's trail: the tenant's own cannot be read any more.
    fn certify(
        &self,
        op: &mut Op<'_>,
        ending: &Ending,
        clock: &EndClock,
        (now, counted): (Timestamp, &Counted),
    ) -> Result<()> {
        let (tenant, operator) = (ending.place.tenant, self.operator_tenant(op)?);
        let id = DeletionCertificateId::make(now, op.random());
        let text = statement(&ending.slug, &tenant.to_string(), clock.ends_at, now, counted);
        let session = self.enter_as_server(op, operator, None)?;
        session.ok_or_else(|| Error::Internal("the operator's own key is not at hand".into()))?;
        let facts = Facts {
            same_tenant: true,
            root_at_hand: true,
            ..Facts::default()
        };
        let permit: Permit<RunLifecycle> = op.permit(Resource::tenant(), &facts)?;
        let details = json!({
            "certificate": id, "tenant": tenant, "slug": &ending.slug, "contract_ended": clock.ends_at, "deleted_at": now,
            "items": counted.items, "versions": counted.versions, "bytes": counted.bytes, "datasets": counted.datasets,
            "subjects": counted.subjects, "tenant_key": "destroyed", "statement": &text
        });
        let event = op.record(permit, details)?;
        let row = params![id, tenant, &ending.slug, now, event, &text];
        op.housekeeping().execute(rows::CERTIFY, row)?;
        Ok(())
    }
}

fn count(op: &mut Op<'_>, tenant: TenantId) -> Result<Counted> {
    let number = |row: Option<Row>, place: usize| -> Result<u64> {
        row.map_or(Ok(0), |row| Ok(row.get::<i64>(place)?.unsigned_abs()))
    };
    let deleted = op.find(rows::COUNTED, params![tenant])?;
    let (items, versions, bytes) = match deleted {
        Some(row) => (row.get(0)?, row.get(1)?, row.get(2)?),
        None => (0i64, 0i64, 0i64),
    };
    Ok(Counted {
        items: items.unsigned_abs(),
        versions: versions.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
        datasets: number(op.find(rows::DATASETS, params![tenant])?, 0)?,
        subjects: number(op.find(rows::SUBJECTS, params![tenant])?, 0)?,
    })
}

impl Ending {
    fn read(row: &Row) -> Result<Option<Self>> {
        let slug = row.get(4)?;
        Ok(Place::read(row)?.map(|place| Self { place, slug }))
    }
}
