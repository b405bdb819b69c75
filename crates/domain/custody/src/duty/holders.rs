//! Giving duties and taking them, and who has which.

use access::{Action, Class, Duty, Facts};
use kernel::{MemberId, Page, PageRequest};
use operation::acts::{EndDuty, GiveDuty, ListDuties};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::{Row, params};

use super::rows::{self, check_given, with_class};
use super::{Holder, MOST_GIVEN};
use crate::error::{Error, Result};
use crate::member::{self, MemberState};
use crate::session::Session;
use crate::{Credential, Custody};

impl Custody {
    /// Gives a member a duty: from now on its acts are those of its holders alone. May be repeated.
    ///
    /// Fails with [`Error::Forbidden`], whose reason names the pair, where they hold a duty that conflicts with it.
    pub async fn give_duty(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
        duty: Duty,
    ) -> Result<Holder> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyGive)?;
                let (class, permit) = permitted::<GiveDuty>(op, &session, member)?;
                if duty.comes_with_a_grant() {
                    let problem = "this duty comes with a dataset that somebody is given: give them one";
                    return Err(Error::invalid("duty", problem));
                }
                let held = with_class(op, &session, member, class)?;
                check_given(op, &session, (Action::DutyGive, member), held, Some(duty))?;
                let given = op.find(rows::GIVEN, params![session.tenant])?;
                let given: i64 = given.map_or(Ok(0), |row| row.get(0))?;
                if usize::try_from(given).is_ok_and(|given| given >= MOST_GIVEN) {
                    let problem = format!("a team gives {MOST_GIVEN} duties at most: end one first");
                    return Err(Error::Conflict(problem));
                }
                let (now, by) = (op.now(), session.member);
                let row = params![session.tenant, member, duty.as_str(), now, by];
                op.change(&permit, rows::GIVE, row)?;
                op.record(permit, json!({ "duty": duty.as_str() }))?;
                let row = op.find(rows::ONE, params![session.tenant, member, duty.as_str()])?;
                row.map_or(Err(Error::NotFound("member")), |row| holder(&row))
            })
            .await
    }

    /// Takes a duty from a member. Where nobody else holds it, its acts are everybody's again whose class has them.
    ///
    /// Fails with [`Error::NotFound`] when they were not given it.
    pub async fn end_duty(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
        duty: Duty,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyEnd)?;
                let (_, permit) = permitted::<EndDuty>(op, &session, member)?;
                let row = params![session.tenant, member, duty.as_str()];
                if op.change(&permit, rows::END, row)? == 0 {
                    return Err(Error::NotFound("duty"));
                }
                op.record(permit, json!({ "duty": duty.as_str() }))?;
                Ok(())
            })
            .await
    }

    /// One page of the duties that were given, by member.
    pub async fn list_duties(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Holder>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyList)?;
                let permit: Permit<ListDuties> = op.permit(Resource::tenant(), &session.facts())?;
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let (member, duty) = split(after.unwrap_or_default());
                let wanted = params![session.tenant, member, duty, i64::from(page.limit) + 1];
                let found = op.list(&permit, rows::PAGE, wanted)?;
                let holders = found.iter().map(holder).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(holders, page.limit, |holder| {
                    [
                        holder.member.as_bytes().as_slice(),
                        holder.duty.as_str().as_bytes(),
                    ]
                    .concat()
                });
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }
}

/// Member and duty, as the key of a page holds them; of what else somebody writes there only the member is taken.
fn split(mut key: Vec<u8>) -> (Vec<u8>, &'static str) {
    let duty = String::from_utf8(key.split_off(key.len().min(16))).ok();
    let duty: Option<Duty> = duty.and_then(|word| word.parse().ok());
    (key, duty.map_or("", Duty::as_str))
}

/// The member's class, and the permit to settle their duties. Nobody who is shut out is found to be given anything.
fn permitted<A: Act>(op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<(Class, Permit<A>)> {
    let row = member::found(op, session, member, A::ACTION)?;
    let facts = Facts {
        own: row.id == session.member,
        ..session.facts()
    };
    let permit = op.permit(Resource::member(row.id), &facts)?;
    if A::ACTION == Action::DutyGive && row.state != MemberState::Active {
        let problem = "this member is shut out: enable them first";
        return Err(Error::Conflict(problem.into()));
    }
    Ok((row.class, permit))
}

fn holder(row: &Row) -> Result<Holder> {
    let class: String = row.get(1)?;
    Ok(Holder {
        member: row.get(0)?,
        class: class
            .parse()
            .map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?,
        duty: rows::duty(&row.get::<String>(2)?)?,
        given_at: row.get(3)?,
        given_by: row.get(4)?,
    })
}
