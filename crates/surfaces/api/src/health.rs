//! Whether the server can serve, and what it offers.

use std::sync::LazyLock;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::Json;

use crate::ApiState;
use crate::errors::Answer;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(document))
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "status": "ok", "version": "0.1.0" }))]
struct Health {
    /// Always `ok`; a server that is not well answers 503.
    status: &'static str,
    /// The version of the server.
    version: &'static str,
}

/// Whether the server reaches its store
#[utoipa::path(get, path = "/v1/health", operation_id = "health", tag = "server", security(()),
    responses((status = 200, description = "It does", body = Health), (status = 503, description = "It does not")))]
async fn health(State(state): State<ApiState>) -> Answer<Json<Health>> {
    state.custody.installation().await?;
    Ok(Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// This document
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "openapi", tag = "server", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
async fn document() -> Response {
    static DOCUMENT: LazyLock<Option<String>> = LazyLock::new(|| crate::openapi().to_json().ok());
    let Some(text) = DOCUMENT.as_deref() else {
        return Problem::internal("the OpenAPI document could not be written").into_response();
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
