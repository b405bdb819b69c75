//! Which surfaces this server has.

use api::ApiState;
use axum::Router;
use console::ConsoleState;
use custody::{Custody, People};
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
    let people = People::new(
        custody.desk().clone(),
        custody.clone(),
        identity::Settings::default(),
    );
    let people = people.map_err(|error| Failure::Said(error.to_string()))?;
    let console = console::router(ConsoleState::new(custody.clone(), people, url));
    Ok(api::router(ApiState::new(custody.clone()))
        .merge(log)
        .merge(console))
}
