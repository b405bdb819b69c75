//! Taking in an item or a new version of one.
//!
//! A small body is one operation. A large one is two: the first asks the policies before a byte is read and
//! leaves an intent, the second asks again (things may have changed during an hour's upload) and commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Action;
use bytes::Bytes;
use futures_util::Stream;
use kernel::{EventId, ItemId, ObjectId, VersionId};
use operation::acts::{ChangeItem, CreateItem};
use operation::{Request, Resource};
use serde::{Deserialize, Serialize};

use store::objects::{Address, PlaceLabel};

use super::commit::{self, Found, Settled};
use super::receive::{self, BodyError, Declared, Place, Received};
use super::reference::OwnPlace;
use super::{Hold, Item, Kind, Notes, ProvidedKey, check_header_text, check_metadata, check_name, records};
use crate::dataset::ingest::{self, Gate, Offered};
use crate::dataset::{DatasetRef, Ingest};
use crate::error::{Error, Result};
use crate::item::Condition;
use crate::{Credential, Custody, IdempotencyKey, contexts};

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
    /// The class of data that the client declares.
    pub class: Option<String>,
    /// The one person it is about, by the tenant's own handle for them. Only for new items.
    pub subject: Option<String>,
    /// The client's own names and values.
    pub metadata: BTreeMap<String, String>,
    /// What the surface keeps about it.
    pub notes: Notes,
    /// A key of the client's own, without which the bytes cannot be opened again.
    pub provided_key: Option<ProvidedKey>,
    /// Whether the client asks for bytes that are sealed here; a bucket of the tenant's own does not have such.
    pub must_seal: bool,
    /// What keeps the version from being deleted.
    pub hold: Option<Hold>,
    /// Under the name of an archived item: make it active again, with this version on top.
    pub revive: bool,
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
            class: None,
            subject: None,
            metadata: BTreeMap::new(),
            notes: Notes::default(),
            provided_key: None,
            must_seal: false,
            hold: None,
            revive: false,
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
        ingest::check_class(self.class.as_deref())?;
        check_metadata(&self.metadata)
    }

    /// The media type for the dataset's rule. A record is JSON, whether somebody says so or not.
    pub(super) fn media_type(&self) -> &str {
        match self.kind {
            Kind::Record if ingest::is_undeclared(&self.content_type) => "application/json",
            Kind::Record | Kind::File => &self.content_type,
        }
    }

    pub(super) fn declared(&self) -> Declared {
        Declared {
            length: self.length,
            sha256: self.sha256,
        }
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

/// Where a body goes that is more than a row, once the policies have let it in.
enum Intended {
    /// Into an object of our own, with what the dataset takes in.
    Here(Address, Option<Ingest>),
    /// Into the bucket of the tenant's own.
    Own(Box<OwnPlace>),
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
                let received = self.receive_small(&put, &beginning.bytes)?;
                let settled = self.commit(credential, request.clone(), put.clone(), received);
                return match settled.await? {
                    Settled::Done(committed) => Ok(committed.stored),
                    // Content does not lie in rows when the database is in another region than the dataset, or the
                    // dataset has a bucket of its own.
                    Settled::Elsewhere => {
                        let nothing = futures_util::stream::empty();
                        self.put_large(credential, request, put, beginning, nothing).await
                    }
                };
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
        let intended = self.intend(credential, request.clone(), put.clone(), object, &beginning);
        let (address, rule) = match intended.await? {
            Intended::Here(address, rule) => (address, rule),
            Intended::Own(place) => {
                return self
                    .put_own(credential, request, put, *place, beginning, body)
                    .await;
            }
        };
        let cleanup = self.cleanup_of(&address);
        let record = (put.kind == Kind::Record).then(|| Arc::new(beginning.bytes.clone()));
        let (version, key, place) = self.new_version(put.provided_key.as_ref());
        let mut gate = Gate::of(rule, put.media_type(), put.class.as_deref());
        let sealed = self
            .seal_large(place, &put.declared(), &mut gate, &address, beginning, body)
            .await;
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => return Err(self.turned_away(credential, request, put, error).await),
        };
        let received = Received {
            version,
            provided: put.provided_key.as_ref().map(|provided| provided.check(&key)),
            key,
            sealed,
            record,
        };
        let Settled::Done(committed) = self.commit(credential, request, put, received).await? else {
            return Err(Error::Internal("an object has no place".into()));
        };
        cleanup.disarm();
        if committed.repeated {
            self.empty_trash_of(address.place.into()).await;
        }
        Ok(committed.stored)
    }

    fn receive_small(&self, put: &PutItem, bytes: &zeroize::Zeroizing<Vec<u8>>) -> Result<Received> {
        let (version, key, place) = self.new_version(put.provided_key.as_ref());
        let sealed = self.seal_small(&place, &put.declared(), bytes)?;
        Ok(Received {
            version,
            provided: put.provided_key.as_ref().map(|provided| provided.check(&key)),
            key,
            sealed,
            record: (put.kind == Kind::Record).then(|| Arc::new(bytes.clone())),
        })
    }

    fn new_version(&self, provided: Option<&ProvidedKey>) -> (VersionId, Arc<sealing::Key>, Place) {
        let random = &*self.desk.random;
        let version = VersionId::make(self.desk.clock.now(), random);
        let key = Arc::new(sealing::Key::generate(random));
        let place = Place {
            key: match provided {
                Some(provided) => Arc::new(provided.with(&key)),
                None => Arc::clone(&key),
            },
            context: contexts::version_bytes(version),
        };
        (version, key, place)
    }

    /// Asks the policies before the body is read, and leaves the intent that a crash would be cleaned up by, unless the
    /// bytes go elsewhere.
    async fn intend(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        object: ObjectId,
        beginning: &receive::Beginning,
    ) -> Result<Intended> {
        let (custody, credential) = (self.clone(), credential.clone());
        let came = &beginning.bytes;
        let sniffed = (!came.is_empty()).then(|| ingest::sniff(came));
        let size = put.length.unwrap_or_default().max(came.len() as u64);
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let found = commit::target(op, &session, &put)?;
                let place = custody.place_for(found.region())?;
                match &found {
                    Found::New(dataset, name) => op.check::<CreateItem>(
                        Resource::dataset(dataset.id),
                        &commit::create_facts(&session, dataset, name),
                    )?,
                    Found::Old(item) => {
                        let (facts, _) = commit::change_facts(op, &session, &put, item)?;
                        op.check::<ChangeItem>(Resource::item(item.dataset, item.id), &facts)?
                    }
                }
                let own = OwnPlace::of(&session, &found)?;
                let rule = found.ingest(&session)?;
                let offered = Offered {
                    content_type: put.media_type(),
                    sniffed,
                    size,
                    class: put.class.as_deref(),
                };
                let (action, resource) = found.act();
                ingest::admit(op, action, resource, rule.as_ref(), &offered)?;
                if let Some(own) = own {
                    return Ok(Intended::Own(Box::new(own.holding_to(rule))));
                }
                let now = op.now();
                let address = Address { place, object };
                store::objects::intend(op.housekeeping(), &address, &custody.node, now)?;
                Ok(Intended::Here(address, rule))
            })
            .await
    }

    /// Leaves in the trail that a body was turned away while it came. Other errors are told as they are.
    pub(super) async fn turned_away(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        error: Error,
    ) -> Error {
        let Error::NotTaken { what, takes } = error else {
            return error;
        };
        let (custody, credential) = (self.clone(), credential.clone());
        let acted: Result<()> = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let (action, resource) = commit::target(op, &session, &put)?.act();
                let takes = takes.clone();
                ingest::refused(op, action, resource, Error::NotTaken { what, takes })
            })
            .await;
        acted
            .err()
            .unwrap_or_else(|| Error::Internal("a refusal was let pass".into()))
    }

    /// The place for new bytes of a dataset. Said before a body is read, when it is not there to take any.
    pub(crate) fn place_for(&self, region: &PlaceLabel) -> Result<PlaceLabel> {
        Ok(self.places.get(region)?.label.clone())
    }

    pub(super) async fn commit(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        received: Received,
    ) -> Result<Settled> {
        let (custody, credential) = (self.clone(), credential.clone());
        let put = PutItem {
            idempotency: put
                .idempotency
                .clone()
                .map(|key| key.with(&received.sealed.sha256)),
            ..put
        };
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                commit::settle(op, &session, &put, &received)
            })
            .await
    }
}
