//! Archive, restore, delete.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use custody::item::{Changed, Verb};

use super::items::{dataset_of, found, way_back};
use super::sent::proof_of;
use super::{Answer, ConsoleState, Sent, Visitor};
use crate::kit::{Place, Problems, bytes};
use crate::pages::{ConfirmPage, Proof, confirm};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/items/{item}/archive", post(archive))
        .route("/console/items/{item}/restore", post(restore))
        .route("/console/items/{item}/delete", get(ask).post(delete))
}

async fn change(sent: &Sent, text: &str, verb: Verb) -> Answer<Changed> {
    let visitor = &sent.visitor;
    let id = text
        .parse()
        .map_err(|_| visitor.fail(super::trouble::Trouble::NotFound))?;
    let changed = visitor
        .state
        .custody
        .change_state(&visitor.credential, visitor.request(), id, verb, None)
        .await;
    sent.ok(changed).await
}

async fn archive(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let changed = change(&sent, &text, Verb::Archive).await?;
    Ok(sent.visitor.done(
        &format!("/console/items/{text}"),
        format!("{} was archived.", changed.item.name),
    ))
}

async fn restore(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let changed = change(&sent, &text, Verb::Restore).await?;
    Ok(sent.visitor.done(
        &format!("/console/items/{text}"),
        format!("{} is back in use.", changed.item.name),
    ))
}

async fn ask(visitor: Visitor, Path(text): Path<String>) -> Answer<Response> {
    let item = found(&visitor, &text).await?;
    let dataset = dataset_of(&visitor, &item).await?;
    let back = way_back(&visitor, &dataset);
    Ok(visitor.page(confirm(&ConfirmPage {
        frame: visitor.frame(),
        place: Place::Datasets,
        title: format!("Delete {} for good?", item.name),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (back.clone(), dataset.name.clone()),
        ],
        consequences: vec![
            "The keys of all its versions are destroyed: nobody can read them again, from no backup."
                .to_owned(),
            format!(
                "Its bytes are removed before you see the next page; the newest version has {}.",
                bytes(item.version.size)
            ),
            "The trail keeps that it was deleted, when and by whom. Its receipt is the proof.".to_owned(),
        ],
        mild: false,
        to: format!("/console/items/{}/delete", item.id),
        values: Vec::new(),
        press: "Delete for good".to_owned(),
        back: format!("{back}/archived"),
        proof: if visitor.who.is_fresh(visitor.now()) {
            Proof::Fresh
        } else {
            proof_of(&visitor).await?
        },
        problems: Problems::default(),
    })))
}

async fn delete(Path(text): Path<String>, sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let item = found(visitor, &text).await?;
    let dataset = dataset_of(visitor, &item).await?;
    let changed = change(&sent, &text, Verb::Delete).await?;
    let to = format!("{}/archived", way_back(visitor, &dataset));
    Ok(visitor.done(
        &to,
        format!("{} was deleted. Its keys are destroyed.", changed.item.name),
    ))
}
