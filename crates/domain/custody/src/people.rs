//! How custody answers what identity asks: whose member somebody is, and what a session is good for.
//!
//! Promises: a session acts as its member, as every API key of theirs does, and ends as a key does. Tenants that hold
//! their key themselves are refused: nothing of the installation's opens their key, and a password would have to be
//! turned into a key of its own for that.
//!
//! There are two doors, each with a [`Doorkeeper`]: one for members of teams, one for staff, who are members of the operator's
//! own tenant. Of each, the other's tenants are not there: neither by name nor by what a ticket, an invitation or an offer of
//! a passkey says.

use access::Action;
use identity::{Door, Entered, Home, NewSession, Newcomer, Person, Register, SessionToken, Settings};
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::{Row, params};

use crate::error::{Error, Result};
use crate::installation::OPERATOR;
use crate::key;
use crate::member;
use crate::session::trail_key;
use crate::{Credential, Custody, contexts};

/// The people of an installation whose tenants and members are in this custody, at one of its doors.
pub type People = identity::Identity<Doorkeeper>;

/// Custody, asked at one of the doors.
#[derive(Clone)]
pub struct Doorkeeper {
    custody: Custody,
    door: Door,
}

impl Custody {
    /// The people of the teams, and how they are let in. Fails as [`People::new`].
    pub fn people(&self, settings: Settings) -> identity::Result<People> {
        People::new(self.desk.clone(), self.at_door(Door::Team), settings)
    }

    /// Custody as one of the doors asks it.
    pub fn at_door(&self, door: Door) -> Doorkeeper {
        Doorkeeper {
            custody: self.clone(),
            door,
        }
    }
}

impl Register for Doorkeeper {
    type Credential = Credential;

    fn door(&self) -> Door {
        self.door
    }

    fn home(&self, op: &mut Op<'_>, slug: &str) -> identity::Result<Option<Home>> {
        let slug = match self.door {
            Door::Team => slug,
            Door::Staff => OPERATOR,
        };
        let now = op.now();
        let found = op.find(BY_SLUG, params![slug, now])?;
        self.open_if_ours(found)
    }

    fn home_of(&self, op: &mut Op<'_>, tenant: TenantId) -> identity::Result<Home> {
        let now = op.now();
        let found = op.find(BY_ID, params![tenant, now])?;
        let home = self.open_if_ours(found)?;
        home.ok_or(identity::Error::NotFound("tenant"))
    }

    fn person_by_email(&self, op: &mut Op<'_>, home: &Home, email: &str) -> identity::Result<Option<Person>> {
        Ok(member::by_email(op, home.tenant, &home.key, email)?)
    }

    fn person(&self, op: &mut Op<'_>, home: &Home, member: MemberId) -> identity::Result<Option<Person>> {
        Ok(member::by_id(op, home.tenant, &home.key, member)?)
    }

    fn take_in(&self, op: &mut Op<'_>, home: &Home, newcomer: &Newcomer) -> identity::Result<Person> {
        Ok(member::take_in(op, home, newcomer)?)
    }

    fn enter(&self, op: &mut Op<'_>, credential: &Credential, action: Action) -> identity::Result<Entered> {
        if credential.door().is_some_and(|door| door != self.door) {
            return Err(identity::Error::SignedOut);
        }
        let session = self.custody.enter(op, credential, action)?;
        Ok(Entered {
            key: session.key,
            member: session.member,
            class: session.class,
            ends_at: session.expires_at,
            fresh_until: session.fresh_until,
            is_session: credential.is_session(),
            home: Home {
                tenant: session.tenant,
                slug: session.slug.clone(),
                key: session.tenant_key().duplicate(),
                trail: trail_key(session.tenant_key()),
                contract_in_force: session.contract_in_force,
            },
        })
    }

    fn credential(&self, token: &SessionToken) -> Credential {
        Credential::session(token)
    }

    fn begin_session<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        home: &Home,
        session: NewSession<'_>,
    ) -> identity::Result<()> {
        Ok(key::session::begin(op, permit, home, session)?)
    }

    fn renew_session<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        home: &Home,
        session: NewSession<'_>,
    ) -> identity::Result<()> {
        Ok(key::session::renew(op, permit, home, session)?)
    }

    fn prolong_session(
        &self,
        op: &mut Op<'_>,
        tenant: TenantId,
        session: KeyId,
        until: Timestamp,
    ) -> identity::Result<()> {
        Ok(key::session::prolong(op, tenant, session, until)?)
    }

    fn end_sessions<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        tenant: TenantId,
        sessions: &[KeyId],
    ) -> identity::Result<()> {
        Ok(key::session::end(
            op,
            permit,
            &self.custody.live,
            tenant,
            sessions,
        )?)
    }
}

impl Doorkeeper {
    /// The tenant with its key open, if its people come in by this door.
    fn open_if_ours(&self, found: Option<Row>) -> identity::Result<Option<Home>> {
        let Some(row) = found else {
            return Ok(None);
        };
        let is_operators = row.get::<i64>(5)? > 0;
        if is_operators != (self.door == Door::Staff) {
            return Ok(None);
        }
        self.custody.open_home(&row).map(Some)
    }
}

impl Custody {
    /// Opens the key of a tenant that the root key wraps.
    fn open_home(&self, row: &Row) -> identity::Result<Home> {
        let (tenant, wrapped): (TenantId, Option<Vec<u8>>) = (row.get(0)?, row.get(3)?);
        let wrapped = wrapped.ok_or(identity::Error::CustomerHeld)?;
        let key = self.unwrap_tenant_key(tenant, row.get::<Option<String>>(2)?.as_deref(), &wrapped)?;
        Ok(Home {
            tenant,
            slug: row.get(1)?,
            trail: trail_key(&key),
            key,
            contract_in_force: row.get::<i64>(4)? > 0,
        })
    }

    fn unwrap_tenant_key(
        &self,
        tenant: TenantId,
        root: Option<&str>,
        wrapped: &[u8],
    ) -> Result<sealing::Key> {
        let root = self.roots.find(root)?;
        root.unwrap(&contexts::tenant_key(tenant), wrapped)
            .map_err(crate::installation::root_trouble)
    }
}

impl From<Error> for identity::Error {
    fn from(error: Error) -> Self {
        let told = error.to_string();
        match error {
            Error::Unauthenticated | Error::Expired => Self::SignedOut,
            Error::NotFound(noun) => Self::NotFound(noun),
            Error::Forbidden { action, reasons } => Self::Forbidden { action, reasons },
            Error::NotAdmitted { action, .. } => Self::Forbidden {
                action,
                reasons: vec!["not-admitted".to_owned()],
            },
            Error::Invalid { field, problem } => Self::Invalid { field, problem },
            Error::Conflict(problem) => Self::Conflict(problem),
            Error::Altered => Self::Altered,
            Error::Unavailable(cause) => Self::Unavailable(cause),
            Error::Internal(cause) => Self::Internal(cause),
            // Faults of bodies, views, ranges and repetitions, of which there are none here.
            Error::ConditionFailed
            | Error::RangeNotSatisfiable { .. }
            | Error::ReplayMismatch
            | Error::Interrupted(_)
            | Error::Mismatch(_)
            | Error::TooLarge { .. }
            | Error::NotTaken { .. }
            | Error::NotShown(_)
            | Error::Gone(_)
            | Error::NotYetSequenced
            | Error::Masked(_)
            | Error::NoReason { .. } => Self::Internal(told),
        }
    }
}

/// What identity's steps say that run within an act of custody's.
impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::Altered => Self::Altered,
            identity::Error::Unavailable(cause) => Self::Unavailable(cause),
            identity::Error::Internal(cause) => Self::Internal(cause),
            // Those steps ask nobody to prove anything.
            other => Self::Internal(other.to_string()),
        }
    }
}

const BY_SLUG: &str = "SELECT t.tenant_id, t.slug, t.root_id, t.key_wrapped, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = t.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id)), \
     (SELECT count(*) FROM installation i WHERE i.operator_tenant = t.tenant_id) \
     FROM tenant t WHERE t.slug = $1";
const BY_ID: &str = "SELECT t.tenant_id, t.slug, t.root_id, t.key_wrapped, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = t.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id)), \
     (SELECT count(*) FROM installation i WHERE i.operator_tenant = t.tenant_id) \
     FROM tenant t WHERE t.tenant_id = $1";
