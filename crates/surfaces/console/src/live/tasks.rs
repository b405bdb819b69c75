//! Tasks: one's own, a crowd's, one with its items.

use std::collections::BTreeMap;

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::DatasetRef;
use custody::item::Filter;
use custody::task::{Task, TaskFilter, TaskItem, TaskState, WorkState};
use futures_util::future::try_join3;
use kernel::{DatasetId, ItemId, PageRequest, TaskId};

use super::named::Named;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing, review};
use crate::kit::{Icon, Problems, count};
use crate::live::datasets::{found as dataset_found, row as dataset_row};
use crate::pages::{Face, OfferRow, TaskItemRow, TaskPage, TaskRow, TasksPage, task, tasks};

const PAGE: u32 = 50;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/tasks", get(own).post(ask))
        .route("/console/datasets/{dataset}/tasks", get(crowd))
        .route("/console/tasks/{task}", get(show))
        .route("/console/tasks/{task}/submit", post(submit))
        .route("/console/tasks/{task}/skip", post(skip))
        .route("/console/tasks/{task}/return", post(give_back))
        .route("/console/tasks/{task}/end", post(end))
}

fn row(visitor: &Visitor, named: &Named, task: &Task) -> TaskRow {
    let state = match task.state {
        TaskState::Live => "Live",
        TaskState::Returned => "Given back",
        TaskState::Ended => "Ended",
        TaskState::Finished => "Finished",
    };
    TaskRow {
        id: task.id,
        // Who only works in it does not learn about it.
        dataset: if visitor.may(Action::DatasetList) {
            named.dataset(task.dataset)
        } else {
            String::new()
        },
        member: named.member(task.member),
        state: state.to_owned(),
        live: task.state == TaskState::Live,
        waiting: task.leased,
        submitted: task.submitted,
        skipped: task.skipped,
        ends: task.ends_at,
    }
}

async fn listed(
    visitor: &Visitor,
    asked: &Asked,
    dataset: Option<DatasetRef>,
) -> Answer<(Vec<TaskRow>, Option<String>)> {
    let request = listing::request(visitor, asked, PAGE)?;
    let filter = TaskFilter { dataset, live: false };
    let found = visitor
        .state
        .custody
        .tasks(&visitor.credential, visitor.request(), filter, request)
        .await;
    let found = visitor.ok(found)?;
    let members = found.items.iter().map(|task| task.member);
    let datasets = found.items.iter().map(|task| task.dataset);
    let named = Named::of(visitor, members, datasets).await?;
    let rows = found
        .items
        .iter()
        .map(|task| row(visitor, &named, task))
        .collect();
    Ok((rows, found.next.map(|next| next.to_text())))
}

async fn own(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let ((tasks_of, next), (offers, all), figures) = try_join3(
        listed(&visitor, &asked, None),
        offers(&visitor),
        review::own(&visitor),
    )
    .await?;
    let shown = (tasks_of.len(), "task", "tasks");
    Ok(visitor.page(tasks(&TasksPage {
        frame: visitor.frame(),
        dataset: None,
        offers,
        figures,
        by_name: visitor.may(Action::TaskRequest) && !all,
        tasks: tasks_of,
        pager: listing::pager("/console/tasks", &asked, shown, next),
    })))
}

/// As many datasets as are looked through for those that hand out work.
const LOOKED_THROUGH: u32 = 50;

/// Datasets that hand out work, for those who may list datasets, and whether these are all; others name the one they were
/// told of.
async fn offers(visitor: &Visitor) -> Answer<(Vec<OfferRow>, bool)> {
    if !visitor.may(Action::TaskRequest) || !visitor.may(Action::DatasetList) {
        return Ok((Vec::new(), false));
    }
    let found = visitor.state.custody.list_datasets(
        &visitor.credential,
        visitor.request(),
        PageRequest::first(LOOKED_THROUGH),
    );
    let found = visitor.ok(found.await)?;
    let all = found.next.is_none();
    let offers = found
        .items
        .into_iter()
        .filter_map(|dataset| dataset.work.map(|work| (dataset.name, work)));
    let offers = offers.map(|(dataset, work)| OfferRow {
        dataset,
        says: format!(
            "{} at a time, for {}",
            count(u64::from(work.batch), "item", "items"),
            count(u64::from(work.lease_minutes), "minute", "minutes")
        ),
    });
    Ok((offers.collect(), all))
}

async fn crowd(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let dataset = dataset_found(&visitor, &name).await?;
    let (tasks_of, next) = listed(&visitor, &asked, Some(DatasetRef::Id(dataset.id))).await?;
    let shown = (tasks_of.len(), "task", "tasks");
    let path = format!("/console/datasets/{}/tasks", dataset.name);
    Ok(visitor.page(tasks(&TasksPage {
        frame: visitor.frame(),
        dataset: Some(dataset_row(&dataset)),
        offers: Vec::new(),
        figures: None,
        by_name: false,
        tasks: tasks_of,
        pager: listing::pager(&path, &asked, shown, next),
    })))
}

async fn ask(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let dataset = DatasetRef::parse(sent.fields.get("dataset"));
    let handed = visitor
        .state
        .custody
        .request_task(&visitor.credential, visitor.request(), dataset, None)
        .await;
    Ok(match sent.ok(handed).await? {
        Some(task) => visitor.done(&format!("/console/tasks/{}", task.id), "The task is yours."),
        None => visitor.done(
            "/console/tasks",
            "Nothing is free there at present. Try again later.",
        ),
    })
}

fn id(visitor: &Visitor, text: &str) -> Answer<TaskId> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}

async fn show(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let id = id(&visitor, &text)?;
    let found = visitor.ok(visitor
        .state
        .custody
        .task(&visitor.credential, visitor.request(), id)
        .await)?;
    let named = Named::of(&visitor, Some(found.member), Some(found.dataset)).await?;
    let own = found.member == visitor.who.member;
    let waits = |line: &&TaskItem| line.state == WorkState::Leased;
    let items = if own && found.state == TaskState::Live {
        let waiting = found.items.iter().filter(waits).map(|line| line.item);
        item_names(&visitor, found.dataset, waiting.collect()).await?
    } else {
        BTreeMap::new()
    };
    let rows = found.items.iter().map(|line| item_row(&found, &items, line));
    let items = rows.collect();
    Ok(visitor.page(task(&TaskPage {
        may_end: visitor.may(Action::TaskAssign),
        task: row(&visitor, &named, &found),
        frame: visitor.frame(),
        own,
        items,
        problems: Problems::default(),
    })))
}

/// What these items of a dataset are called, as far as the visitor may list them.
pub(super) async fn item_names(
    visitor: &Visitor,
    dataset: DatasetId,
    items: Vec<ItemId>,
) -> Answer<BTreeMap<ItemId, String>> {
    if items.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Filter {
        items: Some(items),
        ..Filter::default()
    };
    let listed = visitor.state.custody.list_items(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset),
        filter,
        PageRequest::first(PageRequest::MAX),
    );
    let listed = visitor.ok(listed.await)?.items;
    Ok(listed.into_iter().map(|item| (item.id, item.name)).collect())
}

/// An item of the task; whoever holds it reads its name while it is leased.
fn item_row(of: &Task, names: &BTreeMap<ItemId, String>, line: &TaskItem) -> TaskItemRow {
    let name = names.get(&line.item).cloned();
    let state = match line.state {
        WorkState::Leased if of.state == TaskState::Live => "Waiting",
        WorkState::Leased => "Not done",
        WorkState::Submitted => "Submitted",
        WorkState::Approved => "Approved",
        WorkState::Returned | WorkState::Reworked => "Given back by review",
        WorkState::Skipped => "Skipped",
    };
    TaskItemRow {
        id: line.item,
        face: Face::Kind(Icon::File, String::new()),
        name: name.unwrap_or_else(|| line.item.to_string()),
        state: state.to_owned(),
        waiting: line.state == WorkState::Leased,
        reason: line.reason.clone(),
    }
}

fn item(sent: &Sent) -> Answer<ItemId> {
    sent.fields
        .get("item")
        .parse()
        .map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

async fn submit(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id, item) = (&sent.visitor, id(&sent.visitor, &text)?, item(&sent)?);
    let done = visitor
        .state
        .custody
        .submit(&visitor.credential, visitor.request(), id, item)
        .await;
    sent.ok(done).await?;
    Ok(visitor.done(&format!("/console/tasks/{id}"), "Submitted."))
}

async fn skip(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id, item) = (&sent.visitor, id(&sent.visitor, &text)?, item(&sent)?);
    let reason = sent
        .fields
        .filled("reason")
        .unwrap_or_else(|| "no reason given".to_owned());
    let done = visitor
        .state
        .custody
        .skip(&visitor.credential, visitor.request(), id, item, &reason)
        .await;
    sent.ok(done).await?;
    Ok(visitor.done(&format!("/console/tasks/{id}"), "Skipped. Somebody else gets it."))
}

async fn give_back(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, id(&sent.visitor, &text)?);
    let done = visitor
        .state
        .custody
        .return_task(&visitor.credential, visitor.request(), id)
        .await;
    sent.ok(done).await?;
    Ok(visitor.done("/console/tasks", "The task was given back."))
}

async fn end(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, id(&sent.visitor, &text)?);
    let reason = sent.fields.get("reason").to_owned();
    let done = visitor
        .state
        .custody
        .end_task(&visitor.credential, visitor.request(), id, &reason)
        .await;
    sent.ok(done).await?;
    Ok(visitor.done(
        &format!("/console/tasks/{id}"),
        "The task has ended, and its items are free again.",
    ))
}
