//! Origins of pages that a key is bound to.
//!
//! Promises: an origin is written as browsers send it (RFC 6454, section 6.2), so that comparing is comparing text; the
//! origin of nothing in particular, `null`, is none. Leaves out: whether a request really comes from a page, which only browsers
//! vouch for.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Scheme, host and port of a page, as in `https://www.example.org`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Text that is no origin of a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no origin: write https://www.example.org as browsers do, in lowercase, without a path and without the usual \
     port; http:// only for localhost and 127.0.0.1"
)]
pub struct BadOrigin(String);

impl Origin {
    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        match fits(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(BadOrigin(text.chars().take(60).collect())),
        }
    }
}

fn fits(text: &str) -> bool {
    let (rest, usual_port, secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, 443, true),
        (None, Some(rest)) => (rest, 80, false),
        (None, None) => return false,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    (secure || is_local) && is_host(host) && port.is_none_or(|port| is_port(port, usual_port))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|parsed| parsed.to_string() == address);
    }
    let label = |label: &str| {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(letters)
    };
    host.len() <= 253 && host.split('.').all(label)
}

fn is_port(port: &str, usual: u16) -> bool {
    port.parse::<u16>()
        .is_ok_and(|number| number != usual && number != 0 && number.to_string() == port)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for good in [
            "https://www.example.org",
            "https://example.org:8443",
            "https://xn--bcher-kva.example",
            "https://[2001:db8::1]",
            "https://[2001:db8::1]:444",
            "http://localhost:3000",
            "http://127.0.0.1",
        ] {
            assert_eq!(good.parse::<Origin>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "null",
            "*",
            "example.org",
            "https://Example.org",
            "https://example.org/",
            "https://example.org:443",
            "https://example.org:08443",
            "https://example.org:99999",
            "https://*.example.org",
            "https://user@example.org",
            "https://b\u{fc}cher.example",
            "https://[2001:DB8::1]",
            "http://example.org",
            "ftp://example.org",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(origin) = text.parse::<Origin>() {
                prop_assert_eq!(origin.as_str(), text);
            }
        }
    }
}
