//! The trail, one event, its receipt.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use custody::trail::TrailFilter;
use futures_util::future::try_join;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::{EventId, MemberId, Timestamp};
use operation::trail::TrailEntry;
use serde_json::Value;

use super::named::{Named, short};
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor, choosing, listing, words};
use crate::kit::Problems;
use crate::pages::{Choice, EventPage, EventRow, TrailFilters, TrailPage, event, trail};

const PAGE: u32 = 50;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/trail", get(list))
        .route("/console/trail/{event}", get(show))
        .route("/console/trail/{event}/receipt", get(receipt))
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
        (Some(id), _) => named.known(id).unwrap_or("A member").to_owned(),
        (None, Some("system")) => "The server".to_owned(),
        (None, Some("operator")) => "The operator".to_owned(),
        (None, Some("public")) => "The public".to_owned(),
        (None, Some("data-subject")) => "Whom it is about".to_owned(),
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
        let name = id.parse().ok().and_then(|id: MemberId| named.known(id));
        return Some((
            name.map_or_else(|| short("Member", id), str::to_owned),
            Some(format!("/console/team/{id}")),
        ));
    }
    text("key").map(|id| (short("Key", id), None))
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
async fn filter(visitor: &Visitor, filters: &TrailFilters) -> Answer<Result<TrailFilter, Problems>> {
    let dataset = match filters.dataset.as_str() {
        "" => None,
        text => match choosing::dataset(visitor, text).await? {
            None => {
                let says = "There is no dataset of this name";
                return Ok(Err(Problems::one("dataset", says)));
            }
            found => found,
        },
    };
    let member = match filters.member.as_str() {
        "" => None,
        text => match choosing::member(visitor, text).await? {
            None => {
                let says = "There is no member with this address";
                return Ok(Err(Problems::one("member", says)));
            }
            found => found,
        },
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let narrow = || {
        let item = some(&filters.item).map(|id| id.parse()).transpose();
        Ok(TrailFilter {
            item: item.map_err(|_| Problems::one("item", "This is no id"))?,
            dataset,
            key: None,
            member,
            action: some(&filters.action),
            outcome: some(&filters.outcome),
            from: day(&filters.from, "from")?,
            // The day that is named is included.
            to: day(&filters.to, "to")?.map(|day| day.plus(std::time::Duration::from_secs(86_400))),
        })
    };
    Ok(narrow())
}

/// A member whom the address names by id stands in the field as people know them.
async fn spoken(visitor: &Visitor, filters: TrailFilters, members: &Choice) -> Answer<TrailFilters> {
    let id = filters.member.parse().ok().filter(|_| *members == Choice::Typed);
    let Some(id) = id else { return Ok(filters) };
    let found = visitor
        .state
        .custody
        .member(&visitor.credential, visitor.request(), id);
    let member = match found.await {
        Ok(member) => member.email,
        Err(custody::Error::NotFound(_)) => filters.member,
        Err(other) => return Err(visitor.fail(other)),
    };
    Ok(TrailFilters { member, ..filters })
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
    let filters = chosen(&asked);
    let (members, filter) =
        try_join(choosing::members(&visitor, |_| true), filter(&visitor, &filters)).await?;
    let filters = spoken(&visitor, filters, &members).await?;
    let page = |events, problems, pager| {
        trail(&TrailPage {
            frame: visitor.frame(),
            filters: filters.clone(),
            members: members.clone(),
            events,
            problems,
            pager,
        })
    };
    let filter = match filter {
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
    let named = Named::of_events(&visitor, &found.items).await?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "event", "events");
    let pager = listing::pager("/console/trail", &asked, shown, next);
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
    let named = Named::of_events(&visitor, std::slice::from_ref(&found)).await?;
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
