//! SQL of members.

use access::Class;
use identity::Person;
use kernel::{MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::{BlindIndexKey, Key};
use store::{Row, params};

use super::{Member, MemberState, Profile};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// A member's row. What it says about the person is still sealed.
pub(crate) struct MemberRow {
    pub(crate) id: MemberId,
    pub(crate) class: Class,
    pub(crate) state: MemberState,
    made_at: Timestamp,
    profile_sealed: Vec<u8>,
}

impl MemberRow {
    pub(crate) fn read(row: &Row) -> Result<Self> {
        let class: String = row.get(1)?;
        Ok(Self {
            id: row.get(0)?,
            class: class
                .parse()
                .map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?,
            state: MemberState::from_row(&row.get::<String>(2)?)?,
            made_at: row.get(3)?,
            profile_sealed: row.get(4)?,
        })
    }

    /// Opens name and e-mail address.
    pub(crate) fn member<A: Act>(
        &self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<Member> {
        Ok(self.of_profile(&self.profile(op, permit, session)?))
    }

    /// Opens what is said of the member.
    pub(super) fn profile<A: Act>(
        &self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<Profile> {
        let context = contexts::member(session.tenant, self.id);
        let opened = op.open(permit, session.tenant_key(), &context, &self.profile_sealed)?;
        profile(&opened)
    }

    /// The member of whom this is said.
    pub(super) fn of_profile(&self, profile: &Profile) -> Member {
        Member {
            id: self.id,
            name: profile.name.clone(),
            email: profile.email.clone(),
            class: self.class,
            state: self.state,
            made_at: self.made_at,
        }
    }
}

impl Profile {
    /// As it is stored.
    pub(super) fn seal(
        &self,
        op: &Op<'_>,
        tenant: TenantId,
        tenant_key: &Key,
        member: MemberId,
    ) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))?;
        let context = contexts::member(tenant, member);
        Ok(sealing::seal(tenant_key, &context, &text, op.random()))
    }
}

impl MemberRow {
    /// What identity sees of the member. It takes no permit, for nobody has entered yet who could be permitted anything:
    /// that is what it is opened for.
    fn person(&self, tenant: TenantId, tenant_key: &Key) -> Result<Person> {
        let context = contexts::member(tenant, self.id);
        let opened = sealing::open(tenant_key, &context, &self.profile_sealed)?;
        let profile = profile(&opened)?;
        Ok(Person {
            member: self.id,
            class: self.class,
            active: self.state == MemberState::Active,
            name: profile.name,
            email: profile.email,
        })
    }
}

fn profile(opened: &[u8]) -> Result<Profile> {
    serde_json::from_slice(opened).map_err(|error| Error::Internal(error.to_string()))
}

/// Finds a member of the session's tenant.
pub(crate) fn find(op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<Option<MemberRow>> {
    let row = op.find(FIND, params![session.tenant, member])?;
    row.map(|row| MemberRow::read(&row)).transpose()
}

/// The person with this e-mail address, for whoever asks who it is that wants to sign in.
pub(crate) fn by_email(
    op: &mut Op<'_>,
    tenant: TenantId,
    tenant_key: &Key,
    email: &str,
) -> Result<Option<Person>> {
    let blind = blind_email(tenant_key, email);
    let row = op.find(FIND_BY_EMAIL, params![tenant, blind])?;
    row.map(|row| MemberRow::read(&row)?.person(tenant, tenant_key))
        .transpose()
}

/// The person with this id.
pub(crate) fn by_id(
    op: &mut Op<'_>,
    tenant: TenantId,
    tenant_key: &Key,
    member: MemberId,
) -> Result<Option<Person>> {
    let row = op.find(FIND, params![tenant, member])?;
    row.map(|row| MemberRow::read(&row)?.person(tenant, tenant_key))
        .transpose()
}

/// Whether this is a member of the caller's team who is not shut out.
pub fn is_active(op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<bool> {
    const ACTIVE: &str = "SELECT 1 FROM member WHERE tenant_id = $1 AND member_id = $2 AND state = 'active'";
    Ok(op.find(ACTIVE, params![session.tenant, member])?.is_some())
}

/// A member as letters reach them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub email: String,
}

/// Where active members of these classes are reached by letters, the first hundred.
pub fn reached<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    classes: &[Class],
) -> Result<Vec<Reached>> {
    const OF_CLASS: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
         WHERE tenant_id = $1 AND class = $2 AND state = 'active' ORDER BY member_id LIMIT 100";
    let mut found = Vec::new();
    for class in classes {
        for row in op.list(permit, OF_CLASS, params![session.tenant, class.as_str()])? {
            let member = MemberRow::read(&row)?.member(op, permit, session)?;
            found.push(Reached {
                member: member.id,
                email: member.email,
            });
        }
    }
    Ok(found)
}

/// The blind index of an e-mail address.
pub(super) fn blind_email(tenant_key: &Key, email: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(tenant_key, &[b"member email"]);
    sealing::blind(&key, "member email", email.trim().to_lowercase().as_bytes())
}

/// Whether the tenant has an active owner besides this member.
pub(super) fn has_another_owner(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    Ok(op.find(ANOTHER_OWNER, params![tenant, member])?.is_some())
}

const FIND: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 AND member_id = $2";
pub(super) const FIND_BY_EMAIL: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 AND email_blind = $2";
pub(super) const ALL: &str =
    "SELECT member_id, class, state, made_at, profile_sealed FROM member WHERE tenant_id = $1";
const ANOTHER_OWNER: &str = "SELECT member_id FROM member \
     WHERE tenant_id = $1 AND member_id <> $2 AND class = 'owner' AND state = 'active' LIMIT 1";
pub(crate) const PAGE: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3";
pub(super) const INSERT: &str = "INSERT INTO member (member_id, tenant_id, class, state, made_at, profile_sealed, \
     email_blind) VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(super) const UPDATE_CLASS: &str = "UPDATE member SET class = $3 WHERE tenant_id = $1 AND member_id = $2";
pub(crate) const UPDATE_STATE: &str = "UPDATE member SET state = $3 WHERE tenant_id = $1 AND member_id = $2";
pub(super) const KEYS: &str = "SELECT key_id FROM api_key \
     WHERE tenant_id = $1 AND member_id = $2 AND invalidated_at IS NULL";
/// Sessions end for good with the member, and do not come back when they are enabled.
pub(super) const END_SESSIONS: &str = "UPDATE api_key SET invalidated_at = $3 \
     WHERE tenant_id = $1 AND member_id = $2 AND kind = 'session' AND invalidated_at IS NULL";
pub(super) const HAND_ON_RECOVERY: &str = "UPDATE api_key SET member_id = $3 \
     WHERE tenant_id = $1 AND member_id = $2 AND kind = 'recovery'";
