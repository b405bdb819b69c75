//! Requests that somebody else makes, or that the store's client cannot: signed URLs of one object.

use std::time::Duration;

use object_store::signer::{SignedUrlOptions, Signer as _};
use reqwest::{Method, StatusCode, Url};

use super::super::gated::PURPOSE;
use super::{Bucket, BucketError, told};

/// A request of our own is made at once.
const AT_ONCE: Duration = Duration::from_secs(300);

impl Bucket {
    /// A URL that gives the object to whoever has it, for so long; this version of it where one is named.
    ///
    /// # Errors
    /// [`BucketError::Name`], [`BucketError::Unavailable`].
    pub async fn url(
        &self,
        key: &str,
        version: Option<&str>,
        lives: Duration,
    ) -> Result<String, BucketError> {
        self.sign(Method::GET, key, version, lives).await
    }

    /// Removes the object in the state that is named. One that is gone, or is another by now, is removed already.
    ///
    /// # Errors
    /// [`BucketError::Refused`], [`BucketError::Unavailable`], [`BucketError::Name`].
    pub async fn remove(&self, key: &str, tag: &str, version: Option<&str>) -> Result<(), BucketError> {
        if version.is_none() {
            match self.look(key).await {
                Err(BucketError::Missing) => return Ok(()),
                Err(error) => return Err(error),
                Ok(found) if found.tag != tag => return Ok(()),
                Ok(_) => {}
            }
        }
        let url = self.sign(Method::DELETE, key, version, AT_ONCE).await?;
        let url = Url::parse(&url).map_err(|_| BucketError::Name)?;
        let passed = self.gate.check_url(PURPOSE, &url);
        passed.map_err(|refused| BucketError::Unavailable(refused.to_string()))?;
        let answer = self.http.delete(url).send().await;
        // The error's own text would repeat the URL.
        let answer = answer.map_err(|error| BucketError::Unavailable(error.without_url().to_string()))?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status @ (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED) => {
                Err(BucketError::Refused(format!("{status} to a deletion")))
            }
            status => Err(BucketError::Unavailable(format!("{status} to a deletion"))),
        }
    }

    async fn sign(
        &self,
        method: Method,
        key: &str,
        version: Option<&str>,
        lives: Duration,
    ) -> Result<String, BucketError> {
        let path = self.path(key)?;
        let options = SignedUrlOptions::new().with_query(version.map(|version| ("versionId", version)));
        let url = self.store.signed_url_opts(method, &path, lives, &options).await;
        Ok(url.map_err(told)?.to_string())
    }
}
