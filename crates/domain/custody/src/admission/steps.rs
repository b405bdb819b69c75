//! What a tenant asks for: adding, changing and taking away steps.

use access::Action;
use kernel::AdmissionStepId;
use operation::acts::RuleAdmission;
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{MOST_STEPS, NewStep, Step, rows};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

impl Custody {
    /// Asks every member for a step from now on: who has not done it is let in nowhere, the caller included.
    pub async fn add_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        new: NewStep,
    ) -> Result<Step> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, permit) = custody.rules_admission(op, &credential)?;
                new.check()?;
                let found = op.find(rows::COUNT, params![session.tenant])?;
                let count: i64 = found.map_or(Ok(0), |row| row.get(0))?;
                if usize::try_from(count).is_ok_and(|count| count >= MOST_STEPS) {
                    let problem = format!("a team asks for {MOST_STEPS} steps at most: take one away first");
                    return Err(Error::Conflict(problem));
                }
                let (id, now) = (AdmissionStepId::make(op.now(), op.random()), op.now());
                let sealed = rows::sealed(op, &session, id, &new)?;
                let (kind, days) = (new.kind.as_str(), new.good_for_days);
                let row = params![id, session.tenant, kind, sealed, now, session.member];
                op.change(&permit, rows::INSERT, row)?;
                op.record(permit, json!({ "step": id, "kind": kind, "good_for_days": days }))?;
                rows::step(op, &session, id)?.ok_or(Error::NotFound("step"))
            })
            .await
    }

    /// Changes a step. Where its version is another, everybody has to do it anew.
    pub async fn change_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        id: AdmissionStepId,
        new: NewStep,
    ) -> Result<Step> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionRule)?;
                let before = found::<RuleAdmission>(op, &session, id)?;
                let permit: Permit<RuleAdmission> = op.permit(Resource::tenant(), &session.facts())?;
                new.check()?;
                if before.asks.kind != new.kind {
                    let problem = "a step stays of its kind: add another, and take this one away";
                    return Err(Error::invalid("kind", problem));
                }
                let anew = before.asks.version.trim() != new.version.trim();
                let (sealed, now) = (rows::sealed(op, &session, id, &new)?, op.now());
                let days = new.good_for_days;
                let row = params![session.tenant, id, i64::from(anew), sealed, now, session.member];
                op.change(&permit, rows::CHANGE, row)?;
                op.record(permit, json!({ "step": id, "anew": anew, "good_for_days": days }))?;
                rows::step(op, &session, id)?.ok_or(Error::NotFound("step"))
            })
            .await
    }

    /// Takes a step away, with what there was about it; the trail keeps that it was.
    pub async fn remove_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        id: AdmissionStepId,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionRule)?;
                found::<RuleAdmission>(op, &session, id)?;
                let permit: Permit<RuleAdmission> = op.permit(Resource::tenant(), &session.facts())?;
                op.change(&permit, rows::REMOVE, params![session.tenant, id])?;
                op.record(permit, json!({ "step": id, "removed": true }))?;
                Ok(())
            })
            .await
    }

    fn rules_admission(
        &self,
        op: &mut Op<'_>,
        credential: &Credential,
    ) -> Result<(Session, Permit<RuleAdmission>)> {
        let session = self.enter(op, credential, Action::AdmissionRule)?;
        let permit = op.permit(Resource::tenant(), &session.facts())?;
        Ok((session, permit))
    }
}

/// A step of the caller's tenant; that it is not there is recorded.
pub(super) fn found<A: Act>(op: &mut Op<'_>, session: &Session, id: AdmissionStepId) -> Result<Step> {
    match rows::step(op, session, id)? {
        Some(step) => Ok(step),
        None => {
            let details = json!({ "reasons": ["unknown"], "asked": id });
            op.refuse(A::ACTION, Resource::tenant(), details)?;
            Err(Error::NotFound("step"))
        }
    }
}
