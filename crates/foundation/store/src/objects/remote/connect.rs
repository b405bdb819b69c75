//! From where a store is to the store: clients of the providers' interfaces.

use std::sync::Arc;
use std::time::Duration;

use gate::Gate;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientOptions;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use secrecy::ExposeSecret as _;

use super::failure;
use super::gated::{Gated, PURPOSE};
use super::locator::{Credentials, Locator, UnusableLocation, unusable};

/// No connection within this is none.
pub(super) const CONNECTING: Duration = Duration::from_secs(5);
/// Silence of this length while something should come ends a request. It counts from the beginning of a request, so that
/// a piece must be sent within it: 8 MiB in half a minute is a slow line.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// How often a request is repeated that failed in a way that may pass, and for how long.
const REPETITIONS: usize = 4;
const REPEATING: Duration = Duration::from_secs(20);

/// A store and where in it objects go.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The store: one bucket.
    pub store: Arc<dyn ObjectStore>,
    /// Below what.
    pub prefix: Path,
}

impl Remote {
    /// The same store, below a further word.
    #[must_use]
    pub fn below(&self, word: &str) -> Self {
        let prefix = match self.prefix.as_ref() {
            "" => word.to_owned(),
            prefix => format!("{prefix}/{word}"),
        };
        Self {
            store: Arc::clone(&self.store),
            prefix: Path::from(prefix),
        }
    }
}

impl Locator {
    /// The store, every request to which passes the gate. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`UnusableLocation`], saying what would be right.
    pub fn connect(&self, gate: &Gate) -> Result<Remote, UnusableLocation> {
        let parts = self.parts()?;
        self.check_endpoint()?;
        let client = straight(gate).map_err(|error| unusable(error.to_string()))?;
        let through = Gated::new(client, gate);
        let store = match parts.scheme {
            "s3" => {
                let path_style = self.path_style.unwrap_or(self.endpoint.is_some());
                let builder = self.s3_builder(parts.bucket, path_style)?;
                Arc::new(builder.with_http_connector(through).build().map_err(told)?)
            }
            "gs" => self.google(parts.bucket, through)?,
            _ => self.azure(parts.bucket, through)?,
        };
        Ok(Remote {
            store,
            prefix: parts.prefix,
        })
    }

    fn client(&self) -> ClientOptions {
        ClientOptions::new()
            .with_allow_http(self.plain_http)
            .with_connect_timeout(CONNECTING)
            .with_read_timeout(SILENCE)
            .with_timeout_disabled()
    }

    pub(super) fn s3_builder(
        &self,
        bucket: &str,
        path_style: bool,
    ) -> Result<AmazonS3Builder, UnusableLocation> {
        let builder = match &self.credentials {
            Credentials::Ambient => AmazonS3Builder::from_env(),
            Credentials::Keys {
                access_key,
                secret_key,
            } => AmazonS3Builder::new()
                .with_access_key_id(access_key)
                .with_secret_access_key(secret_key.expose_secret()),
            Credentials::ServiceAccount(_) => {
                return Err(unusable("S3 takes an access key and a secret key"));
            }
        };
        let mut builder = builder
            .with_bucket_name(bucket)
            .with_virtual_hosted_style_request(!path_style)
            // Not every provider knows the other way.
            .with_disable_bulk_delete(true)
            .with_client_options(self.client())
            .with_retry(patience());
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        Ok(builder)
    }

    fn google(&self, bucket: &str, through: Gated) -> Result<Arc<dyn ObjectStore>, UnusableLocation> {
        let builder = match &self.credentials {
            Credentials::Ambient => GoogleCloudStorageBuilder::from_env(),
            Credentials::ServiceAccount(file) => {
                GoogleCloudStorageBuilder::new().with_service_account_path(file.to_string_lossy())
            }
            Credentials::Keys { .. } => return Err(unusable("Google takes a service account's file")),
        };
        let mut builder = builder
            .with_bucket_name(bucket)
            .with_client_options(self.client())
            .with_retry(patience());
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_base_url(endpoint);
        }
        Ok(Arc::new(
            builder.with_http_connector(through).build().map_err(told)?,
        ))
    }

    fn azure(&self, container: &str, through: Gated) -> Result<Arc<dyn ObjectStore>, UnusableLocation> {
        let builder = match &self.credentials {
            Credentials::Ambient => MicrosoftAzureBuilder::from_env(),
            Credentials::Keys {
                access_key,
                secret_key,
            } => MicrosoftAzureBuilder::new()
                .with_account(access_key)
                .with_access_key(secret_key.expose_secret()),
            Credentials::ServiceAccount(_) => {
                return Err(unusable("Azure takes an account's name and its key"));
            }
        };
        let mut builder = builder
            .with_container_name(container)
            .with_client_options(self.client())
            .with_retry(patience());
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        Ok(Arc::new(
            builder.with_http_connector(through).build().map_err(told)?,
        ))
    }
}

/// A client whose names the gate looks up, and that follows no redirects.
pub(super) fn straight(gate: &Gate) -> reqwest::Result<reqwest::Client> {
    gate.builder(PURPOSE)
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .http1_only()
        // Bytes are passed on as they are stored.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .build()
}

fn patience() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: REPETITIONS,
        retry_timeout: REPEATING,
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
pub(super) fn told(error: object_store::Error) -> UnusableLocation {
    unusable(format!(
        "the store cannot be used as it is described: {}",
        failure::reason(&error)
    ))
}
