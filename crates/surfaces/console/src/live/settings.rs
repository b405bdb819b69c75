//! The settings of a dataset: its words, its work, its end.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use custody::dataset::{DatasetChange, DatasetRef};
use custody::task::Work;

use super::datasets::{found, name_taken, row};
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor};
use super::{grants, sharing};
use crate::kit::Problems;
use crate::pages::{DatasetPage, WorkSettings, dataset_settings};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/settings", get(settings).post(rename))
        .route("/console/datasets/{dataset}/work", post(set_work))
        .route("/console/datasets/{dataset}/archive", post(put_away))
        .route("/console/datasets/{dataset}/restore", post(bring_back))
}

pub(super) async fn settings_page(
    visitor: &Visitor,
    name: &str,
    asked: &Asked,
    problems: Problems,
) -> Answer<DatasetPage> {
    let dataset = found(visitor, name).await?;
    let usual = Work {
        batch: 10,
        lease_minutes: 120,
        open_per_worker: 1,
        originals: false,
    };
    let work = dataset.work.unwrap_or(usual);
    let given = grants::of(visitor, &dataset, asked).await?;
    Ok(DatasetPage {
        frame: visitor.frame(),
        work: WorkSettings {
            on: dataset.work.is_some(),
            batch: work.batch.to_string(),
            minutes: work.lease_minutes.to_string(),
            open: work.open_per_worker.to_string(),
            originals: work.originals,
            review: dataset.review,
        },
        grants: given.rows,
        grants_pager: given.pager,
        candidates: given.candidates,
        reasons: dataset
            .reading
            .as_ref()
            .map_or_else(Default::default, |rule| (rule.reasons.join("\n"), rule.note)),
        sharing: sharing::of(visitor, dataset.id).await?,
        problems,
        dataset: row(&dataset),
    })
}

async fn settings(
    visitor: Visitor,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let page = settings_page(&visitor, &name, &asked, Problems::default()).await?;
    Ok(visitor.page(dataset_settings(&page)))
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
            let page = settings_page(visitor, name, &Asked::new(), problems).await?;
            Ok(visitor.page_again(dataset_settings(&page)))
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
        review: Some(sent.fields.ticked("review")),
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
