//! The one line for programs.

use std::path::Path;

use custody::Credential;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::stage::{Stage, Tenant};
use crate::server::Running;

/// What a program needs to go on from here. Fields of what is not served yet are null, and the shape stays.
#[derive(Serialize)]
struct Ready<'a> {
    api: &'a str,
    s3: Option<&'a str>,
    ca: Option<&'a Path>,
    data: &'a Path,
    tenants: Vec<ReadyTenant<'a>>,
}

#[derive(Serialize)]
struct ReadyTenant<'a> {
    id: &'a str,
    slug: &'a str,
    business: &'a str,
    /// The owner's.
    api_key: Option<&'a str>,
    s3_access_key: Option<String>,
    s3_secret_key: Option<String>,
    datasets: Vec<&'a str>,
    people: Vec<ReadyPerson<'a>>,
}

#[derive(Serialize)]
struct ReadyPerson<'a> {
    class: &'a str,
    email: &'a str,
    password: Option<&'a str>,
}

/// The line. It holds the owners' keys.
pub(super) fn line(running: &Running, stage: &Stage, data: &Path) -> String {
    let tenants = stage.tenants.iter().map(tenant).collect();
    let ready = Ready {
        api: &running.url,
        s3: running.s3_url.as_deref(),
        ca: running.ca_path.as_deref(),
        data,
        tenants,
    };
    // Texts and lists always become JSON; a path that is no UTF-8 would not.
    serde_json::to_string(&ready).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

fn tenant(tenant: &Tenant) -> ReadyTenant<'_> {
    let key = tenant.people.first().and_then(|owner| owner.visitor.key());
    // The same key in the words of S3 clients.
    let signer = key.and_then(|key| Credential::parse(key.expose_secret()).ok());
    let signing_secret = signer.as_ref().and_then(Credential::signing_secret);
    let person = |person: &super::stage::Person| (person.role.class, person.role.email);
    ReadyTenant {
        id: &tenant.id,
        slug: tenant.company.slug,
        business: tenant.company.business,
        api_key: key.map(|key| key.expose_secret()),
        s3_access_key: signer.as_ref().map(Credential::access_key),
        s3_secret_key: signing_secret.map(|secret| secret.expose_secret().to_owned()),
        datasets: tenant.datasets.iter().map(|(name, _)| *name).collect(),
        people: tenant
            .people
            .iter()
            .map(person)
            .map(|(class, email)| ReadyPerson {
                class,
                email,
                password: None,
            })
            .collect(),
    }
}
