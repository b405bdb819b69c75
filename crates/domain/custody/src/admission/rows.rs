//! SQL of admission.

use kernel::{AdmissionStepId, MemberId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::Key;
use store::{Row, params};

use super::{Done, NewStep, Standing, Step, StepKind};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

pub(super) const INSERT: &str = "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, \
     changed_by) VALUES ($1, $2, $3, 1, $4, $5, $6)";
pub(super) const CHANGE: &str = "UPDATE admission_step SET revision = revision + $3, step_sealed = $4, \
     changed_at = $5, changed_by = $6 WHERE tenant_id = $1 AND step_id = $2";
pub(super) const REMOVE: &str = "DELETE FROM admission_step WHERE tenant_id = $1 AND step_id = $2";
pub(super) const COUNT: &str = "SELECT count(*) FROM admission_step WHERE tenant_id = $1";
pub(super) const DONE: &str = "INSERT INTO admission_done (step_id, member_id, tenant_id, revision, done_at, good_until, \
     recorded_at, recorded_by, evidence_sealed) \
     SELECT step_id, $3, tenant_id, revision, $4, $5, $6, $7, $8 FROM admission_step WHERE tenant_id = $1 AND step_id = $2 \
     ON CONFLICT (step_id, member_id) DO UPDATE SET revision = excluded.revision, done_at = excluded.done_at, \
     good_until = excluded.good_until, recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by, \
     evidence_sealed = excluded.evidence_sealed";
pub(super) const UNDONE: &str =
    "DELETE FROM admission_done WHERE tenant_id = $1 AND step_id = $2 AND member_id = $3";
/// The tenant's steps, and what there is of member $2 about each; good at moment $3 or not.
const STANDINGS: &str = "SELECT s.step_id, s.step_sealed, s.changed_at, s.changed_by, \
     d.done_at, d.good_until, d.recorded_by, d.recorded_at, d.evidence_sealed, \
     CASE WHEN d.revision = s.revision AND (d.good_until IS NULL OR d.good_until > $3) THEN 1 ELSE 0 END \
     FROM admission_step s LEFT JOIN admission_done d ON d.step_id = s.step_id AND d.member_id = $2 \
     WHERE s.tenant_id = $1 ORDER BY s.step_id";
/// What active members after $2 miss at moment $3, by member.
pub(super) const WAITING: &str = "SELECT m.member_id, s.step_id FROM member m JOIN admission_step s ON s.tenant_id = m.tenant_id \
     LEFT JOIN admission_done d ON d.step_id = s.step_id AND d.member_id = m.member_id AND d.revision = s.revision \
     AND (d.good_until IS NULL OR d.good_until > $3) \
     WHERE m.tenant_id = $1 AND m.state = 'active' AND m.member_id > $2 AND d.step_id IS NULL \
     ORDER BY m.member_id, s.step_id LIMIT $4";

/// How a member stands with each step. The permit says that it may be looked at.
pub(super) fn standings<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    member: MemberId,
) -> Result<Vec<Standing>> {
    let now = op.now();
    let rows = op.list(permit, STANDINGS, params![session.tenant, member, now])?;
    rows.iter().map(|row| standing(session, member, row)).collect()
}

fn standing(session: &Session, member: MemberId, row: &Row) -> Result<Standing> {
    let id: AdmissionStepId = row.get(0)?;
    let done_at: Option<Timestamp> = row.get(4)?;
    let done = done_at
        .map(|done_at| {
            let sealed: Option<Vec<u8>> = row.get(8)?;
            let evidence = sealed
                .map(|sealed| evidence(session, id, member, &sealed))
                .transpose()?;
            Ok::<_, Error>(Done {
                done_at,
                good_until: row.get(5)?,
                recorded_by: row.get(6)?,
                recorded_at: row.get(7)?,
                evidence,
            })
        })
        .transpose()?;
    Ok(Standing {
        step: Step {
            id,
            asks: opened(session.tenant_key(), session.tenant, id, &row.get::<Vec<u8>>(1)?)?,
            changed_at: row.get(2)?,
            changed_by: row.get(3)?,
        },
        done,
        good: row.get::<i64>(9)? > 0,
    })
}

fn evidence(session: &Session, id: AdmissionStepId, member: MemberId, sealed: &[u8]) -> Result<String> {
    let context = contexts::admission_evidence(session.tenant, id, member);
    let opened = sealing::open(session.tenant_key(), &context, sealed)?;
    String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered)
}

/// What a step asks for.
pub(super) fn opened(
    tenant_key: &Key,
    tenant: kernel::TenantId,
    id: AdmissionStepId,
    sealed: &[u8],
) -> Result<NewStep> {
    let opened = sealing::open(tenant_key, &contexts::admission_step(tenant, id), sealed)?;
    serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
}

pub(super) fn sealed(op: &Op<'_>, session: &Session, id: AdmissionStepId, asks: &NewStep) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(asks).map_err(|error| Error::Internal(error.to_string()))?;
    let context = contexts::admission_step(session.tenant, id);
    Ok(sealing::seal(session.tenant_key(), &context, &text, op.random()))
}

const STEP: &str = "SELECT kind, step_sealed, changed_at, changed_by FROM admission_step \
     WHERE tenant_id = $1 AND step_id = $2";

/// A step of the session's tenant.
pub(super) fn step(op: &mut Op<'_>, session: &Session, id: AdmissionStepId) -> Result<Option<Step>> {
    let Some(row) = op.find(STEP, params![session.tenant, id])? else {
        return Ok(None);
    };
    let asks = opened(session.tenant_key(), session.tenant, id, &row.get::<Vec<u8>>(1)?)?;
    // The column is there for the gate; the two never differ.
    if StepKind::from_row(&row.get::<String>(0)?)? != asks.kind {
        return Err(Error::Altered);
    }
    Ok(Some(Step {
        id,
        asks,
        changed_at: row.get(2)?,
        changed_by: row.get(3)?,
    }))
}
