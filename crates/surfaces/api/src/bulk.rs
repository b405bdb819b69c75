//! One verb over all items of a dataset that fit a filter, with a dry run that counts the same.

use axum::extract::State;
use custody::item::{self, Verb};
use kernel::{EventId, ItemId, OperationId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use crate::ApiState;
use crate::caller::{Caller, Input, Once};
use crate::datasets::DatasetPath;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::words::{ItemKind, State as ItemState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(archive))
        .routes(routes!(restore))
        .routes(routes!(delete))
}

/// What is to happen to which items.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "filter": { "name_prefix": "2025/" }, "dry_run": true }))]
struct Bulk {
    filter: BulkFilter,
    /// Count what would change, and change nothing. Always said, so that nobody deletes by leaving it out.
    dry_run: bool,
}

/// Which items are meant; an empty filter means all of the dataset.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkFilter {
    /// The state that the verb needs, for those who want to say so.
    state: Option<ItemState>,
    kind: Option<ItemKind>,
    /// Items whose name begins so.
    name_prefix: Option<String>,
    /// Items about this person alone, by the tenant's own handle for them.
    subject: Option<String>,
    /// Items that have not changed since.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_before: Option<Timestamp>,
    /// These items only; at most 10,000.
    #[schema(value_type = Option<Vec<Uuid>>)]
    items: Option<Vec<ItemId>>,
}

/// What a bulk act did, or would do.
#[derive(Debug, Serialize, ToSchema)]
struct BulkAnswer {
    /// Items that fit the filter and are in the state that the verb needs.
    matched: u64,
    /// Bytes of their newest versions.
    bytes: u64,
    /// Items that were changed; 0 in a dry run.
    changed: u64,
    dry_run: bool,
    /// The operation that began the act. Its events carry it, unless another had to go on with the act.
    #[schema(value_type = Uuid)]
    operation: OperationId,
    /// The first hundred entries of the trail, one for each item.
    #[schema(value_type = Vec<Uuid>)]
    events: Vec<EventId>,
}

/// Archives items
///
/// Items are changed in batches; when the act breaks off, whole batches have happened. Asking again with the same
/// `Idempotency-Key` goes on after them and answers for the whole; without one it is a new act over what is left.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/items/archive", operation_id = "item.archive.many",
    tag = "bulk", params(DatasetPath, IdempotencyHeader), request_body = Bulk,
    responses((status = 200, description = "What happened", body = BulkAnswer),
        (status = 409, description = "An item cannot be archived now")))]
async fn archive(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<Bulk>,
) -> Answer<Json<BulkAnswer>> {
    apply(state, caller, once, path, input, Verb::Archive).await
}

/// Takes archived items back into use
///
/// Items are changed in batches; when the act breaks off, whole batches have happened. Asking again with the same
/// `Idempotency-Key` goes on after them and answers for the whole; without one it is a new act over what is left.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/items/restore", operation_id = "item.restore.many",
    tag = "bulk", params(DatasetPath, IdempotencyHeader), request_body = Bulk,
    responses((status = 200, description = "What happened", body = BulkAnswer),
        (status = 409, description = "An item cannot be restored now")))]
async fn restore(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<Bulk>,
) -> Answer<Json<BulkAnswer>> {
    apply(state, caller, once, path, input, Verb::Restore).await
}

/// Deletes archived items for good
///
/// Items are changed in batches; when the act breaks off, whole batches have happened. Asking again with the same
/// `Idempotency-Key` goes on after them and answers for the whole; without one it is a new act over what is left.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/items/delete", operation_id = "item.delete.many",
    tag = "bulk", params(DatasetPath, IdempotencyHeader), request_body = Bulk,
    responses((status = 200, description = "What happened", body = BulkAnswer),
        (status = 409, description = "An item cannot be deleted now")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<DatasetPath>,
    input: Input<Bulk>,
) -> Answer<Json<BulkAnswer>> {
    apply(state, caller, once, path, input, Verb::Delete).await
}

async fn apply(
    state: ApiState,
    caller: Caller,
    once: Once,
    path: DatasetPath,
    input: Input<Bulk>,
    verb: Verb,
) -> Answer<Json<BulkAnswer>> {
    let bulk = item::Bulk {
        dataset: path.named(),
        verb,
        idempotency: once.of(&[&input.bytes]),
        filter: input.value.filter.into(),
        dry_run: input.value.dry_run,
    };
    let acted = state
        .custody
        .change_states(&caller.credential, caller.request, bulk);
    let item::BulkAnswer {
        operation,
        matched,
        bytes,
        changed,
        dry_run,
        events,
    } = acted.await?;
    Ok(Json(BulkAnswer {
        matched,
        bytes,
        changed,
        dry_run,
        operation,
        events,
    }))
}

impl From<BulkFilter> for item::Filter {
    fn from(filter: BulkFilter) -> Self {
        Self {
            state: filter.state.map(Into::into),
            kind: filter.kind.map(Into::into),
            name: None,
            name_prefix: filter.name_prefix,
            subject: filter.subject,
            changed_before: filter.changed_before,
            items: filter.items,
        }
    }
}
