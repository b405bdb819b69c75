//! Which addresses are inside: this machine, its network, and what else no stranger's name has any business to lead to.
//!
//! Promises: what the registries of special addresses do not say to be reachable by everybody is inside (RFC 6890 and its
//! successors), also where an IPv4 address is written within an IPv6 one. Leaves out: public addresses of one's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether only what stands inside reaches this address.
pub fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_inside_4(address),
        IpAddr::V6(address) => match within(address) {
            Some(address) => is_inside_4(address),
            None => is_inside_6(address),
        },
    }
}

fn is_inside_4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // This network, multicast, and what is reserved with the broadcast address in it.
        || a == 0
        || a >= 224
        // Shared by customers of a provider (RFC 6598).
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, and the old relays of 6to4.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks (RFC 2544).
        || (a == 198 && (18..20).contains(&b))
}

/// Only what was given out to be reached from everywhere, 2000::/3, is outside; and of that not all.
fn is_inside_6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let given_out = a & 0xe000 == 0x2000;
    // Protocol assignments, Teredo among them (2001::/23); documentation (2001:db8::/32, 3fff::/20).
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || (a == 0x3fff && b < 0x1000);
    !given_out || special
}

/// The IPv4 address that a mapped, compatible, translated (RFC 6052) or 6to4 address leads to.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(of(g, h)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inside(address: &str) -> bool {
        is_inside(address.parse().unwrap())
    }

    #[test]
    fn what_no_stranger_reaches_is_inside() {
        for address in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::10.1.2.3",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
        ] {
            assert!(inside(address), "{address}");
        }
    }

    #[test]
    fn what_everybody_reaches_is_outside() {
        for address in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(!inside(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_address_within_another_is_where_it_is_alone(octets in any::<[u8; 4]>()) {
            let alone = Ipv4Addr::from(octets);
            prop_assert_eq!(is_inside(alone.to_ipv6_mapped().into()), is_inside(alone.into()));
        }
    }
}
