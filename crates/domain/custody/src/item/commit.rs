//! The transaction that makes received bytes an item or a version: row, keys, index, entry.

use std::borrow::Cow;
use std::collections::BTreeMap;

use access::Action;
use kernel::{ItemId, Timestamp};
use operation::acts::{ChangeItem, CreateItem, RestoreItem};
use operation::{Act, Op, Permit, Resource};
use serde_json::json;
use store::objects::PlaceLabel;
use store::params;

use super::cleaning::Cleaning;
use super::cleanup::LetGo;
use super::put::{PutItem, Stored, Target};
use super::quarantine::{self, Quarantine};
use super::receive::{Received, SealedBody};
use super::rows::{self, ItemRow, Which};
use super::{Hold, Item, Kind, LinkSource, Meta, Notes, Reference, Version, records};
use crate::dataset::ingest::{self, Offered};
use crate::dataset::purposes;
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, Ingest, NewOwnBucket, State, own_bucket};
use crate::error::{Error, Result};
use crate::record::{self, Checked};
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

/// What the target of a put is at present.
pub(super) enum Found {
    New(DatasetRow, String),
    Old(ItemRow),
}

impl Found {
    /// The bucket of the tenant's own, where the dataset has one.
    pub(super) fn own_bucket(&self, session: &Session) -> Result<Option<NewOwnBucket>> {
        let (dataset, sealed) = match self {
            Self::New(dataset, _) => (dataset.id, dataset.own_bucket_sealed.as_deref()),
            Self::Old(item) => (item.dataset, item.own_bucket_sealed.as_deref()),
        };
        sealed
            .map(|sealed| own_bucket::open(session, dataset, sealed))
            .transpose()
    }

    fn has_own_bucket(&self) -> bool {
        match self {
            Self::New(dataset, _) => dataset.own_bucket_sealed.is_some(),
            Self::Old(item) => item.own_bucket_sealed.is_some(),
        }
    }

    /// The item's name.
    pub(super) fn name(&self, session: &Session) -> Result<String> {
        match self {
            Self::New(_, name) => Ok(name.clone()),
            Self::Old(item) => item.name(session),
        }
    }

    /// Where the dataset's new versions go.
    pub(super) fn region(&self) -> &PlaceLabel {
        match self {
            Self::New(dataset, _) => &dataset.region,
            Self::Old(item) => &item.region,
        }
    }

    /// What the dataset takes in.
    pub(super) fn ingest(&self, session: &Session) -> Result<Option<Ingest>> {
        match self {
            Self::New(dataset, _) => dataset.ingest(session),
            Self::Old(item) => item.ingest(session),
        }
    }

    /// How the dataset cleans what it takes in, if it does. New identifiers follow from the dataset's key, so that what belongs
    /// together in it still does.
    pub(super) fn cleaning(&self, session: &Session) -> Result<Option<Cleaning>> {
        let Some(rule) = self.ingest(session)?.filter(|rule| rule.redaction.is_some()) else {
            return Ok(None);
        };
        let key = match self {
            Self::New(dataset, _) => Some(dataset.key.duplicate()),
            Self::Old(item) => item.rule_key(session)?,
        };
        let kept_here = !self.has_own_bucket();
        Ok(key.map(|key| Cleaning::new(rule, &key, kept_here)))
    }

    /// Asks the policies, without leave to do it.
    pub(super) fn check(&self, op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<()> {
        match self {
            Self::New(dataset, name) => op.check::<CreateItem>(
                Resource::dataset(dataset.id),
                &create_facts(session, dataset, name),
            )?,
            Self::Old(item) => {
                let (facts, _) = change_facts(op, session, put, item)?;
                op.check::<ChangeItem>(Resource::item(item.dataset, item.id), &facts)?
            }
        }
        Ok(())
    }

    /// What a put to it is called in the trail.
    pub(super) fn act(&self) -> (Action, Resource) {
        match self {
            Self::New(dataset, _) => (Action::ItemCreate, Resource::dataset(dataset.id)),
            Self::Old(item) => (Action::ItemChange, Resource::item(item.dataset, item.id)),
        }
    }
}

pub(super) fn target(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Found> {
    let action = Action::ItemCreate;
    match &put.target {
        Target::Name(dataset, name) => {
            let dataset = dataset::found(op, session, dataset, action)?;
            Ok(match rows::find_by_name(op, session, dataset.id, name)? {
                Some(item) => Found::Old(item),
                None => Found::New(dataset, name.clone()),
            })
        }
        Target::Item(item) => {
            super::read::found(op, session, *item, Which::Newest, Action::ItemChange).map(Found::Old)
        }
    }
}

pub(crate) fn create_facts(session: &Session, dataset: &DatasetRow, name: &str) -> access::Facts {
    access::Facts {
        state: dataset.state.into(),
        ..session.named_facts(dataset.id, dataset.granted, name)
    }
}

/// Facts of a change, and whether it makes an archived item active again, which takes the right to restore.
pub(super) fn change_facts(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    item: &ItemRow,
) -> Result<(access::Facts, bool)> {
    // What comes in now is not what is in quarantine there.
    let facts = access::Facts {
        quarantined: false,
        ..item.facts(session)
    };
    if !put.revive || item.state != State::Archived || item.dataset_state != State::Active {
        return Ok((facts, false));
    }
    op.check::<RestoreItem>(Resource::item(item.dataset, item.id), &facts)?;
    let active = access::Facts {
        state: State::Active.into(),
        ..facts
    };
    Ok((active, true))
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
            create(op, session, &put, received, dataset, name, admitted)
        }
        Found::Old(item) => {
            let put = with_notes(put, item.version_notes(session)?);
            change(op, session, &put, received, item, admitted)
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

/// Bytes that came while the dataset's region was changed lie where the new ones may not be.
pub(crate) fn check_region(place: &PlaceLabel, region: &PlaceLabel) -> Result<()> {
    if place == region {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "the dataset's region was changed to `{region}` while the bytes came; nothing was kept, send them again"
    )))
}

/// What was written or looked at while the dataset was given another bucket is none of that one's.
fn check_bucket(reference: &Reference, bucket: Option<&NewOwnBucket>) -> Result<()> {
    match bucket.is_some_and(|bucket| bucket.address() == reference.bucket) {
        true => Ok(()),
        false => Err(Error::Conflict(
            "the dataset was given another bucket meanwhile; nothing was kept, do it again".into(),
        )),
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
    session: &Session,
    put: &PutItem,
    received: &Received,
    dataset: &DatasetRow,
    name: &str,
    admitted: impl Fn(&mut Op<'_>) -> Result<()>,
) -> Result<Committed> {
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
    let record = held_to_kind(session, put, received, dataset)?;
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
    insert_version(op, &permit, session, put, received, id, 1, &parent, hold)?;
    if received.verdict.held().is_some() {
        quarantine::withhold(op, &permit, session, id)?;
    }
    index(op, &permit, session, put, received, dataset, id, record.as_ref())?;
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
        version: version(put, received, 1, now),
    };
    finish(op, session, put, received, permit, item, true)
}

fn change(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    item: &ItemRow,
    admitted: impl Fn(&mut Op<'_>) -> Result<()>,
) -> Result<Committed> {
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
    let kept_in = dataset_of_record(op, session, put, item)?;
    let record = match &kept_in {
        Some(dataset) => held_to_kind(session, put, received, dataset)?,
        None => None,
    };
    if let Some(named) = record.as_ref().and_then(|record| record.subject.as_ref()) {
        record::keep_person(op, session, item.id, named)?;
    }
    let (now, hold) = (op.now(), item.hold_for(put.hold, op.now()));
    let number = quarantine::next_number(op, session, item.id)?;
    insert_version(
        op,
        &permit,
        session,
        put,
        received,
        item.id,
        number,
        &item.parent,
        hold,
    )?;
    if received.verdict.held().is_some() {
        // What is read and what is archived stays as it was.
        let held = version(put, received, number.unsigned_abs(), now);
        let item = item.item_with(session, held, Timestamp::from_micros(item.changed_at))?;
        return finish(op, session, put, received, permit, item, false);
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
        index(
            op,
            &permit,
            session,
            put,
            received,
            dataset,
            item.id,
            record.as_ref(),
        )?;
    }
    let newest = version(put, received, number.unsigned_abs(), now);
    let mut item = item.item_with(session, newest, now)?;
    if revived {
        (item.state, item.archived_at) = (State::Active, None);
    }
    finish(op, session, put, received, permit, item, false)
}

/// The dataset of a record that gets a new version, whose settings say what it is held to. A file's stay sealed.
fn dataset_of_record(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    item: &ItemRow,
) -> Result<Option<DatasetRow>> {
    if put.kind != Kind::Record {
        return Ok(None);
    }
    record::check_still_typed(&item.version()?.content_type, &put.content_type)?;
    let dataset = dataset::rows::find(op, session, &DatasetRef::Id(item.dataset))?;
    dataset.ok_or(Error::NotFound("dataset")).map(Some)
}

/// Holds a record of a declared kind to it; nothing for anything else.
fn held_to_kind(
    session: &Session,
    put: &PutItem,
    received: &Received,
    dataset: &DatasetRow,
) -> Result<Option<Checked>> {
    if put.kind != Kind::Record || !record::is_record(&put.content_type) {
        return Ok(None);
    }
    let settings = dataset.settings(session)?;
    record::checked(session, dataset.id, &settings, put, received).map(Some)
}

/// Indexes a record's declared fields. A file has none, so that its dataset's settings stay sealed.
#[allow(
    clippy::too_many_arguments,
    reason = "the act, the place and the content of one index"
)]
fn index<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    dataset: &DatasetRow,
    item: ItemId,
    record: Option<&Checked>,
) -> Result<()> {
    if put.kind != Kind::Record {
        return Ok(());
    }
    if let Some(record) = record {
        return record::write_index(op, permit, session, dataset.id, item, &record.entries);
    }
    let settings = dataset.settings(session)?;
    records::index(
        op, permit, session, &settings, dataset.id, item, put.kind, received,
    )
}

/// The version as its row will say it.
fn version(put: &PutItem, received: &Received, number: u64, made_at: Timestamp) -> Version {
    Version {
        id: received.version,
        number,
        size: received.sealed.size,
        sha256: received.sealed.sha256_text(),
        content_type: put.content_type.clone(),
        class: put.class.clone(),
        made_at,
        metadata: put.metadata.clone(),
        notes: put.notes.known(),
        key_provided: received.provided.is_some(),
        parts: received.sealed.parts(),
        reference: received.sealed.reference(),
        quarantine: received.verdict.held().map(|reason| Quarantine {
            reason: reason.to_owned(),
            since: made_at,
        }),
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "one row's parts, gathered from as many places"
)]
fn insert_version<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    item: ItemId,
    number: i64,
    parent: &sealing::Key,
    hold: Option<Hold>,
) -> Result<()> {
    let meta = Meta {
        sha256: received.sealed.sha256_text(),
        content_type: put.content_type.clone(),
        class: put.class.clone(),
        metadata: put.metadata.clone(),
        notes: put.notes.known(),
        parts: received.sealed.parts(),
        provided: received.provided.clone(),
        reference: received.sealed.reference(),
    };
    let meta = serde_json::to_vec(&meta).map_err(|error| Error::Internal(error.to_string()))?;
    let meta_sealed = sealing::seal(
        &received.key,
        &contexts::version_meta(received.version),
        &meta,
        op.random(),
    );
    let context = contexts::item_key(session.tenant, item, received.version);
    let key_wrapped = sealing::wrap(parent, &context, &received.key, op.random());
    let (address, inline) = match &received.sealed.body {
        SealedBody::Inline(sealed) => (None, Some(sealed.to_vec())),
        SealedBody::Object(address) => {
            store::objects::keep(op.housekeeping(), address)?;
            (Some(address), None)
        }
        SealedBody::Parts(_) | SealedBody::Reference(..) => (None, None),
    };
    let size = i64::try_from(received.sealed.size).map_err(|_| Error::TooLarge {
        limit: i64::MAX as u64,
    })?;
    let now = op.now();
    let held = received.verdict.held();
    let reason = held.map(|reason| quarantine::seal(op, &received.key, received.version, reason));
    let row = params![
        received.version,
        session.tenant,
        item,
        number,
        now,
        session.key,
        size,
        key_wrapped,
        meta_sealed,
        address.map(|address| address.object),
        address.map(|address| &address.place),
        inline,
        held.map(|_| now),
        reason,
    ];
    op.change(permit, rows::INSERT_VERSION, row)?;
    if let Some(hold) = hold {
        super::hold::keep(op, permit, session, item, received.version, hold)?;
    }
    Ok(())
}

/// Records the act. The answer is made of what was written, so that the rows need not be read again.
fn finish<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    permit: Permit<A>,
    item: Item,
    created: bool,
) -> Result<Committed> {
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
