//! Making items of objects that lie in the dataset's own bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Action;
use futures_util::{StreamExt as _, stream};
use kernel::{DatasetId, VersionId};
use operation::acts::{ChangeItem, CreateItem};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::objects::{Bucket, BucketError, Found as Object};

use super::Reference;
use crate::dataset::{self, DatasetRef, NewOwnBucket, ingest};
use crate::error::{Error, Result};
use crate::item::cleaning::Verdict;
use crate::item::commit;
use crate::item::receive::{Received, Sealed, SealedBody};
use crate::item::target::{self, Found};
use crate::item::{Item, PutItem, Settled, State, Target, check_header_text, check_name};
use crate::session::Session;
use crate::{Credential, Custody};

/// Objects that are asked about at a time.
const AT_A_TIME: usize = 8;
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Which objects are to be referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import {
    /// These, at most [`Import::MOST`].
    Keys(Vec<String>),
    /// Some of those below a folder; all of the bucket's when its name is empty.
    Folder {
        /// The folder's name, with or without a slash at its end.
        folder: String,
        /// Only those after this one.
        after: Option<String>,
        /// How many, from 1 to [`Import::MOST`].
        most: usize,
    },
}

/// What came of each object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// One for each object, in order.
    pub entries: Vec<Entry>,
    /// What to go on after; nothing at the end.
    pub next: Option<String>,
}

/// What came of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the bucket, which is the item's.
    pub key: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What became of an object's item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Created(Box<Item>),
    /// It has a new version, since the object is another than before.
    Changed(Box<Item>),
    /// It refers to this state of the object already.
    Unchanged(Box<Item>),
    /// It is as it was, for this reason.
    Failed(String),
}

impl Import {
    /// The most objects of one request.
    pub const MOST: usize = 100;

    fn check(&self) -> Result<()> {
        match self {
            Self::Keys(keys) if !(1..=Self::MOST).contains(&keys.len()) => {
                Err(Error::invalid("keys", "name 1 to 100 objects"))
            }
            Self::Folder { most, .. } if !(1..=Self::MOST).contains(most) => {
                Err(Error::invalid("limit", "ask for 1 to 100 objects"))
            }
            Self::Keys(keys) => keys.iter().try_for_each(|key| check_name(key)),
            Self::Folder { .. } => Ok(()),
        }
    }

    /// Names that the caller must have the right to make items of.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys.clone(),
            Self::Folder { folder, .. } if folder.is_empty() => vec![String::new()],
            Self::Folder { folder, .. } => vec![format!("{}/", folder.trim_end_matches('/'))],
        }
    }
}

/// Where an import goes, once the policies have let it.
struct Begun {
    dataset: DatasetId,
    bucket: NewOwnBucket,
}

impl Custody {
    /// Makes items by reference of objects in the dataset's own bucket. Each is an act of its own; when the bucket ends the
    /// request, those before it have happened, and asking again finds them unchanged.
    pub async fn import(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        import: Import,
    ) -> Result<Imported> {
        import.check()?;
        let begun = self
            .begin_import(credential, request.clone(), dataset, import.names())
            .await?;
        let bucket = begun.bucket.connect(self)?;
        let (keys, next) = keys(&bucket, import).await?;
        let looks = keys.into_iter().map(|key| {
            let bucket = bucket.clone();
            async move {
                let found = bucket.look(&key).await;
                (key, found)
            }
        });
        let mut looks = stream::iter(looks).buffered(AT_A_TIME);
        let mut entries = Vec::new();
        while let Some((key, found)) = looks.next().await {
            let outcome = self.refer(credential, &request, &begun, &key, found).await?;
            entries.push(Entry { key, outcome });
        }
        Ok(Imported { entries, next })
    }

    async fn begin_import(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        names: Vec<String>,
    ) -> Result<Begun> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                let row = dataset::found(op, &session, &dataset, Action::ItemCreate)?;
                let facts = |name: &str| target::create_facts(&session, &row, name);
                for name in &names {
                    op.check::<CreateItem>(Resource::dataset(row.id), &facts(name))?;
                }
                let first = names.first().map_or("", String::as_str);
                let permit: Permit<CreateItem> = op.permit(Resource::dataset(row.id), &facts(first))?;
                let bucket = row.own_bucket(&session)?.ok_or_else(|| {
                    Error::Conflict("the dataset has no bucket of its own; set one first".into())
                })?;
                if let Some(Err(error)) = row.ingest(&session)?.map(|rule| rule.check_comes_here(false)) {
                    return ingest::refused(op, Action::ItemCreate, Resource::dataset(row.id), error);
                }
                op.record(permit, json!({ "import": names.len() }))?;
                Ok(Begun {
                    dataset: row.id,
                    bucket,
                })
            })
            .await
    }

    /// One object's item. Errors that the others would meet too are errors; those of this one are its outcome.
    async fn refer(
        &self,
        credential: &Credential,
        request: &Request,
        begun: &Begun,
        key: &str,
        found: std::result::Result<Object, BucketError>,
    ) -> Result<Outcome> {
        let object = match found {
            Ok(object) => object,
            Err(error @ (BucketError::Refused(_) | BucketError::Unavailable(_))) => return Err(error.into()),
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        if let Err(error) = check_name(key) {
            return Ok(Outcome::Failed(error.to_string()));
        }
        let referred = self.settle_reference(credential, request.clone(), begun, key, object);
        match referred.await {
            Err(
                error
                @ (Error::Unauthenticated | Error::Expired | Error::Unavailable(_) | Error::Internal(_)),
            ) => Err(error),
            Err(error) => Ok(Outcome::Failed(error.to_string())),
            done => done,
        }
    }

    async fn settle_reference(
        &self,
        credential: &Credential,
        request: Request,
        begun: &Begun,
        key: &str,
        object: Object,
    ) -> Result<Outcome> {
        let (custody, credential) = (self.clone(), credential.clone());
        let kind = object
            .content_type
            .clone()
            .filter(|kind| !kind.is_empty() && check_header_text("content-type", kind, 256).is_ok());
        let target = Target::Name(DatasetRef::Id(begun.dataset), key.to_owned());
        let put = PutItem {
            metadata: BTreeMap::new(),
            ..PutItem::file(target, kind.as_deref().unwrap_or(UNKNOWN_TYPE))
        };
        let reference = Reference {
            bucket: begun.bucket.address(),
            key: key.to_owned(),
            tag: object.tag,
            version: object.version,
        };
        let received = self.received(reference, object.size);
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                if let Some(item) = unchanged(op, &session, &put, &received)? {
                    return Ok(Outcome::Unchanged(Box::new(item)));
                }
                let Settled::Done(done) = commit::settle(op, &session, &put, &received)? else {
                    return Err(Error::Internal("a reference has no place".into()));
                };
                let item = Box::new(done.stored.item);
                Ok(match done.stored.created {
                    true => Outcome::Created(item),
                    false => Outcome::Changed(item),
                })
            })
            .await
    }

    fn received(&self, reference: Reference, size: u64) -> Received {
        let random = &*self.desk.random;
        Received {
            version: VersionId::make(self.desk.clock.now(), random),
            key: Arc::new(sealing::Key::generate(random)),
            sealed: Sealed {
                size,
                // Nobody here has seen the bytes.
                sha256: [0; 32],
                sniffed: None,
                body: SealedBody::Reference(Arc::new(reference), false),
            },
            provided: None,
            record: None,
            verdict: Verdict::Unseen,
        }
    }
}

/// The names to ask about, and what to go on after.
async fn keys(bucket: &Bucket, import: Import) -> Result<(Vec<String>, Option<String>)> {
    match import {
        Import::Keys(keys) => Ok((keys, None)),
        Import::Folder { folder, after, most } => {
            let mut names = bucket.names(&folder, after.as_deref(), most + 1).await?;
            let more = names.len() > most;
            names.truncate(most);
            let next = names.last().filter(|_| more).cloned();
            Ok((names, next))
        }
    }
}

/// The item, when it refers to this state already.
fn unchanged(op: &mut Op<'_>, session: &Session, put: &PutItem, received: &Received) -> Result<Option<Item>> {
    let Found::Old(row) = target::target(op, session, put)? else {
        return Ok(None);
    };
    let item = row.item(session)?;
    let same = match &received.sealed.body {
        SealedBody::Reference(reference, _) => item.version.reference.as_ref() == Some(&**reference),
        _ => false,
    };
    if !same || item.state != State::Active {
        return Ok(None);
    }
    let resource = Resource::version(row.dataset, row.id, row.version);
    let permit: Permit<ChangeItem> = op.permit(resource, &row.facts(session))?;
    op.record(permit, json!({ "unchanged": true }))?;
    Ok(Some(item))
}
