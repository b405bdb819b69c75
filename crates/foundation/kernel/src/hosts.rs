//! Which hosts the server may talk to where a tenant named them.
//!
//! Promises: a place is taken only as `https://host` or `https://host:port`, or `http` for an address of this machine
//! that is named with its port; nothing a tenant writes makes the server talk to a host that the operator did not name.

use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;

/// Patterns of hosts. The default allows none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Arc<[Pattern]>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// A host, or what hosts end with when `below`.
    host: String,
    below: bool,
    port: u16,
}

/// A text that is no list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no host; give hosts such as s3.example.org, *.s3.example.org or s3.example.org:9000, with spaces between"
)]
pub struct NoHosts(String);

impl FromStr for AllowedHosts {
    type Err = NoHosts;

    fn from_str(text: &str) -> Result<Self, NoHosts> {
        let patterns = text.split_whitespace().map(Pattern::parse);
        patterns.collect::<Result<_, _>>().map(Self)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, NoHosts> {
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (host, port) = host_and_port(rest, 443).ok_or_else(|| NoHosts(text.to_owned()))?;
        // `*.com` would be nearly everybody.
        match below && !host.contains('.') {
            true => Err(NoHosts(text.to_owned())),
            false => Ok(Self { host, below, port }),
        }
    }

    fn name(&self) -> String {
        let below = if self.below { "*." } else { "" };
        format!("{below}{}:{}", self.host, self.port)
    }

    fn allows(&self, host: &str, port: u16) -> bool {
        let named = match self.below {
            true => host
                .strip_suffix(&self.host)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            false => host == self.host,
        };
        named && port == self.port
    }
}

/// Why the server does not talk to a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostRefused {
    /// The operator has named no host at all.
    #[error("the operator of this installation has named no hosts for this")]
    NoneNamed,
    /// The text is no place.
    #[error("give https:// and a host, with a port if it needs one, and nothing else")]
    NoHost,
    /// The operator has named others.
    #[error("the operator of this installation does not allow {0}")]
    NotNamed(String),
}

impl AllowedHosts {
    /// Whether the server may talk to this place: scheme, host and perhaps a port, and nothing after it.
    pub fn check(&self, origin: &str) -> Result<(), HostRefused> {
        if self.0.is_empty() {
            return Err(HostRefused::NoneNamed);
        }
        let (host, port) = place(origin).ok_or(HostRefused::NoHost)?;
        match self.allows(&host, port) {
            true => Ok(()),
            false => Err(HostRefused::NotNamed(format!("{host}:{port}"))),
        }
    }

    /// Whether this host is among them, at this port.
    pub fn allows(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|pattern| pattern.allows(host, port))
    }

    /// The hosts, each with its port: `s3.example.org:443`, `*.okta.com:443`.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Pattern::name)
    }
}

/// Clear HTTP is for this machine alone.
fn place(origin: &str) -> Option<(String, u16)> {
    if let Some(rest) = origin.strip_prefix("https://") {
        return host_and_port(rest, 443);
    }
    let (host, port) = host_and_port(origin.strip_prefix("http://")?, 80)?;
    let address: Ipv4Addr = host.parse().ok()?;
    address.is_loopback().then_some((host, port))
}

/// A host name in lower case or an IPv4 address, and a port. Anything else that a URL may hold is refused.
fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let labels = host
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let fits = host.len() <= 253 && host.bytes().all(inner) && labels;
    let port = match port {
        None => Some(default),
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|port| *port != 0 && digits.bytes().all(|byte| byte.is_ascii_digit())),
    };
    fits.then_some(())?;
    Some((host.to_owned(), port?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(list: &str, endpoint: &str) -> bool {
        list.parse::<AllowedHosts>().unwrap().check(endpoint).is_ok()
    }

    #[test]
    fn nobody_is_asked_who_was_not_named() {
        let list = "s3.example.org *.objects.example.net minio.example.org:9000 127.0.0.1:9001";
        for good in [
            "https://s3.example.org",
            "https://s3.example.org:443",
            "https://eu.objects.example.net",
            "https://a.b.objects.example.net",
            "https://minio.example.org:9000",
            "http://127.0.0.1:9001",
        ] {
            assert!(allows(list, good), "{good}");
        }
        for bad in [
            "https://evil.example.org",
            "https://s3.example.org:444",
            "https://objects.example.net",
            "https://xobjects.example.net",
            "https://minio.example.org",
            "https://s3.example.org@evil.org",
            "https://evil.org/s3.example.org",
            "https://s3.example.org/",
            "https://s3.example.org?x",
            "https://s3.example.org#x",
            "https://s3.example.org\\@evil.org",
            "https://S3.example.org",
            "https://s3.example.org.",
            "https://[::1]",
            "https://169.254.169.254",
            "http://127.0.0.1",
            "http://s3.example.org",
            "http://minio.example.org:9000",
            "s3.example.org",
            "",
        ] {
            assert!(!allows(list, bad), "{bad}");
        }
        assert!(!allows("", "https://s3.example.org"));
    }

    #[test]
    fn a_pattern_is_a_host() {
        for bad in [
            "*",
            "*.com",
            "https://s3.example.org",
            "a/b",
            "a:b",
            "a:0",
            "-a",
            "a..b",
            "*.*.org",
        ] {
            assert!(bad.parse::<AllowedHosts>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_allowed_is_exactly_a_named_host(before in "[a-z.:@/0-9?#-]{0,3}", after in "[a-z.:@/0-9?#-]{0,3}") {
            let endpoint = format!("https://{before}s3.example.org{after}");
            let taken = ["https://s3.example.org", "https://s3.example.org:443"];
            prop_assert_eq!(allows("s3.example.org", &endpoint), taken.contains(&endpoint.as_str()));
        }
    }
}
