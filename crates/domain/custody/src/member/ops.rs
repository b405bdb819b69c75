//! Acts on members.

use access::{Action, Class, Duty, Facts};
use identity::{Home, Newcomer, Person};
use kernel::{KeyId, MemberId, Page, PageRequest, TenantId};
use operation::acts::{ChangeMember, DisableMember, EnableMember, InviteMember, ListMembers, ViewMember};
use operation::{Act, Op, Permit, Request, Resource};
use sealing::Key;
use serde_json::json;
use store::params;

use super::rows::{self, MemberRow};
use super::{Member, MemberChange, MemberState, NewMember, Profile, check_email, check_name};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tenant::NewOwner;
use crate::{Credential, Custody, IdempotencyKey, duty, replay, task};

impl Custody {
    /// Takes a person in as a member. They need a key from [`Custody::issue_key`] to do anything.
    pub async fn invite_member(
        &self,
        credential: &Credential,
        request: Request,
        new: NewMember,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Member> {
        check_name(&new.name)?;
        check_email(&new.email)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberInvite)?;
                let facts = Facts {
                    new_class: Some(new.class),
                    ..session.facts()
                };
                let permit: Permit<InviteMember> = op.permit(Resource::tenant(), &facts)?;
                if let Some(kept) = replay::find(op, &session, idempotency.as_ref())? {
                    op.record(permit, json!({ "repeated": true }))?;
                    return Ok(kept);
                }
                let person = NewOwner {
                    name: new.name.clone(),
                    email: new.email.clone(),
                };
                let tenant = (session.tenant, session.tenant_key());
                let member = insert(op, &permit, tenant, &person, new.class)?;
                replay::keep(op, &session, idempotency.as_ref(), &member)?;
                op.record(permit, json!({ "member": member.id, "class": member.class }))?;
                Ok(member)
            })
            .await
    }

    /// One page of the tenant's members, oldest first.
    pub async fn list_members(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Member>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberList)?;
                let permit: Permit<ListMembers> = op.permit(Resource::tenant(), &session.facts())?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let found = op.list(
                    &permit,
                    rows::PAGE,
                    params![session.tenant, after, i64::from(page.limit) + 1],
                )?;
                let members = found
                    .iter()
                    .map(|row| MemberRow::read(row)?.member(op, &permit, &session));
                let members = members.collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(members, page.limit, |member| member.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One member.
    pub async fn member(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Member> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberView)?;
                let (row, permit) = permitted::<ViewMember>(op, &session, member, None)?;
                let seen = row.member(op, &permit, &session)?;
                op.record(permit, json!(null))?;
                Ok(seen)
            })
            .await
    }

    /// Gives a member another class. Fails with [`Error::Conflict`] for the last active owner.
    pub async fn change_member(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
        change: MemberChange,
    ) -> Result<Member> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberChange)?;
                let (row, permit) = permitted::<ChangeMember>(op, &session, member, Some(change.class))?;
                let before = row.member(op, &permit, &session)?;
                check_class(op, &session, member, change.class)?;
                if change.class != Class::Owner {
                    leave_office(op, &permit, &session, &row)?;
                }
                op.change(
                    &permit,
                    rows::UPDATE_CLASS,
                    params![session.tenant, member, change.class.as_str()],
                )?;
                op.record(permit, json!({ "from": before.class, "to": change.class }))?;
                Ok(Member {
                    class: change.class,
                    ..before
                })
            })
            .await
    }

    /// Shuts a member out: their sessions and tasks end, none of their keys works from the next request on, on any node, and what this
    /// node sends to them ends at once (other nodes: [`Custody::watch_live_keys`]).
    ///
    /// May be repeated. Fails with [`Error::Conflict`] for the last active owner.
    pub async fn disable_member(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Member> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberDisable)?;
                let (row, permit) = permitted::<DisableMember>(op, &session, member, None)?;
                custody.shut_out(op, &session, &row, permit)
            })
            .await
    }

    /// Disables the member, and ends what they have: sessions, steps, tasks, what is in flight.
    pub(super) fn shut_out(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        row: &MemberRow,
        permit: Permit<DisableMember>,
    ) -> Result<Member> {
        let (tenant, member, now) = (session.tenant, row.id, op.now());
        leave_office(op, &permit, session, row)?;
        let keys = op.find_all(rows::KEYS, params![tenant, member])?;
        let keys = keys
            .iter()
            .map(|row| Ok(row.get(0)?))
            .collect::<Result<Vec<KeyId>>>()?;
        let changed = set_state(op, &permit, session, row, MemberState::Disabled)?;
        op.change(&permit, rows::END_SESSIONS, params![tenant, member, now])?;
        identity::forget_sessions(op, &permit, tenant, member)?;
        let tasks = task::end_all_of(op, &permit, tenant, member)?;
        op.record(permit, json!({ "keys": keys.len(), "tasks": tasks }))?;
        let (live, leases) = (self.live.clone(), self.leases.clone());
        op.on_commit(move || {
            keys.into_iter().for_each(|key| live.end(key));
            leases.end_where(|(task, _)| tasks.contains(task));
        });
        Ok(changed)
    }

    /// Lets a disabled member in again, with the keys that they had. May be repeated.
    pub async fn enable_member(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Member> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberEnable)?;
                let (row, permit) = permitted::<EnableMember>(op, &session, member, None)?;
                check_let_in(op, &session, &row)?;
                let changed = set_state(op, &permit, &session, &row, MemberState::Active)?;
                op.record(permit, json!(null))?;
                Ok(changed)
            })
            .await
    }
}

/// The member, or the refusal that an unknown one gets.
pub(crate) fn found(
    op: &mut Op<'_>,
    session: &Session,
    member: MemberId,
    action: Action,
) -> Result<MemberRow> {
    if let Some(row) = rows::find(op, session, member)? {
        return Ok(row);
    }
    op.refuse(
        action,
        Resource::member(member),
        json!({ "reasons": ["unknown"] }),
    )?;
    Err(Error::NotFound("member"))
}

/// Adds a member's row.
pub(crate) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: (TenantId, &Key),
    person: &NewOwner,
    class: Class,
) -> Result<Member> {
    let profile = Profile {
        name: person.name.trim().to_owned(),
        email: person.email.trim().to_owned(),
        ..Profile::default()
    };
    insert_profile(op, permit, tenant, profile, (class, MemberState::Active))
}

/// Adds a member's row, with all that is said of them.
pub(super) fn insert_profile<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: (TenantId, &Key),
    profile: Profile,
    (class, state): (Class, MemberState),
) -> Result<Member> {
    let (tenant, tenant_key) = tenant;
    let id = MemberId::make(op.now(), op.random());
    let sealed = profile.seal(op, tenant, tenant_key, id)?;
    let blind = rows::blind_email(tenant_key, &profile.email);
    let made_at = op.now();
    let row = params![id, tenant, class.as_str(), state.as_str(), made_at, sealed, blind];
    op.change(permit, rows::INSERT, row).map_err(email_taken)?;
    Ok(Member {
        id,
        name: profile.name,
        email: profile.email,
        class,
        state,
        made_at,
    })
}

/// Makes somebody a member who proved who they are at the tenant's provider, as its owners have ordered.
pub(crate) fn take_in(op: &mut Op<'_>, home: &Home, newcomer: &Newcomer) -> Result<Person> {
    check_name(&newcomer.name)?;
    check_email(&newcomer.email)?;
    op.enter(home.by_order());
    let facts = Facts {
        new_class: Some(newcomer.class),
        ..home.facts()
    };
    let permit: Permit<InviteMember> = op.permit(Resource::tenant(), &facts)?;
    let person = NewOwner {
        name: newcomer.name.clone(),
        email: newcomer.email.clone(),
    };
    let member = insert(op, &permit, (home.tenant, &home.key), &person, newcomer.class)?;
    let details = json!({ "member": member.id, "class": member.class, "by": "single-sign-on" });
    op.record(permit, details)?;
    Ok(Person {
        member: member.id,
        class: member.class,
        active: true,
        name: member.name,
        email: member.email,
    })
}

pub(super) fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    member: MemberId,
    new_class: Option<Class>,
) -> Result<(MemberRow, Permit<A>)> {
    let row = found(op, session, member, A::ACTION)?;
    let own = row.id == session.member;
    let facts = Facts {
        own,
        target_class: Some(row.class),
        new_class,
        ..session.facts()
    };
    let permit = op.permit(Resource::member(row.id), &facts)?;
    Ok((row, permit))
}

/// Refuses a class by which the member would hold two duties that conflict. Who may give it is asked before.
pub(super) fn check_class(op: &mut Op<'_>, session: &Session, member: MemberId, class: Class) -> Result<()> {
    let held = duty::with_class(op, session, member, class)?;
    let given = Duty::of_class(class);
    duty::check_given(op, session, (Action::MemberChange, member), held, given)
}

/// Refuses to let somebody in again who would hold two duties that conflict: a pair was added meanwhile.
pub(super) fn check_let_in(op: &mut Op<'_>, session: &Session, row: &MemberRow) -> Result<()> {
    let held = duty::with_class(op, session, row.id, row.class)?;
    held.iter()
        .try_for_each(|duty| duty::check_given(op, session, (Action::MemberEnable, row.id), held, Some(duty)))
}

/// What must hold before an owner stops being one: another is there, and takes the recovery code over.
///
/// The policies see to the first already, since nobody changes themselves and only owners touch owners;
/// this holds whatever the policies become. Policies also make the acting member an owner here.
pub(super) fn leave_office<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &MemberRow,
) -> Result<()> {
    if row.class != Class::Owner {
        return Ok(());
    }
    if !rows::has_another_owner(op, session.tenant, row.id)? {
        return Err(Error::Conflict(
            "this is the last active owner; make somebody else an owner first".into(),
        ));
    }
    // A recovery code acts for the member it belongs to: with them shut out it would be worth nothing.
    op.change(
        permit,
        rows::HAND_ON_RECOVERY,
        params![session.tenant, row.id, session.member],
    )?;
    Ok(())
}

pub(super) fn set_state<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &MemberRow,
    state: MemberState,
) -> Result<Member> {
    op.change(
        permit,
        rows::UPDATE_STATE,
        params![session.tenant, row.id, state.as_str()],
    )?;
    Ok(Member {
        state,
        ..row.member(op, permit, session)?
    })
}

pub(super) fn email_taken(error: store::StoreError) -> Error {
    if error.is_unique() {
        let problem =
            "there is a member with this e-mail address already; look for them, also among the disabled";
        return Error::Conflict(problem.into());
    }
    error.into()
}
