//! Annotations of a whole dataset, from and to other tools.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use custody::annotations::{self, ImportAnnotations};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK};
use kernel::{Cursor, ItemId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query, collect};

use crate::ApiState;
use crate::answers::set;
use crate::caller::{Caller, Once};
use crate::datasets::DatasetPath;
use crate::document::{Binary, IdempotencyHeader};
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export, import))
}

/// A format of other tools.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AnnotationFormat {
    /// One COCO document for all items.
    Coco,
    /// Darwin JSON 2.0, one document a line; also taken as one document, or as a list of them.
    Darwin,
}

impl From<AnnotationFormat> for annotations::Format {
    fn from(format: AnnotationFormat) -> Self {
        match format {
            AnnotationFormat::Coco => Self::Coco,
            AnnotationFormat::Darwin => Self::Darwin,
        }
    }
}

impl From<annotations::Format> for AnnotationFormat {
    fn from(format: annotations::Format) -> Self {
        match format {
            annotations::Format::Coco => Self::Coco,
            annotations::Format::Darwin => Self::Darwin,
        }
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    #[param(inline)]
    format: AnnotationFormat,
    /// From the `Link` of the file before; absent for the first.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    #[param(inline)]
    format: AnnotationFormat,
    /// Replaces what is said already, which stays in the history; a row about such an item is a problem otherwise.
    #[serde(default)]
    replace: bool,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What came of a file.
#[derive(Debug, Serialize, ToSchema)]
struct AnnotationImport {
    /// Whether it was taken in. Nothing of it was when any row has a problem.
    applied: bool,
    /// One for each item of the file, in order.
    rows: Vec<AnnotationImportRow>,
}

/// What came of one item of a file.
#[derive(Debug, Serialize, ToSchema)]
struct AnnotationImportRow {
    /// The item's name, as far as the file says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The item; absent when the dataset has none of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    item: Option<ItemId>,
    /// How many annotations the row has.
    annotations: usize,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    problems: Vec<String>,
}

/// Takes the annotations of a dataset away, for other tools
///
/// Active items about which something is said. When not everything fits into one file, `Link` names the next.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/annotations", operation_id = "export.download.annotations",
    tag = "annotations", params(DatasetPath, ExportQuery),
    responses((status = 200, description = "A COCO document, or Darwin documents one a line",
        content((String = "application/json"), (String = "application/x-ndjson"))),
        (status = 409, description = "The dataset is archived")))]
async fn export(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(query): Query<ExportQuery>,
) -> Answer<Response> {
    let after = query.cursor.as_deref().map(Cursor::from_text).transpose();
    let after = after.map_err(|bad| Problem::invalid("cursor", bad.to_string()))?;
    let (format, dataset) = (query.format, path.named());
    let custody = &state.custody;
    let exported = custody
        .export_annotations(&caller.credential, caller.request, dataset, format.into(), after)
        .await?;
    let (word, media_type) = match format {
        AnnotationFormat::Coco => ("coco", "application/json"),
        AnnotationFormat::Darwin => ("darwin", "application/x-ndjson"),
    };
    let mut response = exported.bytes.into_response();
    set(&mut response, CONTENT_TYPE, media_type);
    set(&mut response, CACHE_CONTROL, "no-store");
    if let Some(next) = exported.next {
        // Relative to this very request, so that nothing of the path has to be written anew.
        let link = format!("<?format={word}&cursor={}>; rel=\"next\"", next.to_text());
        set(&mut response, LINK, &link);
    }
    Ok(response)
}

/// Takes in annotations of other tools
///
/// About items of the dataset, by their names: all of the file or nothing of it, and every row is answered. Items are
/// not made by it.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/annotations", operation_id = "item.annotate.import", tag = "annotations",
    params(DatasetPath, ImportQuery, IdempotencyHeader),
    request_body(content = inline(Binary), content_type = "*/*", description = "The file, at most 16 MiB and 2,000 items"),
    responses((status = 200, description = "What came of each row, and whether the file was taken in", body = AnnotationImport),
        (status = 409, description = "The dataset is archived"),
        (status = 413, description = "More than 16 MiB")))]
async fn import(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Answer<Json<AnnotationImport>> {
    let bytes = collect(request, ImportAnnotations::MOST_BYTES).await?;
    let import = ImportAnnotations {
        dataset: path.named(),
        format: query.format.into(),
        idempotency: once.of(&[&bytes]),
        bytes,
        replace: query.replace,
        dry_run: query.dry_run,
    };
    let custody = &state.custody;
    let imported = custody
        .import_annotations(&caller.credential, caller.request, import)
        .await?;
    Ok(Json(AnnotationImport {
        applied: imported.applied,
        rows: imported.rows.into_iter().map(AnnotationImportRow::from).collect(),
    }))
}

impl From<annotations::ImportedRow> for AnnotationImportRow {
    fn from(row: annotations::ImportedRow) -> Self {
        Self {
            name: row.name,
            item: row.item,
            annotations: row.annotations,
            problems: row.problems,
        }
    }
}
