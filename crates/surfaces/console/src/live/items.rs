//! One item: its page and its original bytes.

use access::Action;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::Error;
use custody::dataset::{Dataset, DatasetRef, State};
use custody::item::{Content, Item, ReadItem, Version};
use futures_util::future::try_join3;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use kernel::{ItemId, PageRequest, TaskId};

use super::annotations::drawing;
use super::datasets::{may_look, row};
use super::trouble::Trouble;
use super::view::{Reveal, view};
use super::visitor::{Asked, see};
use super::{Answer, ConsoleState, Visitor, reasons};
use crate::pages::{DatasetRow, HoldLine, ItemPage, VersionRow, View, item};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/items/{item}", get(show))
        .route("/console/items/{item}/original", get(original))
}

/// The item in an address.
pub(super) async fn found(visitor: &Visitor, text: &str) -> Answer<Item> {
    let id: ItemId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    visitor.ok(visitor
        .state
        .custody
        .item(&visitor.credential, visitor.request(), id)
        .await)
}

/// The dataset that an item lies in. Whoever works by lease sees the item and does not learn about the dataset.
pub(super) async fn dataset_of(visitor: &Visitor, found: &Item) -> Answer<DatasetRow> {
    let dataset = known_dataset(visitor, found).await?;
    Ok(dataset.as_ref().map_or_else(|| unknown_dataset(found), row))
}

async fn known_dataset(visitor: &Visitor, found: &Item) -> Answer<Option<Dataset>> {
    if !may_look(visitor) {
        return Ok(None);
    }
    let (custody, id) = (&visitor.state.custody, DatasetRef::Id(found.dataset));
    let dataset = custody.dataset(&visitor.credential, visitor.request(), id).await;
    visitor.ok(dataset).map(Some)
}

fn unknown_dataset(found: &Item) -> DatasetRow {
    DatasetRow {
        name: String::new(),
        description: String::new(),
        open: false,
        archived: false,
        region: String::new(),
        hands_out: true,
        made: found.made_at,
    }
}

async fn show(visitor: Visitor, Path(text): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let found = found(&visitor, &text).await?;
    Ok(visitor.page(item(&item_page(&visitor, &found, &asked, None).await?)))
}

/// The page of an item, with the view that the address asks for.
pub(super) async fn item_page(
    visitor: &Visitor,
    found: &Item,
    asked: &Asked,
    reveal: Option<&Reveal>,
) -> Answer<ItemPage> {
    let dataset = known_dataset(visitor, found).await?;
    if let Some(dataset) = dataset.as_ref().filter(|_| found.state == State::Active) {
        reasons::ask_first(visitor, dataset, &format!("/console/items/{}", found.id))?;
    }
    // At once, so that their entries become durable together.
    let (versions, view, holds) = try_join3(
        versions(visitor, found),
        view(visitor, found, asked, reveal),
        holds(visitor, found),
    )
    .await?;
    let drawing = match &view {
        View::Picture(_) => Some(drawing(visitor, found, asked).await?),
        View::Text(_) | View::None(..) => None,
    };
    Ok(ItemPage {
        frame: visitor.frame(),
        drawing,
        task: task(visitor, asked),
        holds,
        id: found.id,
        name: found.name.clone(),
        archived: found.archived_at,
        view,
        media_type: found.version.content_type.clone(),
        sha256: found.version.sha256.clone(),
        data_class: found.version.class.clone(),
        about_person: found.subject.is_some(),
        metadata: found.version.metadata.clone().into_iter().collect(),
        looking_for: dataset
            .as_ref()
            .and_then(|dataset| reasons::looking_for(visitor, dataset)),
        dataset: dataset.as_ref().map_or_else(|| unknown_dataset(found), row),
        versions,
    })
}

/// The task that the address names, for who works: it makes a way back and a button, and decides nothing.
fn task(visitor: &Visitor, asked: &Asked) -> Option<TaskId> {
    let task = asked.get("task")?.parse().ok();
    task.filter(|_| visitor.may(Action::TaskSubmit))
}

/// Its versions, newest first.
async fn versions(visitor: &Visitor, found: &Item) -> Answer<Vec<VersionRow>> {
    let versions = visitor.state.custody.versions(
        &visitor.credential,
        visitor.request(),
        found.id,
        PageRequest::first(PageRequest::MAX),
    );
    let versions = visitor.ok(versions.await)?;
    Ok(versions.items.iter().rev().map(version).collect())
}

fn version(version: &Version) -> VersionRow {
    VersionRow {
        id: version.id,
        number: version.number,
        size: version.size,
        made: version.made_at,
    }
}

/// What keeps its newest version.
async fn holds(visitor: &Visitor, found: &Item) -> Answer<Vec<HoldLine>> {
    if !may_look(visitor) {
        return Ok(Vec::new());
    }
    let dataset = DatasetRef::Id(found.dataset);
    let hold = visitor
        .state
        .custody
        .hold(&visitor.credential, visitor.request(), dataset, &found.name, None)
        .await;
    let hold = visitor.ok(hold)?;
    let legal = hold.legal.then(|| HoldLine {
        kind: "Legal hold".to_owned(),
        until: None,
    });
    let kept = hold.retention.map(|retention| HoldLine {
        kind: "Retention".to_owned(),
        until: Some(retention.until),
    });
    Ok(legal.into_iter().chain(kept).collect())
}

/// The original bytes as a file. Taking them is an act of its own.
async fn original(
    visitor: Visitor,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let id: ItemId = text.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    let version = asked.get("version").map(|version| version.parse()).transpose();
    let read = ReadItem {
        version: version.map_err(|_| visitor.fail(Trouble::NotFound))?,
        ..ReadItem::default()
    };
    let content = visitor
        .state
        .custody
        .read(&visitor.credential, visitor.request(), id, read)
        .await;
    match content {
        // Its page leads to where one says why.
        Err(Error::NoReason { .. }) => Ok(visitor.answer(see(&format!("/console/items/{id}")))),
        content => Ok(file(visitor.ok(content)?)),
    }
}

/// Content as a file to keep, which no browser shows by itself.
pub(super) fn file(content: Content) -> Response {
    let (name, kind) = (&content.item.name, &content.item.version.content_type);
    let length = content.range.end - content.range.start;
    let body = stream::try_unfold(content.body, async |body| match body {
        // A body that breaks off ends the connection, so that nobody takes a part for the whole.
        Some(mut body) => body
            .next()
            .await
            .transpose()
            .map(|piece| piece.map(|piece| (piece, Some(body)))),
        None => Ok(None),
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_DISPOSITION, web::disposition::attachment(name));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let kind = HeaderValue::try_from(kind.as_str());
    headers.insert(
        CONTENT_TYPE,
        kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    response
}

/// Whether the visitor may do this to items somewhere.
pub(super) fn way_back(visitor: &Visitor, dataset: &DatasetRow) -> String {
    if visitor.may(Action::DatasetView) && !dataset.name.is_empty() {
        format!("/console/datasets/{}", dataset.name)
    } else {
        "/console/tasks".to_owned()
    }
}
