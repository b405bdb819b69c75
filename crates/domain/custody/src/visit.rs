//! Somebody without an account at a tenant's page for the people its data is about.
//!
//! Promises: whose data it is comes from the page's own address and nothing else; every act asks anew, in its own transaction, whether the
//! visit lives; a visitor reaches no item but what is about them alone, and only by the visit that a package is taken by. Leaves out: how
//! a visit begins and what proves it, which `rights` says through [`Visits`].
//!
//! A tenant that holds its key itself has no such page: nothing here opens its key, so nobody could be found, no code compared and
//! no answer be shown. It answers as one that is not there.

use std::sync::Arc;

use access::{Class, Subject};
use aws_lc_rs::digest;
use kernel::{Actor, KeyId, MemberId, SubjectId, TenantId, Timestamp, VisitId};
use operation::{Caller, Op, TrailSeal};
use sealing::LetterboxPublic;
use store::params;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::session::{Home, Session, trail_key};
use crate::{Credential, Custody, contexts};

/// Bytes of a visit's secret.
pub const SECRET_BYTES: usize = 32;

const HASH_DOMAIN: &[u8] = b"bailee visit v1\0";

/// Asked in every act whether a visit lives, and whose it is.
pub trait Visits: Send + Sync {
    /// The visit with this secret, if the tenant of the session has it and it is not over.
    fn find(&self, op: &mut Op<'_>, session: &Session, pass: &Pass) -> Result<Option<Visited>>;
}

/// What a visitor comes with: at which tenant's page, which visit, and its secret.
#[derive(Clone)]
pub struct Pass {
    /// The tenant's short name, of the page's address.
    pub tenant: String,
    /// The visit that it says it is.
    pub visit: VisitId,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    visits: Arc<dyn Visits>,
}

/// A visit that lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    /// Its id.
    pub visit: VisitId,
    /// The rows of the person that it was proven to be; none before, and where the tenant knows nobody by what was proven.
    pub people: Vec<SubjectId>,
    /// Whether a package of what is about them is being taken by it.
    pub takes: bool,
    /// Until when.
    pub ends_at: Timestamp,
}

impl Pass {
    /// A pass for this visit.
    pub fn new(
        tenant: &str,
        visit: VisitId,
        secret: Zeroizing<[u8; SECRET_BYTES]>,
        visits: Arc<dyn Visits>,
    ) -> Self {
        Self {
            tenant: tenant.to_owned(),
            visit,
            secret,
            visits,
        }
    }

    /// What is kept to recognise the secret. There is nothing to guess in it, so this is a plain hash, which the tenant's
    /// key need not be at hand for; [`Visits`] keeps it under a key all the same.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = digest::Context::new(&digest::SHA256);
        hasher.update(HASH_DOMAIN);
        hasher.update(self.visit.as_bytes());
        hasher.update(&*self.secret);
        let mut hash = [0u8; 32];
        hash.copy_from_slice(hasher.finish().as_ref());
        hash
    }
}

impl Custody {
    /// Enters for somebody at a tenant's page who has no visit yet, or whose visit is `visit`.
    ///
    /// Fails with [`Error::NotFound`] where no tenant has this name, where it is the operator's, and where it holds its key itself.
    pub fn enter_visitor(&self, op: &mut Op<'_>, tenant: &str, visit: Visited) -> Result<Session> {
        let mut session = self.session_at_page(op, tenant)?;
        op.enter(session.visiting(visit));
        Ok(session)
    }

    /// The tenant of a page, to read what the page itself says. Nobody has entered.
    pub fn at_page(&self, op: &mut Op<'_>, tenant: &str) -> Result<Session> {
        self.session_at_page(op, tenant)
    }

    /// As [`Custody::enter`] does it for keys.
    pub(crate) fn enter_by_pass(&self, op: &mut Op<'_>, pass: &Pass) -> Result<Session> {
        let found = self.session_at_page(op, &pass.tenant);
        let mut session = found.map_err(|error| match error {
            Error::NotFound(_) => Error::Unauthenticated,
            other => other,
        })?;
        let visited = pass.visits.find(op, &session, pass)?;
        let visited = visited.filter(|visited| visited.visit == pass.visit && op.now() < visited.ends_at);
        op.enter(session.visiting(visited.ok_or(Error::Unauthenticated)?));
        Ok(session)
    }

    fn session_at_page(&self, op: &mut Op<'_>, slug: &str) -> Result<Session> {
        let unknown = || Error::NotFound("portal");
        let now = op.now();
        let row = op.find(BY_SLUG, params![slug, now])?.ok_or_else(unknown)?;
        if row.get::<i64>(4)? > 0 {
            return Err(unknown());
        }
        let tenant: TenantId = row.get(0)?;
        let wrapped: Vec<u8> = row.get::<Option<Vec<u8>>>(2)?.ok_or_else(unknown)?;
        let root = self.roots.find(row.get::<Option<String>>(1)?.as_deref())?;
        let key = root
            .unwrap(&contexts::tenant_key(tenant), &wrapped)
            .map_err(crate::installation::root_trouble)?;
        let letterbox: [u8; 32] = row.get::<Vec<u8>>(5)?.try_into().map_err(|_| Error::Altered)?;
        let home = Home {
            tenant,
            tenant_key: key,
            letterbox: LetterboxPublic(letterbox),
            letterbox_sealed: row.get(6)?,
            slug: slug.to_owned(),
        };
        Ok(Session {
            contract_in_force: row.get::<i64>(3)? > 0,
            ..Session::of_nobody(tenant.as_bytes(), Class::DataSubject, home)?
        })
    }
}

impl Session {
    /// Makes it the visitor's, and says who enters.
    fn visiting(&mut self, visited: Visited) -> Caller {
        let visit = visited.visit;
        // A visit's id is no key's and no member's, and says in their place who it was.
        if let (Ok(key), Ok(member)) = (
            KeyId::from_bytes(visit.as_bytes()),
            MemberId::from_bytes(visit.as_bytes()),
        ) {
            (self.key, self.member) = (key, member);
        }
        self.expires_at = Some(visited.ends_at);
        self.visit = Some(visited);
        Caller {
            actor: Actor::DataSubject { visit },
            tenant: self.tenant,
            subject: Subject::of(Class::DataSubject),
            trail: TrailSeal::Key(trail_key(self.tenant_key())),
        }
    }

    /// The visit, for somebody at the page for people the data is about.
    pub fn visit(&self) -> Option<&Visited> {
        self.visit.as_ref()
    }

    /// Whether the visitor was proven to be the person of this row.
    pub fn is_of_visitor(&self, subject: Option<SubjectId>) -> bool {
        let people = self.visit.as_ref().map(|visit| visit.people.as_slice());
        subject.is_some_and(|subject| people.unwrap_or_default().contains(&subject))
    }

    /// Whether what is about this person alone is being handed to them by this very visit.
    pub(crate) fn takes(&self, subject: Option<SubjectId>) -> bool {
        self.visit.as_ref().is_some_and(|visit| visit.takes) && self.is_of_visitor(subject)
    }
}

impl Credential {
    /// Somebody at a tenant's page for the people its data is about.
    pub fn visitor(pass: Pass) -> Result<Self> {
        let key = KeyId::from_bytes(pass.visit.as_bytes()).map_err(|_| Error::Altered)?;
        Ok(Self::of_pass(key, pass))
    }
}

const BY_SLUG: &str = "SELECT t.tenant_id, t.root_id, t.key_wrapped, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = t.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id)), \
     (SELECT count(*) FROM installation i WHERE i.operator_tenant = t.tenant_id), t.letterbox, t.letterbox_sealed \
     FROM tenant t WHERE t.slug = $1";
