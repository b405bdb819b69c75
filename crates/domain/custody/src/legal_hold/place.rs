//! Placing a hold, and lifting it.

use access::{Action, Facts};
use kernel::LegalHoldId;
use operation::acts::{ChangeTenant, LiftHold, PlaceHold};
use operation::{Op, Permit, Request, Resource};
use serde_json::{Value as Json, json};
use store::params;

use super::rows::{self, HoldRow};
use super::{Covers, HoldRule, HoldState, LegalHold, NewLegalHold};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, contexts, replay};

impl Custody {
    /// Places a hold. From the commit on nothing that it covers is deleted.
    pub async fn place_legal_hold(
        &self,
        credential: &Credential,
        request: Request,
        new: NewLegalHold,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<LegalHold> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldPlace)?;
                let permit: Permit<PlaceHold> = op.permit(resource(), &session.facts())?;
                check_there(op, &session, &new.covers)?;
                if let Some(kept) = replay::find::<LegalHold>(op, &session, idempotency.as_ref())? {
                    op.record(permit, json!({ "repeated": true }))?;
                    return Ok(kept);
                }
                new.check(op.now())?;
                let placed = insert(op, &permit, &session, &new)?;
                replay::keep(op, &session, idempotency.as_ref(), &placed)?;
                op.record(permit, told(&placed, true))?;
                Ok(placed)
            })
            .await
    }

    /// Lifts a hold. Where it takes two, the first asks for it and somebody else agrees by the same act.
    ///
    /// Fails with [`Error::Conflict`] when it does not stand any more.
    pub async fn lift_legal_hold(
        &self,
        credential: &Credential,
        request: Request,
        hold: LegalHoldId,
    ) -> Result<LegalHold> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldLift)?;
                let row = found(op, &session, hold, Action::HoldLift)?;
                let facts = Facts {
                    own: row.two_people && row.lift_asked_by == Some(session.member),
                    ..session.facts()
                };
                let permit: Permit<LiftHold> = op.permit(resource(), &facts)?;
                check_stands(row.state(op.now()))?;
                let asks = row.two_people && row.lift_asked_by.is_none();
                let sql = if asks { rows::ASK_TO_LIFT } else { rows::LIFT };
                let now = op.now();
                op.change(&permit, sql, params![session.tenant, hold, session.member, now])?;
                let row = rows::find(op, &session, hold)?.ok_or(Error::Altered)?;
                let lifted = row.told(op, &permit, &session)?;
                op.record(permit, told(&lifted, false))?;
                Ok(lifted)
            })
            .await
    }

    /// Settles whether holds that are placed from now on take two people to lift.
    pub async fn set_hold_rule(
        &self,
        credential: &Credential,
        request: Request,
        rule: HoldRule,
    ) -> Result<HoldRule> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantChange)?;
                let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &session.facts())?;
                let (now, two) = (op.now(), i64::from(rule.two_people));
                op.change(
                    &permit,
                    rows::SET_RULE,
                    params![session.tenant, two, session.member, now],
                )?;
                op.record(permit, json!({ "legal_holds": rule }))?;
                Ok(rule)
            })
            .await
    }
}

/// What the trail names for it.
pub(super) fn resource() -> Resource {
    Resource {
        kind: "hold",
        ..Resource::default()
    }
}

/// A hold of the caller's tenant, or the refusal that an unknown one gets.
pub(super) fn found(
    op: &mut Op<'_>,
    session: &Session,
    hold: LegalHoldId,
    action: Action,
) -> Result<HoldRow> {
    match rows::find(op, session, hold)? {
        Some(row) => Ok(row),
        None => {
            op.refuse(
                action,
                resource(),
                json!({ "reasons": ["unknown"], "asked": hold }),
            )?;
            Err(Error::NotFound("hold"))
        }
    }
}

pub(super) fn rule(op: &mut Op<'_>, session: &Session) -> Result<HoldRule> {
    let row = op.find(rows::RULE, params![session.tenant])?;
    let two_people = row.map(|row| row.get::<i64>(0)).transpose()?;
    Ok(HoldRule {
        two_people: two_people.is_some_and(|two| two != 0),
    })
}

fn check_there(op: &mut Op<'_>, session: &Session, covers: &Covers) -> Result<()> {
    let (sql, noun) = match covers {
        Covers::Item(_) => (rows::ITEM, "item"),
        Covers::Dataset(_) => (rows::DATASET, "dataset"),
        Covers::Subject(_) => (rows::SUBJECT, "subject"),
        Covers::Tenant => return Ok(()),
    };
    let id = covers.id().map(<[u8; 16]>::as_slice).unwrap_or_default();
    if op.find(sql, params![session.tenant, id])?.is_some() {
        return Ok(());
    }
    let details = json!({ "reasons": ["unknown"], "asked": covers });
    op.refuse(Action::HoldPlace, resource(), details)?;
    Err(Error::NotFound(noun))
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<PlaceHold>,
    session: &Session,
    new: &NewLegalHold,
) -> Result<LegalHold> {
    let (now, id) = (op.now(), LegalHoldId::make(op.now(), op.random()));
    let context = contexts::legal_hold_reason(session.tenant, id);
    let reason = new.reason.trim();
    let sealed = sealing::seal(session.tenant_key(), &context, reason.as_bytes(), op.random());
    let two_people = new.two_people || rule(op, session)?.two_people;
    let target = new.covers.id().map(|id| id.to_vec());
    let row = params![
        id,
        session.tenant,
        new.covers.as_str(),
        target,
        sealed,
        i64::from(two_people),
        session.member,
        now,
        new.until
    ];
    op.change(permit, rows::INSERT, row)?;
    if let Covers::Subject(subject) = new.covers {
        op.change(
            permit,
            rows::INSERT_SUBJECTS,
            params![id, session.tenant, subject],
        )?;
    }
    let row = rows::find(op, session, id)?.ok_or(Error::Altered)?;
    row.told(op, permit, session)
}

fn check_stands(state: HoldState) -> Result<()> {
    match state {
        HoldState::Standing | HoldState::LiftAsked => Ok(()),
        HoldState::Ended => Err(Error::Conflict("this hold has ended by its date".into())),
        HoldState::Lifted => Err(Error::Conflict("this hold was lifted before".into())),
    }
}

/// What the trail says: the reason when it is placed, and how it stands.
fn told(hold: &LegalHold, placed: bool) -> Json {
    let mut details = json!({
        "hold": hold.id, "on": hold.covers, "state": hold.state, "until": hold.until, "two_people": hold.two_people
    });
    if placed {
        details["reason"] = json!(hold.reason);
    }
    details
}
