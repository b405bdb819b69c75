//! The team's word on what the operator asks for.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use custody::operator_access::{AccessState, Decision, OperatorAccess};
use kernel::OperatorAccessId;

use super::named::{Named, short};
use super::trouble::Trouble;
use super::visitor::Asked;
use super::{Answer, ConsoleState, Sent, Visitor, listing};
use crate::pages::{OperatorAccessPage, OperatorAccessRow, OperatorAccessWord, operator_access};

const PATH: &str = "/console/operator-access";
const PAGE: u32 = 25;

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route(PATH, get(list))
        .route("/console/operator-access/approve", post(approve))
        .route("/console/operator-access/refuse", post(refuse))
        .route("/console/operator-access/end", post(end))
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let request = listing::request(&visitor, &asked, PAGE)?;
    let custody = &visitor.state.custody;
    let listed = custody
        .operator_accesses(&visitor.credential, visitor.request(), request)
        .await;
    let listed = visitor.ok(listed)?;
    let datasets = listed.items.iter().filter_map(|access| access.dataset);
    let named = Named::of(&visitor, None, datasets).await?;
    let shown = (listed.items.len(), "request", "requests");
    Ok(visitor.page(operator_access(&OperatorAccessPage {
        frame: visitor.frame(),
        rows: listed.items.iter().map(|access| row(&named, access)).collect(),
        pager: listing::pager(PATH, &asked, shown, listed.next.map(|next| next.to_text())),
    })))
}

fn row(named: &Named, access: &OperatorAccess) -> OperatorAccessRow {
    OperatorAccessRow {
        id: access.id,
        what: access.dataset.map_or_else(
            || "Which datasets there are".to_owned(),
            |dataset| named.dataset(dataset),
        ),
        originals: access.originals,
        reason: access.reason.clone().unwrap_or_default(),
        by: short("Operator", &access.asked_by.to_string()),
        asked: access.asked_at,
        minutes: access.minutes,
        state: match access.state {
            AccessState::Asked => OperatorAccessWord::Waits,
            AccessState::Lapsed => OperatorAccessWord::Lapsed,
            AccessState::Approved => OperatorAccessWord::Runs,
            AccessState::Refused => OperatorAccessWord::Refused,
            AccessState::Ended => OperatorAccessWord::Ended,
        },
        ends: access.ends_at,
        reads: access.key.map(|key| format!("/console/trail?key={key}")),
    }
}

fn named_in(sent: &Sent) -> Answer<OperatorAccessId> {
    let id = sent.fields.get("access").parse();
    id.map_err(|_| sent.visitor.fail(Trouble::NotFound))
}

async fn approve(sent: Sent) -> Answer<Response> {
    decide(sent, Decision::Approve, "They can look now, until it ends").await
}

async fn refuse(sent: Sent) -> Answer<Response> {
    decide(sent, Decision::Refuse, "Refused. They see nothing").await
}

async fn decide(sent: Sent, decision: Decision, says: &str) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, named_in(&sent)?);
    let custody = &visitor.state.custody;
    let decided = custody
        .decide_operator_access(&visitor.credential, visitor.request(), id, decision)
        .await;
    sent.ok(decided).await?;
    Ok(visitor.done(PATH, says))
}

async fn end(sent: Sent) -> Answer<Response> {
    let (visitor, id) = (&sent.visitor, named_in(&sent)?);
    let custody = &visitor.state.custody;
    let ended = custody
        .end_operator_access(&visitor.credential, visitor.request(), id)
        .await;
    sent.ok(ended).await?;
    Ok(visitor.done(PATH, "Ended. They see nothing any more"))
}
