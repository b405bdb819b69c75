//! Archive, restore, delete: three verbs over one item or over all that fit a filter.
//!
//! Promises: only archived items are deleted; deleting destroys the keys of every version in the act's own
//! transaction and removes the bytes before the answer; a dry run counts exactly what the real run would
//! change and changes nothing.

use access::Action;
use kernel::{EventId, ItemId, ObjectId, Page, PageRequest};
use operation::acts::{ArchiveItem, BrowseItems, DeleteItem, RestoreItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::listing::{self, Filter};
use super::read;
use super::rows::{self, ItemRow, Which};
use super::{Item, State};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, replay};

/// What is done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Out of use; restorable.
    Archive,
    /// Back into use.
    Restore,
    /// Gone: keys destroyed, bytes removed.
    Delete,
}

impl Verb {
    const fn action(self) -> Action {
        match self {
            Self::Archive => Action::ItemArchive,
            Self::Restore => Action::ItemRestore,
            Self::Delete => Action::ItemDelete,
        }
    }

    /// The state that an item must be in for this verb.
    const fn from(self) -> State {
        match self {
            Self::Archive => State::Active,
            Self::Restore | Self::Delete => State::Archived,
        }
    }
}

/// The answer to a bulk act or its dry run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkAnswer {
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

/// One item's change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Changed {
    /// The item after it; as it was, for a deleted one.
    pub item: Item,
    /// The entry of the trail; for a deletion its receipt is the proof.
    pub event: EventId,
}

impl Custody {
    /// Applies the verb to one item.
    pub async fn change_state(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        verb: Verb,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Changed> {
        let (custody, credential) = (self.clone(), credential.clone());
        let (changed, objects) = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, verb.action())?;
                if let Some(kept) = replay::find::<Changed>(op, &session, idempotency.as_ref())? {
                    return again(op, &session, kept);
                }
                let row = read::found(op, &session, item, Which::Newest, verb.action())?;
                let described = row.item(&session)?;
                let (changed, objects) = apply(op, &session, &row, described, verb)?;
                replay::keep(op, &session, idempotency.as_ref(), &changed)?;
                Ok((changed, objects))
            })
            .await?;
        if objects > 0 {
            self.empty_trash().await;
        }
        Ok(changed)
    }

    /// Applies the verb to every item of the dataset that fits, or counts them.
    pub async fn change_states(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        verb: Verb,
        filter: Filter,
        dry_run: bool,
    ) -> Result<BulkAnswer> {
        filter.check()?;
        if filter.state.is_some_and(|state| state != verb.from()) {
            let problem = format!("only {} items can be meant here", verb.from().as_str());
            return Err(Error::invalid("state", problem));
        }
        let filter = Filter {
            state: Some(verb.from()),
            ..filter
        };
        let mut answer = BulkAnswer {
            dry_run,
            ..BulkAnswer::default()
        };
        let mut page = PageRequest::first(BATCH);
        loop {
            let work = BatchWork {
                dataset: dataset.clone(),
                verb,
                filter: filter.clone(),
                dry_run,
                page: page.clone(),
            };
            let batch = self.run_batch(credential, request.clone(), work).await?;
            answer.matched += batch.done.matched;
            answer.bytes += batch.done.bytes;
            answer.changed += batch.done.changed;
            let room = EVENTS_TOLD.saturating_sub(answer.events.len());
            answer.events.extend(batch.done.events.into_iter().take(room));
            if batch.objects > 0 {
                self.empty_trash().await;
            }
            match batch.next {
                Some(next) => page.after = Some(next),
                None => return Ok(answer),
            }
        }
    }

    async fn run_batch(&self, credential: &Credential, request: Request, work: BatchWork) -> Result<Batch> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, work.verb.action())?;
                let dataset = dataset::found(op, &session, &work.dataset, work.verb.action())?;
                let facts = session.dataset_facts(dataset.id, dataset.granted);
                let browse: Permit<BrowseItems> = op.permit(Resource::dataset(dataset.id), &facts)?;
                let page = listing::scan(op, &browse, &session, &dataset, &work.filter, &work.page)?;
                let verb = json!({ "verb": work.verb, "dry_run": work.dry_run, "count": page.items.len() });
                op.record(browse, verb)?;
                work.apply_to(op, &session, page)
            })
            .await
    }

    /// Removes bytes that nothing refers to any more. What fails stays in the trash, which is emptied again later.
    pub(super) async fn empty_trash(&self) {
        let custody = self.clone();
        let emptied = tokio::task::spawn_blocking(move || {
            store::objects::empty_trash(&custody.desk.db, &*custody.objects)
        });
        match emptied.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "deleted items' sealed bytes stay in the trash until the next sweep")
            }
            Err(error) => tracing::error!(%error, "emptying the trash broke off"),
        }
    }
}

struct BatchWork {
    dataset: DatasetRef,
    verb: Verb,
    filter: Filter,
    dry_run: bool,
    page: PageRequest,
}

struct Batch {
    done: BulkAnswer,
    /// Objects that were let go of.
    objects: usize,
    next: Option<kernel::Cursor>,
}

impl BatchWork {
    fn apply_to(&self, op: &mut Op<'_>, session: &Session, page: Page<(ItemRow, Item)>) -> Result<Batch> {
        let mut batch = Batch {
            done: BulkAnswer::default(),
            objects: 0,
            next: page.next,
        };
        for (row, item) in page.items {
            batch.done.matched += 1;
            batch.done.bytes += item.version.size;
            if self.dry_run {
                // A dry run answers as the real run would, so it asks the same question.
                check(op, session, &row, self.verb)?;
                continue;
            }
            let (changed, objects) = apply(op, session, &row, item, self.verb)?;
            batch.done.changed += 1;
            batch.done.events.push(changed.event);
            batch.objects += objects;
        }
        Ok(batch)
    }
}

fn check(op: &mut Op<'_>, session: &Session, row: &ItemRow, verb: Verb) -> Result<()> {
    let (resource, facts) = (Resource::item(row.dataset, row.id), row.facts(session));
    match verb {
        Verb::Archive => op.check::<ArchiveItem>(resource, &facts)?,
        Verb::Restore => op.check::<RestoreItem>(resource, &facts)?,
        Verb::Delete => op.check::<DeleteItem>(resource, &facts)?,
    }
    Ok(())
}

fn apply(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    item: Item,
    verb: Verb,
) -> Result<(Changed, usize)> {
    match verb {
        Verb::Archive => Ok((
            move_to::<ArchiveItem>(op, session, row, item, State::Archived)?,
            0,
        )),
        Verb::Restore => Ok((move_to::<RestoreItem>(op, session, row, item, State::Active)?, 0)),
        Verb::Delete => delete(op, session, row, item),
    }
}

fn move_to<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    item: Item,
    state: State,
) -> Result<Changed> {
    let resource = Resource::version(row.dataset, row.id, row.version);
    let permit: Permit<A> = op.permit(resource, &row.facts(session))?;
    if row.state == state {
        return Err(Error::Conflict(format!("the item is {} already", state.as_str())));
    }
    let now = op.now();
    let archived_at = (state == State::Archived).then_some(now);
    op.change(
        &permit,
        rows::UPDATE_STATE,
        params![session.tenant, row.id, state.as_str(), now, archived_at],
    )?;
    let event = op.record(permit, json!({ "sha256": item.version.sha256 }))?;
    Ok(Changed {
        item: Item {
            state,
            changed_at: now,
            archived_at,
            ..item
        },
        event,
    })
}

/// INVARIANT: after this transaction no key of the item exists, so its bytes are unreadable even before
/// they are removed, and wherever else a copy of them may be.
fn delete(op: &mut Op<'_>, session: &Session, row: &ItemRow, item: Item) -> Result<(Changed, usize)> {
    let permit: Permit<DeleteItem> = op.permit(Resource::item(row.dataset, row.id), &row.facts(session))?;
    if row.state == State::Active {
        return Err(Error::Conflict("archive the item before deleting it".into()));
    }
    let ids: [store::Value; 2] = [session.tenant.into(), row.id.into()];
    let objects = op.find_all(rows::OBJECTS, &ids)?;
    let objects = objects
        .iter()
        .map(|row| row.get(0))
        .collect::<std::result::Result<Vec<ObjectId>, _>>()?;
    let now = op.now();
    for object in &objects {
        store::objects::discard(op.housekeeping(), *object, now)?;
    }
    op.change(&permit, rows::DELETE_INDEX, &ids)?;
    let versions = op.change(&permit, rows::DELETE_VERSIONS, &ids)?;
    op.change(&permit, rows::DELETE_ITEM, &ids)?;
    let details = json!({ "keys": "destroyed", "versions": versions, "sha256": item.version.sha256, "size": item.version.size });
    let event = op.record(permit, details)?;
    Ok((Changed { item, event }, objects.len()))
}

/// A repeated request is answered as before; that it was asked again is recorded as a look at the item.
fn again(op: &mut Op<'_>, session: &Session, kept: Changed) -> Result<(Changed, usize)> {
    let facts = session.dataset_facts(kept.item.dataset, true);
    let permit: Permit<BrowseItems> = op.permit(Resource::item(kept.item.dataset, kept.item.id), &facts)?;
    op.record(permit, json!({ "repeated": true }))?;
    Ok((kept, 0))
}
