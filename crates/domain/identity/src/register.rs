//! What identity asks of whoever keeps tenants and members.
//!
//! Identity stands below custody: it knows how people prove who they are, not what they are members of. Custody
//! implements [`Register`] and thereby decides what a session is good for: a key of its own kind, which every act asks
//! about anew.

use access::{Action, Class, Facts, Subject};
use kernel::{Actor, KeyId, MemberId, TenantId, Timestamp};
use operation::{Act, Caller, Op, Permit, TrailSeal};
use sealing::Key;

use crate::error::Result;
use crate::oidc::Newcomer;
use crate::token::{Door, SessionToken};

/// A tenant with its key open, for as long as an act lasts.
pub struct Home {
    /// Its id.
    pub tenant: TenantId,
    /// Its short name.
    pub slug: String,
    /// Its key.
    pub key: Key,
    /// What seals its events.
    pub trail: Key,
    /// Whether its contract is in force.
    pub contract_in_force: bool,
}

/// A member of a tenant.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub member: MemberId,
    /// What they are to the tenant.
    pub class: Class,
    /// Whether they are let in at all.
    pub active: bool,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// Somebody whose credential was taken in this act.
pub struct Entered {
    /// The key or session they came with.
    pub key: KeyId,
    /// Who they are.
    pub member: MemberId,
    /// What they are to the tenant.
    pub class: Class,
    /// Their tenant.
    pub home: Home,
    /// When the key or session ends by itself.
    pub ends_at: Option<Timestamp>,
    /// For a session at a browser: until when its last proof is fresh.
    pub fresh_until: Option<Timestamp>,
    /// Whether it is a session at a browser.
    pub is_session: bool,
}

/// A session to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// Its id and the hash of its secret.
    pub token: &'a SessionToken,
    /// Whose it is.
    pub member: MemberId,
    /// When it ends unless it is prolonged.
    pub ends_at: Timestamp,
    /// Until when the proof of who they are is fresh.
    pub fresh_until: Timestamp,
}

/// Who keeps tenants, members and the credentials that acts are done with, at one [`Door`].
pub trait Register: Clone + Send + Sync + 'static {
    /// What comes with a request.
    type Credential: Clone + Send + Sync + 'static;

    /// The door that people come in by.
    fn door(&self) -> Door;

    /// The tenant of this short name with its key open; nothing for an unknown one, or one of another door. Staff have one
    /// home, by whatever name.
    ///
    /// Fails with [`crate::Error::CustomerHeld`] where nothing of the installation's opens it.
    fn home(&self, op: &mut Op<'_>, slug: &str) -> Result<Option<Home>>;

    /// The tenant with its key open; errors as for [`Register::home`], and [`crate::Error::NotFound`] for one of another door.
    fn home_of(&self, op: &mut Op<'_>, tenant: TenantId) -> Result<Home>;

    /// The member with this e-mail address.
    fn person_by_email(&self, op: &mut Op<'_>, home: &Home, email: &str) -> Result<Option<Person>>;

    /// The member with this id.
    fn person(&self, op: &mut Op<'_>, home: &Home, member: MemberId) -> Result<Option<Person>>;

    /// Makes somebody a member, by the order of the owners who set it so; records it as the server's act.
    fn take_in(&self, op: &mut Op<'_>, home: &Home, newcomer: &Newcomer) -> Result<Person>;

    /// Takes the credential and enters the operation, or refuses it as every other act would; the session of another door as
    /// one that has ended.
    fn enter(&self, op: &mut Op<'_>, credential: &Self::Credential, action: Action) -> Result<Entered>;

    /// What a session's bearer acts with.
    fn credential(&self, token: &SessionToken) -> Self::Credential;

    /// Makes a session.
    fn begin_session<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        home: &Home,
        session: NewSession<'_>,
    ) -> Result<()>;

    /// Gives a session another secret, with a fresh proof.
    fn renew_session<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        home: &Home,
        session: NewSession<'_>,
    ) -> Result<()>;

    /// Moves a session's end, because somebody is there.
    fn prolong_session(
        &self,
        op: &mut Op<'_>,
        tenant: TenantId,
        session: KeyId,
        until: Timestamp,
    ) -> Result<()>;

    /// Ends sessions: the next act with one is refused on every node, and what they have in flight ends.
    fn end_sessions<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        tenant: TenantId,
        sessions: &[KeyId],
    ) -> Result<()>;
}

impl Home {
    /// Facts that hold for everything somebody does in their own tenant.
    pub fn facts(&self) -> Facts {
        Facts {
            same_tenant: true,
            contract_in_force: self.contract_in_force,
            ..Facts::default()
        }
    }

    /// A member who proved who they are and has no session yet.
    pub(crate) fn proven(&self, person: &Person) -> Caller {
        self.caller(
            Actor::Person {
                member: person.member,
            },
            Subject::of(person.class),
        )
    }

    /// The server, which found that nobody had proved anything.
    pub(crate) fn nobody(&self) -> Caller {
        self.caller(Actor::System, Subject::of(Class::Operator))
    }

    /// The server, which does what the tenant's owners have told it to.
    pub fn by_order(&self) -> Caller {
        self.caller(Actor::System, Subject::of(Class::Owner))
    }

    fn caller(&self, actor: Actor, subject: Subject) -> Caller {
        Caller {
            actor,
            tenant: self.tenant,
            subject,
            trail: TrailSeal::Key(self.trail.duplicate()),
        }
    }
}

impl Entered {
    /// Facts about what is the caller's own.
    pub(crate) fn own(&self) -> Facts {
        Facts {
            own: true,
            target_class: Some(self.class),
            ..self.home.facts()
        }
    }

    /// Facts about what is another member's, or perhaps the caller's own.
    pub(crate) fn of(&self, person: &Person) -> Facts {
        Facts {
            own: person.member == self.member,
            target_class: Some(person.class),
            ..self.home.facts()
        }
    }
}
