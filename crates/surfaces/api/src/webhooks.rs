//! Webhooks: addresses that are told of a team's own events, and the log of what was sent to them.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use kernel::{DeliveryId, EventId, MemberId, Timestamp, WebhookId};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};
use webhook::{DeliveryState, State as HookState};

use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::paging::{Page, Paging};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(view, change, delete))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(delivery))
        .routes(routes!(replay))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct WebhookPath {
    /// The webhook's id.
    #[param(value_type = Uuid)]
    webhook: WebhookId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct DeliveryPath {
    /// The webhook's id.
    #[param(value_type = Uuid)]
    webhook: WebhookId,
    /// The delivery's id.
    #[param(value_type = Uuid)]
    delivery: DeliveryId,
}

/// Whether messages go out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum WebhookState {
    /// They do.
    On,
    /// Somebody switched it off.
    Off,
    /// The server switched it off: its target failed for days, or wants no more.
    Stopped,
}

/// How far a message is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum WebhookDeliveryState {
    /// It is tried when its time comes.
    Waiting,
    /// The target took it.
    Delivered,
    /// It was tried often enough.
    GivenUp,
}

/// An address that is told of the team's events.
#[derive(Debug, Serialize, ToSchema)]
struct Webhook {
    #[schema(value_type = Uuid)]
    id: WebhookId,
    /// Where messages go.
    url: String,
    /// Of which actions they tell.
    events: Vec<String>,
    state: WebhookState,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    state_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The member who made it.
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    /// Until when messages are signed with the former secret as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    former_secret_until: Option<Timestamp>,
    /// Since when no message has arrived, when the last one did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
}

/// A webhook with its secret.
#[derive(Serialize, ToSchema)]
struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: Webhook,
    /// `whsec_…`. It is shown now and never again.
    secret: String,
}

/// A webhook to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "url": "https://hooks.example.org/bailee", "events": ["item.*", "subject.erase"] }))]
struct NewWebhook {
    /// `https://` and a host, with port, path and query if it needs them.
    url: String,
    /// 1 to 64 patterns of actions, as in a key's scope: `item.create`, `item.*`, `*`.
    #[schema(min_items = 1, max_items = 64)]
    events: Vec<String>,
}

/// What is to be changed; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "on": false }))]
struct WebhookChange {
    /// Where messages go.
    #[schema(nullable = false)]
    url: Option<String>,
    /// Of which actions they tell.
    #[schema(nullable = false, min_items = 1, max_items = 64)]
    events: Option<Vec<String>>,
    /// Whether they go out. What happened while it was off is not sent.
    #[schema(nullable = false)]
    on: Option<bool>,
}

/// How a secret is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "keep_hours": 24 }))]
struct WebhookRotation {
    /// For so many hours messages are signed with the former secret as well; 24 when absent, 0 for a secret that somebody else has seen.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 168)]
    keep_hours: u32,
}

const fn a_day() -> u32 {
    24
}

/// One attempt to deliver a message.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookAttempt {
    /// Its number among those of its message, from 1.
    number: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The status that the target answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// How long it took.
    millis: u64,
    /// Why it did not arrive: a word of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'static str>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

/// One message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookDelivery {
    /// The message carries it as `webhook-id`, after `msg_`.
    #[schema(value_type = Uuid)]
    id: DeliveryId,
    /// The event that it tells of; absent for a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event: Option<EventId>,
    /// That event's action.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    state: WebhookDeliveryState,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// How often it was tried.
    attempts: u32,
    /// The last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<WebhookAttempt>,
}

/// One message with its attempts.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookDeliveryWithAttempts {
    #[serde(flatten)]
    delivery: WebhookDelivery,
    /// The newest 100, newest first.
    items: Vec<WebhookAttempt>,
}

/// Lists webhooks
#[utoipa::path(get, path = "/v1/webhooks", operation_id = "webhook.list", tag = "webhooks", params(Paging),
    responses((status = 200, description = "A page of webhooks, the oldest first", body = Page<Webhook>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Webhook>>> {
    let page = paging.page()?;
    let listed = state
        .webhooks
        .list(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Makes a webhook
///
/// It tells of what happens from now on. Its secret is in this answer and nowhere else. Needs no `Idempotency-Key`: a team has one webhook of each address,
/// so a repetition makes no second; if its answer was lost, rotate the secret.
#[utoipa::path(post, path = "/v1/webhooks", operation_id = "webhook.create", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, description = "It is on", body = WebhookWithSecret),
        (status = 409, description = "The team has one of this address, or as many as a team can")))]
async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewWebhook>,
) -> Answer<Response> {
    let (url, events) = (new.url, new.events);
    let new = webhook::NewWebhook { url, events };
    let made = state
        .webhooks
        .create(&caller.credential, caller.request, new)
        .await?;
    let place = format!("/v1/webhooks/{}", made.webhook.id);
    Ok(created(&place, WebhookWithSecret::from(made)))
}

/// Shows a webhook
#[utoipa::path(get, path = "/v1/webhooks/{webhook}", operation_id = "webhook.list.one", tag = "webhooks", params(WebhookPath),
    responses((status = 200, description = "The webhook", body = Webhook)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
) -> Answer<Json<Webhook>> {
    let found = state
        .webhooks
        .view(&caller.credential, caller.request, path.webhook)
        .await?;
    Ok(Json(found.into()))
}

/// Changes a webhook, or switches it on or off
#[utoipa::path(patch, path = "/v1/webhooks/{webhook}", operation_id = "webhook.change", tag = "webhooks", params(WebhookPath),
    request_body = WebhookChange,
    responses((status = 200, description = "As it is now", body = Webhook),
        (status = 409, description = "The team has another of this address")))]
async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
    Json(wanted): Json<WebhookChange>,
) -> Answer<Json<Webhook>> {
    let change = webhook::Change {
        url: wanted.url,
        events: wanted.events,
        on: wanted.on,
    };
    let changed = state
        .webhooks
        .change(&caller.credential, caller.request, path.webhook, change)
        .await?;
    Ok(Json(changed.into()))
}

/// Deletes a webhook
///
/// With its log of deliveries. What waits to be sent is not.
#[utoipa::path(delete, path = "/v1/webhooks/{webhook}", operation_id = "webhook.delete", tag = "webhooks", params(WebhookPath),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
) -> Answer<StatusCode> {
    state
        .webhooks
        .delete(&caller.credential, caller.request, path.webhook)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook another secret
///
/// Its secret is in this answer and nowhere else. Needs no `Idempotency-Key`: a repetition makes another one, and the one before it counts for a while.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/rotate", operation_id = "webhook.rotate", tag = "webhooks", params(WebhookPath),
    request_body = WebhookRotation,
    responses((status = 200, description = "Messages are signed with it", body = WebhookWithSecret)))]
async fn rotate(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
    Json(wanted): Json<WebhookRotation>,
) -> Answer<Json<WebhookWithSecret>> {
    let rotated = state
        .webhooks
        .rotate(
            &caller.credential,
            caller.request,
            path.webhook,
            wanted.keep_hours,
        )
        .await?;
    Ok(Json(rotated.into()))
}

/// Sends a test to a webhook
///
/// A message of the type `webhook.test` that tells of nothing. Needs no `Idempotency-Key`: a repetition sends one more.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/test", operation_id = "webhook.send.test", tag = "webhooks", params(WebhookPath),
    responses((status = 202, description = "It goes out within seconds", body = WebhookDelivery),
        (status = 409, description = "The webhook is off")))]
async fn test(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
) -> Answer<(StatusCode, Json<WebhookDelivery>)> {
    let made = state
        .webhooks
        .test(&caller.credential, caller.request, path.webhook)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(made.into())))
}

/// Lists the messages of a webhook
///
/// They are known for 30 days.
#[utoipa::path(get, path = "/v1/webhooks/{webhook}/deliveries", operation_id = "webhook.list.deliveries", tag = "webhooks",
    params(WebhookPath, Paging), responses((status = 200, description = "A page of messages, newest first", body = Page<WebhookDelivery>)))]
async fn deliveries(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<WebhookPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<WebhookDelivery>>> {
    let page = paging.page()?;
    let listed = state
        .webhooks
        .deliveries(&caller.credential, caller.request, path.webhook, page)
        .await?;
    Ok(Json(listed.into()))
}

/// Shows a message with its attempts
#[utoipa::path(get, path = "/v1/webhooks/{webhook}/deliveries/{delivery}", operation_id = "webhook.list.delivery", tag = "webhooks",
    params(DeliveryPath), responses((status = 200, description = "The message", body = WebhookDeliveryWithAttempts)))]
async fn delivery(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DeliveryPath>,
) -> Answer<Json<WebhookDeliveryWithAttempts>> {
    let (delivery, attempts) = state
        .webhooks
        .delivery(&caller.credential, caller.request, path.webhook, path.delivery)
        .await?;
    Ok(Json(WebhookDeliveryWithAttempts {
        delivery: delivery.into(),
        items: attempts.into_iter().map(WebhookAttempt::from).collect(),
    }))
}

/// Delivers a message once more
///
/// Under the same `webhook-id`, signed anew. Needs no `Idempotency-Key`: while it waits for its turn a repetition changes nothing.
#[utoipa::path(post, path = "/v1/webhooks/{webhook}/deliveries/{delivery}/replay", operation_id = "webhook.send.replay",
    tag = "webhooks", params(DeliveryPath),
    responses((status = 202, description = "It goes out within seconds", body = WebhookDelivery),
        (status = 409, description = "The webhook is off")))]
async fn replay(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DeliveryPath>,
) -> Answer<(StatusCode, Json<WebhookDelivery>)> {
    let replayed = state
        .webhooks
        .replay(&caller.credential, caller.request, path.webhook, path.delivery)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(replayed.into())))
}

impl From<webhook::Webhook> for Webhook {
    fn from(of: webhook::Webhook) -> Self {
        Self {
            id: of.id,
            url: of.url,
            events: of.events,
            state: match of.state {
                HookState::On => WebhookState::On,
                HookState::Off => WebhookState::Off,
                HookState::Stopped => WebhookState::Stopped,
            },
            state_at: of.state_at,
            made_at: of.made_at,
            made_by: of.made_by,
            former_secret_until: of.former_until,
            failing_since: of.failing_since,
        }
    }
}

impl From<webhook::Made> for WebhookWithSecret {
    fn from(made: webhook::Made) -> Self {
        Self {
            secret: made.secret.expose_secret().to_owned(),
            webhook: made.webhook.into(),
        }
    }
}

impl From<webhook::Attempt> for WebhookAttempt {
    fn from(attempt: webhook::Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at,
            status: attempt.status,
            millis: attempt.millis,
            trouble: attempt.trouble.map(webhook::Cause::as_str),
            says: attempt.trouble.map(|cause| cause.to_string()),
        }
    }
}

impl From<webhook::Delivery> for WebhookDelivery {
    fn from(delivery: webhook::Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event,
            action: delivery.action,
            made_at: delivery.made_at,
            state: match delivery.state {
                DeliveryState::Waiting => WebhookDeliveryState::Waiting,
                DeliveryState::Delivered => WebhookDeliveryState::Delivered,
                DeliveryState::GivenUp => WebhookDeliveryState::GivenUp,
            },
            next_at: delivery.next_at,
            attempts: delivery.attempts,
            last: delivery.last.map(WebhookAttempt::from),
        }
    }
}
