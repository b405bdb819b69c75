//! A register as CSV, out and in.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use governance::entry;
use http::header::CONTENT_TYPE;
use kernel::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query, collect};

use super::RegisterPath;
use crate::ApiState;
use crate::answers::set;
use crate::caller::{Caller, Once};
use crate::document::{Binary, IdempotencyHeader};
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export, import))
}

/// What happens when a row of a file is broken.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum SheetMode {
    /// Nothing is taken.
    #[default]
    AllOrNothing,
    /// The other rows are taken.
    WhatFits,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    #[serde(default)]
    #[param(inline)]
    mode: SheetMode,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
struct SheetImport {
    /// Every row, in order.
    rows: Vec<SheetRow>,
    /// How many entries were written.
    taken: usize,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
struct SheetRow {
    /// The line of the file, counting from 1.
    line: u64,
    /// The entry that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    entry: Option<EntryId>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Gives a register out as CSV
#[utoipa::path(get, path = "/v1/registers/{register}/csv", operation_id = "register.read.csv", tag = "registers",
    params(RegisterPath),
    responses((status = 200, description = "CSV with a head row", content_type = "text/csv", body = Binary)))]
async fn export(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RegisterPath>,
) -> Answer<Response> {
    let sheet = state
        .governance
        .export_register(&caller.credential, caller.request, &path.register)
        .await?;
    let mut response = sheet.csv.into_response();
    set(&mut response, CONTENT_TYPE, "text/csv; charset=utf-8");
    Ok(response)
}

/// Takes the rows of CSV into a register as new entries
///
/// The columns are those of what goes out; `entry`, `number` and `standing` are passed over. Nobody approves by a file.
#[utoipa::path(post, path = "/v1/registers/{register}/csv", operation_id = "register.write.csv", tag = "registers",
    params(RegisterPath, ImportQuery, IdempotencyHeader), request_body(content = Binary, content_type = "text/csv"),
    responses((status = 200, description = "What became of every row", body = SheetImport)))]
async fn import(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RegisterPath>,
    Query(query): Query<ImportQuery>,
    once: Once,
    request: Request,
) -> Answer<Json<SheetImport>> {
    let csv = collect(request, entry::MOST_SHEET_BYTES).await?;
    let mode_word: &[u8] = match query.mode {
        SheetMode::AllOrNothing => b"all",
        SheetMode::WhatFits => b"fits",
    };
    let idempotency = once.of(&[path.register.as_bytes(), mode_word, &csv]);
    let mode = match query.mode {
        SheetMode::AllOrNothing => entry::ImportMode::AllOrNothing,
        SheetMode::WhatFits => entry::ImportMode::WhatFits,
    };
    let import = state
        .governance
        .import_register(
            &caller.credential,
            caller.request,
            &path.register,
            csv.to_vec(),
            mode,
            idempotency,
        )
        .await?;
    let row = |row: entry::ImportedRow| SheetRow {
        line: row.line,
        entry: row.entry,
        problem: row.problem,
    };
    Ok(Json(SheetImport {
        rows: import.rows.into_iter().map(row).collect(),
        taken: import.taken,
    }))
}
