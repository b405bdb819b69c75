//! SQL of what a register of processing needs beside what others keep: who was sent something, who may see what, what was done last.

use kernel::{DatasetId, EntryId, Timestamp};
use operation::{Act, Op, Permit};
use store::params;

use custody::{Result, Session};

use super::Disclosed;

const CALLED: &str =
    "SELECT entry_id, max(called_at) FROM processor_call WHERE tenant_id = $1 GROUP BY entry_id";
const GRANTED: &str = "SELECT g.dataset_id, m.class, count(*) FROM dataset_grant g JOIN member m ON m.member_id = g.member_id \
     WHERE g.tenant_id = $1 AND m.state = 'active' AND (g.ends_at IS NULL OR g.ends_at > $2) \
     GROUP BY g.dataset_id, m.class ORDER BY g.dataset_id, m.class";
const LAST_DONE: &str = "SELECT happened_at FROM event WHERE tenant_id = $1 AND action = $2 AND outcome = 'done' \
     ORDER BY event_id DESC LIMIT 1";
const CHAIN: &str = "SELECT next_number FROM log_chain WHERE tenant_id = $1";
const PAIRS: &str = "SELECT count(*) FROM duty_pair WHERE tenant_id = $1";
const GIVEN: &str = "SELECT count(*) FROM duty_holder WHERE tenant_id = $1";

/// Acts by which content is shown or given out.
const DISCLOSURES: [&str; 4] = ["item.view", "item.download", "export.download", "item.process"];

/// When each sub-processor was sent something last.
pub(super) fn called<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
) -> Result<Vec<(EntryId, Timestamp)>> {
    let found = op.list(permit, CALLED, params![session.tenant()])?;
    found.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// How many members of which class work in which dataset.
pub(super) fn granted<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
) -> Result<Vec<(DatasetId, String, i64)>> {
    let now = op.now();
    let found = op.list(permit, GRANTED, params![session.tenant(), now])?;
    found
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .collect()
}

/// By which kinds of acts somebody got to see something.
pub(super) fn disclosed<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
) -> Result<Vec<Disclosed>> {
    let mut disclosed = Vec::new();
    for action in DISCLOSURES {
        let found = op.list(permit, LAST_DONE, params![session.tenant(), action])?;
        if let Some(row) = found.first() {
            disclosed.push(Disclosed {
                action,
                last_at: row.get(0)?,
            });
        }
    }
    Ok(disclosed)
}

/// How many entries the tenant's chain has, how many pairs of duties it added to those that are built in, and how many duties were given.
pub(super) fn counts(op: &mut Op<'_>, session: &Session) -> Result<[i64; 3]> {
    let mut counts = [0; 3];
    for (count, sql) in counts.iter_mut().zip([CHAIN, PAIRS, GIVEN]) {
        if let Some(row) = op.find(sql, params![session.tenant()])? {
            *count = row.get(0)?;
        }
    }
    Ok(counts)
}
