//! Bytes without what identifies people, where the dataset's rule asks for it.
//!
//! Promises: what becomes a version came out clean and was searched again, or is in quarantine, or is kept nowhere, as the rule
//! says. What waits to be cleaned is sealed, but for what a row would keep; so many files at once are opened and cleaned and no
//! more, each of at most [`MOST_CLEANED`](crate::dataset::ingest::MOST_CLEANED) bytes, so that memory is bounded however many come and
//! however slowly. New identifiers follow from the dataset's key: a series of pictures still is one, and who lacks the key cannot
//! test a guess. Leaves out: the cleaning itself (`redaction`), and what becomes of what is in quarantine (`quarantine`).

use std::sync::Arc;

use bytes::Bytes;
use kernel::{DatasetId, UploadId};
use operation::Request;
use redaction::dicom::ProjectKey;
use redaction::{Claim, Contents, Outcome, Settings};
use sealing::Key;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::cleanup::Cleanup;
use super::commit::Settled;
use super::put::{PutItem, Stored, Taken};
use super::receive::{Place, Received, SealedBody, sha256};
use super::stream::{self, Segment, Source};
use super::{Kind, Target};
use crate::dataset::{Ingest, NotTaken, Redaction};
use crate::error::{Error, Result};
use crate::{Credential, Custody, record};

/// How many files are cleaned at once.
const AT_ONCE: usize = 2;

/// How much cleaning one process does at once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cleanings(Arc<Semaphore>);

impl Default for Cleanings {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Cleanings {
    /// Waits until it is this one's turn, which lasts as long as what is returned.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        turn.map_err(|error| Error::Internal(error.to_string()))
    }
}

/// How a dataset cleans what it takes in.
pub(crate) struct Cleaning {
    /// The rule that asks for it.
    pub(super) rule: Ingest,
    key: Key,
    /// Whether what cannot be cleaned is kept at all.
    quarantines: bool,
}

/// What is known of bytes in a dataset that cleans.
#[derive(Debug, Clone, Default)]
pub(crate) enum Verdict {
    /// Nobody has looked yet.
    #[default]
    Unseen,
    /// They are clean.
    Clean(CleanBody),
    /// They could not be cleaned, for this reason, and are to be kept in quarantine.
    Held(Arc<str>),
}

impl Verdict {
    /// Why they are to be kept in quarantine.
    pub(crate) fn held(&self) -> Option<&str> {
        match self {
            Self::Held(reason) => Some(reason),
            Self::Unseen | Self::Clean(_) => None,
        }
    }

    pub(crate) fn clean(&self) -> Option<&CleanBody> {
        match self {
            Self::Clean(clean) => Some(clean),
            Self::Unseen | Self::Held(_) => None,
        }
    }
}

/// What was done to bytes before they were sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    /// What kind of file they are, in people's words.
    pub kind: String,
    /// How many places were changed.
    pub findings: usize,
}

/// What is known of a body that is clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CleanBody {
    /// What was done to it.
    pub(crate) cleaned: Cleaned,
    /// The digest of what came, by which a repeated request is known.
    pub(crate) came: [u8; 32],
    /// The upload whose parts it came in, which ends with it.
    pub(crate) upload: Option<(DatasetId, UploadId)>,
}

/// What came of cleaning.
pub(crate) enum Looked {
    /// Clean bytes, and what was done to them.
    Clean(Vec<u8>, CleanBody),
    /// Why they cannot be cleaned.
    Unclean(Arc<str>),
}

impl Cleaning {
    /// `quarantines` is whether the dataset's bytes are kept here at all.
    pub(super) fn new(rule: Ingest, dataset_key: &Key, quarantines: bool) -> Self {
        Self {
            quarantines: quarantines && rule.redaction == Some(Redaction::Clean),
            key: dataset_key.derive("redaction", &[]),
            rule,
        }
    }

    /// Whether a file of this kind is kept in quarantine. A record is its fields: one that nobody may search is none.
    pub(crate) fn quarantines(&self, kind: Kind) -> bool {
        self.quarantines && kind == Kind::File
    }

    /// Cleans bytes that are said to be of some kind, on a thread where nobody waits. The turn is held until that is done, also
    /// when nobody waits for it any more.
    pub(crate) async fn clean(
        &self,
        turn: Arc<OwnedSemaphorePermit>,
        bytes: Zeroizing<Vec<u8>>,
        claim: Claim,
    ) -> Result<(Zeroizing<Vec<u8>>, Looked)> {
        let key = self.key.duplicate();
        let work = move || {
            let settings = Settings::new(ProjectKey::new(key.expose()));
            let kind = Contents::of(&bytes, claim).map_or("unknown", Contents::name);
            let looked = match redaction::redact(&bytes, claim, &settings) {
                Outcome::Clean(clean, findings) => Looked::Clean(
                    clean,
                    CleanBody {
                        cleaned: Cleaned {
                            kind: kind.to_owned(),
                            findings: findings.len(),
                        },
                        came: sha256(&bytes),
                        upload: None,
                    },
                ),
                Outcome::Quarantine(reason, _) => Looked::Unclean(reason.to_string().into()),
            };
            drop(turn);
            (bytes, looked)
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The error that turns away what cannot be cleaned.
pub(crate) fn unclean(reason: &str) -> Error {
    Error::NotTaken {
        what: NotTaken::Redaction,
        takes: format!("the dataset takes in what it can clean of what identifies people: {reason}"),
    }
}

/// What the bytes of an item are said to be: by the media type, or by the name.
pub(crate) fn claim(put: &PutItem) -> Claim {
    let name = match &put.target {
        Target::Name(_, name) => name.as_str(),
        Target::Item(_) => "",
    };
    match Claim::of_media_type(put.media_type()) {
        Claim::Nothing => Claim::of_name(name),
        said => said,
    }
}

/// A body that is to be cleaned before it becomes a version.
pub(super) struct Waiting {
    pub(super) cleaning: Cleaning,
    pub(super) came: Came,
}

/// Where a body waits.
pub(super) enum Came {
    /// In memory: no more than a row keeps.
    Small(Zeroizing<Vec<u8>>),
    /// Sealed already.
    Sealed(Box<SealedThere>),
}

/// An object that is removed again unless it becomes something.
pub(super) struct SealedThere {
    pub(super) received: Received,
    pub(super) place: Place,
    pub(super) cleanup: Cleanup,
}

impl Came {
    /// The bytes, as they were when they came.
    async fn open(&self, custody: &Custody) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::Small(bytes) => Ok(bytes.clone()),
            Self::Sealed(sealed) => {
                let SealedThere { received, place, .. } = &**sealed;
                let SealedBody::Object(address) = &received.sealed.body else {
                    return Err(Error::Internal("what waits is no object".into()));
                };
                let size = received.sealed.size;
                let segment = Segment {
                    key: place.key.duplicate(),
                    context: place.context.clone(),
                    size,
                    range: 0..size,
                    source: Source::Object(address.clone()),
                };
                stream::open_whole(custody, vec![segment]).await
            }
        }
    }
}

impl Came {
    /// What came is not to be kept.
    async fn remove(self) {
        if let Self::Sealed(sealed) = self {
            sealed.cleanup.remove().await;
        }
    }
}

impl Custody {
    /// Cleans what waits, when it is its turn, and takes in what came of it.
    pub(super) async fn put_cleaned(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        waiting: Waiting,
    ) -> Result<Stored> {
        // To the end: what is clean lies in memory until it is sealed.
        let turn = Arc::new(self.cleanings.turn().await?);
        let Waiting { cleaning, came } = waiting;
        if put.kind == Kind::Record && record::is_record(&put.content_type) {
            came.remove().await;
            return Err(record::would_be_cleaned());
        }
        let bytes = came.open(self).await?;
        let (bytes, looked) = cleaning.clean(Arc::clone(&turn), bytes, claim(&put)).await?;
        drop(bytes);
        match looked {
            Looked::Clean(bytes, clean) => {
                let stored = self.put_clean(credential, request, put, bytes, clean).await;
                came.remove().await;
                stored
            }
            Looked::Unclean(reason) if cleaning.quarantines(put.kind) => {
                let verdict = Verdict::Held(reason);
                self.put_held(credential, request, put, came, verdict).await
            }
            Looked::Unclean(reason) => {
                came.remove().await;
                let error = unclean(&reason);
                Err(self.turned_away(credential, request, put, error).await)
            }
        }
    }

    /// Takes in what is clean.
    pub(crate) async fn put_clean(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        bytes: Vec<u8>,
        clean: CleanBody,
    ) -> Result<Stored> {
        if sha256(&bytes) != clean.came {
            put.notes.forget_bytes();
        }
        let put = PutItem {
            length: Some(bytes.len() as u64),
            sha256: None,
            ..put
        };
        let body = futures_util::stream::iter([Ok(Bytes::from(bytes))]);
        let taken = self.take_in(credential, request, put, Verdict::Clean(clean), body);
        in_at_last(taken.await?)
    }

    /// Keeps what came in quarantine, without sealing again what is sealed.
    async fn put_held(
        &self,
        credential: &Credential,
        request: Request,
        put: PutItem,
        came: Came,
        verdict: Verdict,
    ) -> Result<Stored> {
        match came {
            Came::Small(bytes) => {
                let body = futures_util::stream::iter([Ok(Bytes::copy_from_slice(&bytes))]);
                let taken = self.take_in(credential, request, put, verdict, body);
                in_at_last(taken.await?)
            }
            Came::Sealed(sealed) => {
                let SealedThere {
                    received, cleanup, ..
                } = *sealed;
                let received = Received { verdict, ..received };
                match self.commit(credential, request, put, received).await? {
                    Settled::Done(committed) => {
                        cleanup.disarm();
                        Ok(self.finished(*committed).await)
                    }
                    Settled::Elsewhere | Settled::Unclean(_) => {
                        Err(Error::Internal("what is held has no place".into()))
                    }
                }
            }
        }
    }
}

fn in_at_last(taken: Taken) -> Result<Stored> {
    match taken {
        Taken::In(stored) => Ok(*stored),
        Taken::Unclean(_) => Err(Error::Internal("what was looked at was to be looked at".into())),
    }
}
