//! Who can see what: of one item, of one dataset, of one member; in pages as JSON, or whole as CSV.

use access::Action;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::dataset::DatasetRef;
use custody::{Credential, Custody, sight};
use http::header::{CONTENT_TYPE, HeaderName};
use kernel::{DatasetId, ItemId, MemberId, PageRequest};
use operation::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::set;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::items::ItemPath;
use crate::members::MemberPath;
use crate::paging::{Page, page};
use crate::words::Class;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(who_sees_item))
        .routes(routes!(who_sees_dataset))
        .routes(routes!(what_sees))
}

/// A form that a list can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ListForm {
    /// A page of it, as JSON.
    #[default]
    Json,
    /// All of it, one line for each member or dataset, item and action (RFC 4180).
    Csv,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SightQuery {
    /// `json` when absent.
    #[serde(default)]
    #[param(inline)]
    format: ListForm,
    /// At most so many members or datasets are looked at for one page; 100 when absent. Not with CSV.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page. Not with CSV.
    cursor: Option<String>,
}

/// A member, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
struct Seer {
    #[schema(value_type = Uuid)]
    member: MemberId,
    class: Class,
    /// With the dataset.
    #[schema(value_type = Vec<String>)]
    dataset: Vec<Action>,
    /// With the item; of a dataset, with every active item in it.
    #[schema(value_type = Vec<String>)]
    items: Vec<Action>,
    /// Of a dataset: items that they can do something else with, for they hold a lease of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    leased: Vec<LeasedActions>,
}

/// What a member may do with an item that they hold a lease of.
#[derive(Debug, Serialize, ToSchema)]
struct LeasedActions {
    #[schema(value_type = Uuid)]
    item: ItemId,
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
}

/// A dataset as a member sees it.
#[derive(Debug, Serialize, ToSchema)]
struct SeenDataset {
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// What they may do with it.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
    /// What they may do with every active item in it.
    #[schema(value_type = Vec<String>)]
    items: Vec<Action>,
    /// Items that they can do something else with, for they hold a lease of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    leased: Vec<LeasedActions>,
}

/// Lists who can see an item, and what they can do with it
///
/// Active members, as they are now, with a key of all their rights. Computed from the facts and policies that decide: it says what would
/// happen. A page may hold fewer than asked for and still have a next.
#[utoipa::path(get, path = "/v1/access/items/{item}", operation_id = "access.read.item", tag = "access",
    params(ItemPath, SightQuery),
    responses((status = 200, description = "A page of members", content((Page<Seer> = "application/json"), (String = "text/csv")))))]
async fn who_sees_item(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Query(query): Query<SightQuery>,
) -> Answer<Response> {
    let ask = |page| {
        let (custody, credential, request) = asker(&state, &caller);
        async move { custody.who_sees_item(&credential, request, path.item, page).await }
    };
    answer::<sight::Seer, Seer, _>(&query, ask, "member,class,item,action", of_seer).await
}

/// Lists who can see a dataset, and what they can do with it and its items
///
/// As for an item; of items, what they may do with every active one, and with those that they hold a lease of.
#[utoipa::path(get, path = "/v1/access/datasets/{dataset}", operation_id = "access.read.dataset", tag = "access",
    params(DatasetPath, SightQuery),
    responses((status = 200, description = "A page of members", content((Page<Seer> = "application/json"), (String = "text/csv")))))]
async fn who_sees_dataset(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(query): Query<SightQuery>,
) -> Answer<Response> {
    let dataset: DatasetRef = path.named();
    let ask = |page| {
        let ((custody, credential, request), dataset) = (asker(&state, &caller), dataset.clone());
        async move {
            custody
                .who_sees_dataset(&credential, request, dataset, page)
                .await
        }
    };
    answer::<sight::Seer, Seer, _>(&query, ask, "member,class,item,action", of_seer).await
}

/// Lists what a member can see
///
/// Every dataset in which they may do something. Nothing for who is disabled.
#[utoipa::path(get, path = "/v1/access/members/{member}", operation_id = "access.read.member", tag = "access",
    params(MemberPath, SightQuery),
    responses((status = 200, description = "A page of datasets", content((Page<SeenDataset> = "application/json"), (String = "text/csv")))))]
async fn what_sees(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<MemberPath>,
    Query(query): Query<SightQuery>,
) -> Answer<Response> {
    let ask = |page| {
        let (custody, credential, request) = asker(&state, &caller);
        async move { custody.what_sees(&credential, request, path.member, page).await }
    };
    answer::<sight::Seen, SeenDataset, _>(&query, ask, "dataset,item,action", of_seen).await
}

/// What every page is asked for with.
fn asker(state: &ApiState, caller: &Caller) -> (Custody, Credential, Request) {
    (
        state.custody.clone(),
        caller.credential.clone(),
        caller.request.clone(),
    )
}

/// A page as JSON, or all pages as CSV.
async fn answer<T, D, F>(
    query: &SightQuery,
    ask: impl Fn(PageRequest) -> F,
    head: &str,
    lines: fn(&T) -> Vec<String>,
) -> Answer<Response>
where
    D: From<T> + Serialize,
    F: Future<Output = custody::Result<kernel::Page<T>>>,
{
    if query.format == ListForm::Json {
        let listed = ask(page(query.limit, query.cursor.as_deref())?).await?;
        return Ok(Json(Page::<D>::from(listed)).into_response());
    }
    if query.limit.is_some() || query.cursor.is_some() {
        return Err(Problem::invalid("limit", "CSV is all of it; leave limit and cursor out").into());
    }
    let (mut text, mut page) = (format!("{head}\r\n"), PageRequest::first(100));
    loop {
        let listed = ask(page.clone()).await?;
        for line in listed.items.iter().flat_map(lines) {
            text += &format!("{line}\r\n");
        }
        match listed.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let mut response = text.into_response();
    set(&mut response, CONTENT_TYPE, "text/csv; charset=utf-8");
    let disposition = HeaderName::from_static("content-disposition");
    set(&mut response, disposition, "attachment; filename=\"access.csv\"");
    Ok(response)
}

/// Ids and words of ours alone: nothing in them needs quotes. An empty item means every active one, or the item asked about.
fn of_seer(seer: &sight::Seer) -> Vec<String> {
    let who = format!("{},{}", seer.member, seer.class);
    lines(&who, [&seer.dataset[..], &seer.items].concat(), &seer.leased)
}

fn of_seen(seen: &sight::Seen) -> Vec<String> {
    let dataset = seen.dataset.to_string();
    lines(&dataset, [&seen.actions[..], &seen.items].concat(), &seen.leased)
}

fn lines(begin: &str, actions: Vec<Action>, leased: &[sight::Leased]) -> Vec<String> {
    let every = actions.into_iter().map(|action| format!("{begin},,{action}"));
    let of_lease = leased.iter().flat_map(|leased| {
        let line = move |action: &Action| format!("{begin},{},{action}", leased.item);
        leased.actions.iter().map(line)
    });
    every.chain(of_lease).collect()
}

impl From<sight::Leased> for LeasedActions {
    fn from(leased: sight::Leased) -> Self {
        Self {
            item: leased.item,
            actions: leased.actions,
        }
    }
}

impl From<sight::Seer> for Seer {
    fn from(seer: sight::Seer) -> Self {
        Self {
            member: seer.member,
            class: seer.class.into(),
            dataset: seer.dataset,
            items: seer.items,
            leased: seer.leased.into_iter().map(LeasedActions::from).collect(),
        }
    }
}

impl From<sight::Seen> for SeenDataset {
    fn from(seen: sight::Seen) -> Self {
        Self {
            dataset: seen.dataset,
            actions: seen.actions,
            items: seen.items,
            leased: seen.leased.into_iter().map(LeasedActions::from).collect(),
        }
    }
}
