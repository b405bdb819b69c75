//! SQL of tasks and their items.

/// What a task gives, if it is live at moment $3.
pub(super) const LIVE: &str = "SELECT member_id, dataset_id, ends_at, originals FROM task \
     WHERE tenant_id = $1 AND task_id = $2 AND state = 'live' AND ends_at > $3";
