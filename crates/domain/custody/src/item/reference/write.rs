//! Putting bytes into the tenant's bucket: they pass through, and what is kept is a reference.
//!
//! Promises: an object has the item's name; nothing that is there is replaced unless the bucket keeps versions, whose
//! version the reference then names; what did not become a version is removed there again, unless the process dies in
//! between. When the client goes away after its last byte, the put goes on to its end.

use std::sync::Arc;

use access::Action;
use bytes::Bytes;
use futures_util::Stream;
use kernel::VersionId;
use operation::Request;
use store::objects::{Bucket, BucketError, BucketWriting, Written};
use store::params;
use tokio::sync::mpsc;

use super::Reference;
use crate::dataset::ingest::Gate;
use crate::dataset::{Ingest, NewOwnBucket};
use crate::error::{Error, Result};
use crate::item::cleaning::Verdict;
use crate::item::commit::{self, Settled};
use crate::item::put::began_to_clean;
use crate::item::receive::{Beginning, BodyError, Part, Received, Sealed, SealedBody};
use crate::item::target::Found;
use crate::item::{PutItem, Stored};
use crate::session::Session;
use crate::{Credential, Custody};

/// How many batches may wait for the bucket.
const BATCHES_IN_FLIGHT: usize = 4;

/// Where a put into a dataset with a bucket of its own goes.
pub(in crate::item) struct OwnPlace {
    bucket: NewOwnBucket,
    key: String,
    rule: Option<Ingest>,
}

impl OwnPlace {
    /// The place of what was found, if it lies in such a bucket. One that is only read takes nothing.
    pub(in crate::item) fn of(session: &Session, found: &Found) -> Result<Option<Self>> {
        let Some(bucket) = found.own_bucket(session)? else {
            return Ok(None);
        };
        bucket.check_writes()?;
        Ok(Some(Self {
            bucket,
            key: found.name(session)?,
            rule: None,
        }))
    }

    /// The same, with what the dataset takes in.
    pub(in crate::item) fn holding_to(self, rule: Option<Ingest>) -> Self {
        Self { rule, ..self }
    }

    /// Begins the object; nothing when its name is taken.
    async fn begin(&self, bucket: &Bucket, put: &PutItem) -> Result<Option<BucketWriting>> {
        let replaces = match bucket.check_free(&self.key).await {
            Err(BucketError::Taken) => return Ok(None),
            free => free?,
        };
        Ok(Some(bucket.begin(&self.key, put.media_type(), replaces)?))
    }
}

impl Custody {
    /// Passes a body on into the bucket and makes what is there a version.
    #[allow(
        clippy::too_many_arguments,
        reason = "a body, what is known of it, and where it goes"
    )]
    pub(in crate::item) async fn put_own<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        verdict: Verdict,
        place: OwnPlace,
        beginning: Beginning,
        mut body: S,
    ) -> Result<Stored>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        if put.provided_key.is_some() || put.must_seal {
            let problem =
                "bytes in the dataset\'s own bucket are not sealed here: put them without asking for it";
            return Err(Error::invalid("encryption", problem));
        }
        let bucket = place.bucket.connect(self)?;
        let writing = place.begin(&bucket, &put).await?;
        // A repetition is answered as before, which is known once its digest is.
        if writing.is_none() && put.idempotency.is_none() {
            return Err(BucketError::Taken.into());
        }
        let mut gate = Gate::of(place.rule.clone(), put.media_type(), put.class.as_deref());
        let (batches, waiting) = mpsc::channel(BATCHES_IN_FLIGHT);
        let work = Work {
            custody: self.clone(),
            credential: credential.clone(),
            request: request.clone(),
            put: put.clone(),
            record: matches!(put.kind, crate::item::Kind::Record).then(|| Arc::new(beginning.bytes.clone())),
            verdict,
            bucket,
            place,
        };
        let worker = tokio::spawn(work.run(writing, waiting));
        let sent = self.send_all(batches, &mut gate, beginning, &mut body).await;
        let finished = worker.await.map_err(|error| Error::Internal(error.to_string()))?;
        match sent {
            Ok(()) => finished,
            Err(error) => Err(self.turned_away(credential, request, put, error).await),
        }
    }
}

/// What goes on when the request does not.
struct Work {
    custody: Custody,
    credential: Credential,
    request: Request,
    put: PutItem,
    record: Option<Arc<zeroize::Zeroizing<Vec<u8>>>>,
    verdict: Verdict,
    bucket: Bucket,
    place: OwnPlace,
}

/// What was learned of a body.
struct Came {
    size: u64,
    sha256: [u8; 32],
    sniffed: Option<String>,
}

impl Work {
    async fn run(self, writing: Option<BucketWriting>, batches: mpsc::Receiver<Part>) -> Result<Stored> {
        let Some(mut writing) = writing else {
            let came = self.take(None, batches).await?;
            return self.answered_before(came).await;
        };
        let came = match self.take(Some(&mut writing), batches).await {
            Ok(came) => came,
            Err(error) => {
                writing.abandon().await;
                return Err(error);
            }
        };
        let written = writing.finish(&self.place.key).await?;
        self.settle(came, written).await
    }

    /// Writes and hashes what comes, to its end.
    async fn take(
        &self,
        mut writing: Option<&mut BucketWriting>,
        mut batches: mpsc::Receiver<Part>,
    ) -> Result<Came> {
        let (mut context, mut size) = (aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256), 0u64);
        let sniffed = loop {
            match batches.recv().await {
                Some(Part::Batch(batch)) => {
                    size += batch.len() as u64;
                    context.update(&batch);
                    if let Some(writing) = &mut writing {
                        writing.write_all(&batch).await?;
                    }
                }
                Some(Part::End(sniffed)) => break sniffed,
                None => {
                    return Err(Error::Interrupted(
                        "the connection ended before the body did".into(),
                    ));
                }
            }
        };
        let mut sha256 = [0u8; 32];
        sha256.copy_from_slice(context.finish().as_ref());
        self.put.declared().check(size, &sha256)?;
        Ok(Came {
            size,
            sha256,
            sniffed,
        })
    }

    /// Makes what was written a version, or removes it again.
    async fn settle(&self, came: Came, written: Written) -> Result<Stored> {
        let received = self.received(came, &written);
        let version = received.version;
        let (credential, request) = (&self.credential, self.request.clone());
        let settled = self
            .custody
            .commit(credential, request, self.put.clone(), received);
        let outcome = match settled.await {
            Ok(Settled::Done(committed)) if committed.repeated => Ok(committed.stored),
            Ok(Settled::Done(committed)) => return Ok(committed.stored),
            Ok(Settled::Unclean(_)) => Err(began_to_clean()),
            Ok(Settled::Elsewhere) => Err(Error::Internal("a reference has no place".into())),
            Err(error) if self.is_kept(version).await => return Err(error),
            Err(error) => Err(error),
        };
        let key = &self.place.key;
        let removed = self
            .bucket
            .remove(key, &written.tag, written.version.as_deref())
            .await;
        if let Err(error) = removed {
            tracing::warn!(%error, "an object that became no version stays in a tenant's own bucket");
        }
        outcome
    }

    fn received(&self, came: Came, written: &Written) -> Received {
        let (clock, random) = (&self.custody.desk.clock, &*self.custody.desk.random);
        let reference = Reference {
            bucket: self.place.bucket.address(),
            key: self.place.key.clone(),
            tag: written.tag.clone(),
            version: written.version.clone(),
        };
        Received {
            version: VersionId::make(clock.now(), random),
            key: Arc::new(sealing::Key::generate(random)),
            sealed: Sealed {
                size: came.size,
                sha256: came.sha256,
                sniffed: came.sniffed,
                body: SealedBody::Reference(Arc::new(reference), true),
            },
            provided: None,
            record: self.record.clone(),
            verdict: self.verdict.clone(),
        }
    }

    /// The answer that the same request had before, or that its name is taken.
    async fn answered_before(&self, came: Came) -> Result<Stored> {
        let (custody, credential) = (self.custody.clone(), self.credential.clone());
        let idempotency = self.put.idempotency.clone();
        let sha256 = self.verdict.clean().map_or(came.sha256, |clean| clean.came);
        let put = PutItem {
            idempotency: idempotency.map(|key| key.with(&sha256)),
            ..self.put.clone()
        };
        let answered: Result<Option<Stored>> = self
            .custody
            .desk
            .act(self.request.clone(), move |op| {
                let session = custody.enter(op, &credential, Action::ItemCreate)?;
                commit::answered_before(op, &session, &put)
            })
            .await;
        answered?.ok_or_else(|| BucketError::Taken.into())
    }

    /// Whether the act happened although it was told otherwise. What cannot be found out counts as happened.
    async fn is_kept(&self, version: VersionId) -> bool {
        const KEPT: &str = "SELECT 1 FROM item_version WHERE version_id = $1";
        let db = &self.custody.desk.db;
        let found =
            db.read(move |tx| Ok::<_, store::StoreError>(!tx.all(KEPT, params![version])?.is_empty()));
        found.await.unwrap_or(true)
    }
}
