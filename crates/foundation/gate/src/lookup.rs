//! From a name to addresses. Leaves out: which of them may be connected to.

use std::net::IpAddr;

use async_trait::async_trait;

/// Who knows the addresses behind names.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a host; none when nobody knows it.
    async fn addresses(&self, host: &str) -> Vec<IpAddr>;
}

/// The resolver of the operating system.
pub struct System;

#[async_trait]
impl Lookup for System {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the gate: what is found here is checked before it is used"
    )]
    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let found = tokio::net::lookup_host((host, 0)).await;
        found.map_or_else(
            |_| Vec::new(),
            |found| found.map(|address| address.ip()).collect(),
        )
    }
}
