//! What an installation decides about its S3 surface.

use std::time::Duration;

/// The settings of the surface. The default serves buckets by path, for any region.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The host name under which buckets are sub-domains (`bucket.s3.example.com`), with a port if it is not 443.
    /// Buckets are found by path at every other host.
    pub domain: Option<String>,
    /// The only region that clients may sign for; any when absent.
    pub region: Option<String>,
    /// Whether clients come by TLS, here or at a proxy in front. In clear, keys of the client's own (SSE-C) are refused:
    /// everybody on the way would have them.
    pub tls: bool,
    /// Origins whose browsers may send requests that they ask about beforehand; one `*` in each stands for anything.
    pub cors_origins: Vec<String>,
    /// How far a client's clock may be off.
    pub clock_skew: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            domain: None,
            region: None,
            tls: true,
            cors_origins: Vec::new(),
            // What AWS allows, and what clients count on.
            clock_skew: Duration::from_secs(15 * 60),
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct BadSettings {
    /// Which one.
    pub setting: &'static str,
    /// What would be right.
    pub problem: String,
}
