//! How much of a dataset would go by some day, under the rules as they stand or as if one of them were changed.
//!
//! Looks at a bounded number of items and says whether there are more; nothing is done, and no name is opened.

use access::Action;
use kernel::{DatasetId, Timestamp};
use operation::acts::BrowseItems;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::book::Book;
use super::due::Candidate;
use super::settle::RetentionChange;
use super::{Because, Due, KeptBy, rows};
use crate::dataset::{self, DatasetRef};
use crate::error::Result;
use crate::item::Kind;
use crate::session::Session;
use crate::{Credential, Custody};

/// How many items are looked at in one piece, and at most: so that nobody holds a transaction for long.
const PIECE: usize = 1_000;
const MOST: usize = 10_000;

/// How much would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    /// By kind, by what they are past, and by what keeps them.
    pub tallies: Vec<Tally>,
    /// How many items were looked at.
    pub looked_at: usize,
    /// Whether there are items that were not.
    pub more: bool,
}

/// So many items of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Files or records.
    pub kind: Kind,
    /// Which rule it is.
    pub because: Because,
    /// What keeps them in spite of it.
    pub kept_by: Option<KeptBy>,
    /// How many.
    pub items: u64,
    /// When the time of the first is over.
    pub first: Timestamp,
    /// When that of the last is.
    pub last: Timestamp,
    /// When the first is deleted at the earliest.
    pub deleted: Timestamp,
}

impl Forecast {
    fn add(&mut self, due: &Due) {
        let same = |tally: &&mut Tally| {
            (tally.kind, tally.because, tally.kept_by) == (due.kind, due.because, due.kept_by)
        };
        match self.tallies.iter_mut().find(same) {
            Some(tally) => {
                tally.items += 1;
                tally.first = tally.first.min(due.due_at);
                tally.last = tally.last.max(due.due_at);
                tally.deleted = tally.deleted.min(due.deleted_at);
            }
            None => self.tallies.push(Tally {
                kind: due.kind,
                because: due.because,
                kept_by: due.kept_by,
                items: 1,
                first: due.due_at,
                last: due.due_at,
                deleted: due.deleted_at,
            }),
        }
    }
}

impl Custody {
    /// How many items of a dataset rules would have archived or deleted by then; if a change is given, as if it were made now.
    pub async fn forecast_retention(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        by: Timestamp,
        change: Option<RetentionChange>,
    ) -> Result<Forecast> {
        change.as_ref().map_or(Ok(()), RetentionChange::check)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                let facts = session.named_facts(row.id, row.granted, "");
                let permit: Permit<BrowseItems> = op.permit(Resource::dataset(row.id), &facts)?;
                let mut book = Book::of(op.housekeeping(), session.tenant)?;
                if let Some(change) = &change {
                    change.check_ground(op, &session, row.id)?;
                    book = change.applied(book, row.id, op.now());
                }
                let forecast = count(op, &permit, &session, row.id, &book, by)?;
                let counted: u64 = forecast.tallies.iter().map(|tally| tally.items).sum();
                op.record(permit, json!({ "retention": "forecast", "count": counted }))?;
                Ok(forecast)
            })
            .await
    }
}

fn count(
    op: &mut Op<'_>,
    permit: &Permit<BrowseItems>,
    session: &Session,
    dataset: DatasetId,
    book: &Book,
    by: Timestamp,
) -> Result<Forecast> {
    let (now, sql) = (op.now(), rows::page());
    let (mut forecast, mut after) = (Forecast::default(), Vec::new());
    while forecast.looked_at < MOST {
        let wanted = params![now, session.tenant, dataset, after.as_slice(), PIECE as i64];
        let found = op.list(permit, &sql, wanted)?;
        for row in &found {
            let candidate = Candidate::read(row)?;
            let due = candidate.due(book, dataset);
            if let Some(due) = due.filter(|due| due.due_at <= by) {
                forecast.add(&due);
            }
            after = candidate.id.as_bytes().to_vec();
        }
        forecast.looked_at += found.len();
        forecast.more = found.len() == PIECE;
        if !forecast.more {
            break;
        }
    }
    Ok(forecast)
}
