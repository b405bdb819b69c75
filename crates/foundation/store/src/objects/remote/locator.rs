//! Where a store is, as people write it, and whether that makes sense.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use object_store::path::Path;
use secrecy::SecretString;

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

type Names = &'static [&'static str];

/// Of a scheme: the provider's own hosts, those that give credentials to machines, and variables that name others.
fn provider(scheme: &str) -> (Names, Names, Names) {
    match scheme {
        "s3" => (
            &["*.amazonaws.com:443", "*.amazonaws.com.cn:443"],
            &[
                "*.amazonaws.com:443",
                "169.254.169.254:80",
                "169.254.170.2:80",
                "169.254.170.23:80",
            ],
            &[
                "AWS_ENDPOINT",
                "AWS_ENDPOINT_URL",
                "AWS_ENDPOINT_URL_S3",
                "AWS_ENDPOINT_URL_STS",
                "AWS_METADATA_ENDPOINT",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ],
        ),
        "gs" => (
            &["*.googleapis.com:443"],
            &[
                "*.googleapis.com:443",
                "metadata.google.internal:80",
                "169.254.169.254:80",
            ],
            &["GOOGLE_BASE_URL"],
        ),
        _ => (
            &["*.core.windows.net:443"],
            &["login.microsoftonline.com:443", "169.254.169.254:80"],
            &[
                "AZURE_STORAGE_ENDPOINT",
                "AZURE_ENDPOINT",
                "AZURE_AUTHORITY_HOST",
                "IDENTITY_ENDPOINT",
                "MSI_ENDPOINT",
            ],
        ),
    }
}

/// Host and port of a URL.
fn host_of(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    Some(format!("{host}:{}", url.port_or_known_default()?))
}

/// Why a store cannot be used as it is described. Texts hold no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableLocation(pub String);

pub(super) fn unusable(text: impl Into<String>) -> UnusableLocation {
    UnusableLocation(text.into())
}

/// The parts of a URL.
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) bucket: &'a str,
    pub(super) prefix: Path,
}

impl Locator {
    /// Whether it is well described, without looking at credentials.
    ///
    /// # Errors
    /// [`UnusableLocation`], saying what would be right.
    pub fn check(&self) -> Result<(), UnusableLocation> {
        self.parts()?;
        self.check_endpoint()
    }

    /// Whom its requests go to, as `host:port`, or `*.host:port` for all hosts below one: its endpoint or the provider's domain, and who gives
    /// credentials where there is no file with them.
    pub fn hosts(&self, has_credentials: bool) -> Vec<String> {
        let scheme = self.url.split_once("://").map_or("", |(scheme, _)| scheme);
        let (provider, issuers, variables) = provider(scheme);
        let mut hosts: Vec<String> = match &self.endpoint {
            Some(endpoint) => host_of(endpoint).into_iter().collect(),
            None => provider.iter().map(|host| (*host).to_owned()).collect(),
        };
        if !has_credentials {
            hosts.extend(issuers.iter().map(|host| (*host).to_owned()));
            let said = variables
                .iter()
                .filter_map(|variable| std::env::var(variable).ok());
            hosts.extend(said.filter_map(|url| host_of(&url)));
        }
        hosts.sort();
        hosts.dedup();
        hosts
    }

    pub(super) fn parts(&self) -> Result<Parts<'_>, UnusableLocation> {
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
    pub(super) fn check_endpoint(&self) -> Result<(), UnusableLocation> {
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
        let remote = locator("s3://bucket/a/b/", None, false)
            .connect(&gate::Gate::unattended())
            .unwrap();
        assert_eq!(remote.prefix.as_ref(), "a/b");
        assert_eq!(
            locator("s3://bucket", None, false)
                .connect(&gate::Gate::unattended())
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
            assert!(
                locator(bad, None, false)
                    .connect(&gate::Gate::unattended())
                    .is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn clear_http_stays_on_the_machine() {
        let taken = |endpoint, plain| {
            locator("s3://bucket", Some(endpoint), plain)
                .connect(&gate::Gate::unattended())
                .is_ok()
        };
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
