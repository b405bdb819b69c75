//! `bailee webhooks`: addresses that are told of the team's events, and what was sent to them.

use kernel::{DeliveryId, WebhookId};
use serde_json::{Map, Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const WEBHOOK: [Column; 5] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("URL", "/url"),
    text("EVENTS", "/events"),
    text("FAILING SINCE", "/failing_since"),
];

const DELIVERY: [Column; 8] = [
    text("ID", "/id"),
    text("MADE", "/made_at"),
    text("ACTION", "/action"),
    text("STATE", "/state"),
    text("ATTEMPTS", "/attempts"),
    text("STATUS", "/last/status"),
    text("MS", "/last/millis"),
    text("TROUBLE", "/last/trouble"),
];

const ATTEMPT: [Column; 5] = [
    text("ATTEMPT", "/number"),
    text("AT", "/at"),
    text("STATUS", "/status"),
    text("MS", "/millis"),
    text("TROUBLE", "/says"),
];

/// See and settle which addresses are told of the team's events, and what was sent to them.
#[derive(Debug, clap::Args)]
pub struct WebhooksArgs {
    #[command(subcommand)]
    pub action: Option<WebhooksAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, webhooks are listed.
#[derive(Debug, clap::Subcommand)]
pub enum WebhooksAction {
    /// List webhooks.
    List,
    /// Have an address told of events from now on. Prints the secret, which is shown once.
    Create {
        /// Where messages go: https:// and a host.
        url: String,
        /// Of which actions, as in a key's scope: item.create, item.*, or * for all.
        #[arg(required = true)]
        events: Vec<String>,
    },
    /// Change where messages go, or of what they tell.
    Change {
        /// Which.
        webhook: WebhookId,
        /// Where messages go.
        #[arg(long)]
        url: Option<String>,
        /// Of which actions; may be repeated.
        #[arg(long = "event", value_name = "PATTERN")]
        events: Vec<String>,
    },
    /// Switch a webhook on; it tells of what happens from now on.
    On {
        /// Which.
        webhook: WebhookId,
    },
    /// Switch a webhook off.
    Off {
        /// Which.
        webhook: WebhookId,
    },
    /// Delete a webhook, with its log.
    Delete {
        /// Which.
        webhook: WebhookId,
    },
    /// Give a webhook another secret, and print it.
    Rotate {
        /// Which.
        webhook: WebhookId,
        /// For so many hours messages are signed with the former secret as well, 168 at most.
        #[arg(long, default_value_t = 24)]
        keep_hours: u32,
    },
    /// Send a test.
    Test {
        /// Which.
        webhook: WebhookId,
    },
    /// List what was sent, newest first; or the attempts of one message.
    Deliveries {
        /// Of which webhook.
        webhook: WebhookId,
        /// Only this message, with its attempts.
        delivery: Option<DeliveryId>,
    },
    /// Deliver a message once more.
    Replay {
        /// To which webhook.
        webhook: WebhookId,
        /// Which message.
        delivery: DeliveryId,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &WebhooksArgs, session: &Session) -> Result<(), Failure> {
    let (server, output) = (&session.server, &session.output);
    match &args.action {
        None | Some(WebhooksAction::List) => {
            let call = Call::get(&["webhooks"]).query("limit", Some(1_000));
            session.list(call, &WEBHOOK, usize::MAX).await.map(drop)
        }
        Some(WebhooksAction::Create { url, events }) => {
            let call = Call::post(&["webhooks"]).json(&json!({ "url": url, "events": events }))?;
            let made = server.json(&call).await?;
            output.result(&made, || told_with_secret("told from now on", &made))
        }
        Some(WebhooksAction::Change { webhook, url, events }) => {
            let mut body = Map::new();
            body.extend(url.iter().map(|url| ("url".to_owned(), json!(url))));
            if !events.is_empty() {
                body.insert("events".to_owned(), json!(events));
            }
            change(session, webhook, &Value::Object(body)).await
        }
        Some(WebhooksAction::On { webhook }) => change(session, webhook, &json!({ "on": true })).await,
        Some(WebhooksAction::Off { webhook }) => change(session, webhook, &json!({ "on": false })).await,
        Some(WebhooksAction::Delete { webhook }) => {
            let call = Call::delete(&["webhooks", &webhook.to_string()]);
            server.send(&call).await?;
            output.result(&json!({ "webhook": webhook }), || format!("deleted  {webhook}"))
        }
        Some(WebhooksAction::Rotate { webhook, keep_hours }) => {
            let call = Call::post(&["webhooks", &webhook.to_string(), "rotate"]);
            let made = server
                .json(&call.json(&json!({ "keep_hours": keep_hours }))?)
                .await?;
            output.result(&made, || told_with_secret("signed with another secret", &made))
        }
        Some(WebhooksAction::Test { webhook }) => {
            let call = Call::post(&["webhooks", &webhook.to_string(), "test"]);
            output.record(&server.json(&call).await?, &DELIVERY)
        }
        Some(WebhooksAction::Deliveries { webhook, delivery }) => {
            log(session, webhook, delivery.as_ref()).await
        }
        Some(WebhooksAction::Replay { webhook, delivery }) => {
            let (webhook, delivery) = (webhook.to_string(), delivery.to_string());
            let call = Call::post(&["webhooks", &webhook, "deliveries", &delivery, "replay"]);
            output.record(&server.json(&call).await?, &DELIVERY)
        }
    }
}

async fn change(session: &Session, webhook: &WebhookId, body: &Value) -> Result<(), Failure> {
    let call = Call::patch(&["webhooks", &webhook.to_string()]).json(body)?;
    session
        .output
        .record(&session.server.json(&call).await?, &WEBHOOK)
}

async fn log(session: &Session, webhook: &WebhookId, delivery: Option<&DeliveryId>) -> Result<(), Failure> {
    let webhook = webhook.to_string();
    match delivery {
        None => {
            let call = Call::get(&["webhooks", &webhook, "deliveries"]).query("limit", Some(1_000));
            session.list(call, &DELIVERY, usize::MAX).await.map(drop)
        }
        Some(delivery) => {
            let call = Call::get(&["webhooks", &webhook, "deliveries", &delivery.to_string()]);
            session.list(call, &ATTEMPT, usize::MAX).await.map(drop)
        }
    }
}

fn told_with_secret(what: &str, made: &Value) -> String {
    let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default();
    format!(
        "{what}  {}\nits secret, which is shown once:\n{}",
        text("id"),
        text("secret")
    )
}
