//! What was kept of checks and claims over a time, for reports about it.
//!
//! Promises: every run that was kept comes, oldest first, a page at a time, so that memory does not grow with the time; nothing is
//! judged here. All of it blocks, for threads outside the asynchronous runtime.

use kernel::{EventId, Timestamp};

use crate::changes::ClaimVersion;
use crate::error::Result;
use crate::rows;
use crate::rows::Kept;
use crate::runner::Assurance;

/// A run of a check with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What was kept.
    pub kept: Kept,
    /// The place of its entry in the log, once it has one.
    pub index: Option<u64>,
}

/// A run that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Its entry of the operator's trail.
    pub event: EventId,
}

impl Assurance {
    /// Up to `limit` runs of a check after one moment and before another, oldest first.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn runs_between(
        &self,
        check: &str,
        (after, before): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<Run>> {
        let check = check.to_owned();
        let read = move |tx: &mut store::Tx| rows::runs_between(tx, &check, (after, before), limit);
        Ok(self.site().db().read_blocking(read)?)
    }

    /// The last run of a check before a moment.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn last_run_before(&self, check: &str, before: Timestamp) -> Result<Option<Mark>> {
        let check = check.to_owned();
        let read = move |tx: &mut store::Tx| rows::last_run_before(tx, &check, before);
        Ok(self.site().db().read_blocking(read)?)
    }

    /// How a claim stood from one moment to another, oldest first: the version in force at the first, and up to `limit` that
    /// began between them.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn versions_between(
        &self,
        claim: &str,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<ClaimVersion>> {
        let claim = claim.to_owned();
        let read = move |tx: &mut store::Tx| rows::versions_between(tx, &claim, (from, to), limit);
        Ok(self.site().db().read_blocking(read)?)
    }
}
