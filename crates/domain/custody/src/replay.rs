//! Answers kept for idempotency keys, so that a repeated request is answered and not repeated.
//!
//! Promises: for one API key, one idempotency key stands for one request; the answer is kept sealed in the
//! transaction that made it, for a day; the same key with another request is refused.

use std::time::Duration;

use aws_lc_rs::digest;
use operation::Op;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::params;

use crate::Custody;
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client sent as `Idempotency-Key`, with a digest of the request it belongs to.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    hash: [u8; 32],
    request: [u8; 32],
    told: bool,
}

impl IdempotencyKey {
    /// `key` is the client's text, `request` all parts that make the request what it is.
    pub fn new(key: &str, request: &[&[u8]]) -> Self {
        Self {
            hash: sha256(&[key.as_bytes()]),
            request: sha256(request),
            told: false,
        }
    }

    /// Adds a part that became known later, such as the digest of an uploaded body.
    pub fn with(mut self, part: &[u8]) -> Self {
        if !self.told {
            self.request = sha256(&[&self.request, part]);
        }
        self
    }

    /// Adds the last part: what follows is of the server's own making and differs at a repetition.
    pub(crate) fn told(self, part: &[u8]) -> Self {
        let told = true;
        Self {
            told,
            ..self.with(part)
        }
    }
}

const FIND: &str =
    "SELECT request_hash, answer_sealed FROM replay WHERE key_id = $1 AND idempotency_hash = $2";
const KEEP: &str = "INSERT INTO replay (key_id, idempotency_hash, tenant_id, request_hash, answer_sealed, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const KEEP_NEWEST: &str = "INSERT INTO replay (key_id, idempotency_hash, tenant_id, request_hash, answer_sealed, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (key_id, idempotency_hash) DO UPDATE SET answer_sealed = excluded.answer_sealed";
const FORGET: &str = "DELETE FROM replay WHERE made_at < $1";

/// The kept answer for this request, if it was answered before.
pub fn find<T: DeserializeOwned>(
    op: &mut Op<'_>,
    session: &Session,
    key: Option<&IdempotencyKey>,
) -> Result<Option<T>> {
    let Some(key) = key else { return Ok(None) };
    let params = params![session.key.as_bytes(), key.hash.as_slice()];
    let Some(row) = op.find(FIND, params)? else {
        return Ok(None);
    };
    if row.get::<Vec<u8>>(0)? != key.request {
        return Err(Error::ReplayMismatch);
    }
    let context = contexts::replay(session.tenant, session.key, &key.hash);
    let opened = sealing::open(session.tenant_key(), &context, &row.get::<Vec<u8>>(1)?)?;
    serde_json::from_slice(&opened)
        .map(Some)
        .map_err(|error| Error::Internal(error.to_string()))
}

/// Keeps the answer, in the act's own transaction.
pub fn keep<T: Serialize>(
    op: &mut Op<'_>,
    session: &Session,
    key: Option<&IdempotencyKey>,
    answer: &T,
) -> Result<()> {
    write(op, session, key, answer, KEEP)
}

/// As [`keep`], in the place of what was kept for the same request so far: for acts of several transactions.
pub(crate) fn keep_newest<T: Serialize>(
    op: &mut Op<'_>,
    session: &Session,
    key: Option<&IdempotencyKey>,
    answer: &T,
) -> Result<()> {
    write(op, session, key, answer, KEEP_NEWEST)
}

fn write<T: Serialize>(
    op: &mut Op<'_>,
    session: &Session,
    key: Option<&IdempotencyKey>,
    answer: &T,
    sql: &str,
) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let text = zeroize::Zeroizing::new(
        serde_json::to_vec(answer).map_err(|error| Error::Internal(error.to_string()))?,
    );
    let context = contexts::replay(session.tenant, session.key, &key.hash);
    let sealed = sealing::seal(session.tenant_key(), &context, &text, op.random());
    let now = op.now().as_micros();
    let params = params![
        session.key.as_bytes(),
        key.hash.as_slice(),
        session.tenant.as_bytes(),
        key.request.as_slice(),
        sealed,
        now,
    ];
    op.housekeeping().execute(sql, params)?;
    Ok(())
}

impl Custody {
    /// Forgets answers that are older than a day. Housekeeping; call it now and then.
    pub async fn forget_old_answers(&self) -> Result<u64> {
        let before = self.desk.clock.now().minus(KEPT).as_micros();
        Ok(self
            .desk
            .db
            .write(move |tx| tx.execute(FORGET, params![before]))
            .await?)
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = digest::Context::new(&digest::SHA256);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut hash = [0u8; 32];
    hash.copy_from_slice(hasher.finish().as_ref());
    hash
}
