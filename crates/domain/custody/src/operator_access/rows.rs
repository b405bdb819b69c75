//! SQL of the operator's accesses.

use kernel::{KeyId, MemberId, OperatorAccessId, TenantId, Timestamp};
use operation::Op;
use store::{Row, params};

use super::{AccessState, LetIn, OperatorAccess};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

const COLUMNS: &str = "access_id, tenant_id, asked_by, asked_at, dataset_id, originals, minutes, reason_sealed, state, \
     decided_by, decided_at, ends_at, ended_by, key_id";
pub(super) const INSERT: &str = "INSERT INTO operator_access (access_id, tenant_id, asked_by, asked_at, dataset_id, originals, \
     minutes, reason_sealed, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked')";
pub(super) const DECIDE: &str = "UPDATE operator_access SET state = $3, decided_by = $4, decided_at = $5, ends_at = $6 \
     WHERE tenant_id = $1 AND access_id = $2";
pub(super) const END: &str = "UPDATE operator_access SET state = 'ended', ended_by = $3, ends_at = $4 \
     WHERE tenant_id = $1 AND access_id = $2";
pub(super) const TAKEN: &str =
    "UPDATE operator_access SET key_id = $3 WHERE tenant_id = $1 AND access_id = $2";
pub(super) const TENANT: &str = "SELECT tenant_id, custody_mode, letterbox FROM tenant WHERE slug = $1";
pub(super) const LETTERBOX: &str = "SELECT letterbox FROM tenant WHERE tenant_id = $1";
pub(super) const DATASET: &str = "SELECT dataset_id FROM dataset WHERE tenant_id = $1 AND dataset_id = $2";
const OF_KEY: &str = "SELECT access_id, tenant_id, dataset_id, originals, state, ends_at FROM operator_access WHERE key_id = $1";
const RUNNING: &str = "SELECT access_id, tenant_id, dataset_id, originals, state, ends_at, asked_by FROM operator_access \
     WHERE tenant_id = $1 AND state = 'approved' AND ends_at > $2 ORDER BY access_id";

/// An access, with why it was asked for as a letter to the tenant.
pub(super) struct AccessRow {
    pub(super) access: OperatorAccess,
    reason_sealed: Vec<u8>,
}

impl AccessRow {
    pub(super) fn read(row: &Row, now: Timestamp) -> Result<Self> {
        let state = AccessState::from_row(&row.get::<String>(8)?)?;
        let (asked_at, ends_at) = (row.get(3)?, row.get(11)?);
        Ok(Self {
            access: OperatorAccess {
                id: row.get(0)?,
                tenant: row.get(1)?,
                asked_by: row.get(2)?,
                asked_at,
                dataset: row.get(4)?,
                originals: row.get::<i64>(5)? != 0,
                minutes: row.get(6)?,
                reason: None,
                state: state.at(now, asked_at, ends_at),
                decided_by: row.get(9)?,
                decided_at: row.get(10)?,
                ends_at,
                ended_by: row.get(12)?,
                key: row.get(13)?,
            },
            reason_sealed: row.get(7)?,
        })
    }

    /// With the reason, for the tenant to whom it was written.
    pub(super) fn told(self, session: &Session) -> Result<OperatorAccess> {
        let keys = session.trail_keys()?;
        let context = contexts::operator_access_reason(self.access.tenant, self.access.id);
        let reason = keys.letterbox.open(&context, &self.reason_sealed)?;
        let reason = String::from_utf8(reason.to_vec()).map_err(|_| Error::Altered)?;
        Ok(OperatorAccess {
            reason: Some(reason),
            ..self.access
        })
    }
}

/// An access to the session's tenant.
pub(super) fn of_tenant(
    op: &mut Op<'_>,
    session: &Session,
    id: OperatorAccessId,
) -> Result<Option<AccessRow>> {
    let sql = format!("SELECT {COLUMNS} FROM operator_access WHERE tenant_id = $1 AND access_id = $2");
    let (found, now) = (op.find(&sql, params![session.tenant, id])?, op.now());
    found.map(|row| AccessRow::read(&row, now)).transpose()
}

/// An access that the session's member asked for.
pub(super) fn of_asker(
    op: &mut Op<'_>,
    session: &Session,
    id: OperatorAccessId,
) -> Result<Option<AccessRow>> {
    let sql = format!("SELECT {COLUMNS} FROM operator_access WHERE asked_by = $1 AND access_id = $2");
    let (found, now) = (op.find(&sql, params![session.member, id])?, op.now());
    found.map(|row| AccessRow::read(&row, now)).transpose()
}

/// Accesses before id $2, newest first: to the tenant $1, or those that the member $1 asked for. The first page begins where
/// there is no $2.
pub(super) fn page_sql(of_asker: bool, begins: bool) -> String {
    let whose = if of_asker { "asked_by" } else { "tenant_id" };
    let before = if begins { "" } else { "AND access_id < $3" };
    format!(
        "SELECT {COLUMNS} FROM operator_access WHERE {whose} = $1 {before} ORDER BY access_id DESC LIMIT $2"
    )
}

/// The access that the key was taken of, ended or not.
pub(crate) fn of_key(op: &mut Op<'_>, key: KeyId) -> Result<Option<LetIn>> {
    let found = op.find(OF_KEY, params![key])?;
    found.map(|row| let_in(&row)).transpose()
}

/// What runs in a tenant, and whose it is.
pub(crate) fn running(op: &mut Op<'_>, tenant: TenantId) -> Result<Vec<(MemberId, LetIn)>> {
    let now = op.now();
    let found = op.find_all(RUNNING, params![tenant, now])?;
    found.iter().map(|row| Ok((row.get(6)?, let_in(row)?))).collect()
}

fn let_in(row: &Row) -> Result<LetIn> {
    let approved = AccessState::from_row(&row.get::<String>(4)?)? == AccessState::Approved;
    let ends_at: Option<Timestamp> = row.get(5)?;
    Ok(LetIn {
        id: row.get(0)?,
        tenant: row.get(1)?,
        dataset: row.get(2)?,
        originals: row.get::<i64>(3)? != 0,
        ends_at: ends_at.filter(|_| approved),
    })
}
