//! API keys.

use std::time::Duration;

use access::{Action, ActionSet};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::KeyScope;
use custody::key::{ApiKey, KeyKind, NewKey};
use kernel::KeyId;
use secrecy::ExposeSecret as _;

use super::fields::Fields;
use super::named::Named;
use super::sent::proof_of;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, choosing, listing};
use crate::kit::{Place, Problems};
use crate::pages::{
    Choice, ConfirmPage, IssuedPage, KeyRow, KeysPage, NewKeyForm, NewKeyPage, Proof, confirm, issued_key,
    keys, new_key,
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
        member: names.member(key.member),
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
    let members = found.items.iter().map(|key| key.member);
    let reached = found
        .items
        .iter()
        .flat_map(|key| key.scope.datasets.iter().flatten());
    let names = Named::of(&visitor, members, reached.copied()).await?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "key", "keys");
    Ok(visitor.page(keys(&KeysPage {
        frame: visitor.frame(),
        keys: found.items.iter().map(|key| row(&visitor, &names, key)).collect(),
        pager: listing::pager("/console/keys", &asked, shown, next),
    })))
}

async fn new_page(visitor: &Visitor, typed: NewKeyForm, problems: Problems) -> Answer<NewKeyPage> {
    let own = (
        visitor.who.member.to_string(),
        format!("{} (you)", visitor.frame.person),
    );
    let members = match choosing::members(visitor, |member| member.id != visitor.who.member).await? {
        Choice::Listed(others) => Choice::Listed(std::iter::once(own).chain(others).collect()),
        Choice::Typed => Choice::Typed,
    };
    Ok(NewKeyPage {
        frame: visitor.frame(),
        members,
        datasets: choosing::datasets(visitor).await?,
        typed,
        problems,
    })
}

fn typed(fields: &Fields) -> NewKeyForm {
    let get = |name: &str| fields.get(name).to_owned();
    NewKeyForm {
        label: get("label"),
        days: get("days"),
        member: get("member"),
        dataset: get("dataset"),
        actions: get("actions"),
    }
}

async fn show_new(visitor: Visitor) -> Answer<Response> {
    let usual = NewKeyForm {
        days: "90".to_owned(),
        ..NewKeyForm::default()
    };
    Ok(visitor.page(new_key(&new_page(&visitor, usual, Problems::default()).await?)))
}

/// The key that the form asks for, or what is wrong with it.
async fn wanted(sent: &Sent) -> Answer<Result<NewKey, Problems>> {
    let (fields, visitor) = (&sent.fields, &sent.visitor);
    let bad = || visitor.fail(Trouble::BadForm);
    let days = fields.filled("days").map(|days| days.parse::<u16>()).transpose();
    let days = days.map_err(|_| bad())?;
    let member = match fields.filled("member") {
        None => None,
        Some(text) => match choosing::member(visitor, &text).await? {
            None => {
                let says = "There is no member with this address";
                return Ok(Err(Problems::one("member", says)));
            }
            found => found,
        },
    };
    let datasets = match fields.filled("dataset") {
        None => None,
        Some(text) => match choosing::dataset(visitor, &text).await? {
            None => {
                let says = "There is no dataset of this name";
                return Ok(Err(Problems::one("dataset", says)));
            }
            Some(found) => Some(vec![found]),
        },
    };
    let actions = match fields.get("actions") {
        "read" => Some(ActionSet::parse(READS).map_err(|_| bad())?),
        "write" => Some(ActionSet::parse(WRITES).map_err(|_| bad())?),
        _ => None,
    };
    let end = |days| visitor.now().plus(Duration::from_secs(86_400 * u64::from(days)));
    Ok(Ok(NewKey {
        member,
        label: fields.get("label").to_owned(),
        expires_at: days.map(end),
        scope: KeyScope {
            actions,
            datasets,
            ..KeyScope::default()
        },
    }))
}

async fn again(sent: &Sent, problems: Problems) -> Answer<Response> {
    let page = new_page(&sent.visitor, typed(&sent.fields), problems).await?;
    Ok(sent.visitor.page_again(new_key(&page)))
}

async fn issue(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let new = match wanted(&sent).await? {
        Ok(new) => new,
        Err(problems) => return again(&sent, problems).await,
    };
    let issued = visitor
        .state
        .custody
        .issue_key(&visitor.credential, visitor.request(), new, None)
        .await;
    let issued = match sent.settle(issued).await? {
        Ok(issued) => issued,
        Err(problems) => return again(&sent, problems).await,
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
