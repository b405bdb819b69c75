//! Records found by the exact value of a declared field.

use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use super::shapes::Item;
use crate::ApiState;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What to look for. It travels in the body, so that no log of URLs has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "field": "email", "equals": "ann@example.org" }))]
struct Search {
    /// A field that the dataset declares as searchable.
    field: String,
    /// Text, a number or a boolean. Texts are compared without case and outer space.
    #[schema(value_type = Value)]
    equals: Value,
}

/// Finds records by the exact value of a field
///
/// The values stay sealed: a keyed hash is compared. The value asked for is neither logged nor recorded.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/search", operation_id = "record.search", tag = "items",
    params(DatasetPath, Paging), request_body = Search,
    responses((status = 200, description = "A page of items", body = Page<Item>)))]
async fn search(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
    Json(search): Json<Search>,
) -> Answer<Json<Page<Item>>> {
    let (custody, page) = (&state.custody, paging.page()?);
    let Search { field, equals } = search;
    let found = custody.search_records(
        &caller.credential,
        caller.request,
        path.named(),
        field,
        equals,
        page,
    );
    Ok(Json(found.await?.into()))
}
