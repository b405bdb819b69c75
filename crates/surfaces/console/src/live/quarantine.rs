//! What a dataset holds in quarantine: listed, released, deleted.

use access::Action;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use custody::dataset::{DatasetRef, Redaction};
use custody::item::Item;
use kernel::{ItemId, VersionId};

use super::datasets::{found, row};
use super::sent::proof_of;
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::kit::{Place, Problems, bytes};
use crate::pages::{
    ConfirmPage, DatasetRow, HeldRow, Proof, QuarantinePage, ReleasePage, confirm, quarantine, release,
};

const PAGE: u32 = 50;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/datasets/{dataset}/quarantine", get(list))
        .route(
            "/console/items/{item}/quarantine/{version}/release",
            get(show_release).post(take_release),
        )
        .route(
            "/console/items/{item}/quarantine/{version}/delete",
            get(ask).post(delete),
        )
}

fn held(item: &Item) -> HeldRow {
    let quarantine = item.version.quarantine.as_ref();
    HeldRow {
        item: item.id,
        version: item.version.id,
        name: item.name.clone(),
        number: item.version.number,
        reason: quarantine.map_or_else(String::new, |held| held.reason.clone()),
        size: item.version.size,
        since: quarantine.map_or(item.version.made_at, |held| held.since),
    }
}

async fn list(visitor: Visitor, Path(name): Path<String>, Query(asked): Query<Asked>) -> Answer<Response> {
    let dataset = found(&visitor, &name).await?;
    let request = listing::request(&visitor, &asked, PAGE)?;
    let listed = visitor.state.custody.list_quarantine(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(dataset.id),
        request,
    );
    let listed = visitor.ok(listed.await)?;
    let path = format!("/console/datasets/{}/quarantine", dataset.name);
    let shown = (listed.items.len(), "version", "versions");
    let next = listed.next.map(|next| next.to_text());
    let rule = dataset.ingest.as_ref();
    Ok(visitor.page(quarantine(&QuarantinePage {
        frame: visitor.frame(),
        cleans: rule.is_some_and(|rule| rule.redaction == Some(Redaction::Clean)),
        dataset: row(&dataset),
        held: listed.items.iter().map(held).collect(),
        pager: listing::pager(&path, &asked, shown, next),
    })))
}

/// What an address names, and the dataset it lies in.
async fn named(
    visitor: &Visitor,
    (item, version): (&str, &str),
) -> Answer<(ItemId, VersionId, HeldRow, DatasetRow)> {
    let unknown = |_| visitor.fail(Trouble::NotFound);
    let (item, version) = (item.parse().map_err(unknown)?, version.parse().map_err(unknown)?);
    let found = visitor
        .state
        .custody
        .quarantined(&visitor.credential, visitor.request(), item, version);
    let found = visitor.ok(found.await)?;
    let dataset = visitor.state.custody.dataset(
        &visitor.credential,
        visitor.request(),
        DatasetRef::Id(found.dataset),
    );
    let dataset = visitor.ok(dataset.await)?;
    Ok((item, version, held(&found), row(&dataset)))
}

async fn release_page(
    visitor: &Visitor,
    named_by: (&str, &str),
    reason: &str,
    problems: Problems,
) -> Answer<ReleasePage> {
    let (_, _, held, dataset) = named(visitor, named_by).await?;
    Ok(ReleasePage {
        frame: visitor.frame(),
        dataset,
        held,
        reason: reason.to_owned(),
        problems,
    })
}

async fn show_release(visitor: Visitor, Path((item, version)): Path<(String, String)>) -> Answer<Response> {
    let page = release_page(&visitor, (&item, &version), "", Problems::default()).await?;
    Ok(visitor.page(release(&page)))
}

async fn take_release(Path((item, version)): Path<(String, String)>, sent: Sent) -> Answer<Response> {
    let (visitor, reason) = (&sent.visitor, sent.fields.get("reason"));
    let (id, of, held, dataset) = named(visitor, (&item, &version)).await?;
    let mut request = visitor.request();
    request.reason = sent.fields.filled("reason");
    let released = visitor
        .state
        .custody
        .release_quarantined(&visitor.credential, request, id, of)
        .await;
    match sent.settle(released).await? {
        Ok(_) => Ok(visitor.done(
            &format!("/console/datasets/{}/quarantine", dataset.name),
            format!("{} was released.", held.name),
        )),
        Err(_) => {
            let says = Problems::one("reason", "Say why it is let out although it was not cleaned");
            let page = release_page(visitor, (&item, &version), reason, says).await?;
            Ok(visitor.page_again(release(&page)))
        }
    }
}

async fn ask(visitor: Visitor, Path((item, version)): Path<(String, String)>) -> Answer<Response> {
    let (id, of, held, dataset) = named(&visitor, (&item, &version)).await?;
    let above = format!("/console/datasets/{}", dataset.name);
    let back = format!("{above}/quarantine");
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Datasets,
        title: format!("Delete {} for good?", held.name),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (above, dataset.name),
            (back.clone(), "Quarantine".to_owned()),
        ],
        consequences: vec![
            "The key of what is held is destroyed: nobody can read it again, from no backup.".to_owned(),
            format!(
                "Its {} are removed before you see the next page.",
                bytes(held.size)
            ),
            match held.number {
                1 => "The item is gone with it.".to_owned(),
                _ => "Versions of the item that are not in quarantine stay.".to_owned(),
            },
        ],
        mild: false,
        to: format!("/console/items/{id}/quarantine/{of}/delete"),
        values: Vec::new(),
        press: "Delete for good".to_owned(),
        back,
        proof: if visitor.who.is_fresh(visitor.now()) || !visitor.may(Action::QuarantineDelete) {
            Proof::Fresh
        } else {
            proof_of(&visitor).await?
        },
        problems: Problems::default(),
    })))
}

async fn delete(Path((item, version)): Path<(String, String)>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let (id, of, held, dataset) = named(visitor, (&item, &version)).await?;
    let deleted = visitor
        .state
        .custody
        .delete_quarantined(&visitor.credential, visitor.request(), id, of)
        .await;
    sent.ok(deleted).await?;
    Ok(visitor.done(
        &format!("/console/datasets/{}/quarantine", dataset.name),
        format!("{} was deleted. Its key is destroyed.", held.name),
    ))
}
