//! The gate itself: what every act asks of its member.

use access::{Action, ActionSet, Scope};
use kernel::{AdmissionStepId, MemberId, TenantId};
use operation::{Op, Resource};
use sealing::Key;
use serde_json::json;
use store::params;

use super::{StepKind, rows};
use crate::error::{Error, Result};

/// How many steps member `m` misses at moment $2: part of the statement that finds a key, and of those that ask whether it lives.
pub(crate) const MISSES: &str = "(SELECT count(*) FROM admission_step s WHERE s.tenant_id = m.tenant_id AND NOT EXISTS \
     (SELECT 1 FROM admission_done d WHERE d.step_id = s.step_id AND d.member_id = m.member_id AND d.revision = s.revision \
     AND (d.good_until IS NULL OR d.good_until > $2)))";

/// What may be tried before one is let in: coming and going, one's own factors, ending what is one's own to end, and the steps.
const OPEN: [Action; 10] = [
    Action::SessionBegin,
    Action::SessionList,
    Action::SessionEnd,
    Action::FactorChange,
    Action::KeyInvalidate,
    Action::RecoveryUse,
    Action::AdmissionView,
    Action::AdmissionAccept,
    Action::AdmissionRecord,
    Action::AdmissionRule,
];

/// Whether the act may be tried by who is not let in yet.
pub(crate) fn is_open_to_the_unadmitted(action: Action) -> bool {
    OPEN.contains(&action)
}

/// The scope of a key whose member is not let in yet: the policies permit nothing else by it, whatever an act goes on to ask.
pub(crate) fn narrowed(scope: Scope) -> Scope {
    let open: ActionSet = OPEN.into_iter().filter(|action| scope.covers(*action)).collect();
    Scope {
        actions: Some(open),
        ..scope
    }
}

/// Whether a member misses nothing now.
pub(crate) fn is_in(op: &mut Op<'_>, member: MemberId) -> Result<bool> {
    let now = op.now();
    let sql = format!("SELECT {MISSES} FROM member m WHERE m.member_id = $1");
    let found = op.find(&sql, params![member, now])?;
    Ok(found.map_or(Ok(0), |row| row.get::<i64>(0))? == 0)
}

const MISSING: &str = "SELECT s.step_id, s.tenant_id, s.kind, s.step_sealed FROM admission_step s \
     JOIN member m ON m.tenant_id = s.tenant_id WHERE m.member_id = $1 AND NOT EXISTS \
     (SELECT 1 FROM admission_done d WHERE d.step_id = s.step_id AND d.member_id = $1 AND d.revision = s.revision \
     AND (d.good_until IS NULL OR d.good_until > $2)) ORDER BY s.step_id";

/// Records that the act was not let through, and says what is missing.
pub(crate) fn turned_back(
    op: &mut Op<'_>,
    action: Action,
    member: MemberId,
    (tenant, tenant_key): (TenantId, &Key),
) -> Result<Error> {
    let now = op.now();
    let (mut ids, mut missing) = (Vec::new(), Vec::new());
    for row in op.find_all(MISSING, params![member, now])? {
        let (id, of, kind): (AdmissionStepId, TenantId, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        ids.push(id);
        // The operator's staff in a tenant have their steps at home, under another key.
        missing.push(match of == tenant {
            true => {
                let asks = rows::opened(tenant_key, of, id, &row.get::<Vec<u8>>(3)?)?;
                says(asks.kind, &asks.title, &asks.version)
            }
            false => format!("a {} at home", StepKind::from_row(&kind)?.as_str()),
        });
    }
    let details = json!({ "reasons": ["not-admitted"], "missing": ids });
    op.refuse(action, Resource::tenant(), details)?;
    Ok(Error::NotAdmitted { action, missing })
}

fn says(kind: StepKind, title: &str, version: &str) -> String {
    match kind {
        StepKind::Policy => format!("accept `{title}`, version {version}"),
        StepKind::Confidentiality => {
            format!("sign `{title}`, version {version}, and have an admin record it")
        }
        StepKind::Training | StepKind::Screening => {
            format!("have an admin record `{title}`, version {version}")
        }
    }
}
