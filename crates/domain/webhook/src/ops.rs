//! Making webhooks, changing them and taking them away.

use std::time::Duration;

use access::{Action, ActionSet};
use custody::{Credential, Session};
use kernel::{Page, PageRequest, Random, TenantId, WebhookId};
use operation::acts::{ChangeWebhook, CreateWebhook, DeleteWebhook, ListWebhooks, RotateWebhook};
use operation::{Act, Op, Permit, Request, Resource};
use sealing::{BlindIndexKey, Key};
use serde_json::json;
use store::{Row, params};

use crate::deliver::{SECRET, TARGET, context, read_target};
use crate::hook::{Change, Made, NewWebhook, State, Webhook};
use crate::secret::Secret;
use crate::{Error, Result, Target, Webhooks, rows};

/// The most webhooks of a tenant: every event is held against each.
pub const MOST_WEBHOOKS: usize = 20;
/// The most patterns of a webhook.
pub const MOST_EVENTS: usize = 64;
/// The most hours that a former secret counts beside the new one: a week.
pub const LONGEST_KEPT_HOURS: u32 = 7 * 24;

impl Webhooks {
    /// Makes a webhook. It tells of what happens from now on.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the tenant has one of this address, or as many as it can.
    pub async fn create(&self, credential: &Credential, request: Request, new: NewWebhook) -> Result<Made> {
        let (target, events) = (target(&new.url)?, events(&new.events)?);
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookCreate)?;
            let permit: Permit<CreateWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let (now, tenant) = (op.now(), session.tenant());
            let there = op.find(rows::COUNT, params![tenant])?;
            let there: i64 = there.map_or(Ok(0), |row| row.get(0))?;
            if usize::try_from(there).is_ok_and(|there| there >= MOST_WEBHOOKS) {
                let problem = format!("a team has {MOST_WEBHOOKS} webhooks at most: delete one first");
                return Err(Error::Conflict(problem));
            }
            let id = WebhookId::make(now, op.random());
            let secret = Secret::generate(op.random());
            let sealed = seal_target(&key, (id, tenant), &target, op.random());
            let values = params![
                id,
                tenant,
                now,
                session.member(),
                events.as_str(),
                blind(&key, tenant, &target),
                sealed,
                seal_secret(&key, (id, tenant), &secret, op.random()),
                head(op, tenant)?
            ];
            if op.change(&permit, rows::INSERT, values)? == 0 {
                return Err(taken());
            }
            let webhook = found(op, &permit, &key, &session, id)?;
            op.record(permit, json!({ "webhook": id, "events": webhook.events }))?;
            let secret = secret.to_text();
            Ok(Made { webhook, secret })
        };
        self.custody.desk().act(request, act).await
    }

    /// One page of the tenant's webhooks, the oldest first.
    pub async fn list(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Webhook>> {
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let look = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookList)?;
            let permit: Permit<ListWebhooks> = op.permit(Resource::webhook(), &session.facts())?;
            let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
            let wanted = params![
                session.tenant(),
                after.unwrap_or_default(),
                i64::from(page.limit) + 1
            ];
            let found = op.list(&permit, &rows::page(), wanted)?;
            let read = |row| read(op, &permit, &key, session.tenant(), row).map(|(webhook, _)| webhook);
            let webhooks = found.iter().map(read).collect::<Result<Vec<_>>>()?;
            let listed = Page::from_rows(webhooks, page.limit, |webhook| webhook.id.as_bytes().to_vec());
            op.record(permit, json!({ "count": listed.items.len() }))?;
            Ok(listed)
        };
        self.custody.desk().look(request, look).await
    }

    /// One webhook.
    pub async fn view(&self, credential: &Credential, request: Request, id: WebhookId) -> Result<Webhook> {
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookList)?;
            let permit: Permit<ListWebhooks> = op.permit(Resource::webhook(), &session.facts())?;
            let webhook = found(op, &permit, &key, &session, id)?;
            op.record(permit, json!({ "webhook": id }))?;
            Ok(webhook)
        };
        self.custody.desk().act(request, act).await
    }

    /// Changes where messages go, of what they tell, or whether they go out. One that is switched on tells of what happens from now on.
    pub async fn change(
        &self,
        credential: &Credential,
        request: Request,
        id: WebhookId,
        change: Change,
    ) -> Result<Webhook> {
        let target = change.url.as_deref().map(target).transpose()?;
        let events = change.events.as_deref().map(events).transpose()?;
        let on = change.on;
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookChange)?;
            let permit: Permit<ChangeWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let (now, tenant) = (op.now(), session.tenant());
            let before = found(op, &permit, &key, &session, id)?;
            let target = target.clone().map_or_else(|| self::target(&before.url), Ok)?;
            let hash = blind(&key, tenant, &target);
            if op
                .find(rows::OTHER_OF_TARGET, params![tenant, hash, id])?
                .is_some()
            {
                return Err(taken());
            }
            let sealed = seal_target(&key, (id, tenant), &target, op.random());
            let events = events.clone().unwrap_or_else(|| before.events.join(" "));
            op.change(&permit, rows::CHANGE, params![tenant, id, hash, sealed, events])?;
            match on {
                Some(true) if before.state != State::On => {
                    let head = head(op, tenant)?;
                    op.change(&permit, rows::SWITCH_ON, params![tenant, id, now, head])?;
                }
                Some(false) if before.state != State::Off => {
                    op.change(&permit, rows::SWITCH_OFF, params![tenant, id, now])?;
                }
                _ => {}
            }
            let webhook = found(op, &permit, &key, &session, id)?;
            let moved = webhook.url != before.url;
            let details =
                json!({ "webhook": id, "moved": moved, "events": webhook.events, "state": webhook.state });
            op.record(permit, details)?;
            Ok(webhook)
        };
        self.custody.desk().act(request, act).await
    }

    /// Takes a webhook away, with everything that is known of its messages.
    pub async fn delete(&self, credential: &Credential, request: Request, id: WebhookId) -> Result<()> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookDelete)?;
            let permit: Permit<DeleteWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let mut gone = 0;
            for sql in rows::DELETE {
                gone = op.change(&permit, sql, params![session.tenant(), id])?;
            }
            if gone == 0 {
                return Err(unknown(op, Action::WebhookDelete, id)?);
            }
            op.record(permit, json!({ "webhook": id }))?;
            Ok(())
        };
        self.custody.desk().act(request, act).await
    }

    /// Gives a webhook another secret. For so many hours messages are signed with the former one as well.
    pub async fn rotate(
        &self,
        credential: &Credential,
        request: Request,
        id: WebhookId,
        keep_hours: u32,
    ) -> Result<Made> {
        if keep_hours > LONGEST_KEPT_HOURS {
            let problem = format!("the former secret counts for {LONGEST_KEPT_HOURS} hours at most");
            return Err(invalid("keep_hours", problem));
        }
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookRotate)?;
            let permit: Permit<RotateWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let (now, tenant) = (op.now(), session.tenant());
            let (_, former) = found_with_secret(op, &permit, &key, &session, id)?;
            let secret = Secret::generate(op.random());
            let sealed = seal_secret(&key, (id, tenant), &secret, op.random());
            let until = now.plus(Duration::from_secs(u64::from(keep_hours) * 60 * 60));
            // One that counts no more is not kept.
            let (former, until) = match keep_hours {
                0 => (None, None),
                _ => (Some(former), Some(until)),
            };
            op.change(&permit, rows::ROTATE, params![tenant, id, sealed, former, until])?;
            let webhook = found(op, &permit, &key, &session, id)?;
            op.record(permit, json!({ "webhook": id, "former_until": until }))?;
            let secret = secret.to_text();
            Ok(Made { webhook, secret })
        };
        self.custody.desk().act(request, act).await
    }
}

/// A webhook of the tenant.
pub(crate) fn found<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    key: &Key,
    session: &Session,
    id: WebhookId,
) -> Result<Webhook> {
    found_with_secret(op, permit, key, session, id).map(|(webhook, _)| webhook)
}

/// The same with its secret, sealed.
fn found_with_secret<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    key: &Key,
    session: &Session,
    id: WebhookId,
) -> Result<(Webhook, Vec<u8>)> {
    let rows = op.list(permit, &rows::one(), params![session.tenant(), id])?;
    match rows.first() {
        Some(row) => read(op, permit, key, session.tenant(), row),
        None => Err(unknown(op, A::ACTION, id)?),
    }
}

/// Unknown and foreign alike; that it was asked for is recorded.
pub(crate) fn unknown(op: &mut Op<'_>, action: Action, asked: WebhookId) -> Result<Error> {
    let details = json!({ "reasons": ["unknown"], "asked": asked });
    op.refuse(action, Resource::webhook(), details)?;
    Ok(Error::NotFound("webhook"))
}

fn read<A: Act>(
    op: &Op<'_>,
    permit: &Permit<A>,
    key: &Key,
    tenant: TenantId,
    row: &Row,
) -> Result<(Webhook, Vec<u8>)> {
    let id: WebhookId = row.get(0)?;
    let opened = op.open(
        permit,
        key,
        &context(TARGET, (id, tenant)),
        &row.get::<Vec<u8>>(1)?,
    )?;
    let target = read_target(&opened).ok_or(Error::Altered)?;
    let events: String = row.get(2)?;
    let webhook = Webhook {
        id,
        url: target.url().to_owned(),
        events: events.split(' ').map(str::to_owned).collect(),
        state: row.get::<String>(3)?.parse()?,
        state_at: row.get(4)?,
        made_at: row.get(5)?,
        made_by: row.get(6)?,
        former_until: row.get(7)?,
        failing_since: row.get(8)?,
    };
    Ok((webhook, row.get(9)?))
}

/// The place in the tenant's chain that comes next.
fn head(op: &mut Op<'_>, tenant: TenantId) -> Result<i64> {
    let row = op.find(rows::CHAIN, params![tenant])?;
    Ok(row.map_or(Ok(0), |row| row.get(0))?)
}

fn seal_target(key: &Key, of: (WebhookId, TenantId), target: &Target, random: &dyn Random) -> Vec<u8> {
    sealing::seal(key, &context(TARGET, of), target.url().as_bytes(), random)
}

fn seal_secret(key: &Key, of: (WebhookId, TenantId), secret: &Secret, random: &dyn Random) -> Vec<u8> {
    sealing::seal(key, &context(SECRET, of), secret.as_bytes(), random)
}

fn blind(key: &Key, tenant: TenantId, target: &Target) -> [u8; 32] {
    let key = BlindIndexKey::derive(key, &[b"webhook target", tenant.as_bytes()]);
    sealing::blind(&key, "webhook target", target.url().as_bytes())
}

fn target(url: &str) -> Result<Target> {
    url.parse()
        .map_err(|bad: crate::BadTarget| invalid("url", bad.to_string()))
}

/// The patterns as they are kept: each names at least one action.
fn events(patterns: &[String]) -> Result<String> {
    if patterns.is_empty() || patterns.len() > MOST_EVENTS {
        let problem = format!("name 1 to {MOST_EVENTS} patterns, such as `item.*`; `*` is every event");
        return Err(invalid("events", problem));
    }
    let fits = ActionSet::parse(patterns);
    fits.map_err(|bad| invalid("events", bad.to_string()))?;
    Ok(patterns.join(" "))
}

fn taken() -> Error {
    Error::Conflict("the team has a webhook of this address: change that one, or delete it first".into())
}

fn invalid(field: &'static str, problem: String) -> Error {
    Error::Invalid { field, problem }
}
