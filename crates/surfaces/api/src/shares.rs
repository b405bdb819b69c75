//! Sharing with the public: a warning first, then the share with the confirmation that came with it.

use axum::extract::State;
use axum::response::Response;
use custody::dataset::DatasetRef;
use custody::share;
use kernel::{DatasetId, MemberId, ShareId, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::datasets::DatasetPath;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(warn))
        .routes(routes!(withdraw))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct SharePath {
    /// The dataset's id or name.
    dataset: String,
    /// The share's id.
    #[param(value_type = Uuid)]
    share: ShareId,
}

/// What is to be shared with everybody who has the link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "export": 3, "ends_at": "2026-12-01T00:00:00Z" }))]
struct PlannedShare {
    /// The number of an export; the dataset itself, with what comes into it later, when absent.
    #[schema(nullable = false)]
    export: Option<u64>,
    /// Until when; within 366 days.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Whether original bytes can be taken. Otherwise items can be looked at.
    #[serde(default)]
    originals: bool,
}

/// The same, confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "export": 3, "ends_at": "2026-12-01T00:00:00Z", "confirmation": "AAXx…" }))]
struct NewShare {
    /// The number of an export; the dataset itself, with what comes into it later, when absent.
    #[schema(nullable = false)]
    export: Option<u64>,
    /// Until when; within 366 days.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Whether original bytes can be taken. Otherwise items can be looked at.
    #[serde(default)]
    originals: bool,
    /// What came with the warning about exactly this.
    confirmation: Option<String>,
}

/// What sharing means, to be read by whoever is about to.
#[derive(Debug, Serialize, ToSchema)]
struct ShareWarning {
    /// What will happen, one sentence each.
    says: Vec<String>,
    /// Send this along to share. Good once, for exactly this, by the same key.
    confirmation: String,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Something that is shared with the public, or was.
#[derive(Debug, Serialize, ToSchema)]
struct Share {
    #[schema(value_type = Uuid)]
    id: ShareId,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    /// The export, if not the dataset itself is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The member who shared it.
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
    /// Whether original bytes can be taken.
    originals: bool,
}

/// A new share with its link.
#[derive(Debug, Serialize, ToSchema)]
struct Shared {
    share: Share,
    /// The address on this server that anybody can open. Shown once.
    #[schema(example = "/public/AZr0…")]
    path: String,
}

impl From<share::Share> for Share {
    fn from(share: share::Share) -> Self {
        Self {
            id: share.id,
            dataset: share.dataset,
            export: share.export,
            made_at: share.made_at,
            made_by: share.made_by,
            ends_at: share.ends_at,
            withdrawn_at: share.withdrawn_at,
            originals: share.originals,
        }
    }
}

/// Warns of sharing a dataset or an export with the public
///
/// Shares nothing. The answer says what sharing would mean, and has the confirmation without which nothing is shared. An API key shares only
/// if its scope lists `share.create`. Needs no `Idempotency-Key`: every warning stands by itself.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/shares/warning", operation_id = "share.list.warning", tag = "sharing",
    params(DatasetPath), request_body = PlannedShare,
    responses((status = 200, description = "What it would mean", body = ShareWarning),
        (status = 409, description = "The dataset is archived, or of a kind that cannot be shared")))]
async fn warn(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(planned): Json<PlannedShare>,
) -> Answer<Json<ShareWarning>> {
    let new = share::NewShare {
        dataset: path.named(),
        export: planned.export,
        ends_at: planned.ends_at,
        originals: planned.originals,
    };
    let custody = &state.custody;
    let warning = custody
        .warn_of_sharing(&caller.credential, caller.request, new)
        .await?;
    Ok(Json(ShareWarning {
        says: warning.says,
        confirmation: warning.confirmation,
        until: warning.until,
    }))
}

/// Shares a dataset or an export with the public
///
/// Anybody who has the link reaches it without an account, until it ends or is withdrawn. Takes the confirmation of the warning.
/// Needs no `Idempotency-Key`: a confirmation is good once, so a repetition is a conflict and shares nothing.
#[utoipa::path(post, path = "/v1/datasets/{dataset}/shares", operation_id = "share.create", tag = "sharing",
    params(DatasetPath), request_body = NewShare,
    responses((status = 201, description = "The share, and its link, which is shown once", body = Shared),
        (status = 409, description = "The confirmation was used, or the dataset cannot be shared")))]
async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(wanted): Json<NewShare>,
) -> Answer<Response> {
    let new = share::NewShare {
        dataset: path.named(),
        export: wanted.export,
        ends_at: wanted.ends_at,
        originals: wanted.originals,
    };
    let confirmation = wanted.confirmation.unwrap_or_default();
    let custody = &state.custody;
    let made = custody
        .share(&caller.credential, caller.request, new, &confirmation)
        .await?;
    let path = format!("/public/{}", made.link.expose_secret());
    let share = Share::from(made.share);
    Ok(created(
        &format!("/v1/datasets/{}/shares", share.dataset),
        Shared { share, path },
    ))
}

/// Lists how a dataset and its exports are shared and were, oldest first
///
/// Links are not among it: nobody can be told them again.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/shares", operation_id = "share.list", tag = "sharing",
    params(DatasetPath, Paging), responses((status = 200, description = "A page of shares", body = Page<Share>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Share>>> {
    let page = paging.page()?;
    let custody = &state.custody;
    let listed = custody
        .shares(&caller.credential, caller.request, path.named(), page)
        .await?;
    Ok(Json(listed.into()))
}

/// Withdraws what is shared
///
/// The link shows nothing from now on, and what flows by it ends.
#[utoipa::path(delete, path = "/v1/datasets/{dataset}/shares/{share}", operation_id = "share.end", tag = "sharing",
    params(SharePath),
    responses((status = 200, description = "The share as it ended", body = Share),
        (status = 409, description = "It has ended already")))]
async fn withdraw(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SharePath>,
) -> Answer<Json<Share>> {
    let dataset = DatasetRef::parse(&path.dataset);
    let custody = &state.custody;
    let ended = custody
        .withdraw(&caller.credential, caller.request, dataset, path.share)
        .await?;
    Ok(Json(ended.into()))
}
