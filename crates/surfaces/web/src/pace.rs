//! How fast requests may come: from one address, by one credential, for one tenant.
//!
//! Promises: a bucket of tokens for each of them (the generic cell rate algorithm: one moment per bucket), in memory that was
//! allotted at the start and never grows; the time is an argument; a look costs two short locks and no allocation. Where more
//! come at once than there are places, who has been quiet longest is forgotten, which gives nobody less than they had. Leaves
//! out: who somebody is, what they are told, several nodes (each has buckets of its own).

mod buckets;

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::Timestamp;

use buckets::Buckets;

/// What is left, for programs (draft-ietf-httpapi-ratelimit-headers-10).
pub const LEFT: HeaderName = HeaderName::from_static("ratelimit");
/// How many there may be, for programs.
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The window of every quota, in seconds.
const WINDOW_SECONDS: u32 = 60;
const WINDOW: Duration = Duration::from_secs(WINDOW_SECONDS as u64);

/// How many requests there may be in a minute; all of them may come at once. 0 limits nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// By one credential.
    pub key: u32,
    /// For one tenant.
    pub tenant: u32,
    /// From one address (of IPv6, from one network of 64 bits).
    pub address: u32,
    /// From one address, at doors that are open to pages of others.
    pub door: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        // More than one client is seen to send on purpose, less than keeps a server from everybody else: docs/configuration.md.
        Self {
            key: 120_000,
            tenant: 600_000,
            address: 120_000,
            door: 120,
        }
    }
}

/// What a quota is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Of {
    /// One credential.
    Key,
    /// One tenant.
    Tenant,
    /// One address.
    Address,
    /// One address at a door for pages.
    Door,
}

impl Of {
    /// The word in headers and in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Tenant => "tenant",
            Self::Address => "address",
            Self::Door => "door",
        }
    }

    /// What to tell whoever is refused, to follow "more requests came".
    pub const fn says(self) -> &'static str {
        match self {
            Self::Key => "with this credential",
            Self::Tenant => "from your team",
            Self::Address | Self::Door => "from your address",
        }
    }
}

/// Who sends a request, as far as it is known before anything is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender {
    /// A keyed hash of what they come with, if anything.
    pub key: Option<u64>,
    /// A keyed hash of the tenant, where an earlier request by the same credential was let in.
    pub tenant: Option<u64>,
    /// Their address; nothing for who comes by a proxy on this host.
    pub address: Option<IpAddr>,
    /// Whether they come to a door for pages.
    pub door: bool,
}

/// How somebody stands with the quota that is nearest to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Which quota.
    pub of: Of,
    /// How many there may be in a minute.
    pub most: u32,
    /// How many there may be now.
    pub left: u32,
    /// For who is refused, in how many seconds one may come again.
    pub wait: Option<u32>,
    /// In how many seconds the quota is whole again.
    pub whole_in: u32,
}

/// The paces of everybody.
#[derive(Debug)]
pub struct Paces {
    quotas: Quotas,
    buckets: Buckets,
}

impl Paces {
    /// Nobody has sent anything yet.
    pub fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            buckets: Buckets::new(),
        }
    }

    /// Counts a request, and says how its sender stands; nothing where nothing is limited for them.
    ///
    /// The first quota that is used up refuses; those that were asked before it have counted the request.
    pub fn take(&self, sender: &Sender, now: Timestamp) -> Option<Pace> {
        let Quotas {
            key,
            tenant,
            address,
            door,
        } = self.quotas;
        let network = sender.address.map(|address| self.buckets.hash(&network(address)));
        let asked = [
            (Of::Door, door, network.filter(|_| sender.door)),
            (Of::Address, address, network),
            (Of::Key, key, sender.key),
            (Of::Tenant, tenant, sender.tenant),
        ];
        let mut nearest: Option<Pace> = None;
        for (of, most, who) in asked {
            let Some(who) = who.filter(|_| most > 0) else {
                continue;
            };
            let pace = self.take_one(of, most, who, now);
            if pace.wait.is_some() {
                return Some(pace);
            }
            if nearest.is_none_or(|other| pace.is_nearer_its_end(other)) {
                nearest = Some(pace);
            }
        }
        nearest
    }

    /// A hash that nobody outside can foresee, for [`Sender`].
    pub fn hash<T: std::hash::Hash + ?Sized>(&self, of: &T) -> u64 {
        self.buckets.hash(of)
    }

    fn take_one(&self, of: Of, most: u32, who: u64, now: Timestamp) -> Pace {
        let window = i64::try_from(WINDOW.as_micros()).unwrap_or(i64::MAX);
        // A request is worth so long of the window; the bucket is the moment at which it is full again.
        let worth = (window / i64::from(most)).max(1);
        let now = now.as_micros();
        let place = self.buckets.hash(&(of, who));
        let (full_at, taken) = self.buckets.change(place, |full_at| {
            // A clock that was put back refuses nobody for longer than an empty bucket does.
            let full_at = full_at.clamp(now, now.saturating_add(window));
            let after = full_at.saturating_add(worth);
            match after.saturating_sub(now) <= window {
                true => (after, true),
                false => (full_at, false),
            }
        });
        let used = full_at.saturating_sub(now);
        let wait = (!taken).then(|| seconds(used + worth - window));
        Pace {
            of,
            most,
            left: u32::try_from((window - used) / worth).unwrap_or(0),
            wait,
            whole_in: seconds(used),
        }
    }
}

impl Pace {
    fn is_nearer_its_end(&self, other: Self) -> bool {
        u64::from(self.left) * u64::from(other.most) < u64::from(other.left) * u64::from(self.most)
    }

    /// Says how it stands, for programs.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self {
            most, left, whole_in, ..
        } = self;
        let of = self.of.as_str();
        let policy = format!("\"{of}\";q={most};w={WINDOW_SECONDS}");
        let left = format!("\"{of}\";r={left};t={whole_in}");
        for (name, value) in [(POLICY, policy), (LEFT, left)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

/// What counts as one sender: one address, and of IPv6 the network that one household or machine gets.
fn network(address: IpAddr) -> [u8; 16] {
    let mut bits = match address.to_canonical() {
        IpAddr::V4(address) => return address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    };
    bits[8..].fill(0);
    bits
}

/// Whole seconds, rounded up: who waits so long is not too early.
fn seconds(micros: i64) -> u32 {
    u32::try_from(micros.max(0).unsigned_abs().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
