#![doc = include_str!("../README.md")]

mod access;
mod admission;
mod annotations;
mod answers;
mod assurance;
mod browser;
mod bulk;
mod caller;
mod consents;
mod content;
mod datasets;
mod document;
mod duties;
mod errors;
mod exports;
mod health;
mod holds;
mod items;
mod keys;
mod looking;
mod members;
mod operator_access;
mod paging;
mod people;
mod portal;
mod processing;
mod processors;
mod purposes;
mod records;
mod registers;
mod reports;
mod requests;
mod retention;
mod scim;
mod shares;
mod staff;
mod subjects;
mod tasks;
mod tenants;
mod trail;
mod trust_page;
mod webhooks;
mod words;

use std::sync::Arc;
use std::time::Duration;

use ::assurance::Assurance;
use axum::Router;
use custody::{Credential, Custody, People};
use evidence::Evidence;
use governance::Governance;
use governance::egress::Egress;
use governance::processor::Model;
use identity::Door;
use rights::Rights;
use utoipa_axum::router::OpenApiRouter;
use webhook::Webhooks;

/// How long a receipt is waited for before the client is told to come again.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(5);

/// What the routes need.
#[derive(Clone)]
pub struct ApiState {
    assurance: Assurance,
    custody: Custody,
    evidence: Evidence,
    governance: Governance,
    people: People,
    staff: People,
    rights: Rights,
    webhooks: Webhooks,
    receipt_patience: Duration,
}

impl ApiState {
    /// Routes over this custody, its people, and what is claimed of it.
    pub fn new(custody: Custody, people: People, assurance: Assurance) -> Self {
        Self {
            evidence: Evidence::new(custody.clone(), assurance.clone()),
            assurance,
            governance: Governance::new(custody.clone()),
            rights: Rights::new(custody.clone()),
            webhooks: Webhooks::new(custody.clone()),
            staff: people.at(custody.at_door(Door::Staff)),
            custody,
            people,
            receipt_patience: RECEIPT_PATIENCE,
        }
    }

    /// The same, with reports in the name of this company.
    pub fn with_speaker(self, name: &str) -> Self {
        Self {
            evidence: self.evidence.named(name),
            ..self
        }
    }

    /// The same, sending items to models by this, through the gate of this keeper.
    pub fn with_models(self, model: Arc<dyn Model>, egress: Arc<Egress>) -> Self {
        Self {
            governance: self.governance.with_models(model, egress),
            ..self
        }
    }

    /// The people who come in by this door.
    fn people_at(&self, door: Door) -> &People {
        match door {
            Door::Team => &self.people,
            Door::Staff => &self.staff,
        }
    }

    /// The people among whom the credential's holder is. A key came in by no door.
    fn people_of(&self, credential: &Credential) -> &People {
        self.people_at(credential.door().unwrap_or(Door::Team))
    }

    /// The same, waiting so long for the receipt of an event that has no place in the log yet.
    pub fn with_receipt_patience(self, receipt_patience: Duration) -> Self {
        Self {
            receipt_patience,
            ..self
        }
    }
}

/// All routes under `/v1`, and those of directories under `/scim/v2`. Put `web::Kit::dress` around it: operation ids, headers and the problems of
/// unknown paths come from there.
pub fn router(state: ApiState) -> Router {
    let (router, _) = documented().split_for_parts();
    router
        .layer(axum::middleware::from_fn(answers::name_event))
        .merge(scim::routes())
        .merge(browser::script())
        .with_state(state)
}

/// The OpenAPI 3.1 document of these routes, made from the handlers themselves.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::finished(documented().into_openapi())
}

/// Every route is registered here once, with its documentation.
fn documented() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(document::head())
        .merge(health::routes())
        .merge(tenants::routes())
        .merge(trust_page::routes())
        .merge(staff::routes())
        .merge(members::routes())
        .merge(people::routes())
        .merge(keys::routes())
        .merge(datasets::routes())
        .merge(items::routes())
        .merge(records::routes())
        .merge(content::routes())
        .merge(looking::routes())
        .merge(annotations::routes())
        .merge(exports::routes())
        .merge(shares::routes())
        .merge(bulk::routes())
        .merge(subjects::routes())
        .merge(tasks::routes())
        .merge(requests::routes())
        .merge(portal::routes())
        .merge(purposes::routes())
        .merge(consents::routes())
        .merge(trail::routes())
        .merge(access::routes())
        .merge(operator_access::routes())
        .merge(holds::routes())
        .merge(retention::routes())
        .merge(admission::routes())
        .merge(duties::routes())
        .merge(webhooks::routes())
        .merge(registers::routes())
        .merge(processing::routes())
        .merge(processors::routes())
        .merge(reports::routes())
        .merge(assurance::routes())
}
