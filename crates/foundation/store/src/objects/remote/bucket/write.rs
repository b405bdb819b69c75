//! An object on its way into somebody else's bucket, under its own name.
//!
//! Promises: memory does not grow with the object; nothing is there under the name before the end, and after a failure
//! nothing of it; an object that is there already is not replaced unless the bucket keeps versions.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, MultipartUpload, ObjectStore as _, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult,
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Bucket, BucketError, told};

/// Bytes of each piece of a large object.
const PIECE: usize = 8 << 20;
/// S3 takes no more.
const MOST_PIECES: usize = 10_000;
/// The most bytes of an object that is written.
pub const MOST_WRITTEN: u64 = (PIECE * MOST_PIECES) as u64;
/// So much of an object is gathered without asking for room, so that small objects never wait for large ones.
const WITHOUT_ROOM: usize = 1 << 20;
/// How long an object waits for room before it is refused.
const FOR_ROOM: Duration = Duration::from_secs(30);
/// Room for so many large objects at once, of all buckets: each has a piece that fills or is sent.
static ROOM: Semaphore = Semaphore::const_new(16);

/// What an object is once it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its entity tag, with its quotes.
    pub tag: String,
    /// Its version, where the bucket keeps versions.
    pub version: Option<String>,
}

/// An object that is being written. When this is dropped before its end, pieces may stay in the bucket until its own
/// rules end the upload; nothing of them has a name.
pub struct BucketWriting {
    bucket: Bucket,
    path: Path,
    attributes: Attributes,
    replaces: bool,
    filling: BytesMut,
    upload: Option<Box<dyn MultipartUpload>>,
    pieces: usize,
    room: Option<SemaphorePermit<'static>>,
}

impl Bucket {
    /// Whether an object may be written under this name without losing anything: nothing is there, or the bucket keeps
    /// versions, which is the answer.
    ///
    /// # Errors
    /// [`BucketError::Taken`], and what [`look`](Self::look) says.
    pub async fn check_free(&self, key: &str) -> Result<bool, BucketError> {
        match self.look(key).await {
            Err(BucketError::Missing) => Ok(false),
            Err(error) => Err(error),
            // `null` is what the bucket kept before it kept versions, or after.
            Ok(found) => match found.version.is_some_and(|version| version != "null") {
                true => Ok(true),
                false => Err(BucketError::Taken),
            },
        }
    }

    /// Begins an object of this media type. `replaces` where the bucket keeps versions.
    ///
    /// # Errors
    /// [`BucketError::Name`].
    pub fn begin(&self, key: &str, content_type: &str, replaces: bool) -> Result<BucketWriting, BucketError> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, content_type.to_owned().into());
        Ok(BucketWriting {
            bucket: self.clone(),
            path: self.path(key)?,
            attributes,
            replaces,
            filling: BytesMut::new(),
            upload: None,
            pieces: 0,
            room: None,
        })
    }
}

impl BucketWriting {
    /// Takes bytes.
    ///
    /// # Errors
    /// Every [`BucketError`] but `Missing` and `Changed`; then [`abandon`](Self::abandon) it.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), BucketError> {
        while !bytes.is_empty() {
            // Sent when more comes, so that an object of exactly one piece is put as a whole.
            if self.filling.len() == PIECE {
                self.send().await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.filling.len()));
            self.make_room(now.len()).await?;
            self.filling.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Gives the object its name.
    ///
    /// # Errors
    /// Every [`BucketError`] but `Missing`. Whether the object is there is then not known when the bucket does not serve.
    pub async fn finish(mut self, key: &str) -> Result<Written, BucketError> {
        if self.upload.is_none() {
            let options = PutOptions {
                mode: if self.replaces {
                    PutMode::Overwrite
                } else {
                    PutMode::Create
                },
                attributes: self.attributes,
                ..PutOptions::default()
            };
            let payload = PutPayload::from(self.filling.freeze());
            let put = self.bucket.store.put_opts(&self.path, payload, options).await;
            return written(put.map_err(told)?);
        }
        let done = self.complete(key).await;
        if done.is_err() {
            self.abandon().await;
        }
        done
    }

    /// Gives it up, with the pieces that are in the bucket.
    pub async fn abandon(self) {
        let Some(mut upload) = self.upload else { return };
        if let Err(error) = upload.abort().await {
            let error = told(error);
            tracing::warn!(%error, "pieces of an object stay in a tenant's own bucket until its rules end the upload");
        }
    }

    async fn complete(&mut self, key: &str) -> Result<Written, BucketError> {
        self.send().await?;
        if !self.replaces {
            // A large object cannot be put on condition: what came meanwhile is looked for as late as possible.
            self.bucket.check_free(key).await?;
        }
        let Some(upload) = &mut self.upload else {
            return Err(BucketError::Unavailable("an upload without pieces".into()));
        };
        let written = written(upload.complete().await.map_err(told)?)?;
        self.upload = None;
        // Servers differ in how they write the tag at the end of an upload; reads compare it with what they are told.
        let seen = self.bucket.look(key).await?;
        let bare = |tag: &str| tag.trim_matches('"').to_owned();
        match bare(&seen.tag) == bare(&written.tag) {
            true => Ok(Written {
                tag: seen.tag,
                ..written
            }),
            false => Err(BucketError::Changed),
        }
    }

    async fn send(&mut self) -> Result<(), BucketError> {
        if self.pieces == MOST_PIECES {
            return Err(BucketError::TooLarge);
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let options = PutMultipartOptions {
                    attributes: self.attributes.clone(),
                    ..PutMultipartOptions::default()
                };
                let begun = self.bucket.store.put_multipart_opts(&self.path, options).await;
                none.insert(begun.map_err(told)?)
            }
        };
        let piece: Bytes = self.filling.split().freeze();
        upload.put_part(PutPayload::from(piece)).await.map_err(told)?;
        self.pieces += 1;
        Ok(())
    }

    async fn make_room(&mut self, more: usize) -> Result<(), BucketError> {
        if self.room.is_none() && self.filling.len() + more > WITHOUT_ROOM {
            let crowded = || BucketError::Unavailable("too many large objects at once; try again".into());
            let room = tokio::time::timeout(FOR_ROOM, ROOM.acquire()).await;
            self.room = Some(room.map_err(|_| crowded())?.map_err(|_| crowded())?);
        }
        if self.room.is_some() {
            self.filling.reserve(PIECE - self.filling.len());
        }
        Ok(())
    }
}

fn written(put: PutResult) -> Result<Written, BucketError> {
    let tag = put.e_tag;
    Ok(Written {
        tag: tag.ok_or_else(|| BucketError::Unavailable("it gives no entity tags".into()))?,
        version: put.version.filter(|version| version != "null"),
    })
}
