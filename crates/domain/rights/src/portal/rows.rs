//! SQL of visits, and of what was asked for by them.

use custody::{Result, Session};
use kernel::{RequestId, SubjectId, Timestamp, VisitId};
use operation::Op;
use sealing::{Context, Key};
use store::params;

use super::Language;
use super::visit::Sealed;
use crate::acts::from_json;

/// The code was not typed in yet.
pub(super) const STATE_ASKED: &str = "asked";
/// The address is theirs.
pub(super) const STATE_PROVEN: &str = "proven";
/// A package is taken by it; no browser has its secret.
pub(super) const STATE_PACKAGE: &str = "package";

pub(super) const INSERT: &str = "INSERT INTO portal_visit (visit_id, tenant_id, state, made_at, ends_at, address_blind, \
     network_blind, secret_blind, asked_sealed, code_blind, code_until_at, code_tries, subject_id, request_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13)";
const FIND: &str = "SELECT state, ends_at, address_blind, secret_blind, asked_sealed, code_blind, code_until_at, code_tries, \
     subject_id, request_id, made_at FROM portal_visit WHERE tenant_id = $1 AND visit_id = $2";
pub(super) const TRIED: &str =
    "UPDATE portal_visit SET code_tries = $3, code_blind = $4 WHERE tenant_id = $1 AND visit_id = $2";
pub(super) const PROVEN: &str = "UPDATE portal_visit SET state = $3, ends_at = $4, secret_blind = $5, asked_sealed = $6, \
     subject_id = $7, code_blind = NULL, code_until_at = NULL WHERE tenant_id = $1 AND visit_id = $2";
pub(super) const KNOWN: &str =
    "UPDATE portal_visit SET subject_id = $3 WHERE tenant_id = $1 AND visit_id = $2";
pub(super) const END: &str = "DELETE FROM portal_visit WHERE tenant_id = $1 AND visit_id = $2";
pub(super) const SWEEP: &str = "DELETE FROM portal_visit WHERE tenant_id = $1 AND ends_at < $2";
pub(super) const SWEEP_ALL: &str = "DELETE FROM portal_visit WHERE ends_at < $1";
pub(super) const OF_ADDRESS: &str = "SELECT count(*) FROM portal_visit \
     WHERE tenant_id = $1 AND address_blind = $2 AND made_at > $3 AND code_until_at IS NOT NULL";
pub(super) const OF_NETWORK: &str =
    "SELECT count(*) FROM portal_visit WHERE tenant_id = $1 AND network_blind = $2 AND made_at > $3";

const PEOPLE: &str = "SELECT p.subject_id FROM subject s JOIN subject p ON p.person_id = s.person_id \
     WHERE s.tenant_id = $1 AND p.tenant_id = $1 AND s.subject_id = $2 ORDER BY p.subject_id";
const OFFERED: &str = "SELECT 1 FROM person_package p JOIN person_request r ON r.request_id = p.request_id \
     WHERE p.tenant_id = $1 AND r.tenant_id = $1 AND p.request_id = $2 AND p.until_at > $3 \
     AND r.state <> 'refused' AND r.state <> 'withdrawn'";

pub(super) const KEEP_REQUEST: &str = "INSERT INTO portal_request (request_id, tenant_id, address_blind, reach_sealed) \
     VALUES ($1, $2, $3, $4)";
const IS_OWN: &str = "SELECT 1 FROM portal_request r JOIN portal_visit v ON v.address_blind = r.address_blind \
     WHERE r.tenant_id = $1 AND v.tenant_id = $1 AND r.request_id = $2 AND v.visit_id = $3 AND v.state <> 'asked' \
     AND (v.request_id IS NULL OR v.request_id = r.request_id)";
pub(super) const OWN: &str = "SELECT r.request_id FROM portal_request r JOIN portal_visit v ON v.address_blind = r.address_blind \
     WHERE r.tenant_id = $1 AND v.tenant_id = $1 AND v.visit_id = $2 AND v.state = 'proven' \
     ORDER BY r.request_id DESC LIMIT $3";
pub(super) const REACH: &str =
    "SELECT reach_sealed FROM portal_request WHERE tenant_id = $1 AND request_id = $2";

/// A visit as it is kept.
pub(super) struct Row {
    pub(super) visit: VisitId,
    pub(super) state: String,
    pub(super) made_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) address_blind: Vec<u8>,
    pub(super) secret_blind: Vec<u8>,
    pub(super) code_blind: Option<Vec<u8>>,
    pub(super) code_until: Option<Timestamp>,
    pub(super) tries: u32,
    pub(super) subject: Option<SubjectId>,
    /// The request whose package is taken by it.
    pub(super) package: Option<RequestId>,
    asked_sealed: Vec<u8>,
}

/// The visit, if the tenant has it.
pub(super) fn find(op: &mut Op<'_>, session: &Session, visit: VisitId) -> Result<Option<Row>> {
    let row = op.find(FIND, params![session.tenant(), visit])?;
    let row = row.map(|row| {
        Ok(Row {
            visit,
            state: row.get(0)?,
            ends_at: row.get(1)?,
            address_blind: row.get(2)?,
            secret_blind: row.get(3)?,
            asked_sealed: row.get(4)?,
            code_blind: row.get(5)?,
            code_until: row.get(6)?,
            tries: row.get(7)?,
            subject: row.get(8)?,
            package: row.get(9)?,
            made_at: row.get(10)?,
        })
    });
    row.transpose()
}

impl Row {
    /// What was said when it began.
    pub(super) fn asked(&self, session: &Session) -> Result<Sealed> {
        let opened = sealing::open(&key(session), &context(session, self.visit), &self.asked_sealed)?;
        from_json(&opened)
    }
}

/// Seals what was said when a visit began.
pub(super) fn seal(op: &Op<'_>, session: &Session, visit: VisitId, text: &[u8]) -> Vec<u8> {
    sealing::seal(&key(session), &context(session, visit), text, op.random())
}

/// How many visits began so since a moment.
pub(super) fn count(
    op: &mut Op<'_>,
    session: &Session,
    sql: &str,
    blind: &[u8],
    since: Timestamp,
) -> Result<i64> {
    let row = op.find(sql, params![session.tenant(), blind.to_vec(), since])?;
    Ok(row.map_or(Ok(0), |row| row.get(0))?)
}

/// The rows of the person whom this row is of; none once they were erased.
pub(super) fn people(op: &mut Op<'_>, session: &Session, subject: SubjectId) -> Result<Vec<SubjectId>> {
    let rows = op.find_all(PEOPLE, params![session.tenant(), subject])?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Whether a package could be taken at the moment at which the taking began, and its request stands: what is on its way when the window
/// ends is finished.
pub(super) fn is_offered(
    op: &mut Op<'_>,
    session: &Session,
    request: RequestId,
    began_at: Timestamp,
) -> Result<bool> {
    let params = params![session.tenant(), request, began_at];
    Ok(op.find(OFFERED, params)?.is_some())
}

/// Whether the visitor asked for this: it came from the address that they have proven.
pub(crate) fn is_own(op: &mut Op<'_>, session: &Session, request: RequestId) -> Result<bool> {
    let Some(visited) = session.visit() else {
        return Ok(false);
    };
    Ok(op
        .find(IS_OWN, params![session.tenant(), request, visited.visit])?
        .is_some())
}

/// Addresses are compared without case.
pub(super) fn address_blind(session: &Session, address: &str) -> [u8; 32] {
    let folded = address.to_lowercase();
    sealing::blind(
        &session.blind_index("rights portal address"),
        "address",
        folded.as_bytes(),
    )
}

pub(super) fn network_blind(session: &Session, network: &str) -> [u8; 32] {
    sealing::blind(
        &session.blind_index("rights portal network"),
        "network",
        network.as_bytes(),
    )
}

fn key(session: &Session) -> Key {
    session.derive("rights portal visit", &[])
}

fn context(session: &Session, visit: VisitId) -> Context {
    Context::new("rights portal visit")
        .with(session.tenant().as_bytes())
        .with(visit.as_bytes())
}

/// How letters about a request reach whoever asked. Sealed under the request's key, so that it goes with the person.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Reach {
    pub(super) address: String,
    pub(super) language: Language,
    pub(super) page: String,
}
