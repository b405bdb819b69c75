//! What should have gone and is there: for whoever checks that rules are kept.

use std::time::Duration;

use kernel::{DatasetId, TenantId, Timestamp};
use store::{StoreError, Tx, params};

use super::book::{Book, Counts};
use super::{days, rows};
use crate::item::Kind;

/// The longest that a round may be late.
const GRACE: Duration = Duration::from_secs(2 * 86_400);

/// How many items are past what counts for them, archive window included, by more than two days, and nothing keeps them; of all tenants whose keys
/// are not gone, or of one.
pub fn overdue(tx: &mut Tx, only: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let (mut sum, mut after) = (0, Vec::new());
    loop {
        let found = tx.all(rows::TENANTS, params![after.as_slice()])?;
        let Some(last) = found.last() else {
            return Ok(sum);
        };
        after = last.get::<Vec<u8>>(0)?;
        for row in &found {
            let tenant: TenantId = row.get(0)?;
            if only.is_none_or(|only| only == tenant) {
                sum += of_tenant(tx, tenant, now)?;
            }
        }
    }
}

fn of_tenant(tx: &mut Tx, tenant: TenantId, now: Timestamp) -> Result<i64, StoreError> {
    let (book, mut sum) = (Book::of(tx, tenant)?, 0);
    if book.is_empty() {
        return Ok(sum);
    }
    for row in tx.all(rows::DATASETS, params![tenant])? {
        let dataset: DatasetId = row.get(0)?;
        for kind in [Kind::File, Kind::Record] {
            if let Some(rule) = book.rule(dataset, kind).filter(|rule| rule.is_settled(now)) {
                let (past, archived) = (rule.past(now), book.window(dataset).past(now));
                let wanted = params![
                    now,
                    dataset,
                    kind.as_str(),
                    past.minus(GRACE),
                    archived.minus(GRACE)
                ];
                sum += tx
                    .one(&rows::overdue(rule.from.column()), wanted)?
                    .get::<i64>(0)?;
            }
        }
    }
    Ok(sum)
}

impl Counts {
    /// Whether what was past its time when the rule was settled could be announced and archived since.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.since.plus(days(self.notice_days)).plus(GRACE) <= now
    }
}
