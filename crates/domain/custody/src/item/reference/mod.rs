//! Items by reference: versions whose bytes lie in a bucket of the tenant's own and are passed on from there.
//!
//! Promises: nothing of the bytes is kept, neither in rows nor as objects; what is passed on is the state that was referred
//! to, or the read ends with an error that the trail knows of; permits and events are those of every read. Leaves out: the
//! bucket's keys and who may be asked (`dataset/own_bucket`).

mod import;
mod pass;
mod remove;
mod url;
mod write;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::objects::{BucketError, Found};

pub use import::{Entry, Import, Imported, Outcome};
pub(super) use pass::pass;
pub(crate) use remove::Waiting;
pub(super) use remove::let_go;
pub use url::ContentUrl;
pub(super) use write::OwnPlace;

use super::rows::ItemRow;
use crate::dataset::{NewOwnBucket, own_bucket};
use crate::error::{Error, Result};
use crate::session::Session;

/// One state of an object in a bucket of the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The bucket's endpoint and URL.
    pub bucket: String,
    /// The object's name below the URL.
    pub key: String,
    /// Its entity tag.
    pub tag: String,
    /// Its version, where the bucket keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A reference and what opens it.
pub(crate) struct Pinned {
    reference: Reference,
    bucket: NewOwnBucket,
    size: u64,
}

impl Pinned {
    /// Puts the reference of a row together with the bucket that its dataset has now.
    pub(super) fn of(session: &Session, row: &ItemRow, reference: &Reference) -> Result<Arc<Self>> {
        let sealed = row.own_bucket_sealed.as_deref();
        let bucket = sealed.map(|sealed| own_bucket::open(session, row.dataset, sealed));
        match bucket
            .transpose()?
            .filter(|bucket| bucket.address() == reference.bucket)
        {
            Some(bucket) => Ok(Arc::new(Self {
                reference: reference.clone(),
                bucket,
                size: row.size,
            })),
            None => Err(Error::Conflict(format!(
                "the item lies in a bucket that the dataset does not have any more ({}); set it again",
                reference.bucket
            ))),
        }
    }

    fn state(&self) -> Found {
        Found {
            size: self.size,
            tag: self.reference.tag.clone(),
            version: self.reference.version.clone(),
            content_type: None,
        }
    }
}

impl From<BucketError> for Error {
    fn from(error: BucketError) -> Self {
        match error {
            BucketError::Missing | BucketError::Changed => Self::Conflict(
                "the object in the dataset's own bucket was changed or removed since it was imported; import it again"
                    .into(),
            ),
            BucketError::Name => Self::invalid("name", error.to_string()),
            BucketError::Taken => Self::Conflict(
                "the dataset's own bucket has an object of this name and keeps no versions, so a put would replace it; import \
                 it, choose another name, or delete the item and the object first"
                    .into(),
            ),
            BucketError::TooLarge => Self::TooLarge {
                limit: store::objects::MOST_WRITTEN,
            },
            BucketError::Refused(_) => Self::Conflict(format!("{error}; give the dataset's own bucket other keys")),
            BucketError::Unavailable(_) => Self::Unavailable(format!("in the dataset's own bucket: {error}")),
        }
    }
}
