//! One round: what is past its time is announced, archived and deleted, on one node at a time.
//!
//! Promises: nothing is done but under the lease, which every batch confirms in its own transaction; a batch is one transaction of
//! at most [`BATCH`] items, each with its entry; a round does at most [`BATCHES`] of each sort in a dataset, the next goes on. For
//! a tenant that holds its key itself nothing is opened: items go by their rows, and objects in a bucket of its own stay there.

use std::time::Duration;

use access::Facts;
use kernel::{DatasetId, ItemId, TenantId, Timestamp};
use operation::acts::RunLifecycle;
use operation::{Op, Permit, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::{Lease, Row, Tx, params};

use super::book::{Book, Counts};
use super::{Because, notice, rows};
use crate::Custody;
use crate::error::Result;
use crate::installation::system_caller;
use crate::item::{self, Kind, LetGo};
use crate::session::Session;
use crate::tenant::CustodyMode;

/// Items of one transaction: large enough to share the commit, small enough that others wait for milliseconds only.
const BATCH: i64 = 100;
/// Batches of one sort in one dataset and round.
const BATCHES: usize = 10;
const LEASE: &str = "lifecycle";
const TIME: Duration = Duration::from_secs(10 * 60);

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Items that were announced.
    pub announced: u64,
    /// Items that were archived.
    pub archived: u64,
    /// Items that were deleted.
    pub deleted: u64,
}

/// A tenant whose rules are kept.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    letterbox: LetterboxPublic,
    /// Nothing of the installation's opens its key.
    closed: bool,
}

/// What one batch does.
#[derive(Clone, Copy)]
enum Sort {
    Archive(Kind, Counts),
    Delete(Kind, Counts),
    PastWindow,
}

impl Custody {
    /// One round over all tenants; nothing while another node is at it. Housekeeping; call it now and then.
    pub async fn keep_retention(&self) -> Result<Round> {
        let mut round = Round::default();
        let Some(lease) = self.take_lifecycle().await? else {
            return Ok(round);
        };
        let mut after = Vec::new();
        loop {
            let from = after.clone();
            let found = self
                .desk
                .db
                .read(move |tx| tx.all(rows::TENANTS, params![from.as_slice()]));
            let found = found.await?;
            let Some(last) = found.last() else {
                break;
            };
            after = last.get::<Vec<u8>>(0)?;
            for row in &found {
                if let Some(place) = Place::read(row)? {
                    self.keep_in(&lease, place, &mut round).await?;
                }
            }
        }
        self.desk.db.write(move |tx| lease.release(tx)).await?;
        Ok(round)
    }

    async fn take_lifecycle(&self) -> Result<Option<Lease>> {
        let now = self.desk.clock.now();
        // Two rounds of one process are two holders.
        let holder = format!("{}/{}", self.node, self.desk.operation_id());
        let take = move |tx: &mut Tx| Lease::take(tx, LEASE, &holder, now, TIME);
        Ok(self.desk.db.write(take).await?)
    }

    async fn keep_in(&self, lease: &Lease, place: Place, round: &mut Round) -> Result<()> {
        let datasets = self
            .desk
            .db
            .read(move |tx| tx.all(rows::DATASETS, params![place.tenant]));
        for row in datasets.await? {
            let dataset: DatasetId = row.get(0)?;
            let (renewed, now) = (lease.clone(), self.desk.clock.now());
            if !self.desk.db.write(move |tx| renewed.renew(tx, now, TIME)).await? {
                return Ok(());
            }
            let custody = self.clone();
            let desk = &self.desk;
            let sorts = desk.act(desk.own_request(), move |op| custody.sorts(op, &place, dataset));
            let (sorts, announced) = sorts.await?;
            round.announced += announced;
            for sort in sorts {
                let done = self.repeat(lease, place, dataset, sort).await?;
                match sort {
                    Sort::Archive(..) => round.archived += done,
                    Sort::Delete(..) | Sort::PastWindow => round.deleted += done,
                }
            }
        }
        Ok(())
    }

    /// What there may be to do in a dataset, and how much of it was announced now.
    fn sorts(&self, op: &mut Op<'_>, place: &Place, dataset: DatasetId) -> Result<(Vec<Sort>, u64)> {
        let book = Book::of(op.housekeeping(), place.tenant)?;
        let (mut sorts, mut announced) = (Vec::new(), 0);
        if book.is_empty() {
            return Ok((sorts, announced));
        }
        self.enter_place(op, place)?;
        for kind in [Kind::File, Kind::Record] {
            if let Some(rule) = book.rule(dataset, kind) {
                announced += notice::announce(op, place, dataset, kind, &rule)?;
                sorts.extend([Sort::Archive(kind, rule), Sort::Delete(kind, rule)]);
            }
        }
        sorts.push(Sort::PastWindow);
        Ok((sorts, announced))
    }

    async fn repeat(&self, lease: &Lease, place: Place, dataset: DatasetId, sort: Sort) -> Result<u64> {
        let mut done = 0;
        for _ in 0..BATCHES {
            let (custody, lease) = (self.clone(), lease.clone());
            let batch = self.desk.act(self.desk.own_request(), move |op| {
                let now = op.now();
                if !lease.confirm(op.housekeeping(), now)? {
                    return Ok((0, LetGo::new()));
                }
                custody.batch(op, &place, dataset, sort)
            });
            let (items, let_go): (u64, LetGo) = batch.await?;
            self.empty_trash_of(let_go).await;
            done += items;
            if items < BATCH.unsigned_abs() {
                break;
            }
        }
        Ok(done)
    }

    fn batch(&self, op: &mut Op<'_>, place: &Place, dataset: DatasetId, sort: Sort) -> Result<(u64, LetGo)> {
        let book = Book::of(op.housekeeping(), place.tenant)?;
        let (found, because) = match sort {
            Sort::Archive(kind, rule) | Sort::Delete(kind, rule) => {
                // Changed since: the next round goes by what is settled now.
                let ripe = match book.rule(dataset, kind) == Some(rule) {
                    true => notice::ripe(op, dataset, kind, &rule)?,
                    false => None,
                };
                let Some(ripe) = ripe else {
                    return Ok((0, LetGo::new()));
                };
                (
                    past_rule(op, &book, dataset, sort, (kind, rule, ripe))?,
                    rule.because,
                )
            }
            Sort::PastWindow => {
                let now = op.now();
                let Some(past) = book.window(dataset).past_for_all(now) else {
                    return Ok((0, LetGo::new()));
                };
                let wanted = params![now, dataset, past, BATCH];
                (op.find_all(&rows::past_window(), wanted)?, Because::ArchiveWindow)
            }
        };
        if found.is_empty() {
            return Ok((0, LetGo::new()));
        }
        let session = self.enter_place(op, place)?;
        let mut let_go = LetGo::new();
        let because = json!({ "retention": because });
        for row in &found {
            let id: ItemId = row.get(0)?;
            let permit: Permit<RunLifecycle> = op.permit(Resource::item(dataset, id), &place.facts())?;
            match sort {
                Sort::Archive(..) => item::archive_for(op, permit, place.tenant, id, because.clone())?,
                _ => let_go.extend(item::end(
                    op,
                    permit,
                    session.as_ref(),
                    place.tenant,
                    id,
                    because.clone(),
                )?),
            }
        }
        Ok((found.len() as u64, let_go))
    }

    /// With the tenant's key where the installation has it, as a letter otherwise.
    pub(crate) fn enter_place(&self, op: &mut Op<'_>, place: &Place) -> Result<Option<Session>> {
        if !place.closed
            && let Some(session) = self.enter_as_server(op, place.tenant, None)?
        {
            return Ok(Some(session));
        }
        op.enter(system_caller(place.tenant, TrailSeal::Letterbox(place.letterbox)));
        Ok(None)
    }
}

fn past_rule(
    op: &mut Op<'_>,
    book: &Book,
    dataset: DatasetId,
    sort: Sort,
    (kind, rule, ripe): (Kind, Counts, Timestamp),
) -> Result<Vec<Row>> {
    let (now, column) = (op.now(), rule.from.column());
    let word = kind.as_str();
    Ok(match sort {
        Sort::Archive(..) => {
            let wanted = params![now, dataset, word, last_id(ripe), ripe, BATCH];
            op.find_all(&rows::to_archive(column), wanted)?
        }
        _ => {
            let archived = book.window(dataset).past(now);
            let wanted = params![now, dataset, word, last_id(ripe), ripe, archived, BATCH];
            op.find_all(&rows::to_delete(column), wanted)?
        }
    })
}

/// The last id that an item can have that was put in at this moment or before: ids are in the order of time.
pub(super) fn last_id(moment: Timestamp) -> [u8; 16] {
    let mut id = [0xff; 16];
    let millis = (moment.as_micros().max(0) / 1_000).to_be_bytes();
    id[..6].copy_from_slice(&millis[2..]);
    id
}

impl Place {
    /// Whose letters it takes.
    pub(crate) fn letterbox(&self) -> LetterboxPublic {
        self.letterbox
    }

    /// Out of id, custody, letterbox and wrapped key. Nothing for one whose key is gone.
    pub(crate) fn read(row: &Row) -> Result<Option<Self>> {
        let closed = CustodyMode::from_row(&row.get::<String>(1)?)? == CustodyMode::CustomerHeld;
        let is_there = closed || row.get::<Option<Vec<u8>>>(3)?.is_some();
        let place = Self {
            tenant: row.get(0)?,
            letterbox: LetterboxPublic(row.get(2)?),
            closed,
        };
        Ok(is_there.then_some(place))
    }

    /// The server acts, with the root key open.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            same_tenant: true,
            root_at_hand: true,
            ..Facts::default()
        }
    }
}
