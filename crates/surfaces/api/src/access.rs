//! The table of rights, as the policies compute it.

mod sight;

use access::Matrix;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::{Class, Situation};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(matrix))
        .merge(sight::routes())
}

/// Who may do what: every class, every action, every situation that matters.
#[derive(Debug, Serialize, ToSchema)]
struct AccessMatrix {
    /// The columns of every table.
    classes: Vec<Class>,
    /// One table for each situation.
    tables: Vec<AccessTable>,
    /// Whom a class may give or act on.
    ceilings: Vec<AccessCeiling>,
}

/// What may be done in one situation.
#[derive(Debug, Serialize, ToSchema)]
struct AccessTable {
    situation: Situation,
    /// The situation in plain words.
    says: String,
    /// One row for each action that the situation concerns.
    rows: Vec<AccessRow>,
}

/// Who may do one thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "action": "item.download", "allowed": [true, true, true, false, false, false, true, false] }))]
struct AccessRow {
    /// The action, `noun.verb`.
    action: &'static str,
    /// For each class, in the order of `classes`, whether it may.
    allowed: Vec<bool>,
}

/// Whom a class may reach with one action.
#[derive(Debug, Serialize, ToSchema)]
struct AccessCeiling {
    /// The action, `noun.verb`.
    action: &'static str,
    class: Class,
    /// The classes it may give or act on; for `member.change`, the new class given to a worker.
    reaches: Vec<Class>,
    /// For `member.change`, the classes that may be made a worker; else empty.
    lowers: Vec<Class>,
}

/// The table of rights
#[utoipa::path(get, path = "/v1/access/matrix", operation_id = "access.read", tag = "access",
    responses((status = 200, description = "The table that decides", body = AccessMatrix)))]
async fn matrix(State(state): State<ApiState>, caller: Caller) -> Answer<Json<AccessMatrix>> {
    let matrix = state
        .custody
        .access_matrix(&caller.credential, caller.request)
        .await?;
    Ok(Json(matrix.into()))
}

impl From<Matrix> for AccessMatrix {
    fn from(matrix: Matrix) -> Self {
        Self {
            classes: classes(matrix.classes),
            tables: matrix.tables.into_iter().map(AccessTable::from).collect(),
            ceilings: matrix.ceilings.into_iter().map(AccessCeiling::from).collect(),
        }
    }
}

impl From<access::Table> for AccessTable {
    fn from(table: access::Table) -> Self {
        let row = |row: access::Row| AccessRow {
            action: row.action.as_str(),
            allowed: row.allowed,
        };
        Self {
            situation: table.situation.into(),
            says: table.says,
            rows: table.rows.into_iter().map(row).collect(),
        }
    }
}

impl From<access::Ceiling> for AccessCeiling {
    fn from(ceiling: access::Ceiling) -> Self {
        Self {
            action: ceiling.action.as_str(),
            class: ceiling.class.into(),
            reaches: classes(ceiling.reaches),
            lowers: classes(ceiling.lowers),
        }
    }
}

fn classes(classes: Vec<access::Class>) -> Vec<Class> {
    classes.into_iter().map(Class::from).collect()
}
