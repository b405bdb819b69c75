//! What was done: accepting, recording, taking back, and how everybody stands.

use std::time::Duration;

use access::{Action, Facts};
use kernel::{AdmissionStepId, MemberId, Page, PageRequest, Timestamp};
use operation::acts::{AcceptAdmission, RecordAdmission, ViewAdmission};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::steps::found;
use super::{Standing, Step, StepKind, Waiting, fits, rows};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, contexts, member};

const DAY: Duration = Duration::from_secs(86_400);

/// That somebody else has signed, learned or been screened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// Of which version of the step, so that nobody records what was asked for before.
    pub version: String,
    /// When they did.
    pub done_at: Timestamp,
    /// Until when it is good; as long as the step says when absent.
    pub good_until: Option<Timestamp>,
    /// Where the evidence lies, in 1 to 500 bytes.
    pub evidence: String,
}

impl Custody {
    /// How a member stands with every step; the caller when nobody is named.
    pub async fn admission(
        &self,
        credential: &Credential,
        request: Request,
        of: Option<MemberId>,
    ) -> Result<Vec<Standing>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionView)?;
                let of = of.unwrap_or(session.member);
                if of != session.member {
                    member::found(op, &session, of, Action::AdmissionView)?;
                }
                let permit: Permit<ViewAdmission> = op.permit(Resource::member(of), &facts(&session, of))?;
                let standings = rows::standings(op, &permit, &session, of)?;
                op.record(permit, json!({ "member": of, "count": standings.len() }))?;
                Ok(standings)
            })
            .await
    }

    /// One page of the active members for whom the door is closed, and by what.
    pub async fn waiting_for_admission(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Waiting>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionView)?;
                let permit: Permit<ViewAdmission> = op.permit(Resource::tenant(), &session.facts())?;
                let listed = waiting(op, &permit, &session, &page)?;
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// Accepts a policy, in the version that the caller has read.
    ///
    /// Fails with [`Error::Conflict`] when there is another version by now.
    pub async fn accept_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        id: AdmissionStepId,
        version: String,
    ) -> Result<Vec<Standing>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionAccept)?;
                let step = found::<AcceptAdmission>(op, &session, id)?;
                let own = facts(&session, session.member);
                let permit: Permit<AcceptAdmission> = op.permit(Resource::member(session.member), &own)?;
                if step.asks.kind != StepKind::Policy {
                    let problem = "this is not accepted but recorded by somebody else: ask an admin";
                    return Err(Error::Conflict(problem.into()));
                }
                check_version(&step, &version)?;
                let now = op.now();
                let until = usual_end(&step, now);
                let row = params![
                    session.tenant,
                    id,
                    session.member,
                    now,
                    until,
                    now,
                    session.member,
                    None::<Vec<u8>>
                ];
                op.change(&permit, rows::DONE, row)?;
                let standings = rows::standings(op, &permit, &session, session.member)?;
                op.record(
                    permit,
                    json!({ "step": id, "version": step.asks.version, "good_until": until }),
                )?;
                Ok(standings)
            })
            .await
    }

    /// Records that a member has signed, learned or been screened, and where the evidence lies.
    pub async fn record_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        (id, of): (AdmissionStepId, MemberId),
        new: NewRecord,
    ) -> Result<Vec<Standing>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionRecord)?;
                let step = found::<RecordAdmission>(op, &session, id)?;
                let permit = permit_record(op, &session, of)?;
                if step.asks.kind == StepKind::Policy {
                    let problem = "a policy is accepted by whoever it binds, and by nobody for them";
                    return Err(Error::Conflict(problem.into()));
                }
                check_version(&step, &new.version)?;
                let until = new.end(&step, op.now())?;
                let (now, by) = (op.now(), session.member);
                let context = contexts::admission_evidence(session.tenant, id, of);
                let evidence = new.evidence.trim().as_bytes();
                let sealed = sealing::seal(session.tenant_key(), &context, evidence, op.random());
                let row = params![session.tenant, id, of, new.done_at, until, now, by, Some(sealed)];
                op.change(&permit, rows::DONE, row)?;
                let standings = rows::standings(op, &permit, &session, of)?;
                let told = json!({
                    "step": id, "member": of, "version": step.asks.version, "done_at": new.done_at, "good_until": until,
                    "evidence": new.evidence.trim()
                });
                op.record(permit, told)?;
                Ok(standings)
            })
            .await
    }

    /// Takes back what was recorded or accepted of a member: the door is closed to them from now on.
    pub async fn withdraw_admission_step(
        &self,
        credential: &Credential,
        request: Request,
        (id, of): (AdmissionStepId, MemberId),
    ) -> Result<Vec<Standing>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AdmissionRecord)?;
                found::<RecordAdmission>(op, &session, id)?;
                let permit = permit_record(op, &session, of)?;
                let gone = op.change(&permit, rows::UNDONE, params![session.tenant, id, of])?;
                let standings = rows::standings(op, &permit, &session, of)?;
                op.record(permit, json!({ "step": id, "member": of, "withdrawn": gone > 0 }))?;
                Ok(standings)
            })
            .await
    }
}

impl NewRecord {
    /// When it ends by itself, if what was said fits.
    fn end(&self, step: &Step, now: Timestamp) -> Result<Option<Timestamp>> {
        fits("evidence", &self.evidence, 1, 500)?;
        if self.done_at > now {
            return Err(Error::invalid("done_at", "it must not lie in the future"));
        }
        match self.good_until {
            Some(until) if until <= self.done_at => {
                Err(Error::invalid("good_until", "it must lie after `done_at`"))
            }
            Some(until) => Ok(Some(until)),
            None => Ok(usual_end(step, self.done_at)),
        }
    }
}

fn usual_end(step: &Step, done_at: Timestamp) -> Option<Timestamp> {
    step.asks.good_for_days.map(|days| done_at.plus(DAY * days))
}

fn check_version(step: &Step, version: &str) -> Result<()> {
    if step.asks.version.trim() == version.trim() {
        return Ok(());
    }
    let now = &step.asks.version;
    Err(Error::Conflict(format!(
        "there is another version by now, {now}: read that first"
    )))
}

fn facts(session: &Session, of: MemberId) -> Facts {
    Facts {
        own: of == session.member,
        ..session.facts()
    }
}

fn permit_record(op: &mut Op<'_>, session: &Session, of: MemberId) -> Result<Permit<RecordAdmission>> {
    member::found(op, session, of, Action::AdmissionRecord)?;
    Ok(op.permit(Resource::member(of), &facts(session, of))?)
}

fn waiting(
    op: &mut Op<'_>,
    permit: &Permit<ViewAdmission>,
    session: &Session,
    page: &PageRequest,
) -> Result<Page<Waiting>> {
    let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
    // Every member misses a step at most once, so this many rows hold a page and one more.
    let most = (i64::from(page.limit) + 1) * super::MOST_STEPS as i64;
    let now = op.now();
    let wanted = params![session.tenant, after.unwrap_or_default(), now, most];
    let mut found: Vec<Waiting> = Vec::new();
    for row in op.list(permit, rows::WAITING, wanted)? {
        let (member, step): (MemberId, AdmissionStepId) = (row.get(0)?, row.get(1)?);
        match found.last_mut().filter(|last| last.member == member) {
            Some(last) => last.missing.push(step),
            None => found.push(Waiting {
                member,
                missing: vec![step],
            }),
        }
    }
    found.truncate(page.limit as usize + 1);
    Ok(Page::from_rows(found, page.limit, |it| {
        it.member.as_bytes().to_vec()
    }))
}
