//! SQL of tasks and their items.

use kernel::{DatasetId, ItemId, MemberId, TaskId, Timestamp};
use operation::Op;
use sealing::Key;
use store::{Row, params};

use super::{Task, TaskItem, TaskState, WorkState};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// What a task gives, if it is live at moment $3.
pub(super) const LIVE: &str = "SELECT member_id, dataset_id, ends_at, originals FROM task \
     WHERE tenant_id = $1 AND task_id = $2 AND state = 'live' AND ends_at > $3";

// ---- leases ----

pub(super) const LEASE_OF: &str = "SELECT t.task_id, t.ends_at FROM task_item l JOIN task t ON t.task_id = l.task_id \
     WHERE t.tenant_id = $1 AND l.member_id = $2 AND l.item_id = $3 AND l.state = 'leased' AND t.state = 'live' \
     AND t.ends_at > $4 LIMIT 1";
pub(super) const LEASE_IN: &str = "SELECT DISTINCT t.task_id FROM task t JOIN task_item l ON l.task_id = t.task_id \
     WHERE t.tenant_id = $1 AND t.member_id = $2 AND t.dataset_id = $3 AND t.state = 'live' AND t.ends_at > $4 \
     AND l.state = 'leased'";
pub(super) const STILL_LEASED: &str = "SELECT t.task_id FROM task t JOIN task_item l ON l.task_id = t.task_id \
     JOIN dataset_grant g ON g.dataset_id = t.dataset_id AND g.member_id = t.member_id \
     WHERE t.task_id = $1 AND l.item_id = $2 AND l.state = 'leased' AND t.state = 'live' AND t.ends_at > $3 \
     AND (g.ends_at IS NULL OR g.ends_at > $3)";

// ---- handing out ----

/// Whether processing is restricted for somebody whom item $2 is about.
pub(super) const RESTRICTED: &str = "SELECT 1 FROM item_subject q JOIN subject r ON r.subject_id = q.subject_id \
     WHERE q.tenant_id = $1 AND q.item_id = $2 AND r.restricted_at IS NOT NULL LIMIT 1";

/// The next free items at moment $3 for a member, who is not offered again what they skipped. A range of
/// `item_free`, which holds neither what is submitted nor what is archived; what is leased lies behind the range.
pub(super) const FREE: &str = "SELECT i.item_id FROM item i WHERE i.dataset_id = $2 AND i.state = 'active' \
     AND i.free_at IS NOT NULL AND i.free_at <= $3 AND i.tenant_id = $1 \
     AND NOT EXISTS (SELECT 1 FROM task_item s WHERE s.item_id = i.item_id AND s.member_id = $4 AND s.state = 'skipped') \
     AND NOT EXISTS (SELECT 1 FROM item_subject q JOIN subject r ON r.subject_id = q.subject_id \
     WHERE q.item_id = i.item_id AND r.restricted_at IS NOT NULL) \
     ORDER BY i.free_at, i.item_id LIMIT $5";
/// What a reviewer gave back can be assigned at once, to anybody.
pub(super) const IS_FREE: &str = "SELECT i.item_id FROM item i WHERE i.tenant_id = $1 AND i.dataset_id = $2 AND i.item_id = $3 \
     AND i.state = 'active' AND (i.free_at <= $4 OR EXISTS (SELECT 1 FROM task_item r \
     WHERE r.item_id = i.item_id AND r.state = 'returned')) \
     AND NOT EXISTS (SELECT 1 FROM item_subject q JOIN subject p ON p.subject_id = q.subject_id \
     WHERE q.item_id = i.item_id AND p.restricted_at IS NOT NULL)";
/// What reviewers gave back to a member, oldest first.
pub(super) const RETURNED_TO: &str = "SELECT l.item_id FROM task_item l JOIN item i ON i.item_id = l.item_id \
     WHERE l.tenant_id = $1 AND l.dataset_id = $2 AND l.member_id = $3 AND l.state = 'returned' AND i.state = 'active' \
     AND NOT EXISTS (SELECT 1 FROM item_subject q JOIN subject r ON r.subject_id = q.subject_id \
     WHERE q.item_id = i.item_id AND r.restricted_at IS NOT NULL) \
     ORDER BY l.changed_at, l.item_id LIMIT $4";
/// What the last reviewer said of an item that is handed out again.
pub(super) const SAID_OF: &str = "SELECT task_id, reason_sealed FROM task_item WHERE tenant_id = $1 AND item_id = $2 \
     AND state IN ('returned', 'reworked') ORDER BY changed_at DESC LIMIT 1";
pub(super) const REWORKED: &str = "UPDATE task_item SET state = 'reworked' WHERE tenant_id = $1 AND item_id = $2 \
     AND state = 'returned'";
pub(super) const OPEN_TASKS: &str = "SELECT count(*) FROM task \
     WHERE member_id = $1 AND dataset_id = $2 AND state = 'live' AND ends_at > $3";
pub(super) const INSERT: &str = "INSERT INTO task (task_id, tenant_id, dataset_id, member_id, taken_at, ends_at, state, \
     originals, reason_sealed) VALUES ($1, $2, $3, $4, $5, $6, 'live', $7, NULL)";
pub(super) const INSERT_ITEM: &str = "INSERT INTO task_item (task_id, item_id, tenant_id, member_id, state, changed_at, \
     reason_sealed, dataset_id, submitted_at) VALUES ($1, $2, $3, $4, 'leased', $5, $6, $7, NULL)";
pub(super) const FREE_AT: &str = "UPDATE item SET free_at = $3 WHERE tenant_id = $1 AND item_id = $2";
pub(super) const GRANTED: &str = "SELECT member_id FROM dataset_grant \
     WHERE tenant_id = $1 AND dataset_id = $2 AND member_id = $3 AND (ends_at IS NULL OR ends_at > $4)";

// ---- working ----

pub(super) const ITEM_STATE: &str =
    "SELECT state FROM task_item WHERE tenant_id = $1 AND task_id = $2 AND item_id = $3";
pub(super) const SETTLE_ITEM: &str = "UPDATE task_item SET state = $4, changed_at = $5, reason_sealed = $6 \
     WHERE tenant_id = $1 AND task_id = $2 AND item_id = $3";
pub(super) const FINISH: &str = "UPDATE task SET state = 'finished' WHERE tenant_id = $1 AND task_id = $2 \
     AND NOT EXISTS (SELECT 1 FROM task_item l WHERE l.task_id = $2 AND l.state = 'leased')";
pub(super) const FREE_ALL: &str = "UPDATE item SET free_at = $3 WHERE tenant_id = $1 AND item_id IN \
     (SELECT item_id FROM task_item WHERE task_id = $2 AND state = 'leased')";
pub(super) const END: &str =
    "UPDATE task SET state = $3, reason_sealed = $4 WHERE tenant_id = $1 AND task_id = $2";

/// The tasks of member $2 that are live at moment $3. What has run out may be somebody else's already.
pub(super) const LIVE_OF: &str = "SELECT task_id FROM task WHERE tenant_id = $1 AND member_id = $2 AND state = 'live' \
     AND ends_at > $3 ORDER BY task_id";
pub(super) const SUBMITTED_AT: &str =
    "UPDATE task_item SET submitted_at = $4 WHERE tenant_id = $1 AND task_id = $2 AND item_id = $3";

// ---- reviewing ----

/// Submitted items after an id, but for what member $3 submitted.
pub(super) const TO_REVIEW: &str = "SELECT l.item_id, l.task_id, l.member_id, l.changed_at FROM task_item l \
     WHERE l.tenant_id = $1 AND l.dataset_id = $2 AND l.member_id <> $3 AND l.state = 'submitted' AND l.item_id > $4 \
     ORDER BY l.item_id LIMIT $5";
pub(super) const NEWEST_VERSION: &str = "SELECT version_id FROM item WHERE tenant_id = $1 AND item_id = $2";

// ---- running out ----

pub(super) const RUN_OUT: &str = "SELECT t.task_id, t.tenant_id, t.dataset_id, t.member_id, n.letterbox \
     FROM task t JOIN tenant n ON n.tenant_id = t.tenant_id \
     WHERE t.state = 'live' AND t.ends_at <= $1 ORDER BY t.ends_at LIMIT 100";
pub(super) const MARK_RUN_OUT: &str =
    "UPDATE task SET state = 'ended' WHERE task_id = $1 AND state = 'live' AND ends_at <= $2";

// ---- looking ----

/// Live grants are those of member $3 at moment $4.
const COLUMNS: &str = "t.task_id, t.dataset_id, t.member_id, t.taken_at, t.ends_at, t.state, t.originals, \
     t.reason_sealed, d.key_wrapped, \
     (SELECT count(*) FROM dataset_grant g WHERE g.dataset_id = t.dataset_id AND g.member_id = $3 \
     AND (g.ends_at IS NULL OR g.ends_at > $4)), \
     (SELECT count(*) FROM task_item l WHERE l.task_id = t.task_id AND l.state = 'leased'), \
     (SELECT count(*) FROM task_item l WHERE l.task_id = t.task_id AND l.submitted_at IS NOT NULL), \
     (SELECT count(*) FROM task_item l WHERE l.task_id = t.task_id AND l.state = 'skipped'), \
     (SELECT count(*) FROM task_item l WHERE l.task_id = t.task_id AND l.state = 'approved'), \
     (SELECT count(*) FROM task_item l WHERE l.task_id = t.task_id AND l.state IN ('returned', 'reworked'))";
const TABLES: &str = "task t JOIN dataset d ON d.dataset_id = t.dataset_id";
pub(super) const ITEMS: &str = "SELECT item_id, state, changed_at, reason_sealed FROM task_item \
     WHERE tenant_id = $1 AND task_id = $2 ORDER BY item_id";

/// A page of tasks after id $2: of member $3 alone, of dataset $6 alone, live ones alone.
pub(super) fn page_sql(own: bool, of_dataset: bool, live: bool) -> String {
    let own = if own { "AND t.member_id = $3" } else { "" };
    let dataset = if of_dataset { "AND t.dataset_id = $6" } else { "" };
    let live = if live {
        "AND t.state = 'live' AND t.ends_at > $4"
    } else {
        ""
    };
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE t.tenant_id = $1 AND t.task_id > $2 {own} {dataset} {live} \
         ORDER BY t.task_id LIMIT $5"
    )
}

/// A task's row, with the key of its dataset open.
pub(super) struct TaskRow {
    pub(super) task: Task,
    pub(super) granted: bool,
    pub(super) key: Key,
    reason_sealed: Option<Vec<u8>>,
}

impl TaskRow {
    pub(super) fn read(session: &Session, row: &Row, now: Timestamp) -> Result<Self> {
        let (id, dataset): (TaskId, DatasetId) = (row.get(0)?, row.get(1)?);
        let context = contexts::dataset_key(session.tenant, dataset);
        let ends_at: Timestamp = row.get(4)?;
        let state = TaskState::from_row(&row.get::<String>(5)?)?;
        Ok(Self {
            task: Task {
                id,
                dataset,
                member: row.get(2)?,
                taken_at: row.get(3)?,
                ends_at,
                // Nobody may have marked it yet.
                state: match state {
                    TaskState::Live if ends_at <= now => TaskState::Ended,
                    state => state,
                },
                originals: row.get(6)?,
                reason: None,
                leased: row.get(10)?,
                submitted: row.get(11)?,
                skipped: row.get(12)?,
                approved: row.get(13)?,
                returned: row.get(14)?,
                items: Vec::new(),
            },
            granted: row.get::<i64>(9)? > 0,
            key: sealing::unwrap(session.tenant_key(), &context, &row.get::<Vec<u8>>(8)?)?,
            reason_sealed: row.get(7)?,
        })
    }

    /// The task with what was said about it.
    pub(super) fn task(&self, session: &Session) -> Result<Task> {
        Ok(Task {
            reason: self.open_reason(session, None, self.reason_sealed.as_deref())?,
            ..self.task.clone()
        })
    }

    /// One of its items, from a row of [`ITEMS`].
    pub(super) fn item(&self, session: &Session, row: &Row) -> Result<TaskItem> {
        let item: ItemId = row.get(0)?;
        Ok(TaskItem {
            item,
            state: WorkState::from_row(&row.get::<String>(1)?)?,
            changed_at: row.get(2)?,
            reason: self.open_reason(session, Some(item), row.get::<Option<Vec<u8>>>(3)?.as_deref())?,
        })
    }

    /// Seals a reason for ending the task, or for skipping one of its items.
    pub(super) fn seal_reason(
        &self,
        op: &Op<'_>,
        session: &Session,
        item: Option<ItemId>,
        reason: &str,
    ) -> Vec<u8> {
        let context = contexts::task_reason(session.tenant, self.task.id, item);
        sealing::seal(&self.key, &context, reason.as_bytes(), op.random())
    }

    fn open_reason(
        &self,
        session: &Session,
        item: Option<ItemId>,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>> {
        let Some(sealed) = sealed else { return Ok(None) };
        let context = contexts::task_reason(session.tenant, self.task.id, item);
        let opened = sealing::open(&self.key, &context, sealed)?;
        String::from_utf8(opened.to_vec())
            .map(Some)
            .map_err(|_| Error::Altered)
    }
}

/// Finds a task of the session's tenant.
pub(super) fn find(op: &mut Op<'_>, session: &Session, task: TaskId) -> Result<Option<TaskRow>> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE t.tenant_id = $1 AND t.task_id = $2");
    let now = op.now();
    let found = op.find(&sql, params![session.tenant, task, session.member, now])?;
    found.map(|row| TaskRow::read(session, &row, now)).transpose()
}

/// How many live tasks of the dataset the member holds.
pub(super) fn open_tasks(op: &mut Op<'_>, member: MemberId, dataset: DatasetId) -> Result<i64> {
    let now = op.now();
    match op.find(OPEN_TASKS, params![member, dataset, now])? {
        Some(row) => Ok(row.get(0)?),
        None => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;
    use store::{Engine, StoreError};

    use super::*;

    engines::on_both! {
        async fn finding_what_is_free_is_a_range_of_its_index(db: TestDb) {
            db.migrate(&crate::all_migrations()).unwrap();
            let engine = db.engine();
            let plan = db.write(move |tx| {
                let explain = match engine {
                    Engine::Sqlite => "EXPLAIN QUERY PLAN",
                    Engine::Postgres => {
                        // An empty table is cheapest read whole: ask what there is besides.
                        tx.execute("SET LOCAL enable_seqscan = off", &[])?;
                        tx.execute("SET LOCAL enable_sort = off", &[])?;
                        "EXPLAIN"
                    }
                };
                let id = ItemId::make(Timestamp::from_micros(1), &SystemRandom);
                let rows = tx.all(&format!("{explain} {FREE}"), params![id, id, 1i64, id, 10i64])?;
                let column = if engine == Engine::Sqlite { 3 } else { 0 };
                rows.iter().map(|row| row.get::<String>(column)).collect::<std::result::Result<Vec<_>, StoreError>>()
            });
            let plan = plan.await.unwrap().join("; ");
            assert!(plan.contains("item_free") && plan.contains("task_item_by_item"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    }
}
