//! Who guesses has to wait, and nobody else.
//!
//! Promises: attempts are counted before they are looked at, so that a burst of them gains nothing; waits grow with
//! failures of one account from one network, and with failures of one network whoever is meant; a browser that the
//! member has signed in from before is counted by itself, so that strangers cannot keep anybody out of it; after a
//! hundred failures of strangers in a row an account takes no password from an unknown browser until its member has
//! signed in from a known one or was invited anew (NIST SP 800-63B-4, section 3.2.2). Leaves out: telling people from
//! programs by riddles.
//!
//! Counters of networks are kept in memory, by each process for itself: they are about nobody's account, and addresses
//! are not written down for them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{TenantId, Timestamp};
use operation::{Client, Op};
use sealing::{BlindIndexKey, Key};
use store::params;

use crate::error::{Error, Result};

/// Failures in a row by strangers after which a password alone is not looked at any more.
pub(crate) const MOST_IN_A_ROW: i64 = 100;
/// Failures that cost no waiting.
const FREE: i64 = 5;
const FREE_OF_A_NETWORK: i64 = 30;
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// A network has many people in it: it waits for less long.
const LONGEST_WAIT_OF_A_NETWORK: Duration = Duration::from_secs(10 * 60);
/// Without a failure for so long, counting begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Networks that are counted one by one; the rest share one counter.
const MOST_NETWORKS: usize = 50_000;

/// Failures of one account from one network, or of one browser, or of one member's codes.
#[derive(Clone, Copy)]
pub(crate) struct Scope([u8; 32]);

impl Scope {
    /// The scope of these words; they are not written down.
    pub(crate) fn of(tenant_key: &Key, kind: &str, parts: &[&[u8]]) -> Self {
        let key = BlindIndexKey::derive(tenant_key, &[b"throttle"]);
        let mut words = Vec::new();
        for part in parts {
            words.extend_from_slice(&(part.len() as u64).to_be_bytes());
            words.extend_from_slice(part);
        }
        Self(sealing::blind(&key, kind, &words))
    }

    /// Counts an attempt as failed until [`Scope::clear`]; says whether it is the one after which waiting begins. Fails with
    /// [`Error::Wait`] while there is to be none.
    pub(crate) fn claim(self, op: &mut Op<'_>, tenant: TenantId) -> Result<bool> {
        let now = op.now();
        let mut count = self.find(op)?.unwrap_or_default();
        count.claim(now, FREE, LONGEST_WAIT)?;
        let row = params![self.0, tenant, count.failures, count.last_at, count.until_at];
        op.housekeeping().execute(KEEP, row)?;
        Ok(count.failures == FREE)
    }

    /// The attempt was none.
    pub(crate) fn clear(self, op: &mut Op<'_>) -> Result<()> {
        op.housekeeping().execute(CLEAR, params![self.0])?;
        Ok(())
    }

    fn find(self, op: &mut Op<'_>) -> Result<Option<Count>> {
        let row = op.find(FIND, params![self.0])?;
        row.map(|row| {
            Ok(Count {
                failures: row.get(0)?,
                last_at: row.get(1)?,
                until_at: row.get(2)?,
            })
        })
        .transpose()
    }
}

const FIND: &str = "SELECT failures, last_at, until_at FROM throttle WHERE scope_blind = $1";
const KEEP: &str = "INSERT INTO throttle (scope_blind, tenant_id, failures, last_at, until_at) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (scope_blind) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, \
     until_at = excluded.until_at";
const CLEAR: &str = "DELETE FROM throttle WHERE scope_blind = $1";
pub(crate) const SWEEP: &str = "DELETE FROM throttle WHERE last_at < $1";

/// Before this moment, failures are forgotten.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.minus(FORGOTTEN_AFTER)
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    failures: i64,
    last_at: Timestamp,
    until_at: Timestamp,
}

impl Count {
    fn claim(&mut self, now: Timestamp, free: i64, longest: Duration) -> Result<()> {
        if now < self.until_at {
            return Err(Error::Wait { until: self.until_at });
        }
        if self.last_at < forgotten_before(now) {
            *self = Self::default();
        }
        self.failures += 1;
        self.last_at = now;
        self.until_at = match wait(self.failures - free, longest) {
            Some(wait) => now.plus(wait),
            None => Timestamp::default(),
        };
        Ok(())
    }
}

/// Half a minute after the last free failure, and twice as long each time.
fn wait(beyond: i64, longest: Duration) -> Option<Duration> {
    let doublings = u32::try_from(beyond).ok()?;
    let factor = 1u32.checked_shl(doublings.min(20)).unwrap_or(u32::MAX);
    Some(FIRST_WAIT.saturating_mul(factor).min(longest))
}

/// The network that a client is in: its IPv4 address, or the first 64 bits of its IPv6 address.
pub(crate) fn network(client: Option<&Client>) -> Vec<u8> {
    let address = client.and_then(|client| client.address.as_deref());
    let parsed = address.and_then(|address| address.parse::<IpAddr>().ok());
    match parsed.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets().iter().take(8).copied().collect(),
        None => Vec::new(),
    }
}

/// Failures by network, in this process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Networks(Arc<Mutex<HashMap<Vec<u8>, Count>>>);

impl Networks {
    /// Counts an attempt as failed until [`Networks::forgive`].
    pub(crate) fn claim(&self, network: &[u8], now: Timestamp) -> Result<()> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_NETWORKS {
            counts.retain(|_, count| count.last_at >= forgotten_before(now));
        }
        // A flood of addresses shares one counter, which no network has.
        let shared = counts.len() >= MOST_NETWORKS && !counts.contains_key(network);
        let place = if shared { vec![0; 17] } else { network.to_vec() };
        counts
            .entry(place)
            .or_default()
            .claim(now, FREE_OF_A_NETWORK, LONGEST_WAIT_OF_A_NETWORK)
    }

    /// The attempt was none: one failure less, and no waiting on its account.
    pub(crate) fn forgive(&self, network: &[u8]) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(network) {
            count.failures -= 1;
            count.until_at = Timestamp::default();
        }
        counts.retain(|_, count| count.failures > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn waits_begin_after_five_failures_and_double_to_an_hour() {
        let (mut count, mut now, mut waits) = (Count::default(), at(1_000_000), Vec::new());
        for _ in 0..16 {
            count.claim(now, FREE, LONGEST_WAIT).unwrap();
            let next = count.until_at.max(now);
            waits.push(next.as_seconds() - now.as_seconds());
            assert!(next == now || count.claim(now, FREE, LONGEST_WAIT).is_err());
            now = next;
        }
        assert_eq!(
            waits,
            [
                0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600
            ]
        );
        count
            .claim(now.plus(FORGOTTEN_AFTER).plus(FIRST_WAIT), FREE, LONGEST_WAIT)
            .unwrap();
        assert_eq!(count.failures, 1);
    }

    #[test]
    fn a_network_is_an_address_or_a_sixty_four() {
        let client = |address: &str| Client {
            address: Some(address.into()),
            ..Client::default()
        };
        let of = |address: &str| network(Some(&client(address)));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2::99"));
        assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(network(None), of("nonsense"));
    }

    #[test]
    fn who_signs_in_well_does_not_use_up_the_network_of_others() {
        let networks = Networks::default();
        for turn in 0..200 {
            networks.claim(&[1], at(turn)).unwrap();
            networks.forgive(&[1]);
        }
        let failing = (0..200).take_while(|turn| networks.claim(&[1], at(1_000 + turn)).is_ok());
        assert_eq!(failing.count(), 30);
        assert!(
            networks.claim(&[2], at(1_200)).is_ok(),
            "another network does not wait"
        );
    }
}
