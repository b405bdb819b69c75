//! How long things are kept, by rules; what they would do; what was announced.

use axum::extract::State;
use custody::retention;
use kernel::{DatasetId, ItemId, RetentionNoticeId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::paging::{Page, Paging, page};
use crate::words::{ItemKind, KeptBy, RetentionCause, RetentionStart, State as LifeState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(of_tenant, settle))
        .routes(routes!(notices))
        .routes(routes!(of_dataset, settle_dataset))
        .routes(routes!(preview))
}

/// How long things are kept.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetentionRule {
    /// Only files, or only records; both when absent. The narrower of two rules counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    kind: Option<ItemKind>,
    /// For how many days.
    #[schema(minimum = 1, maximum = 36500)]
    days: u32,
    /// From when on: `put` when absent.
    #[serde(default = "the_put")]
    counts_from: RetentionStart,
    /// How many days before it is announced; 14 when absent.
    #[serde(default = "two_weeks")]
    #[schema(minimum = 0, maximum = 365)]
    notice_days: u32,
    /// Why longer than is settled above it: a dataset may be kept longer than the tenant or the contract says, with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ground: Option<String>,
}

const fn the_put() -> RetentionStart {
    RetentionStart::Put
}

const fn two_weeks() -> u32 {
    14
}

/// What is settled for the tenant or a dataset.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "rules": [{ "days": 365, "counts_from": "last-version" }], "archive_days": 30 }))]
struct Retention {
    /// At most one for files, one for records and one for both.
    rules: Vec<RetentionRule>,
    /// For how many days what is archived can be brought back, by whomever it was archived; it is deleted then. When absent, what people archive
    /// stays until somebody deletes it, and what a rule archives for 30 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 36500, nullable = false)]
    archive_days: Option<u32>,
}

/// What will happen to an item.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionDue {
    #[schema(value_type = Uuid)]
    item: ItemId,
    kind: ItemKind,
    state: LifeState,
    /// Which rule it is.
    because: RetentionCause,
    /// When its time is over, and it is archived if it is not.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// When it is deleted at the earliest, if nobody brings it back.
    #[schema(value_type = String, format = DateTime)]
    deleted_at: Timestamp,
    /// What keeps it in spite of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_by: Option<KeptBy>,
}

/// An announcement of what goes.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionNotice {
    #[schema(value_type = Uuid)]
    id: RetentionNoticeId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    kind: ItemKind,
    /// How many items it is about.
    items: u64,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// From when on they go.
    #[schema(value_type = String, format = DateTime)]
    ready_at: Timestamp,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// What is due by then; by now when absent.
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    by: Option<Timestamp>,
    /// At most so many items are looked at; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Shows how long things are kept
///
/// What is settled for the whole tenant. The contract's `retention_days` count where nothing is settled.
#[utoipa::path(get, path = "/v1/retention", operation_id = "tenant.view.retention", tag = "retention",
    responses((status = 200, description = "The rules", body = Retention)))]
async fn of_tenant(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Retention>> {
    let custody = &state.custody;
    let found = custody.retention(&caller.credential, caller.request).await?;
    Ok(Json(found.into()))
}

/// Settles how long things are kept
///
/// Takes the place of all that was settled for the tenant. What is past its time is announced first, archived when the notice is over, and
/// deleted after the archive window; holds and restrictions win.
#[utoipa::path(put, path = "/v1/retention", operation_id = "tenant.change.retention", tag = "retention", request_body = Retention,
    responses((status = 200, description = "The rules", body = Retention)))]
async fn settle(
    State(state): State<ApiState>,
    caller: Caller,
    Json(wanted): Json<Retention>,
) -> Answer<Json<Retention>> {
    let custody = &state.custody;
    let settled = custody
        .set_retention(&caller.credential, caller.request, wanted.into())
        .await?;
    Ok(Json(settled.into()))
}

/// Lists what was announced, newest first
#[utoipa::path(get, path = "/v1/retention/notices", operation_id = "tenant.view.retention.notices", tag = "retention", params(Paging),
    responses((status = 200, description = "A page of announcements", body = Page<RetentionNotice>)))]
async fn notices(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<RetentionNotice>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .retention_notices(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Shows what is settled for a dataset itself
#[utoipa::path(get, path = "/v1/datasets/{dataset}/retention", operation_id = "dataset.view.retention", tag = "retention",
    params(DatasetPath), responses((status = 200, description = "The rules", body = Retention)))]
async fn of_dataset(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<Retention>> {
    let custody = &state.custody;
    let found = custody
        .dataset_retention(&caller.credential, caller.request, path.named())
        .await?;
    Ok(Json(found.into()))
}

/// Settles how long things in a dataset are kept
///
/// Takes the place of all that was settled for it. Longer than the tenant or the contract says takes a ground.
#[utoipa::path(put, path = "/v1/datasets/{dataset}/retention", operation_id = "dataset.change.retention", tag = "retention",
    params(DatasetPath), request_body = Retention, responses((status = 200, description = "The rules", body = Retention)))]
async fn settle_dataset(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(wanted): Json<Retention>,
) -> Answer<Json<Retention>> {
    let custody = &state.custody;
    let settled = custody
        .set_dataset_retention(&caller.credential, caller.request, path.named(), wanted.into())
        .await?;
    Ok(Json(settled.into()))
}

/// Shows what rules would do, without doing it
///
/// Every item of the dataset that is due by then: when, by which rule, and what keeps it in spite of that. A page may have fewer items
/// than were asked for, and none, while there are more.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/retention/preview", operation_id = "item.browse.retention", tag = "retention",
    params(DatasetPath, PreviewQuery),
    responses((status = 200, description = "A page of items", body = Page<RetentionDue>)))]
async fn preview(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(query): Query<PreviewQuery>,
) -> Answer<Json<Page<RetentionDue>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let custody = &state.custody;
    let due = custody
        .preview_retention(&caller.credential, caller.request, path.named(), query.by, page)
        .await?;
    Ok(Json(due.into()))
}

impl From<Retention> for retention::Retention {
    fn from(wanted: Retention) -> Self {
        let rule = |rule: RetentionRule| retention::Rule {
            kind: rule.kind.map(Into::into),
            days: rule.days,
            counts_from: rule.counts_from.into(),
            notice_days: rule.notice_days,
            ground: rule.ground,
        };
        Self {
            rules: wanted.rules.into_iter().map(rule).collect(),
            archive_days: wanted.archive_days,
        }
    }
}

impl From<retention::Retention> for Retention {
    fn from(settled: retention::Retention) -> Self {
        let rule = |rule: retention::Rule| RetentionRule {
            kind: rule.kind.map(Into::into),
            days: rule.days,
            counts_from: rule.counts_from.into(),
            notice_days: rule.notice_days,
            ground: rule.ground,
        };
        Self {
            rules: settled.rules.into_iter().map(rule).collect(),
            archive_days: settled.archive_days,
        }
    }
}

impl From<retention::Due> for RetentionDue {
    fn from(due: retention::Due) -> Self {
        Self {
            item: due.item,
            kind: due.kind.into(),
            state: due.state.into(),
            because: due.because.into(),
            due_at: due.due_at,
            deleted_at: due.deleted_at,
            kept_by: due.kept_by.map(Into::into),
        }
    }
}

impl From<retention::Notice> for RetentionNotice {
    fn from(notice: retention::Notice) -> Self {
        Self {
            id: notice.id,
            dataset: notice.dataset,
            kind: notice.kind.into(),
            items: notice.items,
            made_at: notice.made_at,
            ready_at: notice.ready_at,
        }
    }
}
