//! Work to be done later, as rows: queued in the transaction that makes it necessary, gone in the transaction that
//! has done it.
//!
//! A job is done at least once. A worker that dies leaves its job to be claimed again when its time is over; if it
//! was only slow, [`Job::done`] then says that the job is no longer its own.

use std::time::Duration;

use kernel::Timestamp;

use crate::{Row, StoreError, Tx, params};

const ENQUEUE: &str = "
    INSERT INTO job (queue, name, payload, ready_at, attempt) VALUES ($1, $2, $3, $4, 0)
    ON CONFLICT (queue, name) DO NOTHING";
const CLAIM: &str = "
    UPDATE job SET ready_at = $3, attempt = attempt + 1
    WHERE (queue, name) IN (
        SELECT queue, name FROM job WHERE queue = $1 AND ready_at <= $2 ORDER BY ready_at, name LIMIT $4)
    RETURNING queue, name, payload, attempt";
const DONE: &str = "DELETE FROM job WHERE queue = $1 AND name = $2 AND attempt = $3";
const RETRY: &str = "
    UPDATE job SET ready_at = $4, trouble = $5 WHERE queue = $1 AND name = $2 AND attempt = $3";
const NEXT: &str = "SELECT ready_at FROM job WHERE queue = $1 ORDER BY ready_at LIMIT 1";

/// A job that this worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What kind of work it is.
    pub queue: String,
    /// Which piece of that work.
    pub name: String,
    /// What the worker needs to know: ids, never content of people's data.
    pub payload: String,
    /// How often it was claimed, this time included.
    pub attempt: i64,
}

impl Job {
    /// Queues a job to be claimed at `ready_at` or later. `false` when one of this queue and name waits already.
    pub fn enqueue(
        tx: &mut Tx,
        queue: &str,
        name: &str,
        payload: &str,
        ready_at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(tx.execute(ENQUEUE, params![queue, name, payload, ready_at])? == 1)
    }

    /// Claims up to `most` jobs that are ready, the oldest first. Each is this worker's own for `ttl`.
    pub fn claim(
        tx: &mut Tx,
        queue: &str,
        most: u32,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Vec<Self>, StoreError> {
        tx.all(CLAIM, params![queue, now, now.plus(ttl), most])?
            .iter()
            .map(Self::from_row)
            .collect()
    }

    /// Removes the job. `false` when it is no longer this worker's: then the transaction should not commit its work.
    pub fn done(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        Ok(tx.execute(DONE, params![&self.queue, &self.name, self.attempt])? == 1)
    }

    /// Gives the job back, to be claimed at `at` or later, with a word on what went wrong. `false` when it is no longer
    /// this worker's.
    pub fn retry_at(&self, tx: &mut Tx, at: Timestamp, trouble: &str) -> Result<bool, StoreError> {
        Ok(tx.execute(RETRY, params![&self.queue, &self.name, self.attempt, at, trouble])? == 1)
    }

    /// When the next job of the queue is or becomes ready; a claimed one counts when its time is over.
    pub fn next_at(tx: &mut Tx, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        tx.optional(NEXT, params![queue])?
            .map(|row| row.get(0))
            .transpose()
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            queue: row.get(0)?,
            name: row.get(1)?,
            payload: row.get(2)?,
            attempt: row.get(3)?,
        })
    }
}
