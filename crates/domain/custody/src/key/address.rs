//! Ranges of network addresses that a key is bound to.
//!
//! Promises: a range says exactly what it means, and what could be meant in two ways is refused; an IPv4 address that
//! comes as IPv6 (RFC 4291, section 2.5.5.2) is the IPv4 address. Leaves out: where addresses come from (surfaces).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A range of addresses, version 4 or 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange(IpNet);

/// Text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// Neither an address nor a range.
    #[error("`{0}` is no range of addresses: write 203.0.113.0/24, 2001:db8::/32 or one address")]
    NoRange(String),
    /// The address has more bits than the range; it may mean either.
    #[error("`{0}` has bits beyond its length: write {1} for the range, or the address without a length")]
    Loose(String, IpNet),
    /// IPv4 in the clothes of IPv6, which no request is compared as.
    #[error("`{0}` stands for IPv4 addresses: write them as such")]
    Mapped(String),
}

impl AddressRange {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of the other lies in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }
}

impl FromStr for AddressRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let quoted = || text.chars().take(60).collect::<String>();
        let alone = || text.parse::<IpAddr>().map(IpNet::from).ok();
        let range = text.parse().ok().or_else(alone);
        let range: IpNet = range.ok_or_else(|| BadRange::NoRange(quoted()))?;
        if range.trunc() != range {
            return Err(BadRange::Loose(quoted(), range.trunc()));
        }
        if is_mapped(&range) {
            return Err(BadRange::Mapped(quoted()));
        }
        Ok(Self(range))
    }
}

/// Whether the range lies in `::ffff:0:0/96`.
fn is_mapped(range: &IpNet) -> bool {
    match range {
        IpNet::V4(_) => false,
        IpNet::V6(range) => {
            let address: Ipv6Addr = range.addr();
            range.prefix_len() >= 96 && address.to_ipv4_mapped().is_some()
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_lies_in_its_range_in_either_dress() {
        let office = range("203.0.113.0/24");
        let inside = ["203.0.113.7", "::ffff:203.0.113.7"];
        assert!(
            inside
                .iter()
                .all(|address| office.contains(address.parse().unwrap()))
        );
        let outside = [
            "203.0.114.7",
            "::ffff:203.0.114.7",
            "2001:db8::7",
            "::203.0.113.7",
        ];
        assert!(
            !outside
                .iter()
                .any(|address| office.contains(address.parse().unwrap()))
        );
        assert!(range("2001:db8::/32").contains("2001:db8:7::1".parse().unwrap()));
        assert_eq!(range("198.51.100.4"), range("198.51.100.4/32"));
    }

    #[test]
    fn what_may_mean_two_things_is_refused() {
        let refused = |text: &str| text.parse::<AddressRange>().unwrap_err();
        assert!(matches!(refused("office"), BadRange::NoRange(_)));
        assert!(matches!(refused("203.0.113.7/24"), BadRange::Loose(_, _)));
        assert!(matches!(refused("::ffff:203.0.113.0/120"), BadRange::Mapped(_)));
        assert!(refused("203.0.113.7/24").to_string().contains("203.0.113.0/24"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,50}") {
            let _ = text.parse::<AddressRange>();
        }

        #[test]
        fn what_a_covered_range_contains_the_covering_one_does(
            one in any::<u32>(), length in 0u8..=32, more in 0u8..=32, address in any::<u32>(),
        ) {
            let net = |length| AddressRange(IpNet::new(IpAddr::from(one.to_be_bytes()), length).unwrap().trunc());
            let (wide, narrow) = (net(length.min(more)), net(length.max(more)));
            prop_assert!(wide.covers(&narrow));
            let address = IpAddr::from(address.to_be_bytes());
            prop_assert!(wide.contains(address) || !narrow.contains(address));
            prop_assert_eq!(wide.to_string().parse::<AddressRange>().unwrap(), wide);
        }
    }
}
