//! API keys.

use std::time::Duration;

use access::{Action, ActionSet};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::KeyScope;
use custody::key::{ApiKey, KeyKind, NewKey};
use kernel::{KeyId, PageRequest};
use secrecy::ExposeSecret as _;

use super::sent::proof_of;
use super::trail::Named;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::{Place, Problems};
use crate::pages::{
    ConfirmPage, IssuedPage, KeyRow, KeysPage, NewKeyPage, Proof, confirm, issued_key, keys, new_key,
};

const PAGE: u32 = 100;

/// What a key that only reads, or only puts in, may do.
const READS: &[&str] = &[
    "dataset.list",
    "dataset.view",
    "item.browse",
    "item.view",
    "item.download",
    "record.search",
];
const WRITES: &[&str] = &["dataset.list", "dataset.view", "item.create", "item.change"];

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/keys", get(list))
        .route("/console/keys/new", get(show_new).post(issue))
        .route("/console/keys/{key}/invalidate", get(ask).post(invalidate))
}

fn row(visitor: &Visitor, names: &Named, key: &ApiKey) -> KeyRow {
    KeyRow {
        id: key.id,
        label: key.label.clone(),
        member: names.member(key.member, visitor),
        scope: reach(&key.scope, names),
        recovery: key.kind == KeyKind::Recovery,
        temporary: key.kind == KeyKind::Temporary,
        made: key.made_at,
        expires: key.expires_at,
        used: key.last_used_at,
        invalidated: key.invalidated_at.is_some(),
        may_invalidate: visitor.may(Action::KeyInvalidate),
    }
}

/// What a key is narrowed to, in words.
fn reach(scope: &KeyScope, names: &Named) -> String {
    let datasets = scope.datasets.iter().flatten().map(|id| names.dataset(*id));
    let prefixes = scope
        .prefixes
        .iter()
        .flatten()
        .map(|prefix| format!("names with {prefix}…"));
    let mut parts: Vec<String> = datasets.chain(prefixes).collect();
    if let Some(actions) = scope.actions {
        let number = u64::try_from(actions.iter().count()).unwrap_or(u64::MAX);
        parts.push(crate::kit::count(number, "action", "actions"));
    }
    if let Some(addresses) = &scope.addresses {
        parts.push(format!(
            "from {}",
            crate::kit::count(addresses.len() as u64, "network", "networks")
        ));
    }
    parts.join(", ")
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let found = visitor
        .state
        .custody
        .list_keys(&visitor.credential, visitor.request(), None, request)
        .await;
    let found = visitor.ok(found)?;
    let names = Named::all(&visitor).await?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "key", "keys");
    Ok(visitor.page(keys(&KeysPage {
        frame: visitor.frame(),
        keys: found.items.iter().map(|key| row(&visitor, &names, key)).collect(),
        pager: listing::pager("/console/keys", &asked, shown, next),
    })))
}

async fn new_page(visitor: &Visitor, label: &str, days: &str, problems: Problems) -> Answer<NewKeyPage> {
    let names = Named::all(visitor).await?;
    let own = (
        visitor.who.member.to_string(),
        format!("{} (you)", visitor.frame.person),
    );
    let others = names.members().filter(|(id, _)| *id != visitor.who.member);
    let others = others.map(|(id, name)| (id.to_string(), name.to_owned()));
    Ok(NewKeyPage {
        frame: visitor.frame(),
        members: std::iter::once(own).chain(others).collect(),
        datasets: names
            .datasets()
            .map(|(id, name)| (id.to_string(), name.to_owned()))
            .collect(),
        label: label.to_owned(),
        days: days.to_owned(),
        problems,
    })
}

async fn show_new(visitor: Visitor) -> Answer<Response> {
    Ok(visitor.page(new_key(&new_page(&visitor, "", "90", Problems::default()).await?)))
}

/// The key that the form asks for; nothing when somebody changed the form.
fn wanted(sent: &Sent) -> Option<NewKey> {
    let (fields, visitor) = (&sent.fields, &sent.visitor);
    let days = fields
        .filled("days")
        .map(|days| days.parse::<u16>())
        .transpose()
        .ok()?;
    let datasets = fields
        .filled("dataset")
        .map(|id| id.parse().map(|id| vec![id]))
        .transpose()
        .ok()?;
    let actions = match fields.get("actions") {
        "read" => Some(ActionSet::parse(READS).ok()?),
        "write" => Some(ActionSet::parse(WRITES).ok()?),
        _ => None,
    };
    Some(NewKey {
        member: fields.filled("member").map(|id| id.parse()).transpose().ok()?,
        label: fields.get("label").to_owned(),
        expires_at: days.map(|days| visitor.now().plus(Duration::from_secs(86_400 * u64::from(days)))),
        scope: KeyScope {
            actions,
            datasets,
            ..KeyScope::default()
        },
    })
}

async fn issue(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let new = wanted(&sent).ok_or_else(|| visitor.fail(Trouble::BadForm))?;
    let issued = visitor
        .state
        .custody
        .issue_key(&visitor.credential, visitor.request(), new, None)
        .await;
    let issued = match sent.settle(issued).await? {
        Ok(issued) => issued,
        Err(problems) => {
            let page = new_page(
                visitor,
                sent.fields.get("label"),
                sent.fields.get("days"),
                problems,
            )
            .await?;
            return Ok(visitor.page_again(new_key(&page)));
        }
    };
    // Shown once: so it is the answer itself.
    Ok(visitor.page(issued_key(&IssuedPage {
        frame: visitor.frame(),
        label: issued.key.label,
        secret: issued.secret.expose_secret().to_owned(),
        access_key: issued.access_key,
        signing_secret: issued.signing_secret.expose_secret().to_owned(),
        expires: issued.key.expires_at,
    })))
}

async fn found(visitor: &Visitor, text: &str) -> Answer<ApiKey> {
    let id: KeyId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    visitor.ok(visitor
        .state
        .custody
        .key(&visitor.credential, visitor.request(), id)
        .await)
}

async fn ask(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let key = found(&visitor, &text).await?;
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Keys,
        title: format!("Invalidate {}?", key.label),
        crumbs: vec![("/console/keys".to_owned(), "API keys".to_owned())],
        consequences: vec![
            "Whatever works with it is refused from the next request on, on every node, and what it has in flight ends.".to_owned(),
            "It cannot be made valid again; another key can be issued.".to_owned(),
        ],
        mild: false,
        to: format!("/console/keys/{}/invalidate", key.id),
        values: Vec::new(),
        press: "Invalidate".to_owned(),
        back: "/console/keys".to_owned(),
        proof: if visitor.who.is_fresh(visitor.now()) { Proof::Fresh } else { proof_of(&visitor).await? },
        problems: Problems::default(),
    })))
}

async fn invalidate(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let id: KeyId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    if !visitor.who.is_fresh(visitor.now()) {
        return Err(visitor.fail(Trouble::NeedsProof));
    }
    let done = visitor
        .state
        .custody
        .invalidate_key(&visitor.credential, visitor.request(), id)
        .await;
    let done = sent.ok(done).await?;
    Ok(visitor.done(
        "/console/keys",
        format!("The key “{}” is invalid from now on.", done.label),
    ))
}

/// As many as a list to choose from may have.
pub(super) fn many() -> PageRequest {
    PageRequest::first(PageRequest::MAX)
}
