//! The first page.

use access::Action;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use custody::trail::TrailFilter;
use kernel::PageRequest;

use super::trail::{Named, rows};
use super::{Answer, ConsoleState, Visitor};
use crate::live::datasets::row;
use crate::pages::{HomePage, home};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console", get(show))
}

async fn show(visitor: Visitor) -> Answer<Response> {
    let custody = &visitor.state.custody;
    let (credential, few) = (&visitor.credential, PageRequest::first(5));
    let datasets = if visitor.may(Action::DatasetList) {
        visitor
            .ok(custody
                .list_datasets(credential, visitor.request(), few.clone())
                .await)?
            .items
    } else {
        Vec::new()
    };
    let events = if visitor.may(Action::TrailRead) {
        let entries = custody
            .trail(credential, visitor.request(), TrailFilter::default(), few)
            .await;
        rows(&visitor.ok(entries)?.items, &Named::own(&visitor))
    } else {
        Vec::new()
    };
    Ok(visitor.page(home(&HomePage {
        figures: Vec::new(),
        next: next(&visitor, datasets.is_empty()),
        datasets: datasets.iter().map(row).collect(),
        frame: visitor.frame(),
        events,
    })))
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
