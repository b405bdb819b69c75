//! Acts on sessions.

use access::Action;
use kernel::{KeyId, MemberId, Timestamp};
use operation::acts::{EndSession, ListSessions};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::rows::{self, SessionRow};
use super::{Activity, STEP, SessionEntry, Who};
use crate::error::{Error, Result};
use crate::register::{Entered, Person, Register};
use crate::{Identity, rule};

impl<R: Register> Identity<R> {
    /// Whose session the cookie is, if it is live. Somebody being there moves its end by idleness.
    ///
    /// Leaves no entry in the trail but for a session that has ended: what is done with it leaves its own.
    pub async fn session(&self, cookie: &str, request: Request, activity: Activity) -> Result<Who> {
        let token = self.token(cookie).ok_or(Error::SignedOut)?;
        let (identity, credential) = (self.clone(), self.register.credential(&token));
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionList)?;
                let row = rows::own(op, &entered)?;
                let idle_at = match activity {
                    Activity::Person => identity.move_end(op, &entered, &row)?,
                    Activity::Background => row.idle_at,
                };
                Ok(row.who(&entered, idle_at))
            })
            .await
    }

    /// The live sessions of a member; the caller's own when nobody is named.
    pub async fn sessions(
        &self,
        credential: &R::Credential,
        request: Request,
        member: Option<MemberId>,
    ) -> Result<Vec<SessionEntry>> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionList)?;
                let person = identity.someone(op, &entered, member, Action::SessionList)?;
                let facts = entered.of(&person);
                let permit: Permit<ListSessions> = op.permit(Resource::member(person.member), &facts)?;
                let live = rows::live(op, entered.home.tenant, person.member)?;
                let entries = live.iter().map(|row| row.entry(&entered.home, entered.key));
                let entries = entries.collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "count": entries.len() }))?;
                Ok(entries)
            })
            .await
    }

    /// Ends a session: the next act with it is refused on every node, and what it has in flight ends.
    pub async fn end_session(
        &self,
        credential: &R::Credential,
        request: Request,
        session: KeyId,
    ) -> Result<()> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionEnd)?;
                let Some(row) = rows::find(op, entered.home.tenant, session)? else {
                    return Err(unknown(op, Action::SessionEnd, Resource::tenant(), "session")?);
                };
                let person = identity.someone(op, &entered, Some(row.member), Action::SessionEnd)?;
                let resource = Resource::session(session, row.member);
                let permit: Permit<EndSession> = op.permit(resource, &entered.of(&person))?;
                identity.end(op, &permit, &entered, &[row])?;
                op.record(permit, json!({ "own": session == entered.key }))?;
                Ok(())
            })
            .await
    }

    /// Ends all sessions of a member but the one that asks; gives how many. The caller's own when nobody is named.
    pub async fn end_sessions(
        &self,
        credential: &R::Credential,
        request: Request,
        member: Option<MemberId>,
    ) -> Result<usize> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionEnd)?;
                let person = identity.someone(op, &entered, member, Action::SessionEnd)?;
                let permit: Permit<EndSession> =
                    op.permit(Resource::member(person.member), &entered.of(&person))?;
                let ended = identity.end_others(op, &permit, &entered, person.member)?;
                op.record(permit, json!({ "ended": ended }))?;
                Ok(ended)
            })
            .await
    }

    /// Signs out: ends the cookie's session. Done already when it has ended otherwise.
    pub async fn sign_out(&self, cookie: &str, request: Request) -> Result<()> {
        let Some(token) = self.token(cookie) else {
            return Ok(());
        };
        let credential = self.register.credential(&token);
        match self.end_session(&credential, request, token.key()).await {
            Err(Error::SignedOut | Error::NotFound(_)) => Ok(()),
            other => other,
        }
    }

    /// Moves the end by idleness, in steps, and never beyond the absolute end.
    fn move_end(&self, op: &mut Op<'_>, entered: &Entered, row: &SessionRow) -> Result<Timestamp> {
        let (now, tenant) = (op.now(), entered.home.tenant);
        let rule = rule::find(op, tenant)?;
        let idle_at = now.plus(rule.idle()).min(row.ends_at);
        let moves = if idle_at < row.ends_at {
            idle_at >= row.idle_at.plus(STEP)
        } else {
            idle_at > row.idle_at
        };
        if !moves {
            return Ok(row.idle_at);
        }
        rows::seen(op, tenant, row.session, idle_at)?;
        self.register.prolong_session(op, tenant, row.session, idle_at)?;
        Ok(idle_at)
    }

    /// Ends the member's other sessions; gives how many.
    pub(crate) fn end_others<A: operation::Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        entered: &Entered,
        member: MemberId,
    ) -> Result<usize> {
        let mut others = rows::live(op, entered.home.tenant, member)?;
        others.retain(|row| row.session != entered.key);
        self.end(op, permit, entered, &others)?;
        Ok(others.len())
    }

    fn end<A: operation::Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        entered: &Entered,
        sessions: &[SessionRow],
    ) -> Result<()> {
        let tenant = entered.home.tenant;
        for row in sessions {
            rows::delete(op, permit, tenant, row.session)?;
        }
        let ids: Vec<KeyId> = sessions.iter().map(|row| row.session).collect();
        self.register.end_sessions(op, permit, tenant, &ids)
    }

    /// A member of the caller's tenant; the caller when nobody is named.
    pub(crate) fn someone(
        &self,
        op: &mut Op<'_>,
        entered: &Entered,
        member: Option<MemberId>,
        action: Action,
    ) -> Result<Person> {
        let member = member.unwrap_or(entered.member);
        match self.register.person(op, &entered.home, member)? {
            Some(person) => Ok(person),
            None => Err(unknown(op, action, Resource::member(member), "member")?),
        }
    }
}

fn unknown(op: &mut Op<'_>, action: Action, resource: Resource, noun: &'static str) -> Result<Error> {
    op.refuse(action, resource, json!({ "reasons": ["unknown"] }))?;
    Ok(Error::NotFound(noun))
}
