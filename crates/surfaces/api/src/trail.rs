//! The tenant's own trail, and the receipts that prove it.

use std::time::Duration;

use access::Action;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::Error;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use kernel::{DatasetId, EventId, ItemId, KeyId, MemberId, Timestamp};
use operation::trail::{TrailEntry, TrailFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::{Json, Path, Query};

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, page};

/// How often a receipt that is not there yet is looked for again. The sequencer runs about once a second.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(view))
        .routes(routes!(receipt))
}

/// One act, as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    #[schema(value_type = Uuid)]
    id: EventId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Its place in the log, about a second later.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// Its number in the tenant's own chain. Numbers without gaps are an unabridged trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    /// The canonical event that the log commits to.
    #[schema(value_type = Object)]
    event: Value,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrailQuery {
    /// Who saw or touched this item.
    #[param(value_type = Option<Uuid>)]
    item: Option<ItemId>,
    /// What happened in this dataset.
    #[param(value_type = Option<Uuid>)]
    dataset: Option<DatasetId>,
    /// What this key did.
    #[param(value_type = Option<Uuid>)]
    key: Option<KeyId>,
    /// What this member did.
    #[param(value_type = Option<Uuid>)]
    member: Option<MemberId>,
    /// Only this action, `noun.verb`.
    action: Option<String>,
    /// Only acts that ended so.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// Not before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Done,
    Refused,
    Failed,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct EventPath {
    /// The event's id.
    #[param(value_type = Uuid)]
    event: EventId,
}

/// Lists the trail, newest first
#[utoipa::path(get, path = "/v1/trail", operation_id = "trail.read", tag = "trail", params(TrailQuery),
    responses((status = 200, description = "A page of events", body = Page<Entry>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<TrailQuery>,
) -> Answer<Json<Page<Entry>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let filter = query.filter()?;
    Ok(Json(
        state
            .custody
            .trail(&caller.credential, caller.request, filter, page)
            .await?
            .into(),
    ))
}

/// Shows one event
#[utoipa::path(get, path = "/v1/trail/{event}", operation_id = "trail.read.one", tag = "trail", params(EventPath),
    responses((status = 200, description = "The event", body = Entry)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EventPath>,
) -> Answer<Json<Entry>> {
    Ok(Json(
        state
            .custody
            .event(&caller.credential, caller.request, path.event)
            .await?
            .into(),
    ))
}

/// Gives the receipt of one event
///
/// A text file that is checked without this server. Right after the act there is none for about a second:
/// the answer then waits, and is 503 with `Retry-After` only if that takes long.
#[utoipa::path(get, path = "/v1/trail/{event}/receipt", operation_id = "receipt.read", tag = "trail",
    params(EventPath),
    responses((status = 200, description = "The receipt", content_type = "text/plain; charset=utf-8", body = String),
        (status = 503, description = "The event has no place in the log yet")))]
async fn receipt(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EventPath>,
) -> Answer<Response> {
    let receipt = wait_for_receipt(&state, &caller, path.event).await?;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(CONTENT_TYPE, media_type)], receipt).into_response())
}

async fn wait_for_receipt(state: &ApiState, caller: &Caller, event: EventId) -> custody::Result<String> {
    let mut left = state.receipt_patience;
    loop {
        match state
            .custody
            .receipt(&caller.credential, caller.request.clone(), event)
            .await
        {
            Err(Error::NotYetSequenced) if !left.is_zero() => {
                let pause = LOOK_AGAIN.min(left);
                tokio::time::sleep(pause).await;
                left -= pause;
            }
            outcome => return outcome,
        }
    }
}

impl TrailQuery {
    fn filter(self) -> Result<TrailFilter, Problem> {
        let action = self.action.map(|action| action.parse::<Action>()).transpose();
        let action = action.map_err(|bad| Problem::invalid("action", bad.to_string()))?;
        Ok(TrailFilter {
            item: self.item,
            dataset: self.dataset,
            key: self.key,
            member: self.member,
            action: action.map(|action| action.as_str().to_owned()),
            outcome: self.outcome.map(|outcome| outcome.word().to_owned()),
            from: self.from,
            to: self.to,
        })
    }
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => operation::Outcome::Done.as_str(),
            Self::Refused => operation::Outcome::Refused.as_str(),
            Self::Failed => operation::Outcome::Failed.as_str(),
        }
    }
}

impl From<TrailEntry> for Entry {
    fn from(entry: TrailEntry) -> Self {
        let TrailEntry {
            id,
            at,
            index,
            sequence,
            event,
        } = entry;
        Self {
            id,
            at,
            index,
            sequence,
            event,
        }
    }
}
