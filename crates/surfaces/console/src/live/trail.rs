//! The trail, one event, its receipt; and the names of what events name by id.

use std::collections::BTreeMap;

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use custody::dataset::DatasetRef;
use custody::trail::TrailFilter;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::{DatasetId, EventId, MemberId, Timestamp};
use operation::trail::TrailEntry;
use serde_json::Value;

use super::keys::many;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor, listing, words};
use crate::kit::Problems;
use crate::pages::{EventPage, EventRow, TrailFilters, TrailPage, event, trail};

const PAGE: u32 = 50;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/trail", get(list))
        .route("/console/trail/{event}", get(show))
        .route("/console/trail/{event}/receipt", get(receipt))
}

/// Names of members and datasets, as far as the visitor may know them.
#[derive(Default)]
pub(super) struct Named {
    members: BTreeMap<MemberId, String>,
    datasets: BTreeMap<DatasetId, String>,
}

impl Named {
    /// All of them, up to a thousand of each.
    pub(super) async fn all(visitor: &Visitor) -> Answer<Self> {
        let (custody, credential) = (&visitor.state.custody, &visitor.credential);
        let mut named = Self::default();
        if visitor.may(Action::MemberList) {
            let found = visitor.ok(custody.list_members(credential, visitor.request(), many()).await)?;
            named.members = found
                .items
                .into_iter()
                .map(|member| (member.id, member.name))
                .collect();
        }
        if visitor.may(Action::DatasetList) {
            let found = visitor.ok(custody.list_datasets(credential, visitor.request(), many()).await)?;
            named.datasets = found
                .items
                .into_iter()
                .map(|dataset| (dataset.id, dataset.name))
                .collect();
        }
        Ok(named)
    }

    /// The visitor's own name and no other, for a page that is to be quick.
    pub(super) fn own(visitor: &Visitor) -> Self {
        let mut named = Self::default();
        named
            .members
            .insert(visitor.who.member, visitor.frame.person.clone());
        named
    }

    pub(super) fn member(&self, id: MemberId, visitor: &Visitor) -> String {
        match self.members.get(&id) {
            Some(name) => name.clone(),
            None if id == visitor.who.member => visitor.frame.person.clone(),
            None => id.to_string(),
        }
    }

    pub(super) fn dataset(&self, id: DatasetId) -> String {
        self.datasets
            .get(&id)
            .cloned()
            .unwrap_or_else(|| short("Dataset", &id.to_string()))
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (MemberId, &str)> {
        self.members.iter().map(|(id, name)| (*id, name.as_str()))
    }

    pub(super) fn datasets(&self) -> impl Iterator<Item = (DatasetId, &str)> {
        self.datasets.iter().map(|(id, name)| (*id, name.as_str()))
    }
}

/// Events as the pages show them.
pub(super) fn rows(entries: &[TrailEntry], named: &Named) -> Vec<EventRow> {
    entries.iter().map(|entry| row(entry, named)).collect()
}

fn row(entry: &TrailEntry, named: &Named) -> EventRow {
    let event = &entry.event;
    let text = |path: &str| {
        event
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    EventRow {
        id: entry.id,
        at: entry.at,
        who: who(event, named),
        by: String::new(),
        says: words::act(&text("/action")),
        action: text("/action"),
        object: object(event, named),
        outcome: text("/outcome"),
        sequence: entry.sequence,
    }
}

fn who(event: &Value, named: &Named) -> String {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str);
    let member = text("/actor/member").and_then(|id| id.parse::<MemberId>().ok());
    match (member, text("/actor/kind")) {
        (Some(id), _) => named
            .members
            .get(&id)
            .cloned()
            .unwrap_or_else(|| "A member".to_owned()),
        (None, Some("system")) => "The server".to_owned(),
        (None, Some("operator")) => "The operator".to_owned(),
        _ => "Somebody".to_owned(),
    }
}

/// What it was done to, with the way there: the nearest thing that has a page.
fn object(event: &Value, named: &Named) -> Option<(String, Option<String>)> {
    let text = |name: &str| {
        event
            .pointer(&format!("/resource/{name}"))
            .and_then(Value::as_str)
    };
    if let Some(id) = text("item") {
        return Some((short("Item", id), Some(format!("/console/items/{id}"))));
    }
    if let Some(id) = text("dataset") {
        let name = id.parse().map_or_else(|_| id.to_owned(), |id| named.dataset(id));
        return Some((name, Some(format!("/console/datasets/{id}"))));
    }
    if let Some(id) = text("member") {
        let name = id
            .parse()
            .ok()
            .and_then(|id: MemberId| named.members.get(&id).cloned());
        return Some((
            name.unwrap_or_else(|| short("Member", id)),
            Some(format!("/console/team/{id}")),
        ));
    }
    text("key").map(|id| (short("Key", id), None))
}

/// Something without a name: its kind and the end of its id, where ids differ.
fn short(kind: &str, id: &str) -> String {
    format!("{kind} …{}", &id[id.len().saturating_sub(12)..])
}

fn chosen(asked: &Asked) -> TrailFilters {
    let get = |name: &str| {
        asked
            .get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    TrailFilters {
        action: get("action"),
        outcome: get("outcome"),
        member: get("member"),
        dataset: get("dataset"),
        item: get("item"),
        from: get("from"),
        to: get("to"),
    }
}

/// The filter, or what is wrong with it.
fn filter(filters: &TrailFilters, named: &Named) -> Result<TrailFilter, Problems> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let wrong = |field: &str| Problems::one(field, "This is no id");
    let dataset = some(&filters.dataset).map(|text| match DatasetRef::parse(&text) {
        DatasetRef::Id(id) => Ok(id),
        DatasetRef::Name(name) => {
            let found = named.datasets.iter().find(|(_, known)| **known == name);
            found
                .map(|(id, _)| *id)
                .ok_or_else(|| Problems::one("dataset", "There is no dataset of this name"))
        }
    });
    Ok(TrailFilter {
        item: some(&filters.item)
            .map(|id| id.parse())
            .transpose()
            .map_err(|_| wrong("item"))?,
        dataset: dataset.transpose()?,
        key: None,
        member: some(&filters.member)
            .map(|id| id.parse())
            .transpose()
            .map_err(|_| wrong("member"))?,
        action: some(&filters.action),
        outcome: some(&filters.outcome),
        from: day(&filters.from, "from")?,
        // The day that is named is included.
        to: day(&filters.to, "to")?.map(|day| day.plus(std::time::Duration::from_secs(86_400))),
    })
}

fn day(text: &str, field: &str) -> Result<Option<Timestamp>, Problems> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = format!("{text}T00:00:00Z").parse();
    read.map(Some)
        .map_err(|_| Problems::one(field, "Give a day, such as 2026-03-02"))
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let (named, filters) = (Named::all(&visitor).await?, chosen(&asked));
    let page = |events, problems, pager| {
        trail(&TrailPage {
            frame: visitor.frame(),
            filters: filters.clone(),
            members: named
                .members()
                .map(|(id, name)| (id.to_string(), name.to_owned()))
                .collect(),
            events,
            problems,
            pager,
        })
    };
    let filter = match filter(&filters, &named) {
        Ok(filter) => filter,
        Err(problems) => return Ok(visitor.page_again(page(Vec::new(), problems, Default::default()))),
    };
    let request = listing::request(&visitor, &asked, PAGE)?;
    let found = visitor
        .state
        .custody
        .trail(&visitor.credential, visitor.request(), filter, request)
        .await;
    let found = visitor.ok(found)?;
    let next = found.next.map(|next| next.to_text());
    let pager = listing::pager(
        "/console/trail",
        &asked,
        (found.items.len(), "event", "events"),
        next,
    );
    Ok(visitor.page(page(rows(&found.items, &named), Problems::default(), pager)))
}

fn id(visitor: &Visitor, text: &str) -> Answer<EventId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

async fn show(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = id(&visitor, &text)?;
    let found = visitor.ok(visitor
        .state
        .custody
        .event(&visitor.credential, visitor.request(), id)
        .await)?;
    let named = Named::all(&visitor).await?;
    let json = serde_json::to_string_pretty(&found.event).unwrap_or_default();
    Ok(visitor.page(event(&EventPage {
        frame: visitor.frame(),
        row: row(&found, &named),
        json,
    })))
}

/// The receipt as a file.
async fn receipt(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = id(&visitor, &text)?;
    let receipt = visitor.ok(visitor
        .state
        .custody
        .receipt(&visitor.credential, visitor.request(), id)
        .await)?;
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (
            CONTENT_DISPOSITION,
            web::disposition::attachment(&format!("receipt-{id}.txt")),
        ),
    ];
    Ok((headers, receipt).into_response())
}
