//! Exports of a dataset: the list, making the next, deleting one.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::annotations::Format;
use custody::dataset::DatasetRef;
use custody::export::{Choice, Export, ExportState, NewExport};

use super::datasets::{found, row as dataset_row};
use super::sent::proof_of;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::{Place, Problems, count};
use crate::pages::{ConfirmPage, ExportRow, ExportsPage, Proof, confirm, exports};

const PAGE: u32 = 100;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/exports", get(list).post(make))
        .route(
            "/console/datasets/{dataset}/exports/{number}/delete",
            get(ask).post(delete),
        )
}

async fn exports_page(
    visitor: &Visitor,
    name: &str,
    asked: &Asked,
    problems: Problems,
) -> Answer<ExportsPage> {
    let dataset = found(visitor, name).await?;
    let request = listing::request(visitor, asked, PAGE)?;
    let custody = &visitor.state.custody;
    let listed = custody
        .exports(
            &visitor.credential,
            visitor.request(),
            DatasetRef::Id(dataset.id),
            request,
        )
        .await;
    let listed = visitor.ok(listed)?;
    let next = listed.next.map(|next| next.to_text());
    let shown = (listed.items.len(), "export", "exports");
    Ok(ExportsPage {
        frame: visitor.frame(),
        pager: listing::pager(
            &format!("/console/datasets/{}/exports", dataset.name),
            asked,
            shown,
            next,
        ),
        exports: listed.items.iter().map(row).collect(),
        dataset: dataset_row(&dataset),
        problems,
    })
}

fn row(export: &Export) -> ExportRow {
    ExportRow {
        number: export.number,
        whole: export.state == ExportState::Made,
        made: export.made_at,
        items: export.items,
        size: export.size,
        format: export.format.map(|format| match format {
            Format::Coco => "COCO",
            Format::Darwin => "Darwin JSON",
        }),
    }
}

async fn list(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let page = exports_page(&visitor, &name, &asked, Problems::default()).await?;
    Ok(visitor.page(exports(&page)))
}

async fn make(Path(name): Path<String>, sent: Sent) -> Answer<Response> {
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let format = match fields.get("format") {
        "" => None,
        "coco" => Some(Format::Coco),
        "darwin" => Some(Format::Darwin),
        _ => return Err(visitor.fail(Trouble::BadForm)),
    };
    let new = NewExport {
        dataset: DatasetRef::parse(&name),
        choice: Choice {
            items: None,
            name_prefix: fields.filled("prefix"),
            class: fields.filled("class"),
        },
        format,
        idempotency: None,
    };
    let custody = &visitor.state.custody;
    let made = custody
        .make_export(&visitor.credential, visitor.request(), new)
        .await;
    // The form names no items, so what is wrong with them is wrong with how they are looked for.
    let made = made.map_err(|error| match error {
        custody::Error::Invalid {
            field: "items",
            problem,
        } => custody::Error::Invalid {
            field: "prefix",
            problem,
        },
        other => other,
    });
    match sent.settle(made).await? {
        Ok(made) => Ok(visitor.done(
            &format!("/console/datasets/{name}/exports"),
            format!(
                "Export {} was made, of {}.",
                made.number,
                count(made.items, "item", "items")
            ),
        )),
        Err(problems) => {
            let page = exports_page(visitor, &name, &Asked::default(), problems).await?;
            Ok(visitor.page_again(exports(&page)))
        }
    }
}

async fn ask(visitor: Visitor, Path((name, number)): Path<(String, String)>) -> Answer<Response> {
    let number = number_of(&visitor, &number)?;
    let custody = &visitor.state.custody;
    let export = custody
        .export(
            &visitor.credential,
            visitor.request(),
            DatasetRef::parse(&name),
            number,
        )
        .await;
    let export = visitor.ok(export)?;
    let home = format!("/console/datasets/{name}");
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Datasets,
        title: format!("Delete export {number}?"),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (home.clone(), name),
        ],
        consequences: vec![
            format!(
                "Its manifest of {} is gone. The items stay.",
                count(export.items, "item", "items")
            ),
            "Every link by which it is shared ends at once.".to_owned(),
            "Its number does not come again.".to_owned(),
        ],
        mild: false,
        to: format!("{home}/exports/{number}/delete"),
        values: Vec::new(),
        press: "Delete the export".to_owned(),
        back: format!("{home}/exports"),
        proof: match visitor.who.is_fresh(visitor.now()) {
            true => Proof::Fresh,
            false => proof_of(&visitor).await?,
        },
        problems: Problems::default(),
    })))
}

async fn delete(Path((name, number)): Path<(String, String)>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let number = number_of(visitor, &number)?;
    let dataset = DatasetRef::parse(&name);
    let custody = &visitor.state.custody;
    let deleted = custody
        .delete_export(&visitor.credential, visitor.request(), dataset, number)
        .await;
    sent.ok(deleted).await?;
    Ok(visitor.done(
        &format!("/console/datasets/{name}/exports"),
        format!("Export {number} was deleted."),
    ))
}

fn number_of(visitor: &Visitor, text: &str) -> Answer<u64> {
    text.parse().map_err(|_| visitor.fail(Trouble::NotFound))
}
