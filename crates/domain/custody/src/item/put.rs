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
use operation::Request;
use serde::{Deserialize, Serialize};

use store::objects::{Address, PlaceLabel};

use super::cleaning::{Came, Cleaned, Cleaning, SealedThere, Verdict, Waiting};
use super::commit::{self, Committed, Settled};
use super::receive::{self, BodyError, Declared, Place, Received};
use super::reference::OwnPlace;
use super::target;
use super::{Hold, Item, Kind, Notes, ProvidedKey, check_header_text, check_metadata, check_name, records};
use crate::dataset::ingest::{self, Gate, Offered};
use crate::dataset::{DatasetRef, Ingest};
use crate::error::{Error, Result};
use crate::item::Condition;
use crate::{Credential, Custody, IdempotencyKey, contexts, upload};

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
    /// What was done to the bytes, where the dataset cleans what it takes in: digest and size are those of what is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaned: Option<Cleaned>,
}

/// What became of a body.
pub(super) enum Taken {
    /// It is a version.
    In(Box<Stored>),
    /// The dataset takes it in clean; this is what came.
    Unclean(Box<Waiting>),
}

/// Where a body goes that is more than a row, once the policies have let it in.
enum Intended {
    /// Into an object of our own, with what the dataset takes in.
    Here(Address, Option<Ingest>),
    /// Into an object of our own, to be cleaned before it becomes anything.
    Cleaning(Address, Box<Cleaning>),
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
        body: S,
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
        let taken = self.take_in(credential, request.clone(), put.clone(), Verdict::Unseen, body);
        match taken.await? {
            Taken::In(stored) => Ok(*stored),
            Taken::Unclean(waiting) => self.put_cleaned(credential, request, put, *waiting).await,
        }
    }

    /// Takes in a body as it is, unless the dataset cleans what comes and nobody has looked at it.
    pub(super) async fn take_in<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        verdict: Verdict,
        mut body: S,
    ) -> Result<Taken>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let small = match put.kind {
            Kind::File => self.limits.inline_bytes,
            // Records are read as a whole for their fields, and so have a limit of their own.
            Kind::Record => records::MAX_BYTES,
        };
        if put.length.is_none_or(|length| length <= small as u64) {
            let beginning = receive::begin(&mut body, small).await?;
            if beginning.whole && beginning.bytes.len() <= small {
                let received = self.receive_small(&put, verdict.clone(), &beginning.bytes)?;
                let settled = self.commit(credential, request.clone(), put.clone(), received);
                return match settled.await? {
                    Settled::Done(committed) => Ok(Taken::In(Box::new(self.finished(*committed).await))),
                    Settled::Unclean(cleaning) => Ok(Taken::Unclean(Box::new(Waiting {
                        cleaning: *cleaning,
                        came: Came::Small(beginning.bytes),
                    }))),
                    // Content does not lie in rows when the database is in another region than the dataset, or the
                    // dataset has a bucket of its own.
                    Settled::Elsewhere => {
                        let nothing = futures_util::stream::empty();
                        self.put_large(credential, request, put, verdict, beginning, nothing)
                            .await
                    }
                };
            }
            if put.kind == Kind::Record {
                return Err(Error::TooLarge {
                    limit: records::MAX_BYTES as u64,
                });
            }
            return self
                .put_large(credential, request, put, verdict, beginning, body)
                .await;
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
        self.put_large(credential, request, put, verdict, nothing, body)
            .await
    }

    async fn put_large<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        verdict: Verdict,
        beginning: receive::Beginning,
        body: S,
    ) -> Result<Taken>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let object = ObjectId::make(self.desk.clock.now(), &*self.desk.random);
        let intended = self.intend(
            credential,
            request.clone(),
            put.clone(),
            &verdict,
            object,
            &beginning,
        );
        let (address, rule, cleaning) = match intended.await? {
            Intended::Here(address, rule) => (address, rule, None),
            Intended::Cleaning(address, cleaning) => (address, Some(cleaning.rule.clone()), Some(cleaning)),
            Intended::Own(place) => {
                let stored = self.put_own(credential, request, put, verdict, *place, beginning, body);
                return Ok(Taken::In(Box::new(stored.await?)));
            }
        };
        let cleanup = self.cleanup_of(&address);
        let record = (put.kind == Kind::Record).then(|| Arc::new(beginning.bytes.clone()));
        let (version, key, place) = self.new_version(put.provided_key.as_ref());
        let mut gate = Gate::of(rule, put.media_type(), put.class.as_deref());
        let sealed = self
            .seal_large(
                place.clone(),
                &put.declared(),
                &mut gate,
                &address,
                beginning,
                body,
            )
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
            verdict,
        };
        if let Some(cleaning) = cleaning {
            let came = Came::Sealed(Box::new(SealedThere {
                received,
                place,
                cleanup,
            }));
            return Ok(Taken::Unclean(Box::new(Waiting {
                cleaning: *cleaning,
                came,
            })));
        }
        let committed = match self.commit(credential, request, put, received).await? {
            Settled::Done(committed) => committed,
            Settled::Unclean(_) => return Err(began_to_clean()),
            Settled::Elsewhere => return Err(Error::Internal("an object has no place".into())),
        };
        cleanup.disarm();
        Ok(Taken::In(Box::new(self.finished(*committed).await)))
    }

    /// Removes what the act let go of: what came a second time, and the parts of an upload that were cleaned into one.
    pub(super) async fn finished(&self, committed: Committed) -> Stored {
        self.empty_trash_of(committed.let_go).await;
        committed.stored
    }

    fn receive_small(
        &self,
        put: &PutItem,
        verdict: Verdict,
        bytes: &zeroize::Zeroizing<Vec<u8>>,
    ) -> Result<Received> {
        let (version, key, place) = self.new_version(put.provided_key.as_ref());
        let sealed = self.seal_small(&place, &put.declared(), bytes)?;
        Ok(Received {
            version,
            provided: put.provided_key.as_ref().map(|provided| provided.check(&key)),
            key,
            sealed,
            record: (put.kind == Kind::Record).then(|| Arc::new(bytes.clone())),
            verdict,
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
        verdict: &Verdict,
        object: ObjectId,
        beginning: &receive::Beginning,
    ) -> Result<Intended> {
        let (custody, credential) = (self.clone(), credential.clone());
        let unseen = matches!(verdict, Verdict::Unseen);
        let came = &beginning.bytes;
        let sniffed = (!came.is_empty()).then(|| ingest::sniff(came));
        let size = put.length.unwrap_or_default().max(came.len() as u64);
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let found = target::target(op, &session, &put)?;
                let place = custody.place_for(found.region())?;
                found.check(op, &session, &put)?;
                let own = OwnPlace::of(&session, &found)?;
                let rule = found.ingest(&session)?;
                let offered = Offered {
                    content_type: put.media_type(),
                    sniffed,
                    size,
                    class: put.class.as_deref(),
                    comes_here: true,
                };
                let (action, resource) = found.act();
                ingest::admit(op, action, resource, rule.as_ref(), &offered)?;
                let cleaning = match unseen {
                    true => found.cleaning(&session)?,
                    false => None,
                };
                if let Some(own) = own.filter(|_| cleaning.is_none()) {
                    return Ok(Intended::Own(Box::new(own.holding_to(rule))));
                }
                let now = op.now();
                let address = Address { place, object };
                store::objects::intend(op.housekeeping(), &address, &custody.node, now)?;
                Ok(match cleaning {
                    Some(cleaning) => Intended::Cleaning(address, Box::new(cleaning)),
                    None => Intended::Here(address, rule),
                })
            })
            .await
    }

    /// Leaves in the trail that a body was turned away while it came. Other errors are told as they are.
    pub(crate) async fn turned_away(
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
                let (action, resource) = target::target(op, &session, &put)?.act();
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
        // A repetition is known by what came, whatever was made of it.
        let came = received
            .verdict
            .clean()
            .map_or(received.sealed.sha256, |clean| clean.came);
        let put = PutItem {
            idempotency: put.idempotency.clone().map(|key| key.with(&came)),
            ..put
        };
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let mut settled = commit::settle(op, &session, &put, &received)?;
                if let Settled::Done(committed) = &mut settled
                    && let Some(upload) = received.verdict.clean().and_then(|clean| clean.upload)
                {
                    committed.let_go.extend(upload::end(op, &session, upload)?);
                }
                Ok(settled)
            })
            .await
    }
}

/// What came while the dataset's rule was changed was not looked at.
pub(super) fn began_to_clean() -> Error {
    Error::Conflict(
        "the dataset began to clean what it takes in while the bytes came; nothing was kept, send them again"
            .into(),
    )
}
