//! Acts on staff.

use access::{Action, Class, Facts};
use identity::{Person, Standing};
use kernel::{KeyId, MemberId, Page, PageRequest};
use operation::acts::{DisableStaff, InviteStaff, ListStaff};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{InvitedStaff, NewStaff, Staff};
use crate::error::{Error, Result};
use crate::member::rows::{self as members, MemberRow};
use crate::member::{self, Member, MemberState, check_email, check_name};
use crate::session::Session;
use crate::tenant::NewOwner;
use crate::{Credential, Custody};

impl Custody {
    /// Invites somebody to the staff, or anew who has not accepted yet or was shut out. For the operator.
    ///
    /// Fails with [`Error::Conflict`] for who signs in already: what they sign in with is theirs alone. Who has lost it is
    /// shut out first.
    pub async fn invite_staff(
        &self,
        credential: &Credential,
        request: Request,
        new: NewStaff,
    ) -> Result<InvitedStaff> {
        check_name(&new.name)?;
        check_email(&new.email)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::StaffInvite)?;
                let permit: Permit<InviteStaff> = op.permit(Resource::tenant(), &session.facts())?;
                let (row, is_new) = let_in(op, &permit, &session, &new)?;
                let member = row.member(op, &permit, &session)?;
                let invitation =
                    identity::invite(op, &permit, session.tenant, &person(&member), session.member)?;
                op.record(
                    permit,
                    json!({ "member": member.id, "new": is_new, "ends": invitation.ends_at }),
                )?;
                let standing = Standing {
                    signs_in: false,
                    invited_until: Some(invitation.ends_at),
                };
                Ok(InvitedStaff {
                    staff: Staff::of(member, standing),
                    token: invitation.token,
                    ends_at: invitation.ends_at,
                })
            })
            .await
    }

    /// One page of the staff, longest standing first. For the operator.
    pub async fn list_staff(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Staff>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::StaffList)?;
                let permit: Permit<ListStaff> = op.permit(Resource::tenant(), &session.facts())?;
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let filter = params![
                    session.tenant,
                    after.unwrap_or_default(),
                    i64::from(page.limit) + 1
                ];
                let mut found = Vec::new();
                for row in op.list(&permit, members::PAGE, filter)? {
                    let member = MemberRow::read(&row)?.member(op, &permit, &session)?;
                    let standing = identity::standing(op, session.tenant, member.id)?;
                    found.push(Staff::of(member, standing));
                }
                let listed = Page::from_rows(found, page.limit, |staff| staff.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// Shuts somebody out for good: from the next request on none of their sessions and keys works, on any node, what this
    /// node sends to them ends, and what they signed in with is forgotten. May be repeated. For the operator.
    pub async fn disable_staff(
        &self,
        credential: &Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Staff> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::StaffDisable)?;
                let facts = Facts {
                    own: member == session.member,
                    ..session.facts()
                };
                let permit: Permit<DisableStaff> = op.permit(Resource::member(member), &facts)?;
                let row = member::found(op, &session, member, Action::StaffDisable)?;
                let keys = shut_out(op, &permit, &session, &row)?;
                let shown = Member {
                    state: MemberState::Disabled,
                    ..row.member(op, &permit, &session)?
                };
                op.record(permit, json!({ "keys": keys.len() }))?;
                let live = custody.live.clone();
                op.on_commit(move || keys.into_iter().for_each(|key| live.end(key)));
                let standing = Standing {
                    signs_in: false,
                    invited_until: None,
                };
                Ok(Staff::of(shown, standing))
            })
            .await
    }
}

/// The row of somebody who may accept an invitation, and whether it was made here.
fn let_in(
    op: &mut Op<'_>,
    permit: &Permit<InviteStaff>,
    session: &Session,
    new: &NewStaff,
) -> Result<(MemberRow, bool)> {
    let tenant = (session.tenant, session.tenant_key());
    let known = member::by_email(op, tenant.0, tenant.1, &new.email)?;
    let is_new = known.is_none();
    let id = match known {
        Some(person) => anew(op, permit, session, &person)?,
        None => {
            let person = NewOwner {
                name: new.name.clone(),
                email: new.email.clone(),
            };
            member::insert(op, permit, tenant, &person, Class::Operator)?.id
        }
    };
    let row = members::find(op, session, id)?.ok_or(Error::Altered)?;
    Ok((row, is_new))
}

/// Somebody who is there already and does not sign in.
fn anew(
    op: &mut Op<'_>,
    permit: &Permit<InviteStaff>,
    session: &Session,
    person: &Person,
) -> Result<MemberId> {
    let (tenant, member) = (session.tenant, person.member);
    if identity::standing(op, tenant, member)?.signs_in {
        let problem = "they sign in already; if they have lost what they sign in with, shut them out first and invite them anew";
        return Err(Error::Conflict(problem.into()));
    }
    let state = MemberState::Active.as_str();
    op.change(permit, members::UPDATE_STATE, params![tenant, member, state])?;
    Ok(member)
}

/// Takes everything away that somebody acts with; gives the keys that were good until now.
fn shut_out(
    op: &mut Op<'_>,
    permit: &Permit<DisableStaff>,
    session: &Session,
    row: &MemberRow,
) -> Result<Vec<KeyId>> {
    let (tenant, member, now) = (session.tenant, row.id, op.now());
    let keys = op.find_all(KEYS, params![member])?;
    let keys = keys.iter().map(|row| Ok(row.get(0)?));
    let keys = keys.collect::<Result<Vec<KeyId>>>()?;
    let state = MemberState::Disabled.as_str();
    op.change(permit, members::UPDATE_STATE, params![tenant, member, state])?;
    op.change(permit, END_KEYS, params![member, now])?;
    identity::forget_person(op, permit, tenant, member)?;
    Ok(keys)
}

fn person(member: &Member) -> Person {
    Person {
        member: member.id,
        class: member.class,
        active: true,
        name: member.name.clone(),
        email: member.email.clone(),
    }
}

/// Those by which tenants let the operator look lie in the tenants.
const KEYS: &str = "SELECT key_id FROM api_key WHERE member_id = $1 AND invalidated_at IS NULL";
/// For good: an invitation lets the person in again, and none of their keys.
const END_KEYS: &str = "UPDATE api_key SET invalidated_at = $2, tenant_key_wrapped = NULL, signing_sealed = NULL \
     WHERE member_id = $1 AND invalidated_at IS NULL";
