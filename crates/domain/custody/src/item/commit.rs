//! The transaction that makes received bytes an item or a version: row, keys, index, entry.

use std::borrow::Cow;
use std::collections::BTreeMap;

use access::Action;
use kernel::{ItemId, Timestamp};
use operation::acts::{ChangeItem, CreateItem};
use operation::{Act, Op, Permit, Resource};
use serde_json::json;
use store::params;

use super::arrival::Arrival;
use super::cleaning::Cleaning;
use super::cleanup::LetGo;
use super::put::{PutItem, Stored};
use super::quarantine;
use super::receive::{Received, SealedBody};
use super::rows::{self, ItemRow};
use super::target::{Found, change_facts, check_bucket, check_region, create_facts, target};
use super::{Item, LinkSource, Notes};
use crate::dataset::State;
use crate::dataset::ingest::{self, Offered};
use crate::dataset::purposes;
use crate::dataset::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::record;
use crate::session::Session;
use crate::{contexts, subject};

/// What a commit came to.
pub(crate) struct Committed {
    pub(crate) stored: Stored,
    /// The request was answered before; the bytes that came again were let go of.
    pub(crate) repeated: bool,
    /// What was let go of with it.
    pub(crate) let_go: LetGo,
}

/// How an attempt to make received bytes a version ended.
pub(crate) enum Settled {
    /// They are one.
    Done(Box<Committed>),
    /// Nothing happened: they may not lie in a row, since the dataset's region is not the database's or it has a bucket of
    /// its tenant's own.
    Elsewhere,
    /// Nothing happened: the dataset takes them in clean.
    Unclean(Box<Cleaning>),
}

/// Makes what was received the item's, whether it is there already or not.
pub(crate) fn settle(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
) -> Result<Settled> {
    let found = target(op, session, put)?;
    match &received.sealed.body {
        SealedBody::Inline(_) if !found.region().is_home() || found.has_own_bucket() => {
            return Ok(Settled::Elsewhere);
        }
        SealedBody::Object(address) => check_region(&address.place, found.region())?,
        SealedBody::Reference(reference, _) => check_bucket(reference, found.own_bucket(session)?.as_ref())?,
        SealedBody::Inline(_) | SealedBody::Parts(_) => {}
    }
    let admitted = |op: &mut Op<'_>| {
        let (action, resource) = found.act();
        let rule = found.ingest(session)?;
        ingest::admit(op, action, resource, rule.as_ref(), &offered(put, received))
    };
    if received.may_be_cleaned()
        && let Some(cleaning) = found.cleaning(session)?
    {
        found.check(op, session, put)?;
        admitted(op)?;
        return Ok(Settled::Unclean(Box::new(cleaning)));
    }
    let committed = match &found {
        Found::New(dataset, name) => {
            let put = with_notes(put, dataset.version_notes(session)?);
            create(
                op,
                Arrival {
                    session,
                    put: &put,
                    received,
                },
                dataset,
                name,
                admitted,
            )
        }
        Found::Old(item) => {
            let put = with_notes(put, item.version_notes(session)?);
            change(
                op,
                Arrival {
                    session,
                    put: &put,
                    received,
                },
                item,
                admitted,
            )
        }
    };
    committed.map(|committed| Settled::Done(Box::new(committed)))
}

/// What the dataset's rule looks at, once everything has come.
fn offered<'p>(put: &'p PutItem, received: &'p Received) -> Offered<'p> {
    Offered {
        content_type: put.media_type(),
        sniffed: Some(received.sealed.sniffed.as_deref()),
        size: received.sealed.size,
        class: put.class.as_deref(),
        comes_here: received.sealed.came_here(),
    }
}

/// The put with the notes that its dataset gives to versions which bring none of that name.
fn with_notes(put: &PutItem, defaults: BTreeMap<String, String>) -> Cow<'_, PutItem> {
    if defaults.is_empty() {
        return Cow::Borrowed(put);
    }
    let mut notes = defaults;
    notes.extend(put.notes.known());
    Cow::Owned(PutItem {
        notes: Notes::from(notes),
        ..put.clone()
    })
}

fn create(
    op: &mut Op<'_>,
    arrival: Arrival<'_>,
    dataset: &DatasetRow,
    name: &str,
    admitted: impl Fn(&mut Op<'_>) -> Result<()>,
) -> Result<Committed> {
    let Arrival {
        session,
        put,
        received,
    } = arrival;
    let id = ItemId::make(op.now(), op.random());
    let resource = Resource::version(dataset.id, id, received.version);
    let permit: Permit<CreateItem> = op.permit(resource, &create_facts(session, dataset, name))?;
    received
        .sealed
        .check_dataset(dataset.own_bucket_sealed.as_deref())?;
    if let Some(kept) = kept(op, session, put)? {
        return repeated(op, permit, received, kept);
    }
    admitted(op)?;
    put.condition.check_absent()?;
    let record = arrival.held_to_kind(dataset)?;
    let subject = match record.as_ref().and_then(|record| record.subject.as_ref()) {
        Some(named) => Some(subject::find_or_make_known_by(op, session, named)?),
        None => put
            .subject
            .as_deref()
            .map(|handle| subject::find_or_make(op, session, handle))
            .transpose()?,
    };
    if let Some(subject) = &subject {
        let (act, rule) = (
            (Action::ItemCreate, Resource::dataset(dataset.id)),
            dataset.ingest(session)?,
        );
        purposes::admit(op, session, act, rule.as_ref(), &[Some(subject.id)])?;
    }
    let parent = rows::parent_key(&dataset.key, subject.as_ref().map(|subject| &subject.key));
    let context = contexts::item_name(session.tenant, dataset.id, id);
    let name_sealed = sealing::seal(&parent, &context, name.as_bytes(), op.random());
    let blind = rows::blind_name(session, dataset.id, name);
    let now = op.now();
    op.change(
        &permit,
        rows::INSERT_ITEM,
        params![
            id,
            session.tenant,
            dataset.id,
            put.kind.as_str(),
            blind,
            name_sealed,
            subject.as_ref().map(|subject| subject.id),
            now,
            received.version,
        ],
    )?;
    if let Some(subject) = &subject {
        let link = params![
            subject.id,
            id,
            session.tenant,
            LinkSource::Put.as_str(),
            session.member,
            now
        ];
        op.change(&permit, rows::INSERT_LINK, link)?;
    }
    let hold = dataset.hold_for(put.hold, now);
    arrival.insert_version(op, &permit, (id, 1), &parent, hold)?;
    if received.verdict.held().is_some() {
        quarantine::withhold(op, &permit, session, id)?;
    }
    arrival.index(op, &permit, dataset, id, record.as_ref())?;
    let item = Item {
        id,
        dataset: dataset.id,
        name: name.to_owned(),
        kind: put.kind,
        state: State::Active,
        subject: subject.map(|subject| subject.id),
        made_at: now,
        changed_at: now,
        archived_at: None,
        version: arrival.version(1, now),
    };
    finish(op, arrival, permit, item, true)
}

fn change(
    op: &mut Op<'_>,
    arrival: Arrival<'_>,
    item: &ItemRow,
    admitted: impl Fn(&mut Op<'_>) -> Result<()>,
) -> Result<Committed> {
    let Arrival {
        session,
        put,
        received,
    } = arrival;
    let resource = Resource::version(item.dataset, item.id, received.version);
    let (facts, revived) = change_facts(op, session, put, item)?;
    let permit: Permit<ChangeItem> = op.permit(resource, &facts)?;
    received.sealed.check_dataset(item.own_bucket_sealed.as_deref())?;
    if let Some(kept) = kept(op, session, put)? {
        return repeated(op, permit, received, kept);
    }
    admitted(op)?;
    let act = (Action::ItemChange, Resource::item(item.dataset, item.id));
    purposes::admit_version(op, session, item, act)?;
    if revived || item.is_quarantined() {
        // What is archived is not there for a client that knows delete markers.
        put.condition.check_absent()?;
    } else {
        put.condition.check_present(item.version)?;
    }
    if item.kind != put.kind {
        return Err(Error::Conflict(format!(
            "the item is a {}; delete it first or use another name",
            item.kind.as_str()
        )));
    }
    if (item.state == State::Archived && !revived) || item.dataset_state == State::Archived {
        return Err(Error::Conflict(
            "the item or its dataset is archived; restore it first".into(),
        ));
    }
    let kept_in = arrival.dataset_of_record(op, item)?;
    let record = match &kept_in {
        Some(dataset) => arrival.held_to_kind(dataset)?,
        None => None,
    };
    if let Some(named) = record.as_ref().and_then(|record| record.subject.as_ref()) {
        record::keep_person(op, session, item.id, named)?;
    }
    let (now, hold) = (op.now(), item.hold_for(put.hold, op.now()));
    let number = quarantine::next_number(op, session, item.id)?;
    arrival.insert_version(op, &permit, (item.id, number), &item.parent, hold)?;
    if received.verdict.held().is_some() {
        // What is read and what is archived stays as it was.
        let held = arrival.version(number.unsigned_abs(), now);
        let item = item.item_with(session, held, Timestamp::from_micros(item.changed_at))?;
        return finish(op, arrival, permit, item, false);
    }
    op.change(
        &permit,
        rows::NEW_VERSION,
        params![session.tenant, item.id, received.version, now],
    )?;
    if item.is_quarantined() {
        quarantine::hand_out(op, &permit, session, item.id)?;
    }
    if revived {
        let active = params![session.tenant, item.id, State::Active.as_str(), now, None::<i64>];
        op.change(&permit, rows::UPDATE_STATE, active)?;
    }
    if let Some(dataset) = &kept_in {
        arrival.index(op, &permit, dataset, item.id, record.as_ref())?;
    }
    let newest = arrival.version(number.unsigned_abs(), now);
    let mut item = item.item_with(session, newest, now)?;
    if revived {
        (item.state, item.archived_at) = (State::Active, None);
    }
    finish(op, arrival, permit, item, false)
}

/// Records the act. The answer is made of what was written, so that the rows need not be read again.
fn finish<A: Act>(
    op: &mut Op<'_>,
    arrival: Arrival<'_>,
    permit: Permit<A>,
    item: Item,
    created: bool,
) -> Result<Committed> {
    let Arrival {
        session,
        put,
        received,
    } = arrival;
    let mut details = json!({ "sha256": item.version.sha256, "size": item.version.size });
    if let Some(reference) = &item.version.reference {
        details["reference"] = json!(reference.tag);
    }
    if let Some(reason) = received.verdict.held() {
        details["quarantine"] = json!(reason);
    }
    let cleaned = received.verdict.clean().map(|clean| clean.cleaned.clone());
    if let Some(cleaned) = &cleaned {
        details["cleaned"] = json!(cleaned);
    }
    let event = op.record(permit, details)?;
    let stored = Stored {
        item,
        created,
        event,
        cleaned,
    };
    crate::replay::keep(op, session, put.idempotency.as_ref(), &stored)?;
    Ok(Committed {
        stored,
        repeated: false,
        let_go: LetGo::new(),
    })
}

/// What the same request was answered before; recorded as when the bytes had come to something again.
pub(super) fn answered_before(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Option<Stored>> {
    let found = target(op, session, put)?;
    let Some(kept) = kept(op, session, put)? else {
        return Ok(None);
    };
    let details = json!({ "repeated": true });
    match &found {
        Found::New(dataset, name) => {
            let facts = create_facts(session, dataset, name);
            let permit: Permit<CreateItem> = op.permit(Resource::dataset(dataset.id), &facts)?;
            op.record(permit, details)?;
        }
        Found::Old(item) => {
            let (facts, _) = change_facts(op, session, put, item)?;
            let permit: Permit<ChangeItem> = op.permit(Resource::item(item.dataset, item.id), &facts)?;
            op.record(permit, details)?;
        }
    }
    Ok(Some(kept))
}

fn kept(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Option<Stored>> {
    crate::replay::find(op, session, put.idempotency.as_ref())
}

/// Answers as before. The bytes that came again belong to nothing and go.
fn repeated<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    received: &Received,
    kept: Stored,
) -> Result<Committed> {
    let mut let_go = LetGo::new();
    if let SealedBody::Object(address) = &received.sealed.body {
        let now = op.now();
        store::objects::discard(op.housekeeping(), address, now)?;
        let_go.insert(address.place.clone());
    }
    op.record(permit, json!({ "repeated": true }))?;
    Ok(Committed {
        stored: kept,
        repeated: true,
        let_go,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::ItemId;

    use crate::dataset::{DatasetRef, NewDataset};
    use crate::item::{Item, PutItem, Stored, Target};
    use crate::testing::{Team, World};

    async fn put(world: &World, team: &Team, put: PutItem) -> Stored {
        let body = futures_util::stream::iter([Ok("ten bytes.".into())]);
        let stored = world.custody.put(&team.owner.key, world.request(), put, body);
        stored.await.unwrap()
    }

    async fn read(world: &World, team: &Team, item: ItemId) -> Item {
        let read = world.custody.item(&team.owner.key, world.request(), item);
        read.await.unwrap()
    }

    engines::on_both! {
        async fn the_answer_is_what_reading_says_afterwards(db: TestDb) {
            let world = World::new(db).await;
            let team = world.team("clinic").await;
            let new = NewDataset { name: "scans".into(), ..NewDataset::default() };
            world.custody.create_dataset(&team.owner.key, world.request(), new, None).await.unwrap();
            let named = Target::Name(DatasetRef::parse("scans"), "chest.dcm".into());
            let first = PutItem {
                subject: Some("patient 7".into()),
                metadata: BTreeMap::from([("camera".into(), "front".into())]),
                ..PutItem::file(named.clone(), "image/png")
            };
            let made = put(&world, &team, first.clone()).await;
            assert!(made.created);
            assert_eq!(read(&world, &team, made.item.id).await, made.item);
            let again = [
                PutItem::file(named, "image/jpeg"),
                PutItem::file(Target::Item(made.item.id), "text/plain"),
                first,
            ];
            for (number, next) in (2..).zip(again) {
                let answer = put(&world, &team, next).await;
                assert_eq!((answer.created, answer.item.version.number), (false, number));
                assert_eq!(read(&world, &team, answer.item.id).await, answer.item);
            }
        }
    }
}
