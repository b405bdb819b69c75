//! Somebody else's S3 bucket: objects as they are there, under their own names.
//!
//! Promises: requests go to the endpoint's host alone, redirects are refused; a read gives the bytes of the entity tag
//! that it names or an error; texts never repeat credentials. Leaves out: which hosts may be asked (custody), sealing.

mod signed;
#[cfg(test)]
mod tests;
mod write;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use gate::Gate;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{Attribute, GetOptions, GetResult, ObjectStore};

pub use write::{BucketWriting, MOST_WRITTEN, Written};

use super::connect::straight;
use super::failure;
use super::gated::Gated;
use super::locator::{Locator, UnusableLocation, unusable};

/// A bucket, or what lies below a prefix of one.
#[derive(Debug, Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    /// For what the store's client cannot ask.
    http: reqwest::Client,
    gate: Gate,
    prefix: Path,
}

/// One state of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub size: u64,
    /// Its entity tag, with its quotes.
    pub tag: String,
    /// Its version, where the bucket keeps versions.
    pub version: Option<String>,
    /// Its media type, as the bucket says it.
    pub content_type: Option<String>,
}

/// Why a bucket did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// There is no object of this name.
    #[error("the bucket has no such object")]
    Missing,
    /// The object is not the one that was meant any more.
    #[error("the object was changed in the bucket")]
    Changed,
    /// A name that cannot be asked for.
    #[error(
        "the name has an empty part, a part of dots alone or a control character; such objects cannot be reached"
    )]
    Name,
    /// An object of this name is there already.
    #[error("the bucket has an object of this name already")]
    Taken,
    /// The object would be larger than what can be written there.
    #[error("the object is larger than can be written to the bucket")]
    TooLarge,
    /// The bucket refuses the credentials, or they do not allow it.
    #[error("the bucket does not let us in: {0}")]
    Refused(String),
    /// The bucket does not serve.
    #[error("the bucket does not serve: {0}")]
    Unavailable(String),
}

impl Locator {
    /// The bucket, every request to which passes the gate. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`UnusableLocation`] for anything but S3 behind an endpoint that is named.
    pub fn bucket(&self, gate: &Gate) -> Result<Bucket, UnusableLocation> {
        let parts = self.parts()?;
        self.check_endpoint()?;
        if parts.scheme != "s3" || self.endpoint.is_none() {
            return Err(unusable(
                "give s3://bucket or s3://bucket/prefix, and the endpoint that serves it",
            ));
        }
        // INVARIANT: the path names the bucket, so that the endpoint's host is the only one that is asked.
        let builder = self.s3_builder(parts.bucket, true)?;
        let http = straight(gate).map_err(|error| unusable(error.to_string()))?;
        let store = builder
            .with_http_connector(Gated::new(http.clone(), gate))
            .build()
            .map_err(super::connect::told)?;
        Ok(Bucket {
            store: Arc::new(store),
            http,
            gate: gate.clone(),
            prefix: parts.prefix,
        })
    }
}

impl Bucket {
    /// What an object is now.
    ///
    /// # Errors
    /// Every [`BucketError`] but `Changed`.
    pub async fn look(&self, key: &str) -> Result<Found, BucketError> {
        let options = GetOptions::new().with_head(true);
        let answer = self.ask(key, options).await?;
        let content_type = answer.attributes.get(&Attribute::ContentType);
        let tag = answer.meta.e_tag.clone();
        Ok(Found {
            size: answer.meta.size,
            tag: tag.ok_or_else(|| BucketError::Unavailable("it gives no entity tags".into()))?,
            version: answer.meta.version.clone(),
            content_type: content_type.map(|value| value.to_string()),
        })
    }

    /// Names of objects below a folder, those after one of them, in order.
    ///
    /// # Errors
    /// [`BucketError::Refused`], [`BucketError::Unavailable`], [`BucketError::Name`].
    pub async fn names(
        &self,
        folder: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<String>, BucketError> {
        let folder = match folder.trim_end_matches('/') {
            "" => self.prefix.clone(),
            folder => self.path(folder)?,
        };
        let found = match after {
            Some(after) => self.store.list_with_offset(Some(&folder), &self.path(after)?),
            None => self.store.list(Some(&folder)),
        };
        let found: Vec<_> = found.take(most).try_collect().await.map_err(told)?;
        Ok(found
            .iter()
            .filter_map(|meta| self.name(&meta.location))
            .collect())
    }

    /// The bytes of a range of the object in the state that is named, as they come.
    ///
    /// # Errors
    /// Every [`BucketError`]; the stream's as well.
    pub async fn read(
        &self,
        key: &str,
        state: &Found,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, BucketError>>, BucketError> {
        let options = GetOptions::new()
            .with_if_match(Some(state.tag.clone()))
            .with_version(state.version.clone());
        let options = match range.is_empty() {
            true => options.with_head(true),
            false => options.with_range(Some(range.clone())),
        };
        let answer = self.ask(key, options).await?;
        // Not every store heeds If-Match.
        if answer.meta.e_tag.as_ref() != Some(&state.tag) || answer.meta.size != state.size {
            return Err(BucketError::Changed);
        }
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        if answer.range != range {
            return Err(BucketError::Unavailable(
                "it gives another range than was asked for".into(),
            ));
        }
        Ok(answer.into_stream().map_err(told).boxed())
    }

    async fn ask(&self, key: &str, options: GetOptions) -> Result<GetResult, BucketError> {
        let path = self.path(key)?;
        self.store.get_opts(&path, options).await.map_err(told)
    }

    /// INVARIANT: a name is asked for as it is or not at all; nothing in it leads out of the prefix.
    fn path(&self, key: &str) -> Result<Path, BucketError> {
        let whole = match self.prefix.as_ref() {
            "" => key.to_owned(),
            prefix => format!("{prefix}/{key}"),
        };
        let path = Path::parse(&whole).map_err(|_| BucketError::Name)?;
        match !key.is_empty() && path.as_ref() == whole {
            true => Ok(path),
            false => Err(BucketError::Name),
        }
    }

    fn name(&self, path: &Path) -> Option<String> {
        let (whole, prefix) = (path.as_ref(), self.prefix.as_ref());
        let rest = match prefix {
            "" => whole,
            prefix => whole.strip_prefix(prefix)?.strip_prefix('/')?,
        };
        (!rest.is_empty()).then(|| rest.to_owned())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn told(error: object_store::Error) -> BucketError {
    use object_store::Error;
    match &error {
        Error::NotFound { .. } if !failure::code(&error).is_some_and(|code| code.contains("Bucket")) => {
            BucketError::Missing
        }
        Error::AlreadyExists { .. } => BucketError::Taken,
        Error::Precondition { .. } | Error::NotModified { .. } => BucketError::Changed,
        Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => {
            BucketError::Refused(failure::reason(&error))
        }
        _ => BucketError::Unavailable(failure::reason(&error)),
    }
}
