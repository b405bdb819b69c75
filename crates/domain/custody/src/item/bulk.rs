//! One verb over all items of a dataset that fit a filter.
//!
//! Promises: a dry run counts exactly what the real run would change and changes nothing; items are changed in
//! batches of one transaction each. Under an idempotency key, how far the act has come is kept in the transaction of
//! every batch: a request that is repeated goes on where the one before broke off, also while that one still runs, and
//! is answered for the whole.

#[cfg(test)]
mod tests;

use kernel::{Cursor, DatasetId, EventId, OperationId, Page, PageRequest};
use operation::acts::BrowseItems;
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Item;
use super::cleanup::LetGo;
use super::lifecycle::{Verb, apply, check};
use super::listing::{self, Filter};
use super::rows::ItemRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, replay};

/// What is to happen to which items.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// Where they are.
    pub dataset: DatasetRef,
    /// What is done to them.
    pub verb: Verb,
    /// Which are meant, among those in the state that the verb needs.
    pub filter: Filter,
    /// Only count them.
    pub dry_run: bool,
    /// Makes a repetition safe.
    pub idempotency: Option<IdempotencyKey>,
}

/// The answer to a bulk act or its dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkAnswer {
    /// The operation that began the act. Its events carry it, unless another had to go on with the act.
    pub operation: OperationId,
    /// Items that fit the filter and are in the state that the verb needs.
    pub matched: u64,
    /// Bytes of their newest versions.
    pub bytes: u64,
    /// Items that were changed; 0 in a dry run.
    pub changed: u64,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// The first hundred entries of the trail, one for each item.
    pub events: Vec<EventId>,
}

/// Items changed in one transaction of a bulk act: large enough to share the commit, small enough that
/// others wait for milliseconds only.
const BATCH: u32 = 200;
const EVENTS_TOLD: usize = 100;

/// How far an act has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Progress {
    answer: BulkAnswer,
    /// The last item that was looked at, as the text of a cursor.
    after: Option<String>,
    complete: bool,
}

/// What is kept for an idempotency key.
#[derive(Serialize, Deserialize)]
struct Kept {
    dataset: DatasetId,
    progress: Progress,
}

impl Custody {
    /// Applies the verb to every item of the dataset that fits, or counts them.
    pub async fn change_states(
        &self,
        credential: &Credential,
        request: Request,
        bulk: Bulk,
    ) -> Result<BulkAnswer> {
        let bulk = checked(bulk)?;
        let mut progress = Progress::beginning(request.operation, bulk.dry_run);
        loop {
            let batch = self.run_batch(credential, request.clone(), bulk.clone(), progress);
            let (now, let_go) = batch.await?;
            self.empty_trash_of(let_go).await;
            if now.complete {
                return Ok(now.answer);
            }
            progress = now;
        }
    }

    /// One batch, after what is kept of the act or, when nothing is, after `before`. Gives where objects were let
    /// go of as well.
    async fn run_batch(
        &self,
        credential: &Credential,
        request: Request,
        bulk: Bulk,
        before: Progress,
    ) -> Result<(Progress, LetGo)> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, bulk.verb.action())?;
                let kept: Option<Kept> = replay::find(op, &session, bulk.idempotency.as_ref())?;
                let before = match kept {
                    Some(kept) if kept.progress.complete => return again(op, &session, &bulk, kept),
                    Some(kept) => kept.progress,
                    None => before.clone(),
                };
                let (dataset, page) = scan(op, &session, &bulk, before.page()?)?;
                let (progress, let_go) = before.and(op, &session, &bulk, page)?;
                let kept = Kept { dataset, progress };
                replay::keep_newest(op, &session, bulk.idempotency.as_ref(), &kept)?;
                Ok((kept.progress, let_go))
            })
            .await
    }
}

fn checked(bulk: Bulk) -> Result<Bulk> {
    bulk.filter.check()?;
    let needed = bulk.verb.from();
    if bulk.filter.state.is_some_and(|state| state != needed) {
        let problem = format!("only {} items can be meant here", needed.as_str());
        return Err(Error::invalid("state", problem));
    }
    let filter = Filter {
        state: Some(needed),
        ..bulk.filter
    };
    Ok(Bulk { filter, ..bulk })
}

fn scan(
    op: &mut Op<'_>,
    session: &Session,
    bulk: &Bulk,
    page: PageRequest,
) -> Result<(DatasetId, Page<(ItemRow, Item)>)> {
    let dataset = dataset::found(op, session, &bulk.dataset, bulk.verb.action())?;
    let facts = bulk.filter.facts(session, dataset.id, dataset.granted);
    let browse: Permit<BrowseItems> = op.permit(Resource::dataset(dataset.id), &facts)?;
    let found = listing::scan(op, &browse, session, &dataset, &bulk.filter, &page)?;
    let details = json!({ "verb": bulk.verb, "dry_run": bulk.dry_run, "count": found.items.len() });
    op.record(browse, details)?;
    Ok((dataset.id, found))
}

/// A repeated request is answered as before; that it was asked again is recorded as a look at the dataset.
fn again(op: &mut Op<'_>, session: &Session, bulk: &Bulk, kept: Kept) -> Result<(Progress, LetGo)> {
    let facts = bulk.filter.facts(session, kept.dataset, true);
    let permit: Permit<BrowseItems> = op.permit(Resource::dataset(kept.dataset), &facts)?;
    op.record(permit, json!({ "verb": bulk.verb, "repeated": true }))?;
    Ok((kept.progress, LetGo::new()))
}

impl Progress {
    const fn beginning(operation: OperationId, dry_run: bool) -> Self {
        Self {
            answer: BulkAnswer {
                operation,
                matched: 0,
                bytes: 0,
                changed: 0,
                dry_run,
                events: Vec::new(),
            },
            after: None,
            complete: false,
        }
    }

    fn page(&self) -> Result<PageRequest> {
        let after = self.after.as_deref().map(Cursor::from_text).transpose();
        Ok(PageRequest {
            after: after.map_err(|error| Error::Internal(error.to_string()))?,
            ..PageRequest::first(BATCH)
        })
    }

    /// Applies the verb to the page and adds it up.
    fn and(
        mut self,
        op: &mut Op<'_>,
        session: &Session,
        bulk: &Bulk,
        page: Page<(ItemRow, Item)>,
    ) -> Result<(Self, LetGo)> {
        let (answer, mut let_go) = (&mut self.answer, LetGo::new());
        for (row, item) in page.items {
            answer.matched += 1;
            answer.bytes += item.version.size;
            if bulk.dry_run {
                // A dry run answers as the real run would, so it asks the same question.
                check(op, session, &row, bulk.verb)?;
                continue;
            }
            let (changed, places) = apply(op, session, &row, item, bulk.verb)?;
            answer.changed += 1;
            if answer.events.len() < EVENTS_TOLD {
                answer.events.push(changed.event);
            }
            let_go.extend(places);
        }
        self.complete = page.next.is_none();
        self.after = page.next.map(|next| next.to_text());
        Ok((self, let_go))
    }
}
