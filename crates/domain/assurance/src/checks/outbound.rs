//! Whether what leaves this machine would leave it in clear.
//!
//! What is looked at: the two gates that every outgoing call passes, asked about hosts that they would name; nobody is called.

use async_trait::async_trait;
use kernel::AllowedHosts;
use store::objects::{Credentials, Locator};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Asks the gates for destinations without TLS.
pub struct OutboundIsEncrypted {
    /// Whether these hosts let a call to this address pass.
    pub passes: fn(&AllowedHosts, &str) -> bool,
}

impl Default for OutboundIsEncrypted {
    fn default() -> Self {
        Self {
            passes: |hosts, address| hosts.check(address).is_ok(),
        }
    }
}

/// What an operator could have named: a host, all below one, another port, a network address.
const NAMED: &str =
    "probe.invalid *.below.probe.invalid probe.invalid:8080 probe.invalid:80 198.51.100.7:80 127.0.0.1:9000";
const IN_CLEAR: [&str; 6] = [
    "http://probe.invalid",
    "http://probe.invalid:80",
    "http://probe.invalid:443",
    "http://probe.invalid:8080",
    "http://a.below.probe.invalid:443",
    "http://198.51.100.7:80",
];
const OTHERWISE: [&str; 5] = [
    "ftp://probe.invalid",
    "probe.invalid",
    "//probe.invalid",
    "HTTP://probe.invalid",
    "ws://probe.invalid:8080",
];
const ENCRYPTED: [&str; 4] = [
    "https://probe.invalid",
    "https://probe.invalid:8080",
    "https://a.below.probe.invalid",
    "https://198.51.100.7:80",
];

#[async_trait]
impl Check for OutboundIsEncrypted {
    fn id(&self) -> &'static str {
        "outbound-is-encrypted"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let named = NAMED.parse::<AllowedHosts>();
        let named = named.map_err(|error| Trouble(error.to_string()))?;
        let mut cases = Cases::of(self.id());
        for (gate, hosts) in [
            ("tenants' own buckets", site.custody.own_buckets().clone()),
            ("providers of single sign-on", site.people()?.providers_named()),
        ] {
            for address in IN_CLEAR.into_iter().chain(OTHERWISE) {
                let refused = ![&hosts, &named]
                    .into_iter()
                    .any(|hosts| (self.passes)(hosts, address));
                cases.must(&format!("{gate}: {address} is refused"), refused);
            }
        }
        for address in ENCRYPTED {
            let passes = (self.passes)(&named, address);
            cases.control(&format!("{address} passes where it is named"), passes);
        }
        for address in IN_CLEAR {
            let what = format!("places for bytes: {address} is refused, whatever is configured");
            cases.must(&what, place(address).check().is_err());
        }
        let encrypted = ENCRYPTED
            .into_iter()
            .all(|address| place(address).check().is_ok());
        cases.control("places for bytes: what is encrypted passes", encrypted);
        Ok(cases.seen())
    }
}

/// A place for bytes as somebody would configure it who wants to do without TLS.
fn place(endpoint: &str) -> Locator {
    Locator {
        url: "s3://probe".to_owned(),
        region: None,
        endpoint: Some(endpoint.to_owned()),
        credentials: Credentials::Ambient,
        plain_http: true,
        path_style: None,
    }
}
