//! SQL of webhooks and their deliveries.
//!
//! `webhook.next_number` is the place in the tenant's chain up to which events were looked at. `webhook_delivery.ready_at` is when a message
//! is to be tried next; of one that is being sent, when it may be taken again; NULL once it is settled. `fence` rises with every
//! taking, so that a sender settles only what nobody took since; `tries` counts attempts since the message was made or asked for anew.

pub(crate) const INSERT: &str = "INSERT INTO webhook (webhook_id, tenant_id, made_at, made_by, state, state_at, events, target_blind, \
     target_sealed, secret_sealed, next_number, failures) VALUES ($1, $2, $3, $4, 'on', $3, $5, $6, $7, $8, $9, 0) \
     ON CONFLICT (tenant_id, target_blind) DO NOTHING";
pub(crate) const COUNT: &str = "SELECT count(*) FROM webhook WHERE tenant_id = $1";
pub(crate) const CHAIN: &str = "SELECT next_number FROM log_chain WHERE tenant_id = $1";
/// What [`crate::hook::Webhook`] is read of.
const WEBHOOK: &str = "SELECT webhook_id, target_sealed, events, state, state_at, made_at, made_by, former_until, failing_since, secret_sealed \
     FROM webhook WHERE tenant_id = $1";
pub(crate) const CHANGE: &str = "UPDATE webhook SET target_blind = $3, target_sealed = $4, events = $5 \
     WHERE tenant_id = $1 AND webhook_id = $2";
pub(crate) const OTHER_OF_TARGET: &str =
    "SELECT 1 FROM webhook WHERE tenant_id = $1 AND target_blind = $2 AND webhook_id <> $3";
/// What happened while it was off is not told.
pub(crate) const SWITCH_ON: &str = "UPDATE webhook SET state = 'on', state_at = $3, next_number = $4, failing_since = NULL, failures = 0 \
     WHERE tenant_id = $1 AND webhook_id = $2";
pub(crate) const SWITCH_OFF: &str =
    "UPDATE webhook SET state = 'off', state_at = $3 WHERE tenant_id = $1 AND webhook_id = $2";
pub(crate) const STOP: &str = "UPDATE webhook SET state = 'stopped', state_at = $3 WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'on'";
pub(crate) const ROTATE: &str = "UPDATE webhook SET former_sealed = $4, former_until = $5, secret_sealed = $3 \
     WHERE tenant_id = $1 AND webhook_id = $2";
/// In an order that references allow.
pub(crate) const DELETE: [&str; 3] = [
    "DELETE FROM webhook_attempt WHERE delivery_id IN \
     (SELECT delivery_id FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2)",
    "DELETE FROM webhook_delivery WHERE tenant_id = $1 AND webhook_id = $2",
    "DELETE FROM webhook WHERE tenant_id = $1 AND webhook_id = $2",
];

pub(crate) fn one() -> String {
    format!("{WEBHOOK} AND webhook_id = $2")
}

/// After id $2, at most $3.
pub(crate) fn page() -> String {
    format!("{WEBHOOK} AND webhook_id > $2 ORDER BY webhook_id LIMIT $3")
}

// ---- from the trail ----

pub(crate) const BEHIND: &str = "SELECT w.webhook_id, w.tenant_id FROM webhook w JOIN log_chain c ON c.tenant_id = w.tenant_id \
     WHERE w.state = 'on' AND w.next_number < c.next_number AND w.webhook_id > $1 ORDER BY w.webhook_id LIMIT $2";
pub(crate) const PLACE: &str =
    "SELECT next_number, events, state_at FROM webhook WHERE webhook_id = $1 AND state = 'on'";
pub(crate) const FOLLOWING: &str = "SELECT l.chain_number, e.event_id, e.action, e.happened_at FROM log_entry l \
     JOIN event e ON e.event_id = l.event_id WHERE l.tenant_id = $1 AND l.chain_number >= $2 ORDER BY l.chain_number LIMIT $3";
pub(crate) const MOVE_ON: &str =
    "UPDATE webhook SET next_number = $3 WHERE webhook_id = $1 AND next_number = $2 AND state = 'on'";
/// Of event $4; of a test when it is NULL.
pub(crate) const ENQUEUE: &str = "INSERT INTO webhook_delivery \
     (delivery_id, webhook_id, tenant_id, event_id, made_at, state, ready_at, fence, attempt, tries) \
     VALUES ($1, $2, $3, $4, $5, 'waiting', $5, 0, 0, 0) ON CONFLICT (webhook_id, event_id) DO NOTHING";
pub(crate) const EVENT: &str = "SELECT e.happened_at, e.action, e.outcome, e.dataset_id, e.item_id, l.log_index, l.chain_number \
     FROM event e LEFT JOIN log_entry l ON l.event_id = e.event_id WHERE e.tenant_id = $1 AND e.event_id = $2";

// ---- sending ----

pub(crate) const DUE: &str = "SELECT w.webhook_id, w.tenant_id, w.target_sealed, w.secret_sealed, w.former_sealed, w.former_until \
     FROM webhook w WHERE w.state = 'on' AND EXISTS \
     (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.ready_at <= $1) ORDER BY w.webhook_id LIMIT $2";
pub(crate) const TAKE: &str = "UPDATE webhook_delivery SET ready_at = $3, fence = fence + 1 WHERE delivery_id IN \
     (SELECT delivery_id FROM webhook_delivery WHERE webhook_id = $1 AND ready_at <= $2 ORDER BY ready_at, delivery_id LIMIT $4) \
     RETURNING delivery_id, event_id, made_at, fence, attempt, tries";
/// Gives back what was not tried.
pub(crate) const GIVE_BACK: &str = "UPDATE webhook_delivery SET ready_at = $3 WHERE delivery_id = $1 AND fence = $2 AND ready_at IS NOT NULL";
pub(crate) const SETTLE: &str = "UPDATE webhook_delivery SET state = $3, ready_at = $4, attempt = attempt + 1, tries = tries + 1, tried_at = $5, status = $6, \
     millis = $7, trouble = $8 WHERE delivery_id = $1 AND fence = $2 AND ready_at IS NOT NULL";
pub(crate) const ATTEMPTED: &str = "INSERT INTO webhook_attempt (delivery_id, attempt, tenant_id, tried_at, status, millis, trouble) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const WORKS: &str = "UPDATE webhook SET failing_since = NULL, failures = 0 WHERE webhook_id = $1 AND failing_since IS NOT NULL";
pub(crate) const FAILS: &str = "UPDATE webhook SET failing_since = COALESCE(failing_since, $2), failures = failures + 1 \
     WHERE webhook_id = $1 RETURNING failing_since, failures";

// ---- the log of deliveries ----

/// What [`crate::hook::Delivery`] is read of.
const DELIVERY: &str = "SELECT d.delivery_id, d.event_id, e.action, d.made_at, d.state, d.ready_at, d.attempt, d.tried_at, d.status, \
     d.millis, d.trouble FROM webhook_delivery d LEFT JOIN event e ON e.event_id = d.event_id \
     WHERE d.tenant_id = $1 AND d.webhook_id = $2";
pub(crate) const ATTEMPTS: &str = "SELECT attempt, tried_at, status, millis, trouble FROM webhook_attempt \
     WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY attempt DESC LIMIT $3";
pub(crate) const REPLAY: &str = "UPDATE webhook_delivery SET state = 'waiting', ready_at = $4, tries = 0 \
     WHERE tenant_id = $1 AND webhook_id = $2 AND delivery_id = $3 AND state <> 'waiting'";

pub(crate) fn delivery() -> String {
    format!("{DELIVERY} AND d.delivery_id = $3")
}

/// Newest first, at most $3; before delivery $4, if there is one.
pub(crate) fn deliveries(begins: bool) -> String {
    let before = if begins { "" } else { " AND d.delivery_id < $4" };
    format!("{DELIVERY}{before} ORDER BY d.delivery_id DESC LIMIT $3")
}

// ---- what is over ----

/// Of messages that were settled and made before $1.
pub(crate) const FORGET: [&str; 2] = [
    "DELETE FROM webhook_attempt WHERE delivery_id IN \
     (SELECT delivery_id FROM webhook_delivery WHERE made_at <= $1 AND ready_at IS NULL)",
    "DELETE FROM webhook_delivery WHERE made_at <= $1 AND ready_at IS NULL",
];
/// Of tenants of whom nothing is left.
pub(crate) const LEFT_OVER: &str = "SELECT tenant_id, webhook_id FROM webhook \
     WHERE tenant_id IN (SELECT tenant_id FROM deletion_certificate) ORDER BY webhook_id LIMIT $1";
