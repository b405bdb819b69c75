//! Which surfaces this server has.

use std::sync::Arc;

use api::ApiState;
use assurance::Assurance;
use axum::Router;
use console::ConsoleState;
use custody::{Custody, People};
use gate::Gate;
use governance::egress::Egress;
use identity::Providers;
use portal::PortalState;
use trust::TrustState;

use super::fetch::Outside;
use super::models::Models;
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

/// The people of the installation, whom browsers reach under this address.
pub(super) fn people(
    custody: &Custody,
    (settings, url): (&Settings, &str),
    gate: &Gate,
) -> Result<People, Failure> {
    let sign_in = &settings.sign_in;
    let identity = identity::Settings {
        issuer: sign_in.name.clone(),
        party: sign_in.party(url),
        ..identity::Settings::default()
    };
    let people = custody.people(identity);
    let people = people.map_err(|error| Failure::Said(error.to_string()))?;
    let people = match &settings.mail.by {
        Some(_) => people.with_letters(url),
        None => people,
    };
    let Some(hosts) = sign_in.providers.clone() else {
        return Ok(people);
    };
    let callback = format!("{url}{}", console::PROVIDER_CALLBACK);
    Ok(people.with_providers(Providers::new(Arc::new(Outside::new(gate)?), hosts, &callback)))
}

/// What the operator says of itself on public pages.
pub(crate) fn trust_settings(settings: &Settings, url: &str) -> trust::Settings {
    let says = &settings.trust;
    let security = (!says.contact.is_empty()).then(|| trust::Security {
        contact: says.contact.clone(),
        policy: says.policy.clone(),
        url: url.to_owned(),
    });
    trust::Settings {
        name: says.name.clone(),
        security,
    }
}

/// Every route of every surface, without what stands around them.
pub(super) async fn all(
    custody: &Custody,
    people: &People,
    assurance: &Assurance,
    (settings, url): (&Settings, &str),
    (gate, egress): (&Gate, &Arc<Egress>),
) -> Result<Router, Failure> {
    let installation = custody.installation().await?;
    let verifier = installation
        .map(|installation| installation.log_verifier)
        .unwrap_or_default();
    let says = trust_settings(settings, url);
    let public = TrustState::new(custody.desk().clone(), &verifier, assurance.clone(), says);
    let console = console::router(ConsoleState::new(custody.clone(), people.clone(), url));
    let models = Arc::new(Models::new(gate, settings.processor_keys.clone())?);
    let api = ApiState::new(custody.clone(), people.clone(), assurance.clone())
        .with_speaker(&settings.trust.name)
        .with_models(models, Arc::clone(egress));
    let portal = portal::router(PortalState::new(custody.clone(), url));
    Ok(api::router(api)
        .merge(trust::router(public))
        .merge(console)
        .merge(portal))
}
