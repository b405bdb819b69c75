//! What is asked of whoever is signed in, before they see anything.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use custody::admission::{Standing, StepKind};
use kernel::AdmissionStepId;

use super::trouble::Trouble;
use super::{Answer, ConsoleState, Sent, Visitor};
use crate::pages::{AdmissionPage, AdmissionRow, admission};

/// Where whoever is not let in is led, behind either door.
pub(super) const PATH: &str = "/admission";

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/admission", get(show))
        .route("/console/admission/accept", post(accept))
}

pub(super) async fn show(visitor: Visitor) -> Answer<Response> {
    let custody = &visitor.state.custody;
    let standings = custody
        .admission(&visitor.credential, visitor.request(), None)
        .await;
    let standings = visitor.ok(standings)?;
    Ok(visitor.page(admission(&AdmissionPage {
        frame: visitor.frame(),
        rows: standings.into_iter().map(row).collect(),
    })))
}

fn row(standing: Standing) -> AdmissionRow {
    let asks = standing.step.asks;
    let until = standing.done.as_ref().and_then(|done| done.good_until);
    AdmissionRow {
        id: standing.step.id,
        title: asks.title,
        version: asks.version,
        place: asks.place,
        accepts: asks.kind == StepKind::Policy,
        good: standing.good.then_some(until),
        over: standing.done.is_some() && !standing.good,
    }
}

pub(super) async fn accept(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    let step: AdmissionStepId = sent
        .fields
        .get("step")
        .parse()
        .map_err(|_| visitor.fail(Trouble::NotFound))?;
    let version = sent.fields.get("version").to_owned();
    let custody = &visitor.state.custody;
    let accepted = custody
        .accept_admission_step(&visitor.credential, visitor.request(), step, version)
        .await;
    let standings = sent.ok(accepted).await?;
    let to = match standings.iter().all(|standing| standing.good) {
        true => visitor.at(""),
        false => visitor.at(PATH),
    };
    Ok(visitor.done(&to, "Accepted"))
}
