//! The items of a dataset: the gallery, and those that are archived.

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::dataset::{Dataset, DatasetRef, State};
use custody::item::{Filter, Item, ListNames, Named as Entry};

use super::datasets::{found, row};
use super::picture::THUMBNAIL;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor, listing, reasons, words};
use crate::kit::{Icon, Problems};
use crate::pages::{ArchivePage, ArchivedRow, Face, GalleryPage, Tile, archived_items, gallery};

const PAGE: u32 = 100;
/// Each thumbnail is a look and an entry of the trail, so that a page has few.
const TILES: u32 = 24;
/// Larger items are opened by who goes to them, and not for a thumbnail.
const THUMBNAIL_BYTES: u64 = 64 << 20;

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
    let as_list = asked.get("as").is_some_and(|way| way == "list");
    if !as_list && problems.is_empty() {
        reasons::ask_first(visitor, &dataset, &format!("/console/datasets/{}", dataset.name))?;
    }
    let names = ListNames {
        prefix: prefix.clone(),
        after: asked.get("cursor").cloned(),
        delimiter: None,
        limit: if as_list { PAGE } else { TILES },
    };
    let listed = visitor.state.custody.list_names(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        names,
    );
    let listed = visitor.ok(listed.await)?;
    let draws = !as_list && dataset.state == State::Active && visitor.may(Action::ItemView);
    let items: Vec<Tile> = listed
        .entries
        .iter()
        .filter_map(|entry| tile(entry, draws))
        .collect();
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
        looking_for: reasons::looking_for(visitor, &dataset),
        dataset: row(&dataset),
        uploads: Vec::new(),
        items,
        prefix,
        as_list,
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

fn tile(entry: &Entry, draws: bool) -> Option<Tile> {
    let Entry::Item(item) = entry else {
        return None;
    };
    Some(Tile {
        id: item.id,
        name: item.name.clone(),
        face: face(item, draws),
        size: item.version.size,
        changed: item.changed_at,
        version: item.version.number,
    })
}

/// A thumbnail of what is likely a picture; the browser asks for it when it comes into sight.
fn face(item: &Item, draws: bool) -> Face {
    let (sign, word) = words::kind(item);
    let likely = matches!(sign, Icon::Picture | Icon::Scan) && item.version.size <= THUMBNAIL_BYTES;
    if !draws || !likely || item.version.key_provided {
        return Face::Kind(sign, word);
    }
    let (width, height) = THUMBNAIL;
    let id = item.id;
    Face::Picture(format!(
        "/console/items/{id}/picture?width={width}&height={height}"
    ))
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
