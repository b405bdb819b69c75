//! Sub-processors: who else works on tenants' data, announced before they do, and chosen by each tenant.
//!
//! Promises: what is published of a sub-processor is an entry of the operator's register that somebody else than its author approved, with
//! the agreement on file in which the vendor's own name was found; whatever matters to a tenant was announced so many days before it is in
//! force ([`NOTICE_DAYS`]); nothing is sent to one that the tenant has not chosen, or objected to, or that works in another region than the
//! tenant accepted. Leaves out: hosts (`egress`), sending (whoever implements [`Model`]), and whether a vendor keeps its word.

mod agreement;
mod choice;
mod notice;
mod process;
mod rows;

use jiff::civil::Date;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

pub use agreement::{Agreement, Filed, MOST_AGREEMENT_BYTES, has_name};
pub use choice::{Choice, Chosen, Offer};
pub use process::{Ask, Model, NoModel, Processed, Processing, Unanswered, Unprocessed};
pub use rows::{Notice, Stage, notices, notices_of, published};

pub(crate) use choice::current;
pub(crate) use notice::publish;

/// The register of the operator in which they stand.
pub const REGISTER: &str = "sub-processors";
/// How many days lie at least between an announcement and its being in force, for tenants to object.
pub const NOTICE_DAYS: u16 = 30;

/// What is published of a sub-processor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The company.
    pub name: String,
    /// The product of ours that it serves.
    pub product: String,
    /// What for.
    pub purpose: String,
    /// Which kinds of data it gets.
    pub data_kinds: String,
    /// Where it works on them.
    pub region: String,
    /// On which basis data goes there, a word of the register.
    pub transfer_basis: String,
    /// The address that data goes to.
    pub endpoint: String,
    /// The model that answers there, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Result of the review, a word of the register.
    pub rating: String,
    /// The SHA-256 of the agreement, in hexadecimal digits.
    pub agreement: String,
    /// The day of its signature.
    pub signed_on: Date,
    /// The day of the last review.
    pub reviewed_on: Date,
    /// The last day before the next.
    pub review_by: Date,
}

impl Terms {
    /// Whether a tenant that accepted the other would accept this as well without being asked.
    fn is_as(&self, other: &Self) -> bool {
        let matters = |terms: &Self| {
            (
                (terms.name.clone(), terms.product.clone(), terms.purpose.clone()),
                (terms.data_kinds.clone(), terms.region.clone()),
                (terms.transfer_basis.clone(), terms.endpoint.clone()),
            )
        };
        matters(self) == matters(other)
    }

    /// Its host with its port, as the gate lists them.
    pub fn host(&self) -> Option<String> {
        host_of(&self.endpoint)
    }
}

/// Host and port of an address without anything in it but a path.
pub(crate) fn host_of(endpoint: &str) -> Option<String> {
    let rest = endpoint.strip_prefix("https://")?;
    let place = rest.split('/').next()?;
    if place.starts_with('*') || rest.contains(['?', '#', '@', '\\']) {
        return None;
    }
    let hosts: kernel::AllowedHosts = place.parse().ok()?;
    let mut names = hosts.names();
    names.next().filter(|_| names.next().is_none())
}

/// The moment at which something announced now may be in force.
pub(crate) fn earliest(now: Timestamp) -> Timestamp {
    now.plus(std::time::Duration::from_secs(
        u64::from(NOTICE_DAYS) * 24 * 60 * 60,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_host() {
        for (endpoint, host) in [
            ("https://api.vendor.example/v1", "api.vendor.example:443"),
            ("https://api.vendor.example:8443", "api.vendor.example:8443"),
        ] {
            assert_eq!(host_of(endpoint).as_deref(), Some(host));
        }
        for bad in [
            "http://api.vendor.example/v1",
            "https://*.vendor.example/v1",
            "https://api.vendor.example@evil.example/v1",
            "https://api.vendor.example/v1?to=evil",
            "https://api.vendor.example/#x",
            "https://a.example b.example/",
            "https:///v1",
            "https://[::1]/v1",
            "",
        ] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }
}
