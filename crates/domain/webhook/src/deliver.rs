//! Taking messages to deliver them, and keeping what came of it.
//!
//! ```text
//! take     | some messages of one webhook are this node's for a while    a node that dies leaves them to be taken again when that is over
//! carry    | outside of any transaction, one after another                so one may arrive and not be settled: it goes out again, under the same id
//! settle   | delivered, later, or given up                                refused when somebody else took it meanwhile
//! ```

use std::time::Duration;

use async_trait::async_trait;
use kernel::{DeliveryId, EventId, TenantId, Timestamp, WebhookId};
use sealing::{Context, Key};
use store::{Row, StoreError, Tx, params};
use zeroize::Zeroizing;

use crate::hook::DeliveryState;
use crate::secret::{Secret, signature};
use crate::{Cause, Result, Target, Webhooks, message, rows};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How long to wait after the first, second, … attempt, as the specification advises. After one more it is given up, some three days later.
const DELAYS: [u64; 9] = [
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];
/// Webhooks asked for in one go, and messages of one that are taken together.
const WEBHOOKS: i64 = 256;
const AT_ONCE: i64 = 8;
/// How long they are this node's: longer than carrying them all may take.
const TAKEN_FOR: Duration = Duration::from_secs(5 * MINUTE);

/// A message on its way.
pub struct Parcel {
    /// Where it goes.
    pub target: Target,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, in seconds since 1970.
    pub seconds: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body, JSON.
    pub body: Vec<u8>,
}

/// What came of carrying a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The target answered with this status.
    Status(u16),
    /// It did not answer, or was not asked.
    Trouble(Cause),
}

/// Carries messages. It takes a bounded time over each, and follows no redirection.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Carries one.
    async fn carry(&self, parcel: Parcel) -> Answer;
}

/// Messages to one webhook that are this node's for a while.
pub struct Series {
    /// The webhook.
    pub webhook: WebhookId,
    tenant: TenantId,
    /// Nothing when what was stored does not open.
    door: Option<Door>,
    messages: Vec<Message>,
}

struct Door {
    target: Target,
    secrets: Vec<Secret>,
}

struct Message {
    id: DeliveryId,
    fence: i64,
    attempt: i64,
    tries: i64,
    /// Nothing when there is no such event.
    body: Option<Vec<u8>>,
}

/// One attempt, as it is kept.
struct Tried {
    at: Timestamp,
    ended: Timestamp,
    status: Option<u16>,
    trouble: Option<Cause>,
}

impl Webhooks {
    /// Takes what is due, of at most `most` webhooks that are not among `busy`.
    pub async fn take(&self, busy: &[WebhookId], most: usize) -> Result<Vec<Series>> {
        let (desk, now) = (self.custody.desk(), self.custody.desk().clock.now());
        let due = desk
            .db
            .read(move |tx| tx.all(rows::DUE, params![now, WEBHOOKS]))
            .await?;
        let is_free = |row: &&Row| row.get::<WebhookId>(0).is_ok_and(|id| !busy.contains(&id));
        let free: Vec<&Row> = due.iter().filter(is_free).take(most).collect();
        if free.is_empty() {
            return Ok(Vec::new());
        }
        let (key, mut taken) = (self.key().await?, Vec::new());
        for row in free {
            let (webhook, tenant) = (row.get(0)?, row.get(1)?);
            let messages = desk
                .db
                .write(move |tx| take_of(tx, (webhook, tenant), now))
                .await?;
            if !messages.is_empty() {
                let door = Door::open(&key, (webhook, tenant), row, now)?;
                taken.push(Series {
                    webhook,
                    tenant,
                    door,
                    messages,
                });
            }
        }
        Ok(taken)
    }

    /// Carries messages one after another, and keeps what came of each. Where the target itself is the trouble, the others wait with the first.
    pub async fn deliver(&self, series: Series, courier: &dyn Courier) -> Result<()> {
        let mut messages = series.messages.into_iter();
        while let Some(message) = messages.next() {
            let tried = self.try_one(series.door.as_ref(), &message, courier).await;
            let next = next(&message, &tried);
            let of = (series.webhook, series.tenant);
            let failing = self.settle(of, &message, &tried, next).await?;
            if let Some(cause) = tried.trouble {
                self.stop_if_hopeless(of, cause, failing).await?;
            }
            if tried.trouble.is_some_and(Cause::is_about_the_target) {
                return self.give_back(messages, next.unwrap_or(tried.ended)).await;
            }
        }
        Ok(())
    }

    async fn try_one(&self, door: Option<&Door>, message: &Message, courier: &dyn Courier) -> Tried {
        let clock = &self.custody.desk().clock;
        let at = clock.now();
        let answer = match (door, &message.body) {
            (Some(door), Some(body)) => courier.carry(door.parcel(message.id, at, body)).await,
            _ => Answer::Trouble(Cause::Altered),
        };
        let (status, trouble) = match answer {
            Answer::Status(status) => (Some(status), Cause::of_status(status)),
            Answer::Trouble(cause) => (None, Some(cause)),
        };
        Tried {
            at,
            ended: clock.now(),
            status,
            trouble,
        }
    }

    /// Says since when the webhook fails and how often it did, if it does and the message was still this node's.
    async fn settle(
        &self,
        (webhook, tenant): (WebhookId, TenantId),
        message: &Message,
        tried: &Tried,
        next: Option<Timestamp>,
    ) -> Result<Option<(Timestamp, i64)>> {
        let state = match (tried.trouble, next) {
            (None, _) => DeliveryState::Delivered,
            (Some(_), Some(_)) => DeliveryState::Waiting,
            (Some(_), None) => DeliveryState::GivenUp,
        };
        let (id, fence, attempt) = (message.id, message.fence, message.attempt + 1);
        let micros = tried.ended.as_micros().saturating_sub(tried.at.as_micros());
        let (at, millis) = (tried.at, micros.max(0) / 1_000);
        let (status, trouble) = (tried.status.map(i64::from), tried.trouble.map(Cause::as_str));
        let settled = self.custody.desk().db.write(move |tx| {
            let values = params![id, fence, state.as_str(), next, at, status, millis, trouble];
            if tx.execute(rows::SETTLE, values)? == 0 {
                return Ok(None);
            }
            let values = params![id, attempt, tenant, at, status, millis, trouble];
            tx.execute(rows::ATTEMPTED, values)?;
            if trouble.is_none() {
                tx.execute(rows::WORKS, params![webhook])?;
                return Ok(None);
            }
            let failing = tx.optional(rows::FAILS, params![webhook, at])?;
            let failing = failing.map(|row| Ok::<_, StoreError>((row.get(0)?, row.get(1)?)));
            failing.transpose()
        });
        Ok(settled.await?)
    }

    async fn give_back(&self, messages: impl Iterator<Item = Message>, at: Timestamp) -> Result<()> {
        let left: Vec<_> = messages.map(|message| (message.id, message.fence)).collect();
        let given_back = self.custody.desk().db.write(move |tx| {
            for (id, fence) in &left {
                tx.execute(rows::GIVE_BACK, params![*id, *fence, at])?;
            }
            Ok::<_, StoreError>(())
        });
        Ok(given_back.await?)
    }
}

impl Door {
    /// What is needed to send to a webhook, if it opens.
    fn open(
        key: &Key,
        of: (WebhookId, TenantId),
        row: &Row,
        now: Timestamp,
    ) -> std::result::Result<Option<Self>, StoreError> {
        let open = |purpose, sealed: Vec<u8>| sealing::open(key, &context(purpose, of), &sealed).ok();
        let target = open(TARGET, row.get(2)?).and_then(|bytes| read_target(&bytes));
        let Some((target, newest)) = target.zip(open(SECRET, row.get(3)?)) else {
            return Ok(None);
        };
        let counts = row.get::<Option<Timestamp>>(5)?.is_some_and(|until| now < until);
        let former = row.get::<Option<Vec<u8>>>(4)?.filter(|_| counts);
        let former = former.and_then(|sealed| open(SECRET, sealed));
        let secrets = std::iter::once(newest).chain(former);
        let secrets = secrets.map(Secret::from_bytes).collect();
        Ok(Some(Self { target, secrets }))
    }

    fn parcel(&self, id: DeliveryId, at: Timestamp, body: &[u8]) -> Parcel {
        let (id, seconds) = (message::id(id), at.as_micros().div_euclid(1_000_000));
        Parcel {
            target: self.target.clone(),
            signature: signature(&self.secrets, &id, seconds, body),
            id,
            seconds,
            body: body.to_vec(),
        }
    }
}

pub(crate) const TARGET: &str = "webhook target";
pub(crate) const SECRET: &str = "webhook secret";

/// What an address or a secret is sealed for: moved to another webhook or tenant it does not open.
pub(crate) fn context(purpose: &str, (webhook, tenant): (WebhookId, TenantId)) -> Context {
    Context::new(purpose)
        .with(webhook.as_bytes())
        .with(tenant.as_bytes())
}

pub(crate) fn read_target(bytes: &Zeroizing<Vec<u8>>) -> Option<Target> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn take_of(
    tx: &mut Tx,
    (webhook, tenant): (WebhookId, TenantId),
    now: Timestamp,
) -> std::result::Result<Vec<Message>, StoreError> {
    let found = tx.all(rows::TAKE, params![webhook, now, now.plus(TAKEN_FOR), AT_ONCE])?;
    let mut messages = Vec::with_capacity(found.len());
    for row in &found {
        let (event, made_at): (Option<EventId>, Timestamp) = (row.get(1)?, row.get(2)?);
        messages.push(Message {
            id: row.get(0)?,
            fence: row.get(3)?,
            attempt: row.get(4)?,
            tries: row.get(5)?,
            body: message::body(tx, tenant, event, made_at)?,
        });
    }
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

/// When a message is tried again; never once it was delivered or was tried often enough.
fn next(message: &Message, tried: &Tried) -> Option<Timestamp> {
    tried.trouble?;
    let delay = DELAYS.get(usize::try_from(message.tries).ok()?)?;
    Some(tried.ended.plus(Duration::from_secs(*delay)))
}
