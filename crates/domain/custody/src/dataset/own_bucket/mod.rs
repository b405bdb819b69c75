//! A bucket of the tenant's own, whose objects a dataset's items refer to.
//!
//! Promises: only hosts that the operator allows are ever asked; the keys lie sealed and are never shown. Leaves out: the
//! items (`item/reference`).

mod ops;

use serde::{Deserialize, Serialize};
use store::objects::{Bucket, Credentials, Locator};

use super::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Custody, contexts};

/// A bucket as its tenant describes it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwnBucket {
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: String,
    /// The address of the S3 interface: `https://` and a host, with a port if it needs one.
    pub endpoint: String,
    /// What requests are signed for.
    pub region: String,
    /// The id of the key pair.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Whether what is put into the dataset goes there.
    #[serde(default)]
    pub mode: BucketMode,
    /// Whether deleting an item for good removes its objects there.
    #[serde(default)]
    pub delete_remote: bool,
}

/// What may be done with a bucket beside reading and what [`NewOwnBucket::delete_remote`] says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BucketMode {
    /// Nothing: items are made of objects that are there.
    #[default]
    Read,
    /// What is put into the dataset becomes an object of the item's name.
    ReadWrite,
}

/// A bucket as it is shown: without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnBucket {
    /// The bucket and the prefix.
    pub url: String,
    /// Where it is served.
    pub endpoint: String,
    /// What requests are signed for.
    pub region: String,
    /// Whether what is put into the dataset goes there.
    pub mode: BucketMode,
    /// Whether deleting an item for good removes its objects there.
    pub delete_remote: bool,
}

impl std::fmt::Debug for NewOwnBucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewOwnBucket")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl NewOwnBucket {
    /// What may be shown of it.
    pub(crate) fn shown(&self) -> OwnBucket {
        OwnBucket {
            url: self.url.clone(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            mode: self.mode,
            delete_remote: self.delete_remote,
        }
    }

    /// What distinguishes it from other buckets, for references into it.
    pub(crate) fn address(&self) -> String {
        format!("{} {}", self.endpoint, self.url)
    }

    fn check(&self) -> Result<()> {
        let fits = |text: &str, most| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| (0x21..0x7f).contains(&byte))
        };
        for (field, text, most) in [
            ("region", &self.region, 64),
            ("access_key", &self.access_key, 256),
            ("secret_key", &self.secret_key, 256),
        ] {
            if !fits(text, most) {
                return Err(Error::invalid(
                    field,
                    format!("give 1 to {most} visible ASCII characters"),
                ));
            }
        }
        Ok(())
    }

    /// Whether what is put into the dataset may go there.
    pub(crate) fn check_writes(&self) -> Result<()> {
        match self.mode {
            BucketMode::ReadWrite => Ok(()),
            BucketMode::Read => Err(Error::Conflict(
                "the dataset's items lie in its own bucket, which is only read; put the object there and import it, or set \
                 the bucket to read-write"
                    .into(),
            )),
        }
    }

    /// The bucket, if the operator allows its host. Nothing is asked of it yet.
    pub(crate) fn connect(&self, custody: &Custody) -> Result<Bucket> {
        let named = custody.own_buckets.check(&self.endpoint);
        named.map_err(|refused| {
            Error::invalid(
                "endpoint",
                format!("{refused}; own_buckets.allow names those allowed"),
            )
        })?;
        let locator = Locator {
            url: self.url.clone(),
            region: Some(self.region.clone()),
            endpoint: Some(self.endpoint.clone()),
            credentials: Credentials::Keys {
                access_key: self.access_key.clone(),
                secret_key: self.secret_key.as_str().into(),
            },
            // The locator takes it for loopback addresses alone, and the list has named this one.
            plain_http: true,
            path_style: Some(true),
        };
        locator
            .bucket(&custody.gate)
            .map_err(|error| Error::invalid("own_bucket", error.to_string()))
    }
}

/// Opens what a row has sealed.
pub(crate) fn open(session: &Session, dataset: kernel::DatasetId, sealed: &[u8]) -> Result<NewOwnBucket> {
    let context = contexts::own_bucket(session.tenant, dataset);
    let opened = sealing::open(session.tenant_key(), &context, sealed)?;
    serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
}

impl DatasetRow {
    /// Its own bucket, if it has one.
    pub(crate) fn own_bucket(&self, session: &Session) -> Result<Option<NewOwnBucket>> {
        let sealed = self.own_bucket_sealed.as_deref();
        sealed.map(|sealed| open(session, self.id, sealed)).transpose()
    }
}

/// Where bytes of our keeping may not go: a dataset whose items lie in the tenant's bucket.
pub(crate) fn check_takes_bytes(own_bucket: Option<&[u8]>) -> Result<()> {
    match own_bucket {
        None => Ok(()),
        Some(_) => Err(Error::Conflict(
            "the dataset's items lie in its own bucket, which takes them as a whole alone and not in parts, if it is set to \
             read-write; or put the object there and import it"
                .into(),
        )),
    }
}
