//! Settling the end of a contract, and looking at it.

use access::Action;
use operation::acts::{EndContract, ViewContract};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::clock::EndClock;
use super::{ContractEnd, DELETE_AFTER_DAYS, LONGEST_REASON, MOST_DAYS, NewContractEnd, rows};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tenant::{newest_contract, sign};
use crate::{Credential, Custody, contexts};

impl Custody {
    /// When the contract ends and everything is deleted, and what was announced.
    pub async fn contract_end(&self, credential: &Credential, request: Request) -> Result<ContractEnd> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ContractView)?;
                let permit: Permit<ViewContract> = op.permit(Resource::tenant(), &session.facts())?;
                let end = read(op, &permit, &session)?;
                op.record(permit, json!({ "end": end.ends_at }))?;
                Ok(end)
            })
            .await
    }

    /// Gives the contract another end, or none: a new version of it with the same terms. Everything that was announced about the end before is
    /// without meaning then.
    ///
    /// Fails with [`Error::Conflict`] where no contract was ever signed.
    pub async fn end_contract(
        &self,
        credential: &Credential,
        request: Request,
        new: NewContractEnd,
    ) -> Result<ContractEnd> {
        new.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ContractEnd)?;
                let permit: Permit<EndContract> = op.permit(Resource::tenant(), &session.facts())?;
                if new.ends_at.is_some_and(|end| end <= op.now()) {
                    return Err(Error::invalid("ends_at", "give a moment to come, or none"));
                }
                let signed = newest_contract(op, &permit, &session)?;
                let none = || Error::Conflict("no contract was signed that could end".into());
                let mut contract = signed.ok_or_else(none)?.contract;
                contract.ends_at = new.ends_at;
                let tenant = (session.tenant, session.tenant_key());
                let signed = sign(op, &permit, tenant, session.member, &contract)?;
                set_override(op, &permit, &session, &new)?;
                let end = read(op, &permit, &session)?;
                op.record(
                    permit,
                    json!({ "version": signed.version, "ends_at": end.ends_at, "deleted_at": end.deleted_at,
                        "delete_after_days": end.delete_after_days, "reason": end.reason }),
                )?;
                Ok(end)
            })
            .await
    }
}

fn set_override(
    op: &mut Op<'_>,
    permit: &Permit<EndContract>,
    session: &Session,
    new: &NewContractEnd,
) -> Result<()> {
    op.change(permit, rows::FORGET_OVERRIDE, params![session.tenant])?;
    let Some(days) = new.delete_after_days else {
        return Ok(());
    };
    let context = contexts::contract_end_reason(session.tenant);
    let sealed = new.reason.as_ref().map(|reason| {
        sealing::seal(
            session.tenant_key(),
            &context,
            reason.trim().as_bytes(),
            op.random(),
        )
    });
    let now = op.now();
    let row = params![session.tenant, i64::from(days), sealed, session.member, now];
    op.change(permit, rows::SET_OVERRIDE, row)?;
    Ok(())
}

fn read<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<ContractEnd> {
    let clock = EndClock::of(op, session.tenant)?;
    let settled = op.find(rows::OVERRIDE, params![session.tenant])?;
    let (mut delete_after_days, mut reason) = (DELETE_AFTER_DAYS, None);
    if let Some(row) = settled {
        delete_after_days = row.get(0)?;
        if let Some(sealed) = row.get::<Option<Vec<u8>>>(1)? {
            let context = contexts::contract_end_reason(session.tenant);
            let opened = op.open(permit, session.tenant_key(), &context, &sealed)?;
            reason = Some(String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered)?);
        }
    }
    let notices = op.find_all(rows::NOTICES, params![session.tenant])?;
    Ok(ContractEnd {
        ends_at: clock.map(|clock| clock.ends_at),
        delete_after_days,
        reason,
        deleted_at: clock.map(|clock| clock.deleted_at),
        read_only: clock.is_some_and(|clock| clock.ends_at <= op.now()),
        notices: notices.iter().map(rows::notice).collect::<Result<_>>()?,
    })
}

impl NewContractEnd {
    fn check(&self) -> Result<()> {
        let days = self.delete_after_days.unwrap_or(DELETE_AFTER_DAYS);
        if days > MOST_DAYS {
            return Err(Error::invalid("delete_after_days", "give 0 to 3650 days"));
        }
        let reason = self.reason.as_deref().map(str::trim).unwrap_or_default();
        if reason.len() > LONGEST_REASON || (reason.is_empty() && days != DELETE_AFTER_DAYS) {
            let problem =
                "say in 1 to 500 bytes why everything is deleted earlier or later than after 30 days";
            return Err(Error::invalid("reason", problem));
        }
        Ok(())
    }
}
