//! From what a configuration says of a store to the store.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientOptions;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};

use super::failure;

/// No connection within this is none.
const CONNECTING: Duration = Duration::from_secs(5);
/// Silence of this length while something should come ends a request. The whole may take longer.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a request is repeated that failed in a way that may pass, and for how long.
const REPETITIONS: usize = 4;
const REPEATING: Duration = Duration::from_secs(20);

/// What opens a store.
#[derive(Clone)]
pub enum Credentials {
    /// What the environment or the machine gives: variables, a role of the instance, a workload's identity.
    Ambient,
    /// A pair of keys; for Azure the account's name and its key.
    Keys {
        /// Its id.
        access_key: String,
        /// The secret.
        secret_key: SecretString,
    },
    /// A file with a service account, as Google gives it.
    ServiceAccount(PathBuf),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambient => "Ambient",
            Self::Keys { .. } => "Keys",
            Self::ServiceAccount(_) => "ServiceAccount",
        })
    }
}

/// Where a store is, as people write it.
#[derive(Debug, Clone)]
pub struct Locator {
    /// `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`; the prefix may be absent.
    pub url: String,
    /// The provider's region; S3 signs for it.
    pub region: Option<String>,
    /// The address of the provider's interface, for others than the well-known one.
    pub endpoint: Option<String>,
    /// What opens it.
    pub credentials: Credentials,
    /// Whether clear HTTP may be spoken, which is taken for loopback addresses alone.
    pub plain_http: bool,
    /// Whether the bucket stands in the path instead of the host's name; yes where there is an endpoint.
    pub path_style: Option<bool>,
}

/// A store and where in it objects go.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The store: one bucket.
    pub store: Arc<dyn ObjectStore>,
    /// Below what.
    pub prefix: Path,
}

/// Why a store cannot be used as it is described. Texts hold no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableLocation(pub String);

fn unusable(text: impl Into<String>) -> UnusableLocation {
    UnusableLocation(text.into())
}

/// The parts of a URL.
struct Parts<'a> {
    scheme: &'a str,
    bucket: &'a str,
    prefix: Path,
}

impl Locator {
    /// The store. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`UnusableLocation`], saying what would be right.
    pub fn connect(&self) -> Result<Remote, UnusableLocation> {
        let parts = self.parts()?;
        self.check_endpoint()?;
        let store = match parts.scheme {
            "s3" => self.s3(parts.bucket)?,
            "gs" => self.google(parts.bucket)?,
            _ => self.azure(parts.bucket)?,
        };
        Ok(Remote {
            store,
            prefix: parts.prefix,
        })
    }

    /// Whether it is well described, without looking at credentials.
    ///
    /// # Errors
    /// [`UnusableLocation`], saying what would be right.
    pub fn check(&self) -> Result<(), UnusableLocation> {
        self.parts()?;
        self.check_endpoint()
    }

    fn parts(&self) -> Result<Parts<'_>, UnusableLocation> {
        const WANTED: &str = "give s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, without anything else in it";
        let (scheme, rest) = self.url.split_once("://").ok_or_else(|| unusable(WANTED))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let fits = matches!(scheme, "s3" | "gs" | "az")
            && (1..=255).contains(&bucket.len())
            && bucket.chars().all(named)
            && prefix.chars().all(|c| named(c) || c == '/');
        if !fits {
            return Err(unusable(WANTED));
        }
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|_| unusable(WANTED))?;
        Ok(Parts {
            scheme,
            bucket,
            prefix,
        })
    }

    /// INVARIANT: what leaves the machine leaves it under TLS.
    fn check_endpoint(&self) -> Result<(), UnusableLocation> {
        let Some(endpoint) = &self.endpoint else {
            return Ok(());
        };
        let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
        match endpoint.split_once("://") {
            Some(("https", rest)) if !host(rest).is_empty() && !rest.contains('@') => Ok(()),
            Some(("http", rest)) if self.plain_http && is_loopback(&host(rest)) => Ok(()),
            Some(("http", _)) => Err(unusable(
                "clear HTTP is spoken with loopback addresses alone, and only with plain_http = true; give https://",
            )),
            _ => Err(unusable("the endpoint is https:// and a host")),
        }
    }

    fn client(&self) -> ClientOptions {
        ClientOptions::new()
            .with_allow_http(self.plain_http)
            .with_connect_timeout(CONNECTING)
            .with_read_timeout(SILENCE)
            .with_timeout_disabled()
    }

    fn s3(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, UnusableLocation> {
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
        let path_style = self.path_style.unwrap_or(self.endpoint.is_some());
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
        Ok(Arc::new(builder.build().map_err(told)?))
    }

    fn google(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, UnusableLocation> {
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
        Ok(Arc::new(builder.build().map_err(told)?))
    }

    fn azure(&self, container: &str) -> Result<Arc<dyn ObjectStore>, UnusableLocation> {
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
        Ok(Arc::new(builder.build().map_err(told)?))
    }
}

fn patience() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: REPETITIONS,
        retry_timeout: REPEATING,
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn told(error: object_store::Error) -> UnusableLocation {
    unusable(format!(
        "the store cannot be used as it is described: {}",
        failure::reason(&error)
    ))
}

/// Whether a host, with or without its port, is an address of this machine alone. Names are not looked up.
fn is_loopback(host: &str) -> bool {
    let bare = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((bare, _)) => bare,
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.parse::<IpAddr>()
        .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locator(url: &str, endpoint: Option<&str>, plain_http: bool) -> Locator {
        Locator {
            url: url.into(),
            region: Some("eu-central-1".into()),
            endpoint: endpoint.map(str::to_owned),
            credentials: Credentials::Keys {
                access_key: "id".into(),
                secret_key: "hunter2".into(),
            },
            plain_http,
            path_style: None,
        }
    }

    #[test]
    fn a_url_names_a_bucket_and_a_prefix() {
        let remote = locator("s3://bucket/a/b/", None, false).connect().unwrap();
        assert_eq!(remote.prefix.as_ref(), "a/b");
        assert_eq!(
            locator("s3://bucket", None, false)
                .connect()
                .unwrap()
                .prefix
                .as_ref(),
            ""
        );
        for bad in [
            "",
            "bucket",
            "ftp://bucket",
            "s3://",
            "s3://user:pass@bucket",
            "s3://bucket/../x",
            "s3://bucket/a?b=c",
        ] {
            assert!(locator(bad, None, false).connect().is_err(), "{bad}");
        }
    }

    #[test]
    fn clear_http_stays_on_the_machine() {
        let taken = |endpoint, plain| locator("s3://bucket", Some(endpoint), plain).connect().is_ok();
        assert!(taken("https://s3.example.org", false));
        assert!(taken("http://127.0.0.1:9000", true) && taken("http://[::1]:9000", true));
        for (endpoint, plain) in [
            ("http://127.0.0.1:9000", false),
            ("http://10.0.0.1:9000", true),
            ("http://localhost.example.org", true),
            ("http://127.0.0.1.example.org", true),
            ("http://127.0.0.1@example.org", true),
            ("https://", false),
            ("s3.example.org", false),
        ] {
            assert!(!taken(endpoint, plain), "{endpoint}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let shown = format!("{:?}", locator("s3://bucket", None, false));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
