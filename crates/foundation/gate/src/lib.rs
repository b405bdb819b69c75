#![doc = include_str!("../README.md")]

mod address;
mod client;
mod lookup;

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

pub use address::is_inside;
pub use client::{Client, Unsent};
pub use lookup::{Lookup, System};

/// Where the server is about to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outward {
    /// A host name in lower case, or an address.
    pub host: String,
    /// A port; 0 while only the name is looked up.
    pub port: u16,
    /// What for, one of a few words of ours: `mail`, `objects`, `sign-in`, `process`.
    pub purpose: &'static str,
}

/// Why nothing was connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The host is not listed.
    #[error(
        "{0}:{1} is not listed, so this server does not connect to it: `bailee egress` shows who is, by the configuration"
    )]
    NotListed(String, u16),
    /// The host is listed, and what its name leads to is inside: this machine, its network, or the like.
    #[error(
        "{0} leads to {1}, which is inside, so this server does not connect to it: name the host in `egress.inside` if it is meant to"
    )]
    Inside(String, IpAddr),
}

impl Refused {
    /// The refusal behind an error of a client that asked here, if there is one.
    pub fn behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(refused) = error.downcast_ref() {
                return Some(refused);
            }
            next = error.source();
        }
        None
    }
}

/// Why there is no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// The gate does not let the server connect there.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nobody knows the name.
    #[error("{0} has no address")]
    Unknown(String),
}

/// Who decides. It must not wait: decisions are made from what is known.
pub trait Gatekeeper: Send + Sync {
    /// Whether the server may connect to this host. A no is remembered, to be recorded.
    ///
    /// # Errors
    /// [`Refused::NotListed`].
    fn pass(&self, to: &Outward) -> Result<(), Refused>;

    /// Whether a host that is listed may be at this address. A no is remembered, to be recorded.
    ///
    /// # Errors
    /// [`Refused::Inside`].
    fn reach(&self, to: &Outward, address: IpAddr) -> Result<(), Refused>;
}

/// What connections pass. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    keeper: Arc<dyn Gatekeeper>,
    lookup: Arc<dyn Lookup>,
}

impl Gate {
    /// The gate that this keeper minds.
    pub fn new(keeper: Arc<dyn Gatekeeper>) -> Self {
        let lookup = Arc::new(System);
        Self { keeper, lookup }
    }

    /// A gate without a keeper: for commands that a person calls on their own machine, and for tests.
    pub fn unattended() -> Self {
        Self::new(Arc::new(Nobody))
    }

    /// The same, with names looked up elsewhere.
    #[must_use]
    pub fn with_lookup(self, lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup, ..self }
    }

    /// Asks for one connection. What the name leads to is asked when it is looked up; an address is asked here.
    ///
    /// # Errors
    /// [`Refused`]: then nothing may be connected to.
    pub fn pass(&self, purpose: &'static str, host: &str, port: u16) -> Result<(), Refused> {
        let to = outward(purpose, host, port);
        self.keeper.pass(&to)?;
        match to.host.parse() {
            Ok(address) => self.keeper.reach(&to, address),
            Err(_) => Ok(()),
        }
    }

    /// The same, and the addresses that may be connected to, of which there is at least one.
    ///
    /// # Errors
    /// [`NoAddress`]: then nothing may be connected to.
    pub async fn addresses(
        &self,
        purpose: &'static str,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, NoAddress> {
        self.pass(purpose, host, port)?;
        let found = self.reachable(outward(purpose, host, port)).await?;
        Ok(found.into_iter().map(|address| (address, port).into()).collect())
    }

    /// Addresses of a host that passed. One that is inside is left out; if there is none beside, the host is refused.
    async fn reachable(&self, to: Outward) -> Result<Vec<IpAddr>, NoAddress> {
        let found = match to.host.parse() {
            Ok(address) => vec![address],
            Err(_) => self.lookup.addresses(&to.host).await,
        };
        let (mut reachable, mut refused) = (Vec::new(), None);
        for address in found {
            match self.keeper.reach(&to, address) {
                Ok(()) => reachable.push(address),
                Err(no) => refused = Some(no),
            }
        }
        match (reachable.is_empty(), refused) {
            (false, _) => Ok(reachable),
            (true, Some(refused)) => Err(refused.into()),
            (true, None) => Err(NoAddress::Unknown(to.host)),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

fn outward(purpose: &'static str, host: &str, port: u16) -> Outward {
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase();
    Outward { host, port, purpose }
}

struct Nobody;

impl Gatekeeper for Nobody {
    fn pass(&self, _: &Outward) -> Result<(), Refused> {
        Ok(())
    }

    fn reach(&self, _: &Outward, _: IpAddr) -> Result<(), Refused> {
        Ok(())
    }
}
