//! Datasets: the list, and making one.

use access::Action;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use custody::dataset::{Dataset, DatasetRef, NewDataset, State};

use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::Problems;
use crate::pages::{DatasetRow, DatasetsPage, NewDatasetPage, datasets, new_dataset};

const PAGE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets", get(list))
        .route("/console/datasets/new", get(show_new).post(make))
}

pub(super) fn row(dataset: &Dataset) -> DatasetRow {
    DatasetRow {
        name: dataset.name.clone(),
        description: dataset.description.clone(),
        open: dataset.shared,
        archived: dataset.state == State::Archived,
        region: dataset.region.clone(),
        hands_out: dataset.work.is_some(),
        made: dataset.made_at,
    }
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let found = visitor
        .state
        .custody
        .list_datasets(&visitor.credential, visitor.request(), request)
        .await;
    let found = visitor.ok(found)?;
    let next = found.next.map(|next| next.to_text());
    let shown = (found.items.len(), "dataset", "datasets");
    Ok(visitor.page(datasets(&DatasetsPage {
        frame: visitor.frame(),
        datasets: found.items.iter().map(row).collect(),
        pager: listing::pager("/console/datasets", &asked, shown, next),
    })))
}

fn new_page(visitor: &Visitor, name: &str, description: &str, problems: Problems) -> NewDatasetPage {
    let regions = visitor.state.custody.regions();
    NewDatasetPage {
        frame: visitor.frame(),
        regions: regions.into_iter().map(|region| region.label).collect(),
        name: name.to_owned(),
        description: description.to_owned(),
        problems,
    }
}

async fn show_new(visitor: Visitor) -> Response {
    visitor.page(new_dataset(&new_page(&visitor, "", "", Problems::default())))
}

/// A name that is taken is the field's problem.
pub(super) fn name_taken(error: custody::Error) -> custody::Error {
    match error {
        custody::Error::Conflict(problem) => custody::Error::Invalid {
            field: "name",
            problem,
        },
        other => other,
    }
}

async fn make(sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let new = NewDataset {
        name: fields.get("name").to_owned(),
        description: fields.get("description").to_owned(),
        region: fields.filled("region"),
        ..NewDataset::default()
    };
    let made = visitor
        .state
        .custody
        .create_dataset(&visitor.credential, visitor.request(), new, None)
        .await;
    match sent.settle(made.map_err(name_taken)).await? {
        Ok(made) => Ok(visitor.done(
            &format!("/console/datasets/{}", made.name),
            format!("{} was made.", made.name),
        )),
        Err(problems) => {
            let page = new_page(visitor, fields.get("name"), fields.get("description"), problems);
            Ok(visitor.page_again(new_dataset(&page)))
        }
    }
}

/// The dataset in an address.
pub(super) async fn found(visitor: &Visitor, name: &str) -> Answer<Dataset> {
    let found =
        visitor
            .state
            .custody
            .dataset(&visitor.credential, visitor.request(), DatasetRef::parse(name));
    visitor.ok(found.await)
}

/// Whether the visitor may list what is in datasets at all.
pub(super) fn may_look(visitor: &Visitor) -> bool {
    visitor.may(Action::DatasetView)
}
