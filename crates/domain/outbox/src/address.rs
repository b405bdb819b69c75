//! Where a letter goes.
//!
//! Promises: what is an [`Address`] stands in a header and in an SMTP command as it is, without quoting: no spaces, no line breaks, no
//! comments, no brackets. Leaves out: quoted local parts, addresses beyond ASCII (a domain has its `xn--` form), numbers of machines;
//! whether anybody lives there, which only sending tells.

use std::fmt;
use std::str::FromStr;

const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;

/// One mailbox, `local@domain`, in the plain form of RFC 5321, 4.1.2. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// Why a text is no address that letters are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give one plain address, such as name@example.org; write a domain beyond ASCII in its xn-- form")]
pub struct BadAddress;

impl Address {
    /// The address as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> String {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain.to_ascii_lowercase()
    }

    /// What is hashed to find it again: mailboxes are told apart without looking at case, as all that matter do.
    pub(crate) fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (local, domain) = text.rsplit_once('@').ok_or(BadAddress)?;
        let fits = text.len() <= LONGEST && is_local(local) && is_domain(domain);
        fits.then(|| Self(text.to_owned())).ok_or(BadAddress)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(hidden)")
    }
}

/// Atoms joined by dots.
fn is_local(local: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= LONGEST_LOCAL
        && local
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(atom))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_addresses_are_taken_and_tricks_are_not() {
        for good in [
            "a@b.example",
            "first.last+tag@sub.example.org",
            "o'neil@xn--bcher-kva.example",
            "root@localhost",
        ] {
            assert_eq!(good.parse::<Address>().unwrap().as_str(), good);
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "@",
            "a@",
            "@b.example",
            "a b@c.example",
            "a@b..example",
            ".a@b.example",
            "a.@b.example",
            "a@-b.example",
            "a@b.example\r\nBcc: c@d.example",
            "\"a b\"@c.example",
            "a@[127.0.0.1]",
            "a@b.example, c@d.example",
            "<a@b.example>",
            "a@b@c.example",
            "bücher@b.example",
            "a@bücher.example",
            "a@b.example\0",
            &long,
        ] {
            assert_eq!(bad.parse::<Address>(), Err(BadAddress), "{bad:?}");
        }
    }

    #[test]
    fn an_address_does_not_print_itself() {
        assert_eq!(
            format!("{:?}", "a@b.example".parse::<Address>()),
            "Ok(Address(hidden))"
        );
    }

    proptest! {
        #[test]
        fn what_is_taken_needs_no_quoting(text: String, near in "[a-z.@<>\" \r\n,;:\\\\()-]{0,40}") {
            for text in [text, near] {
                if let Ok(address) = text.parse::<Address>() {
                    let quiet = |byte: u8| byte.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&byte);
                    prop_assert!(address.as_str().bytes().all(quiet));
                    prop_assert_eq!(address.as_str().matches('@').count(), 1);
                }
            }
        }
    }
}
