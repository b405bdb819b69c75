//! What a directory does.

use access::{Action, Class};
use kernel::MemberId;
use operation::acts::{ChangeMember, DisableMember, EnableMember, InviteMember, ListMembers, ViewMember};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::{Row, params};

use super::{Described, Edit, Found, GIVEN, NewDescribed, Which, rows};
use crate::error::{Error, Result};
use crate::member::ops::{self, check_class, check_let_in, email_taken, leave_office, permitted, set_state};
use crate::member::rows::{MemberRow, UPDATE_CLASS, blind_email};
use crate::member::{Member, MemberState, Profile};
use crate::session::Session;
use crate::{Credential, Custody};

impl Custody {
    /// Takes somebody in whom the directory has. They sign in at the team's provider, or once somebody has made them an
    /// invitation.
    ///
    /// Fails with [`Error::Conflict`] for an address that a member has.
    pub async fn take_described(
        &self,
        credential: &Credential,
        request: Request,
        new: NewDescribed,
    ) -> Result<Described> {
        let profile = new.profile()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberInvite)?;
                is_given(op, Action::MemberInvite, Resource::tenant(), &[new.class])?;
                let facts = access::Facts {
                    new_class: Some(new.class),
                    ..session.facts()
                };
                let permit: Permit<InviteMember> = op.permit(Resource::tenant(), &facts)?;
                let tenant = (session.tenant, session.tenant_key());
                let state = MemberState::of(new.active);
                let member = ops::insert_profile(op, &permit, tenant, profile.clone(), (new.class, state))?;
                describe(op, &permit, &session, member.id, &profile)?;
                let details =
                    json!({ "member": member.id, "class": member.class, "state": state, "by": "directory" });
                op.record(permit, details)?;
                Ok(Described::new(member, profile.clone()))
            })
            .await
    }

    /// One member, as the directory knows them.
    pub async fn described(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Described> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberView)?;
                let (row, permit) = permitted::<ViewMember>(op, &session, member, None)?;
                let seen = row.described(op, &permit, &session)?;
                op.record(permit, json!(null))?;
                Ok(seen)
            })
            .await
    }

    /// Members, oldest first: `count` of them after the first `skip`.
    pub async fn list_described(
        &self,
        credential: &Credential,
        request: Request,
        which: Which,
        (skip, count): (u32, u32),
    ) -> Result<Found> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberList)?;
                let permit: Permit<ListMembers> = op.permit(Resource::tenant(), &session.facts())?;
                let (total, rows) = select(op, &permit, &session, &which, (skip, count))?;
                let items = rows
                    .iter()
                    .map(|row| MemberRow::read(row)?.described(op, &permit, &session));
                let items = items.collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "count": items.len() }))?;
                Ok(Found { total, items })
            })
            .await
    }

    /// Changes what is to be changed of a member: what is said of them, their class, whether they are let in. What is so
    /// already is no act of its own.
    ///
    /// Fails with [`Error::Conflict`] for the last active owner and for an address that another member has.
    pub async fn edit_described(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
        edit: Edit,
    ) -> Result<Described> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberChange)?;
                let (row, look) = permitted::<ViewMember>(op, &session, member, None)?;
                let before = row.profile(op, &look, &session)?;
                let after = edit.of(&before)?;
                let class = edit.class.unwrap_or(row.class);
                change(op, &session, &row, (&before, &after), class)?;
                let state = edit.active.map_or(row.state, MemberState::of);
                custody.let_in(op, &session, &row, state)?;
                // Last, so that the request is known by what it changed.
                op.record(look, json!({ "by": "directory" }))?;
                let changed = Member {
                    class,
                    state,
                    ..row.of_profile(&after)
                };
                Ok(Described::new(changed, after))
            })
            .await
    }

    /// Lets the member in, or shuts them out, if that is another state than theirs.
    fn let_in(&self, op: &mut Op<'_>, session: &Session, row: &MemberRow, state: MemberState) -> Result<()> {
        match state {
            _ if state == row.state => Ok(()),
            MemberState::Disabled => {
                let (row, permit) = permitted::<DisableMember>(op, session, row.id, None)?;
                self.shut_out(op, session, &row, permit)?;
                Ok(())
            }
            MemberState::Active => {
                let (row, permit) = permitted::<EnableMember>(op, session, row.id, None)?;
                check_let_in(op, session, &row)?;
                set_state(op, &permit, session, &row, state)?;
                op.record(permit, json!(null))?;
                Ok(())
            }
        }
    }
}

impl Described {
    fn new(member: Member, profile: Profile) -> Self {
        Self {
            member,
            given: profile.given,
            family: profile.family,
            external: profile.external,
        }
    }
}

impl MemberState {
    /// Whether somebody is let in.
    fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Disabled }
    }
}

impl MemberRow {
    fn described<A: Act>(&self, op: &Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Described> {
        let profile = self.profile(op, permit, session)?;
        Ok(Described::new(self.of_profile(&profile), profile))
    }
}

/// The rows that were asked for, and how many there are in all.
fn select(
    op: &mut Op<'_>,
    permit: &Permit<ListMembers>,
    session: &Session,
    which: &Which,
    (skip, count): (u32, u32),
) -> Result<(u64, Vec<Row>)> {
    let (tenant, key) = (session.tenant, session.tenant_key());
    let mut rows = match which {
        Which::All => {
            let total = op.find(rows::COUNT, params![tenant])?;
            let total: i64 = total.map_or(Ok(0), |row| row.get(0))?;
            let page = params![tenant, i64::from(count), i64::from(skip)];
            return Ok((
                u64::try_from(total).unwrap_or(0),
                op.list(permit, rows::PAGE, page)?,
            ));
        }
        Which::Email(email) => op.list(permit, rows::BY_EMAIL, params![tenant, blind_email(key, email)])?,
        Which::External(external) => {
            let blind = rows::blind_external(key, external);
            op.list(permit, rows::BY_EXTERNAL, params![tenant, blind])?
        }
    };
    let total = rows.len() as u64;
    rows.drain(..rows.len().min(skip as usize));
    rows.truncate(count as usize);
    Ok((total, rows))
}

/// Writes what is said of the member and their class, if either is another.
fn change(
    op: &mut Op<'_>,
    session: &Session,
    row: &MemberRow,
    (before, after): (&Profile, &Profile),
    class: Class,
) -> Result<()> {
    let fields = after.differs_from(before);
    if fields.is_empty() && class == row.class {
        return Ok(());
    }
    if class != row.class {
        is_given(
            op,
            Action::MemberChange,
            Resource::member(row.id),
            &[row.class, class],
        )?;
    }
    let (row, permit) = permitted::<ChangeMember>(op, session, row.id, Some(class))?;
    if class != row.class {
        check_class(op, session, row.id, class)?;
    }
    if class != Class::Owner {
        leave_office(op, &permit, session, &row)?;
    }
    op.change(
        &permit,
        UPDATE_CLASS,
        params![session.tenant, row.id, class.as_str()],
    )?;
    describe(op, &permit, session, row.id, after)?;
    let details = json!({ "from": row.class, "to": class, "fields": fields, "by": "directory" });
    op.record(permit, details)?;
    Ok(())
}

fn describe<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    member: MemberId,
    profile: &Profile,
) -> Result<()> {
    let (tenant, key) = (session.tenant, session.tenant_key());
    let sealed = profile.seal(op, tenant, key, member)?;
    let external = profile.external.as_deref();
    let external = external.map(|external| rows::blind_external(key, external).to_vec());
    let email = blind_email(key, &profile.email);
    let row = params![tenant, member, sealed, email, external];
    op.change(permit, rows::DESCRIBE, row).map_err(email_taken)?;
    Ok(())
}

/// Refuses classes that are given and taken by people alone.
fn is_given(op: &mut Op<'_>, action: Action, resource: Resource, classes: &[Class]) -> Result<()> {
    if classes.iter().all(|class| GIVEN.contains(class)) {
        return Ok(());
    }
    let reasons = vec!["directory-class".to_owned()];
    op.refuse(action, resource, json!({ "reasons": reasons }))?;
    Err(Error::Forbidden { action, reasons })
}
