//! Pages of companies: what a tenant that published one says of what it keeps here.
//!
//! Promises: who published nothing, who is no tenant, and whose data is gone are answered alike.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use web::Operation;

use crate::board::Sheet;
use crate::{
    A_MOMENT, HTML, JSON, SVG, TrustState, dressed, for_everybody, nothing, proved, send, unavailable,
};

pub(crate) fn routes() -> Router<TrustState> {
    Router::new()
        .route("/trust/of/{company}", get(front))
        .route("/trust/of/{company}/trust.json", get(machines))
        .route("/trust/of/{company}/badge.svg", get(picture))
        .route("/trust/of/{company}/claims/{claim}", get(claim))
}

/// What the company's page is made of, if it has one.
async fn sheet(state: &TrustState, company: &str) -> Result<Option<Arc<Sheet>>, String> {
    let board = state.boards.get().await?;
    state.boards.of_company(&board, company)
}

fn no_page() -> Response {
    nothing("nobody of this name has a page here\n")
}

async fn front(
    State(state): State<TrustState>,
    operation: Operation,
    Path(company): Path<String>,
    asked: HeaderMap,
) -> Response {
    match sheet(&state, &company).await {
        Ok(Some(sheet)) => dressed(send(&sheet.page, HTML, &asked)),
        Ok(None) => no_page(),
        Err(error) => unavailable(operation, &error),
    }
}

async fn machines(
    State(state): State<TrustState>,
    operation: Operation,
    Path(company): Path<String>,
    asked: HeaderMap,
) -> Response {
    match sheet(&state, &company).await {
        Ok(Some(sheet)) => for_everybody(send(&sheet.twin, JSON, &asked)),
        Ok(None) => no_page(),
        Err(error) => unavailable(operation, &error),
    }
}

async fn picture(
    State(state): State<TrustState>,
    operation: Operation,
    Path(company): Path<String>,
) -> Response {
    match sheet(&state, &company).await {
        Ok(Some(sheet)) => {
            let headers = [(CONTENT_TYPE, SVG), (CACHE_CONTROL, A_MOMENT)];
            for_everybody((headers, sheet.badge.clone()).into_response())
        }
        Ok(None) => no_page(),
        Err(error) => unavailable(operation, &error),
    }
}

async fn claim(
    State(state): State<TrustState>,
    operation: Operation,
    Path((company, claim)): Path<(String, String)>,
    asked: HeaderMap,
) -> Response {
    match sheet(&state, &company).await {
        Ok(Some(sheet)) => proved(&state, &sheet, (operation, &claim), &asked).await,
        Ok(None) => no_page(),
        Err(error) => unavailable(operation, &error),
    }
}
