//! The live pages: requests in, acts of `custody` and `identity`, pages out.
//!
//! Promises: nothing is done by a GET but looking, and the way to a team's provider and back; every form brings the session's value; what was done is answered with
//! a way to another page, so that reloading repeats nothing; pages are kept by no cache. Leaves out: rules. What a policy
//! refuses is told as it is, and an act that asks for a fresh proof is sent again by the page that takes the proof.

mod admission;
mod annotations;
mod asked;
mod choosing;
mod classes;
mod cookies;
mod csv;
mod datasets;
mod door;
mod duties;
mod exports;
mod fields;
mod gallery;
mod grants;
mod holds;
mod home;
mod invitation;
mod items;
mod keys;
mod lifecycle;
mod listing;
mod named;
mod oidc;
mod operator_access;
mod own;
mod passkeys;
mod picture;
mod public;
mod qr;
mod quarantine;
mod reasons;
mod retention;
mod review;
mod second;
mod sent;
mod settings;
mod sharing;
mod sight;
mod sign_in_rule;
mod staff;
mod tasks;
mod team;
mod trail;
mod trouble;
mod upload;
mod view;
mod visitor;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Action, Class, Facts, Policies, State, Subject};
use axum::Router;
use axum::extract::{Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use custody::{Custody, People};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use identity::Door;

use crate::{assets, headers};

pub use cookies::session_in;
pub use oidc::CALLBACK as PROVIDER_CALLBACK;
pub(crate) use sent::Sent;
pub use trouble::too_fast;
pub(crate) use trouble::{Answer, Failure};
pub(crate) use visitor::Visitor;

/// What the pages act on.
#[derive(Clone)]
pub struct ConsoleState {
    pub(crate) custody: Custody,
    pub(crate) people: People,
    /// The door that the pages lie behind; people are those of that door.
    pub(crate) door: Door,
    pub(crate) rights: Arc<BTreeMap<Class, Vec<Action>>>,
    pub(crate) url: Arc<str>,
}

impl ConsoleState {
    /// The console of this custody and its people, which clients reach under this address.
    pub fn new(custody: Custody, people: People, url: &str) -> Self {
        let policies = &custody.desk().policies;
        let rights = Class::ALL.map(|class| (class, rights(policies, class)));
        Self {
            rights: Arc::new(rights.into_iter().collect()),
            url: url.trim_end_matches('/').into(),
            custody,
            people,
            door: Door::Team,
        }
    }

    /// The same behind the door of the staff.
    fn of_staff(&self) -> Self {
        Self {
            people: self.people.at(self.custody.at_door(Door::Staff)),
            door: Door::Staff,
            ..self.clone()
        }
    }
}

/// What a class may do somewhere: at home, with a grant or a lease, or with what is its own. It settles what is shown.
fn rights(policies: &Policies, class: Class) -> Vec<Action> {
    // A tenant that lets the operator look does so by a key, and not at a browser.
    let inside = class != Class::Operator;
    let facts = Facts {
        dataset_granted: inside,
        leased: inside,
        own: true,
        target_class: Some(Class::Worker),
        new_class: Some(Class::Worker),
        ..Facts::at_home()
    };
    let archived = Facts {
        state: State::Archived,
        ..facts
    };
    let held = Facts {
        quarantined: true,
        ..facts
    };
    // Nobody reviews what is their own.
    let of_others = Facts { own: false, ..facts };
    let subject = Subject::of(class);
    let may = |action: &Action| {
        [&facts, &archived, &held, &of_others]
            .into_iter()
            .any(|facts| policies.would_allow(&subject, *action, facts))
    };
    Action::ALL.into_iter().filter(may).collect()
}

/// All routes under `/console`, those of the staff under `/console/staff`, and those under `/public` for who has a link. Put `web::Kit::dress` around them with all others.
pub fn router(state: ConsoleState) -> Router {
    Router::new()
        .merge(door::routes())
        .merge(second::routes())
        .merge(oidc::routes())
        .merge(invitation::routes())
        .merge(home::routes())
        .merge(team::routes())
        .merge(sign_in_rule::routes())
        .merge(duties::routes())
        .merge(sight::routes())
        .merge(keys::routes())
        .merge(datasets::routes())
        .merge(gallery::routes())
        .merge(settings::routes())
        .merge(retention::routes())
        .merge(reasons::routes())
        .merge(exports::routes())
        .merge(sharing::routes())
        .merge(public::routes())
        .merge(grants::routes())
        .merge(quarantine::routes())
        .merge(items::routes())
        .merge(picture::routes())
        .merge(view::routes())
        .merge(annotations::routes())
        .merge(lifecycle::routes())
        .merge(upload::routes())
        .merge(tasks::routes())
        .merge(review::routes())
        .merge(trail::routes())
        .merge(operator_access::routes())
        .merge(holds::routes())
        .merge(admission::routes())
        .merge(asked::routes())
        .merge(own::routes())
        .merge(passkeys::routes())
        .merge(classes::routes())
        .route("/console/{*rest}", get(nothing_here))
        .with_state(state.clone())
        .merge(staff::routes().with_state(state.of_staff()))
        .layer(from_fn(page_headers))
        .route("/console/assets/{name}", get(asset))
}

async fn nothing_here(visitor: Visitor) -> Failure {
    visitor.fail(custody::Error::NotFound("page"))
}

/// Pages say that nobody may keep them and what they may load.
async fn page_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(headers::POLICY));
    response
}

/// A file keeps its name as long as its bytes, so it may be kept for ever.
async fn asset(Path(name): Path<String>) -> Response {
    let path = format!("/console/assets/{name}");
    match assets::all().iter().find(|asset| asset.path == path) {
        Some(asset) => {
            let kept = "public, max-age=31536000, immutable";
            let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, kept)];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
