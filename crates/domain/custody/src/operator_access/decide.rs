//! The tenant's word: yes, no, or enough.

use std::time::Duration;

use access::Action;
use kernel::OperatorAccessId;
use operation::acts::{DecideOperatorAccess, EndOperatorAccess};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::rows::{self, AccessRow};
use super::{AccessState, OperatorAccess};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, key};

/// What the tenant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let them look, for as long as they asked for, from now on.
    Approve,
    /// Do not.
    Refuse,
}

impl Custody {
    /// Approves or refuses what the operator asked for.
    ///
    /// Fails with [`Error::Conflict`] when it was decided before, or nobody did in time.
    pub async fn decide_operator_access(
        &self,
        credential: &Credential,
        request: Request,
        id: OperatorAccessId,
        decision: Decision,
    ) -> Result<OperatorAccess> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::OperatorAccessDecide)?;
                let found = found::<DecideOperatorAccess>(op, &session, id)?;
                let permit: Permit<DecideOperatorAccess> = op.permit(Resource::tenant(), &session.facts())?;
                let asked = found.access;
                check_state(&asked, AccessState::Asked)?;
                let now = op.now();
                let (state, ends_at) = match decision {
                    Decision::Approve => {
                        let life = Duration::from_secs(u64::from(asked.minutes) * 60);
                        (AccessState::Approved, Some(now.plus(life)))
                    }
                    Decision::Refuse => (AccessState::Refused, None),
                };
                let decided = params![session.tenant, id, state.as_str(), session.member, now, ends_at];
                op.change(&permit, rows::DECIDE, decided)?;
                let told = json!({
                    "operator_access": id, "state": state, "dataset": asked.dataset, "originals": asked.originals,
                    "ends_at": ends_at
                });
                op.record(permit, told)?;
                found_again(op, &session, id)
            })
            .await
    }

    /// Ends an access that runs: the next request by its key is refused, on every node, and what flows by it ends.
    ///
    /// Fails with [`Error::Conflict`] when it does not run.
    pub async fn end_operator_access(
        &self,
        credential: &Credential,
        request: Request,
        id: OperatorAccessId,
    ) -> Result<OperatorAccess> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::OperatorAccessEnd)?;
                let found = found::<EndOperatorAccess>(op, &session, id)?;
                let permit: Permit<EndOperatorAccess> = op.permit(Resource::tenant(), &session.facts())?;
                check_state(&found.access, AccessState::Approved)?;
                let now = op.now();
                op.change(
                    &permit,
                    rows::END,
                    params![session.tenant, id, session.member, now],
                )?;
                if let Some(key) = found.access.key {
                    key::invalidate(op, &permit, session.tenant, key)?;
                    let live = custody.live.clone();
                    op.on_commit(move || live.end(key));
                }
                op.record(permit, json!({ "operator_access": id }))?;
                found_again(op, &session, id)
            })
            .await
    }
}

/// An access to the caller's tenant; that it is not there is recorded.
pub(super) fn found<A: Act>(op: &mut Op<'_>, session: &Session, id: OperatorAccessId) -> Result<AccessRow> {
    match rows::of_tenant(op, session, id)? {
        Some(row) => Ok(row),
        None => {
            let details = json!({ "reasons": ["unknown"], "asked": id });
            op.refuse(A::ACTION, Resource::tenant(), details)?;
            Err(Error::NotFound("operator access"))
        }
    }
}

fn found_again(op: &mut Op<'_>, session: &Session, id: OperatorAccessId) -> Result<OperatorAccess> {
    let row = rows::of_tenant(op, session, id)?;
    row.ok_or(Error::NotFound("operator access"))?.told(session)
}

pub(super) fn check_state(access: &OperatorAccess, wanted: AccessState) -> Result<()> {
    if access.state == wanted {
        return Ok(());
    }
    let problem = match access.state {
        AccessState::Asked => "nobody of the tenant has decided about this access yet",
        AccessState::Lapsed => "nobody decided about this access in time: it has to be asked for anew",
        AccessState::Approved => "this access was approved before",
        AccessState::Refused => "this access was refused",
        AccessState::Ended => "this access has ended",
    };
    Err(Error::Conflict(problem.into()))
}
