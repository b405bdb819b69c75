//! Datasets: the list, making one, its items, its archive, its settings.

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::{Dataset, DatasetChange, DatasetRef, NewDataset, State};
use custody::item::{Filter, Item, ListNames, Named as Entry};
use custody::task::Work;

use super::grants;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing, words};
use crate::kit::Problems;
use crate::pages::{
    ArchivePage, ArchivedRow, DatasetPage, DatasetRow, DatasetsPage, Face, GalleryPage, NewDatasetPage, Tile,
    WorkSettings, archived_items, dataset_settings, datasets, gallery, new_dataset,
};

const PAGE: u32 = 100;
const TILES: u32 = 60;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets", get(list))
        .route("/console/datasets/new", get(show_new).post(make))
        .route("/console/datasets/{dataset}", get(items))
        .route("/console/datasets/{dataset}/archived", get(archive))
        .route("/console/datasets/{dataset}/settings", get(settings).post(rename))
        .route("/console/datasets/{dataset}/work", post(set_work))
        .route("/console/datasets/{dataset}/archive", post(put_away))
        .route("/console/datasets/{dataset}/restore", post(bring_back))
}

pub(super) fn row(dataset: &Dataset) -> DatasetRow {
    DatasetRow {
        name: dataset.name.clone(),
        description: dataset.description.clone(),
        // Sharing with the public is not there yet, so nothing is open.
        open: false,
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
fn name_taken(error: custody::Error) -> custody::Error {
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

async fn items(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    Ok(visitor.page(gallery(
        &gallery_page(&visitor, &name, &asked, Problems::default()).await?,
    )))
}

/// The items of a dataset in the order of their names.
pub(super) async fn gallery_page(
    visitor: &Visitor,
    name: &str,
    asked: &Asked,
    problems: Problems,
) -> Answer<GalleryPage> {
    let dataset = found(visitor, name).await?;
    let prefix = asked.get("prefix").cloned().unwrap_or_default();
    let names = ListNames {
        prefix: prefix.clone(),
        after: asked.get("cursor").cloned(),
        delimiter: None,
        limit: TILES,
    };
    let listed = visitor.state.custody.list_names(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        names,
    );
    let listed = visitor.ok(listed.await)?;
    let items: Vec<Tile> = listed.entries.iter().filter_map(tile).collect();
    let shown = (items.len(), "item", "items");
    Ok(GalleryPage {
        frame: visitor.frame(),
        takes: dataset.state == State::Active,
        takes_only: takes(&dataset),
        pager: listing::pager(
            &format!("/console/datasets/{}", dataset.name),
            asked,
            shown,
            listed.more,
        ),
        dataset: row(&dataset),
        uploads: Vec::new(),
        items,
        prefix,
        problems,
    })
}

/// What a dataset takes in, in words.
fn takes(dataset: &Dataset) -> String {
    let Some(rule) = &dataset.ingest else {
        return String::new();
    };
    let types = if rule.types.is_empty() {
        "anything".to_owned()
    } else {
        rule.types.join(", ")
    };
    match rule.max_bytes {
        Some(most) => format!("{types} of at most {}", crate::kit::bytes(most)),
        None => types,
    }
}

fn tile(entry: &Entry) -> Option<Tile> {
    let Entry::Item(item) = entry else {
        return None;
    };
    let (sign, word) = words::kind(item);
    Some(Tile {
        id: item.id,
        name: item.name.clone(),
        face: Face::Kind(sign, word),
        size: item.version.size,
        changed: item.changed_at,
        version: item.version.number,
    })
}

async fn archive(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let dataset = found(&visitor, &name).await?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let filter = Filter {
        state: Some(State::Archived),
        ..Filter::default()
    };
    let listed = visitor.state.custody.list_items(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        filter,
        request,
    );
    let listed = visitor.ok(listed.await)?;
    let next = listed.next.map(|next| next.to_text());
    let path = format!("/console/datasets/{}/archived", dataset.name);
    let shown = (listed.items.len(), "item", "items");
    Ok(visitor.page(archived_items(&ArchivePage {
        frame: visitor.frame(),
        dataset: row(&dataset),
        items: listed.items.iter().map(archived).collect(),
        pager: listing::pager(&path, &asked, shown, next),
    })))
}

fn archived(item: &Item) -> ArchivedRow {
    ArchivedRow {
        id: item.id,
        name: item.name.clone(),
        size: item.version.size,
        archived: item.archived_at.unwrap_or(item.changed_at),
        held: false,
    }
}

pub(super) async fn settings_page(visitor: &Visitor, name: &str, problems: Problems) -> Answer<DatasetPage> {
    let dataset = found(visitor, name).await?;
    let usual = Work {
        batch: 10,
        lease_minutes: 120,
        open_per_worker: 1,
        originals: false,
    };
    let work = dataset.work.unwrap_or(usual);
    let given = grants::of(visitor, dataset.id).await?;
    Ok(DatasetPage {
        frame: visitor.frame(),
        work: WorkSettings {
            on: dataset.work.is_some(),
            batch: work.batch.to_string(),
            minutes: work.lease_minutes.to_string(),
            open: work.open_per_worker.to_string(),
            originals: work.originals,
        },
        grants: given.rows,
        new_grant: given.new,
        sharing: None,
        problems,
        dataset: row(&dataset),
    })
}

async fn settings(visitor: Visitor, Path(name): Path<String>) -> Answer<Response> {
    Ok(visitor.page(dataset_settings(
        &settings_page(&visitor, &name, Problems::default()).await?,
    )))
}

/// Changes a dataset and goes to its settings, or shows them again with what is wrong.
async fn change(sent: &Sent, name: &str, change: DatasetChange, says: &str) -> Answer<Response> {
    let visitor = &sent.visitor;
    let changed = visitor.state.custody.change_dataset(
        &visitor.credential,
        visitor.request(),
        DatasetRef::parse(name),
        change,
    );
    match sent.settle(changed.await.map_err(name_taken)).await? {
        Ok(dataset) => Ok(visitor.done(&format!("/console/datasets/{}/settings", dataset.name), says)),
        Err(problems) => {
            Ok(visitor.page_again(dataset_settings(&settings_page(visitor, name, problems).await?)))
        }
    }
}

async fn rename(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let wanted = DatasetChange {
        name: sent.fields.filled("name"),
        description: Some(sent.fields.get("description").to_owned()),
        ..DatasetChange::default()
    };
    change(&sent, &name, wanted, "Saved.").await
}

async fn set_work(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let bad = |_| {
        sent.visitor
            .fail(Trouble::Conflict("give whole numbers".to_owned()))
    };
    let number = |field: &str| sent.fields.get(field).parse::<u32>().map_err(bad);
    let work = if sent.fields.ticked("on") {
        Some(Work {
            batch: number("batch")?,
            lease_minutes: number("minutes")?,
            open_per_worker: number("open")?,
            originals: sent.fields.ticked("originals"),
        })
    } else {
        None
    };
    let wanted = DatasetChange {
        work: Some(work),
        ..DatasetChange::default()
    };
    change(&sent, &name, wanted, "Saved. Live tasks stay as they are.").await
}

async fn put_away(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let done = visitor
        .state
        .custody
        .archive_dataset(&visitor.credential, visitor.request(), DatasetRef::parse(&name))
        .await;
    sent.ok(done).await?;
    Ok(visitor.done("/console/datasets", format!("{name} is archived.")))
}

async fn bring_back(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let done = visitor
        .state
        .custody
        .restore_dataset(&visitor.credential, visitor.request(), DatasetRef::parse(&name))
        .await;
    sent.ok(done).await?;
    Ok(visitor.done(
        &format!("/console/datasets/{name}"),
        format!("{name} is back in use."),
    ))
}

/// Whether the visitor may list what is in datasets at all.
pub(super) fn may_look(visitor: &Visitor) -> bool {
    visitor.may(Action::DatasetView)
}
