//! Announcing what goes, before it goes.

use kernel::{DatasetId, RetentionNoticeId, Timestamp};
use operation::acts::RunLifecycle;
use operation::{Op, Permit, Resource};
use serde_json::json;
use store::params;

use super::book::Counts;
use super::round::{Place, last_id};
use super::{DAY, days, rows};
use crate::error::Result;
use crate::item::Kind;

/// Announces what comes to its end within the days of notice, at most once a day. Gives how many items that are.
pub(super) fn announce(
    op: &mut Op<'_>,
    place: &Place,
    dataset: DatasetId,
    kind: Kind,
    rule: &Counts,
) -> Result<u64> {
    if rule.notice_days == 0 {
        return Ok(0);
    }
    let now = op.now();
    let last = op.find(rows::LAST_NOTICE, params![dataset, kind.as_str(), rule.since])?;
    let last = last.map(|row| Ok::<_, crate::Error>((row.get::<Timestamp>(0)?, row.get::<Timestamp>(1)?)));
    let last = last.transpose()?;
    if last.is_some_and(|(_, made_at)| made_at.plus(DAY) > now) {
        return Ok(0);
    }
    // A day more than the notice takes: so what is announced once a day is never late.
    let until = rule.past(now.plus(days(rule.notice_days)).plus(DAY));
    let from = last.map_or(Timestamp::from_micros(i64::MIN), |(until, _)| until);
    let wanted = params![dataset, kind.as_str(), last_id(until), from, until];
    let counted = op.find(&rows::to_announce(rule.from.column()), wanted)?;
    let items = counted.map_or(Ok(0), |row| row.get::<i64>(0))?;
    if items == 0 {
        return Ok(0);
    }
    let permit: Permit<RunLifecycle> = op.permit(Resource::dataset(dataset), &place.facts())?;
    let (id, ready_at) = (
        RetentionNoticeId::make(now, op.random()),
        now.plus(days(rule.notice_days)),
    );
    let row = params![
        id,
        place.tenant,
        dataset,
        kind.as_str(),
        items,
        until,
        rule.since,
        now,
        ready_at
    ];
    op.change(&permit, rows::INSERT_NOTICE, row)?;
    let details =
        json!({ "notice": id, "kind": kind, "items": items, "because": rule.because, "ready_at": ready_at });
    op.record(permit, details)?;
    Ok(items.unsigned_abs())
}

/// What begins at this moment or before is past its time and was announced long enough ago.
pub(super) fn ripe(
    op: &mut Op<'_>,
    dataset: DatasetId,
    kind: Kind,
    rule: &Counts,
) -> Result<Option<Timestamp>> {
    let now = op.now();
    if rule.notice_days == 0 {
        return Ok(Some(rule.past(now)));
    }
    let found = op.find(rows::ANNOUNCED, params![dataset, kind.as_str(), rule.since, now])?;
    let announced: Option<Timestamp> = found.map(|row| row.get(0)).transpose()?.flatten();
    Ok(announced.map(|announced| announced.min(rule.past(now))))
}
