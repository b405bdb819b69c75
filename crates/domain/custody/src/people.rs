//! How custody answers what identity asks: whose member somebody is, and what a session is good for.
//!
//! Promises: a session acts as its member, as every API key of theirs does, and ends as a key does. Tenants that hold
//! their key themselves are refused: nothing of the installation's opens their key, and a password would have to be
//! turned into a key of its own for that.

use access::Action;
use identity::{Entered, Home, NewSession, Newcomer, Person, Register, SessionToken};
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::{Row, params};

use crate::error::{Error, Result};
use crate::key;
use crate::member;
use crate::session::trail_key;
use crate::{Credential, Custody, contexts};

/// The people of an installation whose tenants and members are in this custody.
pub type People = identity::Identity<Custody>;

impl Register for Custody {
    type Credential = Credential;

    fn home(&self, op: &mut Op<'_>, slug: &str) -> identity::Result<Option<Home>> {
        let now = op.now();
        let found = op.find(BY_SLUG, params![slug, now])?;
        found.map(|row| self.open_home(&row)).transpose()
    }

    fn home_of(&self, op: &mut Op<'_>, tenant: TenantId) -> identity::Result<Home> {
        let now = op.now();
        let found = op.find(BY_ID, params![tenant, now])?;
        self.open_home(&found.ok_or(identity::Error::NotFound("tenant"))?)
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
        let session = Self::enter(self, op, credential, action)?;
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
        Ok(key::session::end(op, permit, &self.live, tenant, sessions)?)
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
            | Error::NotYetSequenced => Self::Internal(told),
        }
    }
}

const BY_SLUG: &str = "SELECT t.tenant_id, t.slug, t.root_id, t.key_wrapped, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = t.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id)) \
     FROM tenant t WHERE t.slug = $1";
const BY_ID: &str = "SELECT t.tenant_id, t.slug, t.root_id, t.key_wrapped, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = t.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id)) \
     FROM tenant t WHERE t.tenant_id = $1";
