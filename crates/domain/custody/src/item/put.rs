//! Taking in an item or a new version of one.
//!
//! A small body is one operation. A large one is two: the first asks the policies before a byte is read and
//! leaves an intent, the second asks again (things may have changed during an hour's upload) and commits.

use std::collections::BTreeMap;

use access::Action;
use bytes::Bytes;
use futures_util::Stream;
use kernel::{EventId, ItemId, ObjectId};
use operation::acts::{ChangeItem, CreateItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::receive::{self, BodyError, Received, SealedBody};
use super::rows::{self, ItemRow, Which};
use super::{Item, Kind, Meta, check_header_text, check_metadata, check_name, records};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::Condition;
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, contexts, subject};

/// Where the bytes go.
#[derive(Debug, Clone)]
pub enum Target {
    /// Under this name in the dataset: a new item, or a new version of the item of that name.
    Name(DatasetRef, String),
    /// A new version of this item.
    Item(ItemId),
}

/// What comes with the bytes.
#[derive(Debug, Clone)]
pub struct PutItem {
    /// Where they go.
    pub target: Target,
    /// A file or a record.
    pub kind: Kind,
    /// The media type the client declares.
    pub content_type: String,
    /// The one person it is about, by the tenant's own handle for them. Only for new items.
    pub subject: Option<String>,
    /// The client's own names and values.
    pub metadata: BTreeMap<String, String>,
    /// The length the client declared.
    pub length: Option<u64>,
    /// The SHA-256 the client declared.
    pub sha256: Option<[u8; 32]>,
    /// Under what condition it is to happen.
    pub condition: Condition,
    /// Makes a repetition safe.
    pub idempotency: Option<IdempotencyKey>,
}

impl PutItem {
    /// A plain file, without conditions.
    pub fn file(target: Target, content_type: &str) -> Self {
        Self {
            target,
            kind: Kind::File,
            content_type: content_type.to_owned(),
            subject: None,
            metadata: BTreeMap::new(),
            length: None,
            sha256: None,
            condition: Condition::default(),
            idempotency: None,
        }
    }

    fn check(&self) -> Result<()> {
        if let Target::Name(_, name) = &self.target {
            check_name(name)?;
        }
        check_header_text("content-type", &self.content_type, 256)?;
        check_metadata(&self.metadata)
    }

    /// Holds the body to what was declared about it.
    pub(crate) fn check_body(&self, size: u64, sha256: &[u8; 32]) -> Result<()> {
        if let Some(length) = self.length.filter(|length| *length != size) {
            return Err(Error::Mismatch(format!(
                "{length} bytes were declared and {size} came"
            )));
        }
        if self.sha256.is_some_and(|declared| declared != *sha256) {
            return Err(Error::Mismatch(
                "its SHA-256 is another than the declared one".into(),
            ));
        }
        Ok(())
    }
}

/// The answer to a put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The item with its new version.
    pub item: Item,
    /// Whether the item is new, not only the version.
    pub created: bool,
    /// The entry of the trail; its receipt proves the act.
    pub event: EventId,
}

impl Custody {
    /// Takes in bytes. On any error nothing is kept.
    pub async fn put<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        mut body: S,
    ) -> Result<Stored>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        put.check()?;
        if put.length.is_some_and(|length| length > self.limits.item_bytes) {
            return Err(Error::TooLarge {
                limit: self.limits.item_bytes,
            });
        }
        let small = match put.kind {
            Kind::File => self.limits.inline_bytes,
            // Records are read as a whole for their fields, and so have a limit of their own.
            Kind::Record => records::MAX_BYTES,
        };
        if put.length.is_none_or(|length| length <= small as u64) {
            let beginning = receive::begin(&mut body, small).await?;
            if beginning.whole && beginning.bytes.len() <= small {
                let received = self.receive_small(&put, beginning.bytes)?;
                return Ok(self.commit(credential, request, put, received).await?.stored);
            }
            if put.kind == Kind::Record {
                return Err(Error::TooLarge {
                    limit: records::MAX_BYTES as u64,
                });
            }
            return self.put_large(credential, request, put, beginning, body).await;
        }
        if put.kind == Kind::Record {
            return Err(Error::TooLarge {
                limit: records::MAX_BYTES as u64,
            });
        }
        let nothing = receive::Beginning {
            bytes: zeroize::Zeroizing::default(),
            whole: false,
        };
        self.put_large(credential, request, put, nothing, body).await
    }

    async fn put_large<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        beginning: receive::Beginning,
        body: S,
    ) -> Result<Stored>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let object = ObjectId::make(self.desk.clock.now(), &*self.desk.random);
        self.intend(credential, request.clone(), put.clone(), object)
            .await?;
        let cleanup = Cleanup {
            custody: self.clone(),
            object,
            armed: true,
        };
        let received = self.receive_large(&put, object, beginning, body).await?;
        let committed = self.commit(credential, request, put, received).await?;
        cleanup.disarm();
        if committed.repeated {
            self.empty_trash().await;
        }
        Ok(committed.stored)
    }

    /// Asks the policies before the body is read, and leaves the intent that a crash would be cleaned up by.
    async fn intend(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        object: ObjectId,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                match target(op, &session, &put)? {
                    Found::New(dataset) => op.check::<CreateItem>(
                        Resource::dataset(dataset.id),
                        &create_facts(&session, &dataset),
                    )?,
                    Found::Old(item) => {
                        op.check::<ChangeItem>(Resource::item(item.dataset, item.id), &item.facts(&session))?
                    }
                }
                let now = op.now();
                store::objects::intend(op.housekeeping(), object, &custody.node, now)?;
                Ok(())
            })
            .await
    }

    async fn commit(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        received: Received,
    ) -> Result<Committed> {
        let (custody, credential) = (self.clone(), credential.clone());
        let put = PutItem {
            idempotency: put.idempotency.clone().map(|key| key.with(&received.sha256)),
            ..put
        };
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let found = target(op, &session, &put)?;
                match found {
                    Found::New(dataset) => create(op, &session, &put, &received, &dataset),
                    Found::Old(item) => change(op, &session, &put, &received, &item),
                }
            })
            .await
    }
}

/// What a commit came to.
struct Committed {
    stored: Stored,
    /// The request was answered before; the bytes that came again were let go of.
    repeated: bool,
}

/// Removes the bytes and the intent of an upload that did not become an item.
struct Cleanup {
    custody: Custody,
    object: ObjectId,
    armed: bool,
}

impl Cleanup {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Cleanup {
    /// Also runs when the client goes away and the request is dropped half-way.
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (custody, object) = (self.custody.clone(), self.object);
        // If this fails too, the intent stays and the sweep at the next start does it.
        let remove = move || {
            let (db, now) = (&custody.desk.db, custody.desk.clock.now());
            let removed = db
                .write_blocking(move |tx| store::objects::discard(tx, object, now))
                .and_then(|()| store::objects::empty_trash(db, &*custody.objects));
            if let Err(error) = removed {
                tracing::warn!(%object, %error, "an unfinished upload stays until the next sweep");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

enum Found {
    New(DatasetRow),
    Old(ItemRow),
}

fn target(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Found> {
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

fn create_facts(session: &Session, dataset: &DatasetRow) -> access::Facts {
    access::Facts {
        state: dataset.state.into(),
        ..session.dataset_facts(dataset.id, dataset.granted)
    }
}

fn create(
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

fn change(
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
