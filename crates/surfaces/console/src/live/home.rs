//! The first page.

use access::Action;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use custody::trail::TrailFilter;
use futures_util::future::try_join;
use kernel::PageRequest;

use super::named::Named;
use super::trail::rows;
use super::{Answer, ConsoleState, Visitor};
use crate::live::datasets::row;
use crate::pages::{DatasetRow, EventRow, HomePage, home};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console", get(show))
}

async fn show(visitor: Visitor) -> Answer<Response> {
    let (datasets, events) = try_join(datasets(&visitor), events(&visitor)).await?;
    Ok(visitor.page(home(&HomePage {
        figures: Vec::new(),
        next: next(&visitor, datasets.is_empty()),
        datasets,
        frame: visitor.frame(),
        events,
    })))
}

async fn datasets(visitor: &Visitor) -> Answer<Vec<DatasetRow>> {
    if !visitor.may(Action::DatasetList) {
        return Ok(Vec::new());
    }
    let custody = &visitor.state.custody;
    let found = custody.list_datasets(&visitor.credential, visitor.request(), few());
    Ok(visitor.ok(found.await)?.items.iter().map(row).collect())
}

async fn events(visitor: &Visitor) -> Answer<Vec<EventRow>> {
    if !visitor.may(Action::TrailRead) {
        return Ok(Vec::new());
    }
    let (custody, all) = (&visitor.state.custody, TrailFilter::default());
    let found = custody.trail(&visitor.credential, visitor.request(), all, few());
    let found = visitor.ok(found.await)?.items;
    Ok(rows(&found, &Named::of_events(visitor, &found).await?))
}

fn few() -> PageRequest {
    PageRequest::first(5)
}

/// What should be done soon.
fn next(visitor: &Visitor, nothing_yet: bool) -> Vec<(String, String, String, String)> {
    let step = |what: &str, why: &str, to: &str, press: &str| {
        (what.to_owned(), why.to_owned(), to.to_owned(), press.to_owned())
    };
    let mut steps = Vec::new();
    if nothing_yet && visitor.may(Action::DatasetCreate) {
        steps.push(step(
            "Make the first dataset",
            "Files and records are kept in datasets.",
            "/console/datasets/new",
            "New dataset",
        ));
    }
    if nothing_yet && visitor.may(Action::MemberInvite) {
        steps.push(step(
            "Invite the others",
            "Two owners are better than one: a lost device then locks nobody out.",
            "/console/team/invite",
            "Invite",
        ));
    }
    steps
}
