//! Items: listed, found, seen, archived, restored, deleted. Their bytes are `content`.

mod quarantine;
mod references;
mod search;
pub(crate) mod shapes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::item::{Filter, Verb};
use kernel::ItemId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

pub(crate) use self::shapes::Item as ShownItem;
use self::shapes::{Changed, Item, Version};
use crate::ApiState;
use crate::answers::{with_etag, with_event};
use crate::caller::{Caller, Once};
use crate::datasets::DatasetPath;
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, Paging, page};
use crate::words;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(view, delete))
        .routes(routes!(versions))
        .routes(routes!(archive))
        .routes(routes!(restore))
        .merge(quarantine::routes())
        .merge(references::routes())
        .merge(search::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ItemPath {
    /// The item's id.
    #[param(value_type = Uuid)]
    pub(crate) item: ItemId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemsQuery {
    /// Only items in this state.
    #[param(inline)]
    state: Option<words::State>,
    /// Only the item of this name.
    name: Option<String>,
    /// Only items whose name begins so.
    name_prefix: Option<String>,
    /// Only items about this person alone, by the tenant's own handle for them.
    subject: Option<String>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

/// Lists the items of a dataset, oldest first
///
/// A page may hold fewer items than asked for and still have a next.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/items", operation_id = "item.browse", tag = "items",
    params(DatasetPath, ItemsQuery), responses((status = 200, description = "A page of items", body = Page<Item>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(query): Query<ItemsQuery>,
) -> Answer<Json<Page<Item>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let filter = Filter {
        state: query.state.map(Into::into),
        name: query.name,
        name_prefix: query.name_prefix,
        subject: query.subject,
        ..Filter::default()
    };
    let items = state
        .custody
        .list_items(&caller.credential, caller.request, path.named(), filter, page)
        .await?;
    Ok(Json(items.into()))
}

/// Shows one item with its newest version
#[utoipa::path(get, path = "/v1/items/{item}", operation_id = "item.browse.one", tag = "items", params(ItemPath),
    responses((status = 200, description = "The item", body = Item)))]
async fn view(State(state): State<ApiState>, caller: Caller, Path(path): Path<ItemPath>) -> Answer<Response> {
    let item = state
        .custody
        .item(&caller.credential, caller.request, path.item)
        .await?;
    let version = item.version.id;
    Ok(with_etag(Json(Item::from(item)).into_response(), version))
}

/// Lists the versions of an item, oldest first
#[utoipa::path(get, path = "/v1/items/{item}/versions", operation_id = "item.browse.versions", tag = "items",
    params(ItemPath, Paging), responses((status = 200, description = "A page of versions", body = Page<Version>)))]
async fn versions(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Version>>> {
    let page = paging.page()?;
    Ok(Json(
        state
            .custody
            .versions(&caller.credential, caller.request, path.item, page)
            .await?
            .into(),
    ))
}

/// Puts an item out of use
#[utoipa::path(post, path = "/v1/items/{item}/archive", operation_id = "item.archive", tag = "items",
    params(ItemPath, IdempotencyHeader),
    responses((status = 200, description = "The archived item", body = Changed),
        (status = 409, description = "It is archived already")))]
async fn archive(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<ItemPath>,
) -> Answer<Response> {
    apply(state, caller, once, path, Verb::Archive).await
}

/// Takes an archived item back into use
#[utoipa::path(post, path = "/v1/items/{item}/restore", operation_id = "item.restore", tag = "items",
    params(ItemPath, IdempotencyHeader),
    responses((status = 200, description = "The active item", body = Changed),
        (status = 409, description = "It is not archived")))]
async fn restore(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<ItemPath>,
) -> Answer<Response> {
    apply(state, caller, once, path, Verb::Restore).await
}

/// Deletes an archived item for good
///
/// The keys of all its versions are destroyed in the act, and the sealed bytes are removed before the answer.
/// The receipt of the event in the answer is the proof.
#[utoipa::path(delete, path = "/v1/items/{item}", operation_id = "item.delete", tag = "items",
    params(ItemPath, IdempotencyHeader),
    responses((status = 200, description = "It is gone", body = Changed),
        (status = 409, description = "It is not archived, or on hold")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    once: Once,
    Path(path): Path<ItemPath>,
) -> Answer<Response> {
    apply(state, caller, once, path, Verb::Delete).await
}

async fn apply(state: ApiState, caller: Caller, once: Once, path: ItemPath, verb: Verb) -> Answer<Response> {
    let idempotency = once.of(&[]);
    let changed = state
        .custody
        .change_state(&caller.credential, caller.request, path.item, verb, idempotency)
        .await?;
    let event = changed.event;
    Ok(with_event(
        Json(Changed::new(changed.item, event)).into_response(),
        event,
    ))
}
