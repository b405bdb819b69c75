//! Taking away what an export names.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::annotations::Format;
use custody::dataset::DatasetRef;
use custody::item::ReadItem;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK};
use kernel::{Cursor, ItemId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Path, Query};

use super::ExportPath;
use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::content::{answer, condition, range};
use crate::document::Binary;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(content))
        .routes(routes!(said))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct ExportedPath {
    /// The dataset's id or name.
    dataset: String,
    /// The export's number in the dataset.
    number: u64,
    /// The item's id.
    #[param(value_type = Uuid)]
    item: ItemId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SaidQuery {
    /// From the `Link` of the file before; absent for the first.
    cursor: Option<String>,
}

/// Gives out an item's bytes in exactly the version that was exported
///
/// With ranges and conditions as every download has them.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports/{number}/items/{item}/content", operation_id = "export.download",
    tag = "exports", params(ExportedPath),
    responses((status = 200, description = "The content", content_type = "application/octet-stream", body = inline(Binary)),
        (status = 206, description = "The range", content_type = "application/octet-stream", body = inline(Binary)),
        (status = 304, description = "The client has this version already"),
        (status = 409, description = "The item is archived, or the version was deleted after it was exported"),
        (status = 412, description = "The condition does not hold"),
        (status = 416, description = "No byte of the content lies in the range")))]
async fn content(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportedPath>,
    headers: HeaderMap,
) -> Answer<Response> {
    let read = ReadItem {
        range: range(&headers),
        condition: condition(&headers)?,
        ..ReadItem::default()
    };
    let (dataset, ranged) = (DatasetRef::parse(&path.dataset), read.range.is_some());
    let custody = &state.custody;
    let content = custody
        .read_exported(
            &caller.credential,
            caller.request,
            dataset,
            path.number,
            path.item,
            read,
        )
        .await?;
    Ok(answer(content, ranged))
}

/// Gives out what was said about an export's items when it was made
///
/// In the format that the export was made with, without what was deleted or archived since. When not everything fits into one file, `Link`
/// names the next.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports/{number}/annotations", operation_id = "export.download.said",
    tag = "exports", params(ExportPath, SaidQuery),
    responses((status = 200, description = "A COCO document, or Darwin documents one a line",
        content((String = "application/json"), (String = "application/x-ndjson"))),
        (status = 409, description = "The export was made without annotations, or the dataset is archived")))]
async fn said(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportPath>,
    Query(query): Query<SaidQuery>,
) -> Answer<Response> {
    let after = query.cursor.as_deref().map(Cursor::from_text).transpose();
    let after = after.map_err(|bad| Problem::invalid("cursor", bad.to_string()))?;
    let custody = &state.custody;
    let said = custody
        .said_in_export(
            &caller.credential,
            caller.request,
            path.dataset(),
            path.number,
            after,
        )
        .await?;
    let media_type = match said.format {
        Format::Coco => "application/json",
        Format::Darwin => "application/x-ndjson",
    };
    let mut response = said.bytes.into_response();
    set(&mut response, CONTENT_TYPE, media_type);
    set(&mut response, CACHE_CONTROL, "no-store");
    if let Some(next) = said.next {
        // Relative to this very request, so that nothing of the path has to be written anew.
        set(
            &mut response,
            LINK,
            &format!("<?cursor={}>; rel=\"next\"", next.to_text()),
        );
    }
    Ok(response)
}
