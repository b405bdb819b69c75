//! Whether the server's own door speaks TLS alone, and good TLS.
//!
//! What is looked at: every address at which clients are taken, dialled three times, and the certificate that they are shown.

mod hello;

use std::time::Duration;

use async_trait::async_trait;

use crate::Site;
use crate::check::{Cases, Check, Observation, Promise, Trouble};
use crate::door::{Certificate, dial, stand_in};

/// Dials the server's own door in clear, with old protocols and with weak ciphers.
pub struct EdgeSpeaksTlsOnly {
    /// Whether somebody who answers so would talk to who dialled.
    pub talks: fn(&[u8]) -> bool,
}

impl Default for EdgeSpeaksTlsOnly {
    fn default() -> Self {
        Self {
            // A record of the kind alert (RFC 8446, section 5.1) is a refusal; silence is one too.
            talks: |reply| !reply.is_empty() && reply.first() != Some(&21),
        }
    }
}

const IN_CLEAR: &[u8] = b"GET / HTTP/1.1\r\nhost: probe.invalid\r\nconnection: close\r\n\r\n";
const ANSWER_IN_CLEAR: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
/// With less left than this, somebody has to see to it.
const DAYS_LEFT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

#[async_trait]
impl Check for EdgeSpeaksTlsOnly {
    fn id(&self) -> &'static str {
        "edge-speaks-tls-only"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(door) = site.door.as_deref() else {
            return Ok(Site::no_door());
        };
        let mut cases = Cases::of(self.id());
        let hellos = [
            ("in clear", IN_CLEAR.to_vec(), ANSWER_IN_CLEAR),
            (
                "by TLS 1.1",
                hello::of_version(hello::TLS_1_1),
                hello::ANSWER_OF_TLS_1_1,
            ),
            (
                "with weak ciphers",
                hello::of_weak_ciphers(),
                hello::ANSWER_OF_WEAK_CIPHERS,
            ),
        ];
        for (how, says, reply) in &hellos {
            for address in door.addresses() {
                let refused = !(self.talks)(&dial(address, says).await?);
                cases.must(&format!("the door does not talk {how}"), refused);
            }
            let careless = dial(stand_in(reply).await?, says).await?;
            let noticed = (self.talks)(&careless);
            cases.control(&format!("somebody who talks {how} is noticed"), noticed);
        }
        let page = door.get("/").await?;
        cases.control("by TLS the door answers", page.status == 200);
        let certificate = door.certificate().await?;
        certified(&mut cases, site, &certificate);
        let late = certificate.until < site.now().plus(DAYS_LEFT);
        let mut seen = cases.seen();
        if late && seen.promise == Promise::Kept {
            seen.promise = Promise::Late(format!("the certificate ends at {}", certificate.until));
        }
        Ok(seen)
    }
}

fn certified(cases: &mut Cases, site: &Site, certificate: &Certificate) {
    let (now, from, until) = (site.now(), certificate.from, certificate.until);
    let what = format!("the certificate is valid now, from {from} until {until}");
    cases.must(&what, from <= now && now < until);
    let what = format!("it is for {}", certificate.host);
    cases.must(&what, is_for(certificate, &certificate.host));
}

/// Whether a certificate is for this name or address; a star stands for one label (RFC 9525, section 6.3).
fn is_for(certificate: &Certificate, host: &str) -> bool {
    let star = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    certificate.names.contains(host) || star.is_some_and(|star| certificate.names.contains(&star))
}
