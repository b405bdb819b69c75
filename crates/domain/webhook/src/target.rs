//! Where messages go.
//!
//! Promises: what is a [`Target`] has one host that can be read off it, which the gate is asked for; `http` is for addresses of this machine that are
//! named with their port, which the gate refuses unless the operator lets them be reached. Leaves out: where the host's name leads, and who listens there.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use kernel::AllowedHosts;

/// The most bytes of an address.
const LONGEST: usize = 2_000;

/// An address that messages are posted to. It does not print itself: its path may be a secret of whoever listens there.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: String,
    host: String,
}

/// Why a text is no address that messages are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "give an address such as https://hooks.example.org/bailee, of at most {LONGEST} printable ASCII characters, without a name before the host or a `#`"
)]
pub struct BadTarget;

impl Target {
    /// The address as it was given.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its host with its port, as the gate lists them.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"@#\\\"<>`{}|^".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(plain) {
            return Err(BadTarget);
        }
        let host = host(text).ok_or(BadTarget)?;
        let url = text.to_owned();
        Ok(Self { url, host })
    }
}

fn host(text: &str) -> Option<String> {
    let (clear, rest) = match text.strip_prefix("https://") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("http://")?),
    };
    let place = rest.split(['/', '?']).next()?;
    let hosts: AllowedHosts = place.parse().ok()?;
    let mut names = hosts.names();
    let host = names.next().filter(|_| names.next().is_none())?;
    let is_here = || {
        let (host, _) = place.split_once(':')?;
        host.parse::<Ipv4Addr>().ok().filter(Ipv4Addr::is_loopback)
    };
    let may = !host.starts_with('*') && (!clear || is_here().is_some());
    may.then_some(host)
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_target_has_one_host_that_can_be_read_off_it() {
        for (url, host) in [
            ("https://hooks.example.org", "hooks.example.org:443"),
            ("https://hooks.example.org:8443/a/b?c=d", "hooks.example.org:8443"),
            ("https://hooks.example.org?c=d", "hooks.example.org:443"),
            ("https://203.0.113.7/a", "203.0.113.7:443"),
            ("http://127.0.0.1:8080/a", "127.0.0.1:8080"),
        ] {
            let target: Target = url.parse().unwrap();
            assert_eq!((target.url(), target.host()), (url, host));
        }
        for bad in [
            "",
            "hooks.example.org",
            "https://",
            "https:///a",
            "http://hooks.example.org/a",
            "http://127.0.0.1/a",
            "http://10.0.0.1:80/a",
            "https://*.example.org/a",
            "https://me@hooks.example.org/a",
            "https://hooks.example.org@evil.example/a",
            "https://hooks.example.org\\@evil.example/a",
            "https://hooks.example.org/a#b",
            "https://hooks.example.org/a b",
            "https://hooks.example.org/ä",
            "https://[::1]/a",
            "https://a.example b.example/",
            "ftp://hooks.example.org/a",
            &format!("https://hooks.example.org/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(bad.parse::<Target>(), Err(BadTarget), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "(https?://)?[a-z0-9.:@/?#\\\\*\\[\\]% -]{0,40}") {
            if let Ok(target) = text.parse::<Target>() {
                let rest = text.split_once("://").unwrap().1;
                prop_assert!(target.host().starts_with(rest.split(['/', '?', ':']).next().unwrap()));
            }
        }
    }
}
