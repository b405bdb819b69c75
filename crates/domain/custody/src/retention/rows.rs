//! SQL of retention.

use crate::error::Result;
use crate::item::Kind;
use crate::legal_hold::UNHELD;

pub(super) const RULES: &str = "SELECT scope_id, kind, days, counts_from, notice_days, changed_at FROM retention_rule WHERE tenant_id = $1";
pub(super) const WINDOWS: &str = "SELECT scope_id, days, changed_at FROM archive_window WHERE tenant_id = $1";
pub(super) const CONTRACT: &str =
    "SELECT retention_days, signed_at FROM contract WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1";
pub(super) const OF_SCOPE: &str = "SELECT kind, days, counts_from, notice_days, ground_sealed FROM retention_rule \
     WHERE tenant_id = $1 AND scope_id = $2 ORDER BY kind";
pub(super) const WINDOW_OF: &str = "SELECT days FROM archive_window WHERE tenant_id = $1 AND scope_id = $2";
pub(super) const FORGET_RULES: &str = "DELETE FROM retention_rule WHERE tenant_id = $1 AND scope_id = $2";
pub(super) const FORGET_RULE: &str =
    "DELETE FROM retention_rule WHERE tenant_id = $1 AND scope_id = $2 AND kind = $3";
pub(super) const FORGET_WINDOW: &str = "DELETE FROM archive_window WHERE tenant_id = $1 AND scope_id = $2";
pub(super) const INSERT_RULE: &str = "INSERT INTO retention_rule (scope_id, kind, tenant_id, days, counts_from, notice_days, \
     ground_sealed, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const INSERT_WINDOW: &str = "INSERT INTO archive_window (scope_id, tenant_id, days, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)";

pub(super) const TENANTS: &str = "SELECT tenant_id, custody_mode, letterbox, key_wrapped FROM tenant WHERE tenant_id > $1 \
     ORDER BY tenant_id LIMIT 100";
pub(super) const DATASETS: &str = "SELECT dataset_id FROM dataset WHERE tenant_id = $1 ORDER BY dataset_id";

pub(super) const INSERT_NOTICE: &str = "INSERT INTO retention_notice (notice_id, tenant_id, dataset_id, kind, items, covers_until, \
     rule_since, made_at, ready_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(super) const LAST_NOTICE: &str = "SELECT covers_until, made_at FROM retention_notice WHERE dataset_id = $1 AND kind = $2 \
     AND rule_since = $3 ORDER BY made_at DESC LIMIT 1";
pub(super) const ANNOUNCED: &str = "SELECT MAX(covers_until) FROM retention_notice WHERE dataset_id = $1 AND kind = $2 \
     AND rule_since = $3 AND ready_at <= $4";

/// Nobody it is about has asked for a restriction.
const FREE: &str = "NOT EXISTS (SELECT 1 FROM item_subject q JOIN subject r ON r.subject_id = q.subject_id \
     WHERE q.item_id = i.item_id AND r.restricted_at IS NOT NULL)";

/// Items in use of dataset $2 and kind $3, with an id of at most $4, that begin at $5 or before and that nothing keeps at $1.
pub(super) fn to_archive(column: &str) -> String {
    format!(
        "SELECT i.item_id FROM item i JOIN item_version v ON v.version_id = i.version_id WHERE i.dataset_id = $2 AND i.kind = $3 \
         AND i.item_id <= $4 AND i.state = 'active' AND {column} <= $5 AND {UNHELD} AND {FREE} ORDER BY i.item_id LIMIT $6"
    )
}

/// The same of archived items, archived at $6 or before.
pub(super) fn to_delete(column: &str) -> String {
    format!(
        "SELECT i.item_id FROM item i JOIN item_version v ON v.version_id = i.version_id WHERE i.dataset_id = $2 AND i.kind = $3 \
         AND i.item_id <= $4 AND i.state = 'archived' AND {column} <= $5 AND i.archived_at <= $6 AND {UNHELD} AND {FREE} \
         ORDER BY i.item_id LIMIT $7"
    )
}

/// Archived items of dataset $2 that were archived at $3 or before and that nothing keeps at $1.
pub(super) fn past_window() -> String {
    format!(
        "SELECT i.item_id FROM item i WHERE i.dataset_id = $2 AND i.state = 'archived' AND i.archived_at <= $3 AND {UNHELD} AND {FREE} \
         ORDER BY i.item_id LIMIT $4"
    )
}

/// How many items of dataset $2 and kind $3 begin at $4 or before, are in use or were archived at $5 or before, and that nothing keeps at $1.
pub(super) fn overdue(column: &str) -> String {
    format!(
        "SELECT count(*) FROM item i JOIN item_version v ON v.version_id = i.version_id WHERE i.dataset_id = $2 AND i.kind = $3 \
         AND {column} <= $4 AND (i.state = 'active' OR i.archived_at <= $5) AND {UNHELD} AND {FREE}"
    )
}

/// How many items of dataset $1 and kind $2, with an id of at most $3, begin after $4 and at $5 or before.
pub(super) fn to_announce(column: &str) -> String {
    format!(
        "SELECT count(*) FROM item i JOIN item_version v ON v.version_id = i.version_id WHERE i.dataset_id = $1 AND i.kind = $2 \
         AND i.item_id <= $3 AND {column} > $4 AND {column} <= $5"
    )
}

/// A page of a dataset's items after id $4, with what rules look at, and whether something keeps them at $1.
pub(super) fn page() -> String {
    format!(
        "SELECT i.item_id, i.kind, i.state, i.made_at, v.made_at, i.archived_at, \
         CAST(CASE WHEN {UNHELD} THEN 0 ELSE 1 END AS BIGINT), CAST(CASE WHEN {FREE} THEN 0 ELSE 1 END AS BIGINT) \
         FROM item i JOIN item_version v ON v.version_id = i.version_id WHERE i.tenant_id = $2 AND i.dataset_id = $3 \
         AND i.item_id > $4 ORDER BY i.item_id LIMIT $5"
    )
}

/// Notices before id $2, newest first. The first page begins where there is no $2.
pub(super) fn notices_sql(begins: bool) -> String {
    let before = if begins { "" } else { "AND notice_id < $3" };
    format!(
        "SELECT notice_id, dataset_id, kind, items, made_at, ready_at FROM retention_notice WHERE tenant_id = $1 {before} \
         ORDER BY notice_id DESC LIMIT $2"
    )
}

/// A dataset's newest notices.
pub(super) const NOTICES_OF: &str = "SELECT notice_id, dataset_id, kind, items, made_at, ready_at FROM retention_notice \
     WHERE tenant_id = $1 AND dataset_id = $2 ORDER BY notice_id DESC LIMIT $3";

/// The kind in a row; nothing for both.
pub(super) fn kind(word: &str) -> Result<Option<Kind>> {
    match word {
        "" => Ok(None),
        word => Kind::from_row(word).map(Some),
    }
}

/// The word for it in a row.
pub(super) fn kind_word(kind: Option<Kind>) -> &'static str {
    kind.map_or("", Kind::as_str)
}
