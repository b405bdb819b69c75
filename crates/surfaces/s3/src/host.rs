//! Which bucket a host name means.
//!
//! Promises: sub-domains of the configured domain are buckets; every other host is a way to the server, and its
//! buckets are in the path. Leaves out: more than one domain.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

use crate::BadSettings;

/// The domain whose sub-domains are buckets.
#[derive(Debug)]
pub(crate) struct Domain(String);

impl Domain {
    pub(crate) fn new(text: &str) -> Result<Self, BadSettings> {
        let domain = text.to_ascii_lowercase();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
        if domain.is_empty() || domain.starts_with('.') || !domain.chars().all(fits) {
            return Err(BadSettings {
                setting: "domain",
                problem: "give a host name such as s3.example.com, with a port if clients send one".into(),
            });
        }
        Ok(Self(domain))
    }
}

impl Domain {
    /// The bucket of a request: in its host, or the first part of its path.
    pub(crate) fn bucket(domain: Option<&Self>, host: Option<&str>, path: &str) -> Option<String> {
        let in_host = domain
            .zip(host)
            .and_then(|(domain, host)| domain.parse_host_header(host).ok());
        if let Some(bucket) = in_host.as_ref().and_then(VirtualHost::bucket) {
            return Some(bucket.to_owned());
        }
        let first = path.strip_prefix('/')?.split('/').next()?;
        Some(first.to_owned()).filter(|first| !first.is_empty())
    }
}

impl S3Host for Domain {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let lower = host.to_ascii_lowercase();
        let bucket = lower
            .strip_suffix(&self.0)
            .and_then(|rest| rest.strip_suffix('.'));
        Ok(match bucket {
            Some(bucket) if !bucket.is_empty() => {
                VirtualHost::new(self.0.as_str()).with_bucket(bucket.to_owned())
            }
            _ => VirtualHost::new(host),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_domains_are_buckets_and_other_hosts_are_not() {
        let domain = Domain::new("S3.Example.com:8443").unwrap();
        let bucket = |host: &str| {
            domain
                .parse_host_header(host)
                .unwrap()
                .bucket()
                .map(str::to_owned)
        };
        assert_eq!(bucket("scans.s3.example.com:8443").as_deref(), Some("scans"));
        assert_eq!(bucket("SCANS.s3.example.com:8443").as_deref(), Some("scans"));
        assert_eq!(bucket("a.b.s3.example.com:8443").as_deref(), Some("a.b"));
        for other in [
            "s3.example.com:8443",
            "bailee.internal",
            "evils3.example.com:8443",
            ".s3.example.com:8443",
        ] {
            assert_eq!(bucket(other), None, "{other}");
        }
    }

    #[test]
    fn a_domain_that_is_none_is_refused() {
        for bad in ["", ".example.com", "a b", "https://s3.example.com"] {
            assert!(Domain::new(bad).is_err(), "{bad}");
        }
    }
}
