//! Reviewing submitted work, and what people have done.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::DatasetRef;
use custody::task::{Figures, Verdict};
use kernel::{ItemId, PageRequest};

use super::datasets::{found, row};
use super::named::Named;
use super::tasks::item_names;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing, reasons};
use crate::kit::Problems;
use crate::pages::{FiguresPage, FiguresRow, ReviewPage, SubmittedRow, figures, reason_field, review};

const PAGE: u32 = 20;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/review", get(list))
        .route("/console/datasets/{dataset}/figures", get(crowd))
        .route("/console/tasks/{task}/approve", post(approve))
        .route("/console/tasks/{task}/give-back", post(give_back))
}

async fn review_page(visitor: &Visitor, name: &str, asked: &Asked, problems: Problems) -> Answer<ReviewPage> {
    let dataset = found(visitor, name).await?;
    if problems.is_empty() {
        reasons::ask_first(
            visitor,
            &dataset,
            &format!("/console/datasets/{}/review", dataset.name),
        )?;
    }
    let request = listing::request(visitor, asked, PAGE)?;
    let listed = visitor.state.custody.to_review(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        request,
    );
    let listed = visitor.ok(listed.await)?;
    let items = listed.items.iter().map(|line| line.item).collect();
    let names = item_names(visitor, dataset.id, items).await?;
    let named = Named::of(visitor, listed.items.iter().map(|line| line.member), None).await?;
    let rows = listed.items.iter().map(|line| SubmittedRow {
        item: line.item,
        name: names
            .get(&line.item)
            .cloned()
            .unwrap_or_else(|| line.item.to_string()),
        task: line.task,
        member: named.member(line.member),
        at: line.at,
    });
    let path = format!("/console/datasets/{}/review", dataset.name);
    let shown = (listed.items.len(), "item", "items");
    let next = listed.next.map(|next| next.to_text());
    Ok(ReviewPage {
        frame: visitor.frame(),
        reviews: dataset.review,
        submitted: rows.collect(),
        problems,
        pager: listing::pager(&path, asked, shown, next),
        dataset: row(&dataset),
    })
}

async fn list(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let page = review_page(&visitor, &name, &asked, Problems::default()).await?;
    Ok(visitor.page(review(&page)))
}

/// The item that the form is about, and the dataset whose page it stands on.
fn about(sent: &Sent) -> Answer<(ItemId, String)> {
    let item = sent.fields.get("item").parse();
    let item = item.map_err(|_| sent.visitor.fail(Trouble::NotFound))?;
    // A part of a path, whatever somebody made of the form.
    let part: String = form_urlencoded::byte_serialize(sent.fields.get("dataset").as_bytes()).collect();
    Ok((item, part))
}

async fn approve(Path(task): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let task = task.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    let (item, dataset) = about(&sent)?;
    let done = visitor.state.custody.review(
        &visitor.credential,
        visitor.request(),
        task,
        item,
        Verdict::Approve,
    );
    sent.ok(done.await).await?;
    Ok(visitor.done(&format!("/console/datasets/{dataset}/review"), "Approved."))
}

async fn give_back(Path(task): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let task = task.parse().map_err(|_| visitor.fail(Trouble::NotFound))?;
    let (item, dataset) = about(&sent)?;
    let field = reason_field(item);
    let verdict = Verdict::Return(sent.fields.get(&field).to_owned());
    let done = visitor
        .state
        .custody
        .review(&visitor.credential, visitor.request(), task, item, verdict)
        .await;
    match sent.settle(done).await? {
        Ok(_) => Ok(visitor.done(&format!("/console/datasets/{dataset}/review"), "Given back.")),
        Err(_) => {
            let problems = Problems::one(field, "Say what is to be done, in at most 500 bytes");
            let name = sent.fields.get("dataset");
            let page = review_page(visitor, name, &Asked::new(), problems).await?;
            Ok(visitor.page_again(review(&page)))
        }
    }
}

fn figures_row(of: &Figures, member: String) -> FiguresRow {
    FiguresRow {
        member,
        leased: of.leased,
        submitted: of.submitted,
        approved: of.approved,
        returned: of.returned,
        skipped: of.skipped,
        seconds: of.seconds,
    }
}

async fn crowd(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let dataset = found(&visitor, &name).await?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let reference = Some(DatasetRef::Id(dataset.id));
    let custody = &visitor.state.custody;
    let listed = custody.figures(&visitor.credential, visitor.request(), reference, request);
    let listed = visitor.ok(listed.await)?;
    let named = Named::of(&visitor, listed.items.iter().map(|of| of.member), None).await?;
    let rows = listed
        .items
        .iter()
        .map(|of| figures_row(of, named.member(of.member)));
    let path = format!("/console/datasets/{}/figures", dataset.name);
    let shown = (listed.items.len(), "person", "people");
    let next = listed.next.map(|next| next.to_text());
    Ok(visitor.page(figures(&FiguresPage {
        frame: visitor.frame(),
        figures: rows.collect(),
        pager: listing::pager(&path, &asked, shown, next),
        dataset: row(&dataset),
    })))
}

/// What the visitor has done in all datasets; nothing where they have never had a task.
pub(super) async fn own(visitor: &Visitor) -> Answer<Option<FiguresRow>> {
    let custody = &visitor.state.custody;
    let page = PageRequest::first(1);
    let found = custody.figures(&visitor.credential, visitor.request(), None, page);
    let found = visitor.ok(found.await)?;
    Ok(found.items.first().map(|of| figures_row(of, String::new())))
}
