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
use operation::{Request, Resource};
use serde::{Deserialize, Serialize};

use super::commit::{self, Committed, Found};
use super::receive::{self, BodyError, Received};
use super::{Item, Kind, check_header_text, check_metadata, check_name, records};
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::item::Condition;
use crate::{Credential, Custody, IdempotencyKey};

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
                match commit::target(op, &session, &put)? {
                    Found::New(dataset) => op.check::<CreateItem>(
                        Resource::dataset(dataset.id),
                        &commit::create_facts(&session, &dataset),
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
                let found = commit::target(op, &session, &put)?;
                match found {
                    Found::New(dataset) => commit::create(op, &session, &put, &received, &dataset),
                    Found::Old(item) => commit::change(op, &session, &put, &received, &item),
                }
            })
            .await
    }
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
