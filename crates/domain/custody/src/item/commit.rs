//! The transaction that makes received bytes an item or a version: row, keys, index, entry.

use access::Action;
use kernel::ItemId;
use operation::acts::{ChangeItem, CreateItem};
use operation::{Act, Op, Permit, Resource};
use serde_json::json;
use store::params;

use super::put::{PutItem, Stored, Target};
use super::receive::{Received, SealedBody};
use super::rows::{self, ItemRow, Which};
use super::{Meta, records};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{contexts, subject};

/// What a commit came to.
pub(super) struct Committed {
    pub(super) stored: Stored,
    /// The request was answered before; the bytes that came again were let go of.
    pub(super) repeated: bool,
}

/// What the target of a put is at present.
pub(super) enum Found {
    New(DatasetRow),
    Old(ItemRow),
}

pub(super) fn target(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Found> {
    let action = Action::ItemCreate;
    match &put.target {
        Target::Name(dataset, name) => {
            let dataset = dataset::found(op, session, dataset, action)?;
            Ok(match rows::find_by_name(op, session, dataset.id, name)? {
                Some(item) => Found::Old(item),
                None => Found::New(dataset),
            })
        }
        Target::Item(item) => {
            super::read::found(op, session, *item, Which::Newest, Action::ItemChange).map(Found::Old)
        }
    }
}

pub(super) fn create_facts(session: &Session, dataset: &DatasetRow) -> access::Facts {
    access::Facts {
        state: dataset.state.into(),
        ..session.dataset_facts(dataset.id, dataset.granted)
    }
}

pub(super) fn create(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    dataset: &DatasetRow,
) -> Result<Committed> {
    let id = ItemId::make(op.now(), op.random());
    let resource = Resource::version(dataset.id, id, received.version);
    let permit: Permit<CreateItem> = op.permit(resource, &create_facts(session, dataset))?;
    if let Some(kept) = kept(op, session, put)? {
        return repeated(op, permit, received, kept);
    }
    put.condition.check_absent()?;
    let Target::Name(_, name) = &put.target else {
        return Err(Error::NotFound("item"));
    };
    let subject = put
        .subject
        .as_deref()
        .map(|handle| subject::find_or_make(op, session, handle))
        .transpose()?;
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
    insert_version(op, &permit, session, put, received, id, 1, &parent)?;
    records::index(
        op,
        &permit,
        session,
        &dataset.settings(session)?,
        dataset.id,
        id,
        put.kind,
        received,
    )?;
    finish(op, session, put, received, permit, id, true)
}

pub(super) fn change(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    item: &ItemRow,
) -> Result<Committed> {
    let resource = Resource::version(item.dataset, item.id, received.version);
    let permit: Permit<ChangeItem> = op.permit(resource, &item.facts(session))?;
    if let Some(kept) = kept(op, session, put)? {
        return repeated(op, permit, received, kept);
    }
    put.condition.check_present(item.version)?;
    if item.kind != put.kind {
        return Err(Error::Conflict(format!(
            "the item is a {}; delete it first or use another name",
            item.kind.as_str()
        )));
    }
    if item.state == State::Archived || item.dataset_state == State::Archived {
        return Err(Error::Conflict(
            "the item or its dataset is archived; restore it first".into(),
        ));
    }
    let now = op.now();
    insert_version(
        op,
        &permit,
        session,
        put,
        received,
        item.id,
        item.number + 1,
        &item.parent,
    )?;
    op.change(
        &permit,
        rows::NEW_VERSION,
        params![session.tenant, item.id, received.version, now],
    )?;
    let row =
        dataset::rows::find(op, session, &DatasetRef::Id(item.dataset))?.ok_or(Error::NotFound("dataset"))?;
    records::index(
        op,
        &permit,
        session,
        &row.settings(session)?,
        item.dataset,
        item.id,
        put.kind,
        received,
    )?;
    finish(op, session, put, received, permit, item.id, false)
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
) -> Result<()> {
    let meta = Meta {
        sha256: hex::encode(received.sha256),
        content_type: put.content_type.clone(),
        metadata: put.metadata.clone(),
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
    let (object, inline) = match &received.body {
        SealedBody::Inline(sealed) => (None, Some(sealed.to_vec())),
        SealedBody::Object(object) => {
            store::objects::keep(op.housekeeping(), *object)?;
            (Some(*object), None)
        }
    };
    let size = i64::try_from(received.size).map_err(|_| Error::TooLarge {
        limit: i64::MAX as u64,
    })?;
    let now = op.now();
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
        object,
        inline,
    ];
    op.change(permit, rows::INSERT_VERSION, row)?;
    Ok(())
}

fn finish<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    received: &Received,
    permit: Permit<A>,
    item: ItemId,
    created: bool,
) -> Result<Committed> {
    let details = json!({ "sha256": hex::encode(received.sha256), "size": received.size });
    let event = op.record(permit, details)?;
    let row = rows::find(op, session, item, Which::Newest)?.ok_or(Error::NotFound("item"))?;
    let stored = Stored {
        item: row.item(session)?,
        created,
        event,
    };
    crate::replay::keep(op, session, put.idempotency.as_ref(), &stored)?;
    Ok(Committed {
        stored,
        repeated: false,
    })
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
    if let SealedBody::Object(object) = received.body {
        let now = op.now();
        store::objects::discard(op.housekeeping(), object, now)?;
    }
    op.record(permit, json!({ "repeated": true }))?;
    Ok(Committed {
        stored: kept,
        repeated: true,
    })
}
