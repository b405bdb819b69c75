//! Archive, restore, delete: three verbs over one item. Over all that fit a filter they are in `bulk`.
//!
//! Promises: only archived items are deleted; deleting destroys the keys of every version in the act's own
//! transaction and removes the bytes before the answer.

use access::Action;
use kernel::{EventId, ItemId, TenantId};
use operation::acts::{ArchiveItem, BrowseItems, DeleteItem, RestoreItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::objects::Address;
use store::params;

use super::cleanup::LetGo;
use super::read;
use super::rows::{self, ItemRow, Which};
use super::{Item, State};
use super::{hold, marker, reference, segments};
use crate::dataset::names;
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, legal_hold, replay};

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
    pub(super) const fn action(self) -> Action {
        match self {
            Self::Archive => Action::ItemArchive,
            Self::Restore => Action::ItemRestore,
            Self::Delete => Action::ItemDelete,
        }
    }

    /// The state that an item must be in for this verb.
    pub(super) const fn from(self) -> State {
        match self {
            Self::Archive => State::Active,
            Self::Restore | Self::Delete => State::Archived,
        }
    }
}

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
        let (changed, let_go) = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, verb.action())?;
                if let Some(kept) = replay::find::<Changed>(op, &session, idempotency.as_ref())? {
                    return again(op, &session, kept);
                }
                let row = read::found(op, &session, item, Which::Newest, verb.action())?;
                let described = row.item(&session)?;
                let (changed, let_go) = apply(op, &session, &row, described, verb)?;
                replay::keep(op, &session, idempotency.as_ref(), &changed)?;
                Ok((changed, let_go))
            })
            .await?;
        self.empty_trash_of(let_go).await;
        Ok(changed)
    }
}

/// Asks what the verb would ask, without doing it.
pub(super) fn check(op: &mut Op<'_>, session: &Session, row: &ItemRow, verb: Verb) -> Result<()> {
    let (resource, facts) = (Resource::item(row.dataset, row.id), row.facts(session));
    match verb {
        Verb::Archive => op.check::<ArchiveItem>(resource, &facts)?,
        Verb::Restore => op.check::<RestoreItem>(resource, &facts)?,
        Verb::Delete => {
            let on_hold = hold::holds_item(op, session, row.id)?;
            op.check::<DeleteItem>(resource, &access::Facts { on_hold, ..facts })?;
        }
    }
    Ok(())
}

/// Applies the verb to one item; gives the places where it let go of objects.
pub(super) fn apply(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    item: Item,
    verb: Verb,
) -> Result<(Changed, LetGo)> {
    match verb {
        Verb::Archive => Ok((
            move_to::<ArchiveItem>(op, session, row, item, State::Archived)?,
            LetGo::new(),
        )),
        Verb::Restore => Ok((
            move_to::<RestoreItem>(op, session, row, item, State::Active)?,
            LetGo::new(),
        )),
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
    match state {
        State::Archived => drop(marker::add(op, &permit, session, row)?),
        State::Active => marker::clear(op, &permit, session, row)?,
    }
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
fn delete(op: &mut Op<'_>, session: &Session, row: &ItemRow, item: Item) -> Result<(Changed, LetGo)> {
    let facts = access::Facts {
        on_hold: hold::holds_item(op, session, row.id)?,
        ..row.facts(session)
    };
    let permit: Permit<DeleteItem> = op.permit(Resource::item(row.dataset, row.id), &facts)?;
    if row.state == State::Active {
        return Err(Error::Conflict("archive the item before deleting it".into()));
    }
    destroy(op, session, row, item, permit, Json::Null)
}

/// Removes the item with all its versions and spends the permit; the event says why, where that is not the act itself.
pub(super) fn destroy<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    item: Item,
    permit: Permit<A>,
    because: Json,
) -> Result<(Changed, LetGo)> {
    let ids: [store::Value; 2] = [session.tenant.into(), row.id.into()];
    let whole = segments::addresses(&op.find_all(rows::OBJECTS, &ids)?)?;
    let parts = segments::all_part_objects(op, session, row.id)?;
    let mut let_go = discard(op, [whole, parts].concat())?;
    let own = reference::let_go(op, &permit, session, row, None)?;
    names::forget(op, &permit, session, row.dataset, &item.name)?;
    let versions = remove_rows(op, &permit, session.tenant, row.id)?;
    erasure::note(op, &permit, session.tenant, What::Item, row.id.as_bytes())?;
    let mut details = json!({ "keys": "destroyed", "versions": versions, "sha256": item.version.sha256, "size": item.version.size });
    if own.removes() {
        details["own_bucket"] = json!("removed");
    }
    if !because.is_null() {
        details["because"] = because;
    }
    let_go.wait_for(own.into_all());
    let event = op.record(permit, details)?;
    Ok((Changed { item, event }, let_go))
}

/// Removes an item's rows, and with them the keys of its versions; gives how many those were.
pub(crate) fn remove_rows<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    item: ItemId,
) -> Result<u64> {
    let ids = params![tenant, item];
    op.change(permit, rows::DELETE_INDEX, ids)?;
    op.change(permit, marker::DELETE_ALL, ids)?;
    op.change(permit, legal_hold::UNPIN, ids)?;
    op.change(permit, segments::DELETE_PARTS, ids)?;
    let versions = op.change(permit, rows::DELETE_VERSIONS, ids)?;
    op.change(permit, rows::DELETE_ITEM, ids)?;
    Ok(versions)
}

/// Archives an item for a rule, without opening anything, and spends the permit.
pub(crate) fn archive_for<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    tenant: TenantId,
    item: ItemId,
    because: Json,
) -> Result<()> {
    let newest = op.find(rows::NEWEST_NUMBER, params![tenant, item])?;
    let number: i64 = newest.ok_or(Error::Altered)?.get(0)?;
    let (now, archived) = (op.now(), State::Archived.as_str());
    op.change(
        &permit,
        rows::UPDATE_STATE,
        params![tenant, item, archived, now, now],
    )?;
    marker::add_to(op, &permit, tenant, item, number)?;
    op.record(permit, json!({ "archived": true, "because": because }))?;
    Ok(())
}

/// Lets go of these objects; gives their places.
pub(crate) fn discard(op: &mut Op<'_>, objects: Vec<Address>) -> Result<LetGo> {
    let now = op.now();
    let mut places = LetGo::new();
    for address in objects {
        store::objects::discard(op.housekeeping(), &address, now)?;
        places.insert(address.place);
    }
    Ok(places)
}

/// A repeated request is answered as before; that it was asked again is recorded as a look at the item.
fn again(op: &mut Op<'_>, session: &Session, kept: Changed) -> Result<(Changed, LetGo)> {
    let facts = session.named_facts(kept.item.dataset, true, &kept.item.name);
    let permit: Permit<BrowseItems> = op.permit(Resource::item(kept.item.dataset, kept.item.id), &facts)?;
    op.record(permit, json!({ "repeated": true }))?;
    Ok((kept, LetGo::new()))
}
