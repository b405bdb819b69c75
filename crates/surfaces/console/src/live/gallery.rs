//! The items of a dataset: the gallery, and those that are archived.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::dataset::{Dataset, DatasetRef, State};
use custody::item::{Filter, Item, ListNames, Named as Entry};

use super::datasets::{found, row};
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor, listing, words};
use crate::kit::Problems;
use crate::pages::{ArchivePage, ArchivedRow, Face, GalleryPage, Tile, archived_items, gallery};

const PAGE: u32 = 100;
const TILES: u32 = 60;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}", get(items))
        .route("/console/datasets/{dataset}/archived", get(archive))
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
