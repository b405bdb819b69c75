//! What the clock says about the end of a contract.

use std::time::Duration;

use kernel::{TenantId, Timestamp};
use operation::Op;
use store::params;

use super::{DELETE_AFTER_DAYS, NoticeKind, rows};
use crate::error::Result;
use crate::retention::days;

/// When a contract ends, and when everything is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EndClock {
    pub(super) ends_at: Timestamp,
    pub(super) deleted_at: Timestamp,
}

impl EndClock {
    /// Nothing for a contract without an end.
    pub(super) fn of(op: &mut Op<'_>, tenant: TenantId) -> Result<Option<Self>> {
        let Some(row) = op.find(rows::END, params![tenant])? else {
            return Ok(None);
        };
        let (ends_at, after): (Option<Timestamp>, Option<u32>) = (row.get(0)?, row.get(1)?);
        Ok(ends_at.map(|ends_at| Self {
            ends_at,
            deleted_at: ends_at.plus(days(after.unwrap_or(DELETE_AFTER_DAYS))),
        }))
    }

    /// What is to be announced at this moment, with the moment it is about. What comes too late for fourteen days is told once,
    /// as what it is.
    pub(super) fn told(&self, now: Timestamp) -> Option<(NoticeKind, Timestamp)> {
        let before = |end: Timestamp, count: u32| end.minus(days(count));
        if now < before(self.ends_at, 14) {
            return None;
        }
        if now < before(self.ends_at, 3) {
            return Some((NoticeKind::EndIn14, self.ends_at));
        }
        if now < self.ends_at {
            return Some((NoticeKind::EndIn3, self.ends_at));
        }
        if now < before(self.deleted_at, 14).max(self.ends_at.plus(Duration::from_secs(3600))) {
            return Some((NoticeKind::Ended, self.ends_at));
        }
        if now < before(self.deleted_at, 3) {
            return Some((NoticeKind::DeletionIn14, self.deleted_at));
        }
        (now < self.deleted_at).then_some((NoticeKind::DeletionIn3, self.deleted_at))
    }
}
