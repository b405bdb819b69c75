//! The class table.

use access::Situation;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;

use super::visitor::Asked;
use super::{Answer, ConsoleState, Visitor};
use crate::pages::{ClassesPage, classes};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/console/classes", get(show))
}

async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> Answer<Response> {
    let matrix = visitor
        .state
        .custody
        .access_matrix(&visitor.credential, visitor.request())
        .await;
    let place = asked
        .get("situation")
        .and_then(|place| place.parse::<usize>().ok());
    let situation = place.and_then(|place| Situation::ALL.get(place)).copied();
    Ok(visitor.page(classes(&ClassesPage {
        frame: visitor.frame(),
        matrix: visitor.ok(matrix)?,
        situation: situation.unwrap_or(Situation::Normal),
    })))
}
