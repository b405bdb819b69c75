//! SQL of erasures and of what they had to leave.

use access::Action;
use custody::{Error, Result, Session};
use kernel::{ErasureId, ItemId, SubjectId, Timestamp};
use operation::{Op, Resource};
use serde_json::json;
use store::{Row, params};

use super::{Cause, Erasure, ErasureState, LeftItem};

const COLUMNS: &str =
    "erasure_id, person_id, begun_by, begun_at, state, items, finished_at, held_id, shared_id";
pub(super) const INSERT: &str = "INSERT INTO subject_erasure (erasure_id, tenant_id, person_id, begun_by, begun_at, state, items, \
     held_id, shared_id, finished_at) VALUES ($1, $2, $3, $4, $5, $6, 0, NULL, NULL, NULL)";
/// What happens when they are to be taken in again: kept until it is noted beside what they are known by.
pub(super) const REMEMBER: &str =
    "UPDATE subject_erasure SET afterwards = $3 WHERE tenant_id = $1 AND erasure_id = $2";
pub(super) const REMEMBERED: &str =
    "SELECT afterwards FROM subject_erasure WHERE tenant_id = $1 AND erasure_id = $2";
const RUNNING_OF: &str = "SELECT erasure_id FROM subject_erasure WHERE tenant_id = $1 AND person_id = $2 AND state IN ('held', 'running')";
pub(super) const CAME_TO: &str = "UPDATE subject_erasure SET items = items + $3, held_id = $4, shared_id = $5 \
     WHERE tenant_id = $1 AND erasure_id = $2";
pub(super) const STATE: &str =
    "UPDATE subject_erasure SET state = $3, finished_at = $4 WHERE tenant_id = $1 AND erasure_id = $2";
pub(super) const LEAVE: &str = "INSERT INTO subject_erasure_item (erasure_id, item_id, tenant_id, cause, until, decision, \
     ground_sealed, settled_at) VALUES ($1, $2, $3, $4, $5, NULL, NULL, NULL) ON CONFLICT DO NOTHING";
pub(super) const DECIDE: &str = "UPDATE subject_erasure_item SET decision = $4, ground_sealed = $5 \
     WHERE tenant_id = $1 AND erasure_id = $2 AND item_id = $3";
pub(super) const SETTLE: &str = "UPDATE subject_erasure_item SET settled_at = $4 WHERE tenant_id = $1 AND erasure_id = $2 AND item_id = $3";
const LEFT: &str = "SELECT item_id, cause, until, decision, settled_at FROM subject_erasure_item \
     WHERE tenant_id = $1 AND erasure_id = $2 ORDER BY item_id";
const KEPT: &str =
    "SELECT 1 FROM subject_erasure_item WHERE tenant_id = $1 AND item_id = $2 AND decision = 'keep' LIMIT 1";
pub(super) const DELETE_IDENTIFIERS: &str = "DELETE FROM subject_identifier WHERE tenant_id = $1 AND subject_id IN \
     (SELECT subject_id FROM subject WHERE tenant_id = $1 AND person_id = $2)";
pub(super) const RESTRICT_ROW: &str =
    "UPDATE subject SET restricted_at = $3 WHERE tenant_id = $1 AND subject_id = $2";

/// An erasure with the rows that what it had to leave hangs on.
pub(super) struct ErasureRow {
    pub(super) erasure: Erasure,
    /// Above what is on hold.
    pub(super) held: Option<SubjectId>,
    /// Among those whom an item is about that others share.
    pub(super) shared: Option<SubjectId>,
}

pub(super) fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM subject_erasure WHERE tenant_id = $1 AND erasure_id > $2 ORDER BY erasure_id LIMIT $3"
    )
}

/// The erasure, or the refusal that an unknown one gets.
pub(super) fn found(
    op: &mut Op<'_>,
    session: &Session,
    erasure: ErasureId,
    action: Action,
) -> Result<ErasureRow> {
    let sql = format!("SELECT {COLUMNS} FROM subject_erasure WHERE tenant_id = $1 AND erasure_id = $2");
    match op.find(&sql, params![session.tenant(), erasure])? {
        Some(row) => read(op, session, &row),
        None => {
            let details = json!({ "reasons": ["unknown"], "asked": erasure });
            op.refuse(action, Resource::subject(), details)?;
            Err(Error::NotFound("erasure"))
        }
    }
}

pub(super) fn read(op: &mut Op<'_>, session: &Session, row: &Row) -> Result<ErasureRow> {
    let id: ErasureId = row.get(0)?;
    let left = op.find_all(LEFT, params![session.tenant(), id])?;
    Ok(ErasureRow {
        erasure: Erasure {
            id,
            subject: row.get(1)?,
            begun_by: row.get(2)?,
            begun_at: row.get(3)?,
            state: state(&row.get::<String>(4)?)?,
            items: row.get::<i64>(5)?.unsigned_abs(),
            left: left.iter().map(read_left).collect::<Result<_>>()?,
            finished_at: row.get::<Option<i64>>(6)?.map(Timestamp::from_micros),
        },
        held: row.get(7)?,
        shared: row.get(8)?,
    })
}

/// Refuses what would change who is erased while they are.
pub(crate) fn check_not_running(op: &mut Op<'_>, session: &Session, person: SubjectId) -> Result<()> {
    match op.find(RUNNING_OF, params![session.tenant(), person])? {
        Some(_) => Err(Error::Conflict("this person is being erased: resume that".into())),
        None => Ok(()),
    }
}

/// Whether somebody decided, for another person, that the item is kept.
pub(super) fn is_kept(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<bool> {
    Ok(op.find(KEPT, params![session.tenant(), item])?.is_some())
}

fn read_left(row: &Row) -> Result<LeftItem> {
    let cause = match row.get::<String>(1)?.as_str() {
        "shared" => Cause::Shared,
        "legal-hold" => Cause::LegalHold,
        "retention" => Cause::Retention,
        other => return Err(Error::Internal(format!("unknown cause {other} in a row"))),
    };
    Ok(LeftItem {
        item: row.get(0)?,
        cause,
        until: row.get::<Option<i64>>(2)?.map(Timestamp::from_micros),
        decision: row.get(3)?,
        settled: row.get::<Option<i64>>(4)?.is_some(),
    })
}

fn state(word: &str) -> Result<ErasureState> {
    match word {
        "held" => Ok(ErasureState::Held),
        "running" => Ok(ErasureState::Running),
        "waiting" => Ok(ErasureState::Waiting),
        "done" => Ok(ErasureState::Done),
        other => Err(Error::Internal(format!("unknown state {other} in a row"))),
    }
}
