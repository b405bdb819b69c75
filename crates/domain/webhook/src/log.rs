//! The log of deliveries, and asking for one.

use access::Action;
use custody::{Credential, Session};
use kernel::{DeliveryId, Page, PageRequest, WebhookId};
use operation::acts::{ListWebhooks, SendWebhook};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::{Row, params};

use crate::hook::{Attempt, Delivery, State};
use crate::ops::{found, unknown};
use crate::{Error, Result, Webhooks, rows};

/// The most attempts of a message that are shown, the newest.
const MOST_ATTEMPTS: i64 = 100;

impl Webhooks {
    /// One page of the messages of a webhook, newest first.
    pub async fn deliveries(
        &self,
        credential: &Credential,
        request: Request,
        id: WebhookId,
        page: PageRequest,
    ) -> Result<Page<Delivery>> {
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookList)?;
            let permit: Permit<ListWebhooks> = op.permit(Resource::webhook(), &session.facts())?;
            found(op, &permit, &key, &session, id)?;
            let limit = i64::from(page.limit) + 1;
            let rows = match &page.after {
                None => op.list(
                    &permit,
                    &rows::deliveries(true),
                    params![session.tenant(), id, limit],
                ),
                Some(cursor) => {
                    let wanted = params![session.tenant(), id, limit, cursor.key()];
                    op.list(&permit, &rows::deliveries(false), wanted)
                }
            }?;
            let deliveries = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
            let listed = Page::from_rows(deliveries, page.limit, |one| one.id.as_bytes().to_vec());
            op.record(permit, json!({ "webhook": id, "count": listed.items.len() }))?;
            Ok(listed)
        };
        self.custody.desk().act(request, act).await
    }

    /// One message with its attempts, newest first.
    pub async fn delivery(
        &self,
        credential: &Credential,
        request: Request,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<(Delivery, Vec<Attempt>)> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookList)?;
            let permit: Permit<ListWebhooks> = op.permit(Resource::webhook(), &session.facts())?;
            let one = one(op, &permit, &session, (id, delivery))?;
            let wanted = params![session.tenant(), delivery, MOST_ATTEMPTS];
            let rows = op.list(&permit, rows::ATTEMPTS, wanted)?;
            let attempts = rows.iter().map(|row| attempt(row, 0));
            let attempts = attempts.collect::<Result<Vec<_>>>()?;
            op.record(permit, json!({ "webhook": id, "delivery": delivery }))?;
            Ok((one, attempts))
        };
        self.custody.desk().act(request, act).await
    }

    /// Sends a message that tells of nothing, to see whether it arrives.
    ///
    /// # Errors
    /// [`Error::Conflict`] while the webhook is off.
    pub async fn test(&self, credential: &Credential, request: Request, id: WebhookId) -> Result<Delivery> {
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookSend)?;
            let permit: Permit<SendWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            check_on(found(op, &permit, &key, &session, id)?.state)?;
            let (now, delivery) = (op.now(), DeliveryId::make(op.now(), op.random()));
            let values = params![delivery, id, session.tenant(), None::<Vec<u8>>, now];
            op.change(&permit, rows::ENQUEUE, values)?;
            let made = one(op, &permit, &session, (id, delivery))?;
            op.record(
                permit,
                json!({ "webhook": id, "delivery": delivery, "test": true }),
            )?;
            Ok(made)
        };
        self.custody.desk().act(request, act).await
    }

    /// Delivers a message once more, under the same id. Nothing changes while it waits for its turn anyway.
    ///
    /// # Errors
    /// [`Error::Conflict`] while the webhook is off.
    pub async fn replay(
        &self,
        credential: &Credential,
        request: Request,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<Delivery> {
        let (custody, credential, key) = (self.custody.clone(), credential.clone(), self.key().await?);
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::WebhookSend)?;
            let permit: Permit<SendWebhook> = op.permit(Resource::webhook(), &session.facts())?;
            let state = found(op, &permit, &key, &session, id)?.state;
            one(op, &permit, &session, (id, delivery))?;
            check_on(state)?;
            let now = op.now();
            op.change(
                &permit,
                rows::REPLAY,
                params![session.tenant(), id, delivery, now],
            )?;
            let one = one(op, &permit, &session, (id, delivery))?;
            op.record(permit, json!({ "webhook": id, "delivery": delivery }))?;
            Ok(one)
        };
        self.custody.desk().act(request, act).await
    }
}

fn check_on(state: State) -> Result<()> {
    match state {
        State::On => Ok(()),
        State::Off | State::Stopped => Err(Error::Conflict("the webhook is off: switch it on first".into())),
    }
}

fn one<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    (id, delivery): (WebhookId, DeliveryId),
) -> Result<Delivery> {
    let rows = op.list(permit, &rows::delivery(), params![session.tenant(), id, delivery])?;
    match rows.first() {
        Some(row) => read(row),
        None => Err(unknown(op, A::ACTION, id)?),
    }
}

fn read(row: &Row) -> Result<Delivery> {
    let attempts: u32 = row.get(6)?;
    let tried = row.get::<Option<i64>>(7)?.is_some();
    Ok(Delivery {
        id: row.get(0)?,
        event: row.get(1)?,
        action: row.get(2)?,
        made_at: row.get(3)?,
        state: row.get::<String>(4)?.parse()?,
        next_at: row.get(5)?,
        attempts,
        last: tried.then(|| attempt(row, 6)).transpose()?,
    })
}

/// An attempt whose number stands in this column, and the rest behind it.
fn attempt(row: &Row, at: usize) -> Result<Attempt> {
    let trouble: Option<String> = row.get(at + 4)?;
    let trouble = trouble.map(|word| word.parse());
    let trouble = trouble.transpose();
    Ok(Attempt {
        number: row.get(at)?,
        at: row.get(at + 1)?,
        status: row
            .get::<Option<u32>>(at + 2)?
            .and_then(|code| code.try_into().ok()),
        millis: row.get(at + 3)?,
        trouble: trouble.map_err(|()| Error::Internal("unknown trouble in a row".into()))?,
    })
}
