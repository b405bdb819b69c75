//! SQL of keys.

use std::sync::LazyLock;

use access::Class;
use kernel::{DatasetId, KeyId, MemberId, TaskId, Timestamp};
use operation::{Act, Op, Permit};
use store::{Row, params};

use super::{ApiKey, KeyKind, KeyScope};
use crate::admission::MISSES;
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// The newest event of a key tells when it was last used, so that no row changes with every request.
const COLUMNS: &str = "k.key_id, k.member_id, m.class, k.kind, k.scope_sealed, k.label_sealed, k.made_at, k.expires_at, \
     k.invalidated_at, k.parent_key, k.task_id, \
     (SELECT e.happened_at FROM event e WHERE e.key_id = k.key_id ORDER BY e.event_id DESC LIMIT 1)";
const TABLES: &str = "api_key k JOIN member m ON m.member_id = k.member_id";

pub(super) const INSERT: &str = "INSERT INTO api_key (key_id, tenant_id, member_id, kind, scope_sealed, label_sealed, \
     secret_hash, tenant_key_wrapped, made_at, made_by, expires_at, signing_sealed, parent_key, task_id, invalidated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL)";
/// What was taken of a key goes with it, and so do its wraps of a customer-held tenant's key.
pub(super) const INVALIDATE: &str = "UPDATE api_key SET invalidated_at = $3, tenant_key_wrapped = NULL, signing_sealed = NULL \
     WHERE tenant_id = $1 AND (key_id = $2 OR parent_key = $2) AND invalidated_at IS NULL";
pub(super) const SWEEP: &str =
    "DELETE FROM api_key WHERE kind IN ('temporary', 'session') AND expires_at < $1";
pub(super) const TAKEN_OF: &str = "SELECT key_id FROM api_key WHERE tenant_id = $1 AND parent_key = $2 AND invalidated_at IS NULL ORDER BY key_id";
pub(super) const LIVE: &str = "SELECT key_id FROM api_key \
     WHERE tenant_id = $1 AND key_id <> $2 AND invalidated_at IS NULL ORDER BY key_id";
pub(super) const HAS_DATASET: &str =
    "SELECT dataset_id FROM dataset WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) static IS_LIVE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT k.key_id FROM api_key k JOIN member m ON m.member_id = k.member_id \
     LEFT JOIN api_key p ON p.key_id = k.parent_key \
     WHERE k.key_id = $1 AND k.invalidated_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) \
     AND m.state = 'active' AND (k.parent_key IS NULL OR (p.key_id IS NOT NULL AND p.invalidated_at IS NULL \
     AND (p.expires_at IS NULL OR p.expires_at > $2))) \
     AND (k.task_id IS NULL OR EXISTS (SELECT 1 FROM task w WHERE w.task_id = k.task_id AND w.state = 'live' \
     AND w.ends_at > $2)) AND {MISSES} = 0"
    )
});
const KIND: &str = "SELECT kind FROM api_key WHERE tenant_id = $1 AND key_id = $2";

/// A key's row. Its label is still sealed.
pub(super) struct KeyRow {
    pub(super) id: KeyId,
    pub(super) member: MemberId,
    pub(super) class: Class,
    kind: KeyKind,
    scope_sealed: Vec<u8>,
    label_sealed: Vec<u8>,
    made_at: Timestamp,
    expires_at: Option<Timestamp>,
    pub(super) invalidated_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    parent: Option<KeyId>,
    task: Option<TaskId>,
}

impl KeyRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let class: String = row.get(2)?;
        Ok(Self {
            id: row.get(0)?,
            member: row.get(1)?,
            class: class
                .parse()
                .map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?,
            kind: KeyKind::from_row(&row.get::<String>(3)?)?,
            scope_sealed: row.get(4)?,
            label_sealed: row.get(5)?,
            made_at: row.get(6)?,
            expires_at: row.get(7)?,
            invalidated_at: row.get(8)?,
            parent: row.get(9)?,
            task: row.get(10)?,
            last_used_at: row.get(11)?,
        })
    }

    /// Opens label and scope.
    pub(super) fn key<A: Act>(&self, op: &Op<'_>, permit: &Permit<A>, session: &Session) -> Result<ApiKey> {
        let context = contexts::key_label(session.tenant, self.id);
        let label = op.open(permit, session.tenant_key(), &context, &self.label_sealed)?;
        Ok(ApiKey {
            id: self.id,
            member: self.member,
            kind: self.kind,
            label: String::from_utf8_lossy(&label).into_owned(),
            scope: KeyScope::open(session.tenant, self.id, session.tenant_key(), &self.scope_sealed)?,
            parent: self.parent,
            task: self.task,
            made_at: self.made_at,
            expires_at: self.expires_at,
            invalidated_at: self.invalidated_at,
            last_used_at: self.last_used_at,
        })
    }
}

/// Finds a key of the session's tenant.
pub(super) fn find(op: &mut Op<'_>, session: &Session, key: KeyId) -> Result<Option<KeyRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE k.tenant_id = $1 AND k.key_id = $2 AND k.kind <> 'session'"
    );
    op.find(&sql, params![session.tenant, key])?
        .map(|row| KeyRow::read(&row))
        .transpose()
}

/// The key and the live temporary credentials that were taken of it.
pub(super) fn with_temporary(op: &mut Op<'_>, session: &Session, key: KeyId) -> Result<Vec<KeyId>> {
    let mut keys = vec![key];
    for row in op.find_all(TAKEN_OF, params![session.tenant, key])? {
        keys.push(row.get(0)?);
    }
    Ok(keys)
}

/// One page of keys after $2; of member $4 alone when `of_member`.
pub(super) fn page_sql(of_member: bool) -> String {
    let filter = if of_member { "AND k.member_id = $4" } else { "" };
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE k.tenant_id = $1 AND k.key_id > $2 AND k.kind <> 'session' {filter} \
         ORDER BY k.key_id LIMIT $3"
    )
}

/// What the session's own key is.
pub(super) fn own_kind(op: &mut Op<'_>, session: &Session) -> Result<KeyKind> {
    let row = op
        .find(KIND, params![session.tenant, session.key])?
        .ok_or(Error::Unauthenticated)?;
    KeyKind::from_row(&row.get::<String>(0)?)
}

/// The first of these datasets that the tenant does not have.
pub(super) fn unknown_dataset(
    op: &mut Op<'_>,
    session: &Session,
    datasets: &[DatasetId],
) -> Result<Option<DatasetId>> {
    for dataset in datasets {
        if op.find(HAS_DATASET, params![session.tenant, dataset])?.is_none() {
            return Ok(Some(*dataset));
        }
    }
    Ok(None)
}
