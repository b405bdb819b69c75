//! Which surfaces this server has.

use std::net::IpAddr;

use api::ApiState;
use axum::Router;
use console::ConsoleState;
use custody::{Custody, People};
use identity::RelyingParty;
use trust::TrustState;

use crate::config::Settings;
use crate::failure::Failure;

/// What the S3 surface is told.
pub(super) fn s3_settings(settings: &Settings) -> s3::Settings {
    s3::Settings {
        domain: settings.s3.domain.clone(),
        region: settings.s3.region.clone(),
        // Keys of the client's own must not travel in clear, and a request does not say how it came.
        tls: settings.s3.plain_http.is_none(),
        cors_origins: settings.s3.cors_origins.clone(),
        ..s3::Settings::default()
    }
}

/// Every route of every surface, without what stands around them.
pub(super) async fn all(custody: &Custody, url: &str) -> Result<Router, Failure> {
    let installation = custody.installation().await?;
    let verifier = installation
        .map(|installation| installation.log_verifier)
        .unwrap_or_default();
    let log = trust::router(TrustState::new(custody.desk().clone(), &verifier));
    let settings = identity::Settings {
        party: relying_party(url),
        ..identity::Settings::default()
    };
    let people = People::new(custody.desk().clone(), custody.clone(), settings);
    let people = people.map_err(|error| Failure::Said(error.to_string()))?;
    let console = console::router(ConsoleState::new(custody.clone(), people, url));
    Ok(api::router(ApiState::new(custody.clone()))
        .merge(log)
        .merge(console))
}

/// For whom browsers make passkeys: the name in the server's address. An address without a name has none, for they are
/// bound to names alone.
fn relying_party(url: &str) -> Option<RelyingParty> {
    let host = crate::tls::host_of(url)?;
    let named = host.parse::<IpAddr>().is_err();
    named.then(|| RelyingParty {
        id: host.to_owned(),
        // Browsers leave the usual port out.
        origins: vec![url.trim_end_matches(":443").to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_name() {
        let party = relying_party("https://bailee.example:8443").unwrap();
        assert_eq!(
            (party.id.as_str(), party.origins[0].as_str()),
            ("bailee.example", "https://bailee.example:8443")
        );
        assert_eq!(relying_party("https://127.0.0.1:8443"), None);
        assert_eq!(relying_party("https://[::1]:8443"), None);
    }
}
