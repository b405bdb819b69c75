//! Webhooks whose target is gone: switched off, and the owners told.
//!
//! Promises: it happens once, whichever node finds it; the trail says so, and each owner gets a letter that names the webhook by its id. Leaves out:
//! teams that hold their key themselves, whose trail and members' addresses nothing here opens: they see it in the list of webhooks.

use std::time::Duration;

use access::Class;
use custody::member::reached;
use custody::{Error, Result};
use kernel::{TenantId, Timestamp, WebhookId};
use operation::acts::StopWebhook;
use operation::{Op, Permit, Resource};
use outbox::{Kind, Letter};
use serde_json::json;
use store::params;

use crate::{Cause, Webhooks, rows};

/// How long a target has to have failed, and how often, before nothing more is sent to it.
const PATIENCE: Duration = Duration::from_secs(5 * 24 * 60 * 60);
const FAILURES: i64 = 10;
const LETTER: Kind = Kind::new("webhook.stopped");

impl Webhooks {
    /// Switches a webhook off that wants no more messages, or that has failed for days.
    pub(crate) async fn stop_if_hopeless(
        &self,
        (webhook, tenant): (WebhookId, TenantId),
        cause: Cause,
        failing: Option<(Timestamp, i64)>,
    ) -> Result<()> {
        let Some((since, failures)) = failing else {
            return Ok(());
        };
        let desk = self.custody.desk();
        let is_long = since <= desk.clock.now().minus(PATIENCE) && failures >= FAILURES;
        if !is_long && cause != Cause::Gone {
            return Ok(());
        }
        let custody = self.custody.clone();
        let stop = move |op: &mut Op<'_>| {
            let now = op.now();
            let Some(session) = custody.enter_as_server(op, tenant, None)? else {
                op.housekeeping()
                    .execute(rows::STOP, params![tenant, webhook, now])?;
                return Ok::<_, Error>(());
            };
            let permit: Permit<StopWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let stopped = op.change(&permit, rows::STOP, params![tenant, webhook, now])?;
            let told = match stopped {
                // Another node was quicker, or somebody switched it off.
                0 => Vec::new(),
                _ => reached(op, &permit, &session, &[Class::Owner])?,
            };
            for one in &told {
                // Whoever has an address that no letter can be sent to is not told; the list still shows it.
                let Ok(address) = one.email.parse() else { continue };
                let letter = Letter::new(
                    LETTER,
                    address,
                    "A webhook was switched off",
                    &text(webhook, since),
                );
                let letter = letter.map_err(|error| Error::Internal(error.to_string()))?;
                outbox::put(op, &letter.of_tenant(tenant))?;
            }
            let members: Vec<_> = told.iter().map(|one| one.member).collect();
            let details = json!({
                "webhook": webhook, "stopped": stopped == 1, "cause": cause.as_str(), "failing_since": since, "members": members
            });
            op.record(permit, details)?;
            Ok(())
        };
        desk.act(desk.own_request(), stop).await
    }
}

fn text(webhook: WebhookId, since: Timestamp) -> String {
    format!(
        "Messages to one of your webhooks have not arrived since {since}, so none are sent to it any more.\n\n\
         - webhook {webhook}\n\n\
         `bailee webhooks deliveries {webhook}` shows what went wrong. When its target is well again, switch it on with\n\
         `bailee webhooks on {webhook}`. What happened meanwhile is not sent; the trail has it.\n"
    )
}
