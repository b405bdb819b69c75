//! `security.txt` (RFC 9116): whom to tell about a weakness.

use std::time::Duration;

use kernel::Timestamp;

use crate::words;

/// What is said of an answer that nobody renews: RFC 9116 recommends less than a year.
const GOOD_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Whom to tell about a weakness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Where to: `mailto:`, `https:` or `tel:`, the best first.
    pub contact: Vec<String>,
    /// A page that says how reports are handled.
    pub policy: Option<String>,
    /// The address under which the installation is reached.
    pub url: String,
}

/// The text.
pub(crate) fn text(security: &Security, now: Timestamp) -> String {
    let mut lines: Vec<String> = security
        .contact
        .iter()
        .map(|contact| format!("Contact: {contact}"))
        .collect();
    lines.push(format!("Expires: {}T00:00:00Z", words::day(now.plus(GOOD_FOR))));
    lines.extend(security.policy.iter().map(|policy| format!("Policy: {policy}")));
    lines.push("Preferred-Languages: en".to_owned());
    lines.push(format!("Canonical: {}/.well-known/security.txt", security.url));
    lines.join("\r\n") + "\r\n"
}
