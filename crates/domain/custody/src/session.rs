//! From a credential to a caller: the first step of every act, inside its transaction.
//!
//! Promises: the tenant comes from the credential alone; a key that was invalidated, has expired, was taken of one
//! that has ended or for a lease that has, comes from an address that is not its own, or whose member was disabled
//! is refused in the same transaction that would have acted, so the next request fails on every node; an attempt
//! with the right secret of such a key is recorded in its tenant's trail. Wrong secrets are not recorded there: they
//! cost an attacker nothing and would let anybody fill a trail.

mod key_row;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Action, Class, Duty, Facts, Scope, Subject};
use identity::Door;
use kernel::{Actor, DatasetId, KeyId, MemberId, ShareId, TaskId, TenantId, Timestamp};
use operation::{Caller, Op, TrailSeal};
use sealing::{BlindIndexKey, Key, LetterboxPublic, LetterboxSecret};
use store::params;

use self::key_row::{FIND_KEY, KeyRow, actor, address_of, origin_of};
use crate::credential::Credential;
use crate::dataset::Purposes;
use crate::error::{Error, Result};
use crate::installation::{system_caller, tenant_key_by_root};
use crate::key::{KeyKind, KeyScope};
use crate::operator_access::LetIn;
use crate::visit::Visited;
use crate::{Custody, admission, contexts, duty};

/// Who is acting, with the tenant's key open for as long as the act lasts.
///
/// Domain crates above this one begin their acts with [`Custody::enter`] and seal what is theirs under keys that
/// [`Session::derive`] gives: the tenant's key itself stays here.
pub struct Session {
    pub(crate) key: KeyId,
    pub(crate) member: MemberId,
    pub(crate) class: Class,
    pub(crate) tenant: TenantId,
    pub(crate) scope: KeyScope,
    pub(crate) customer_held: bool,
    pub(crate) contract_in_force: bool,
    pub(crate) expires_at: Option<Timestamp>,
    /// The key that this one was taken of.
    pub(crate) parent: Option<KeyId>,
    /// The task that the key is bound to: it reaches the items leased by it and nothing else.
    pub(crate) task: Option<TaskId>,
    /// For a session at a browser: until when its last proof is fresh.
    pub(crate) fresh_until: Option<Timestamp>,
    /// For the public: the share whose link was followed.
    pub(crate) share: Option<ShareId>,
    /// The server itself acts, with the root key open.
    pub(crate) is_server: bool,
    /// For the operator in a tenant: by which it lets them in.
    pub(crate) let_in: Option<LetIn>,
    /// For somebody at the page for people the data is about: their visit.
    pub(crate) visit: Option<Visited>,
    /// What is asked whether a purpose stands for a person.
    pub(crate) purposes: Option<Arc<dyn Purposes>>,
    /// Why these datasets are read, said before at the same browser.
    pub(crate) reasons: Arc<BTreeMap<DatasetId, String>>,
    /// The tenant's short name.
    pub(crate) slug: String,
    pub(crate) tenant_key: Key,
    pub(crate) letterbox: LetterboxPublic,
    pub(crate) letterbox_sealed: Vec<u8>,
}

/// A tenant whose key is open.
pub(crate) struct Home {
    pub(crate) tenant: TenantId,
    pub(crate) tenant_key: Key,
    pub(crate) letterbox: LetterboxPublic,
    pub(crate) letterbox_sealed: Vec<u8>,
    /// Its short name; none for whoever has no use for it.
    pub(crate) slug: String,
}

impl Custody {
    /// Resolves the credential and enters the operation. `action` is what the caller is about to try.
    ///
    /// Fails with [`Error::Unauthenticated`] when the credential is none, or good for nothing any more.
    pub fn enter(&self, op: &mut Op<'_>, credential: &Credential, action: Action) -> Result<Session> {
        if let Some(pass) = credential.pass() {
            return self.enter_by_pass(op, pass);
        }
        let now = op.now();
        let found = op.find(&FIND_KEY, params![credential.key, now])?;
        let row = found.ok_or(Error::Unauthenticated)?;
        if !credential.matches(&row.get::<Vec<u8>>(5)?) {
            return Err(Error::Unauthenticated);
        }
        let found = KeyRow::read(&row, credential.key)?.with_access(op)?;
        // A verified signature shows no secret, and a session has none to sign with.
        if credential.is_session() != (found.kind == KeyKind::Session) {
            return Err(Error::Unauthenticated);
        }
        // Members come in by one door and staff by another; a token says which, and its hash is made of that.
        let is_staff = found.class == Class::Operator;
        if credential
            .door()
            .is_some_and(|door| (door == Door::Staff) != is_staff)
        {
            return Err(Error::Unauthenticated);
        }
        if let Some(cause) = found.dead(now) {
            return Err(found.turned_away(op, action, cause)?);
        }
        if !found.is_task_live(op)? {
            return Err(found.turned_away(op, action, "lease-ended")?);
        }
        let tenant_key = self.open_tenant_key(credential, &found)?;
        let scope = KeyScope::open(found.tenant, found.key, &tenant_key, &found.scope_sealed)?;
        if !scope.covers_address(address_of(op)) {
            return Err(found.turned_away(op, action, "key-for-other-addresses")?);
        }
        if !scope.covers_origin(origin_of(op)) {
            return Err(found.refused_page(op, action)?);
        }
        let seal = TrailSeal::Key(trail_key(&tenant_key));
        let reach = found.policy_scope(&scope, now);
        match found.missing_steps {
            0 => found.enter_by_duties(op, action, reach, seal)?,
            _ => {
                op.enter(found.caller(admission::narrowed(reach), seal));
                if !admission::is_open_to_the_unadmitted(action) {
                    let home = (found.tenant, &tenant_key);
                    return Err(admission::turned_back(op, action, found.member, home)?);
                }
            }
        }
        let home = Home {
            tenant: found.tenant,
            tenant_key,
            letterbox: found.letterbox,
            letterbox_sealed: found.letterbox_sealed,
            slug: found.slug,
        };
        Ok(Session {
            scope,
            customer_held: found.customer_held,
            contract_in_force: found.contract_in_force,
            expires_at: found.expires_at,
            parent: found.parent.as_ref().map(|parent| parent.key),
            task: found.task,
            fresh_until: found.fresh_until,
            let_in: found.let_in,
            purposes: self.purposes.clone(),
            reasons: credential.reasons(),
            ..Session::with(found.key, found.member, found.class, home)
        })
    }

    /// Enters the operation as the server itself, which goes on with something that a member began or that a rule says. Nothing for a
    /// tenant that holds its key itself or is gone: nothing of the installation's opens it.
    pub fn enter_as_server(
        &self,
        op: &mut Op<'_>,
        tenant: TenantId,
        for_whom: Option<MemberId>,
    ) -> Result<Option<Session>> {
        let Some(row) = op.find(OPENED_BY_ROOT, params![tenant])? else {
            return Ok(None);
        };
        let tenant_key = tenant_key_by_root(op, &self.roots, tenant)?;
        op.enter(system_caller(tenant, TrailSeal::Key(trail_key(&tenant_key))));
        let home = Home {
            tenant,
            tenant_key,
            letterbox: LetterboxPublic(row.get(1)?),
            letterbox_sealed: row.get(2)?,
            slug: row.get(0)?,
        };
        let session = Session::of_the_server(home)?;
        let member = for_whom.unwrap_or(session.member);
        Ok(Some(Session {
            member,
            purposes: self.purposes.clone(),
            ..session
        }))
    }

    fn open_tenant_key(&self, credential: &Credential, found: &KeyRow) -> Result<Key> {
        if found.customer_held {
            // Nothing of ours opens this: without the secret in the request there is no key.
            let wrapped = found.wrapped_by_key.as_deref().ok_or(Error::Unauthenticated)?;
            let context = contexts::tenant_key_by(found.tenant, found.key);
            let key = credential.wrapping_key().ok_or(Error::Unauthenticated)?;
            return Ok(sealing::unwrap(&key, &context, wrapped)?);
        }
        let wrapped = found.wrapped_by_root.as_deref().ok_or(Error::Altered)?;
        let root = self.roots.find(found.root_id.as_deref())?;
        root.unwrap(&contexts::tenant_key(found.tenant), wrapped)
            .map_err(|error| Error::Internal(error.to_string()))
    }
}

const OPENED_BY_ROOT: &str = "SELECT slug, letterbox, letterbox_sealed FROM tenant \
     WHERE tenant_id = $1 AND custody_mode = 'provider-held' AND key_wrapped IS NOT NULL";

impl KeyRow {
    /// Enters, with what duties keep from the member taken out of what the policies permit them.
    fn enter_by_duties(&self, op: &mut Op<'_>, action: Action, reach: Scope, seal: TrailSeal) -> Result<()> {
        if self.duties == 0 {
            op.enter(self.caller(reach, seal));
            return Ok(());
        }
        let barred = duty::barred(op, self.tenant, self.member, Duty::of_class(self.class))?;
        let reach = Scope {
            barred: barred.actions(),
            ..reach
        };
        op.enter(self.caller(reach, seal));
        duty::turned_back(op, action, &barred)?.map_or(Ok(()), Err)
    }
}

/// The trail key of a tenant.
pub(crate) fn trail_key(tenant_key: &Key) -> Key {
    tenant_key.derive("trail", &[])
}

impl Session {
    /// Whether the key stands in pages, for everybody to read.
    pub fn is_of_a_page(&self) -> bool {
        self.scope.origins.is_some()
    }

    /// Whether the tenant holds its key itself, so that nothing is opened for it without a key of its members'.
    pub fn holds_its_key(&self) -> bool {
        self.customer_held
    }

    /// Whose data this is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The tenant's short name; nothing for the public, which has no use for it.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Who acts.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// What they are to the tenant.
    pub fn class(&self) -> Class {
        self.class
    }

    /// A key for one purpose of a crate above, from the tenant's key and what else it is bound to.
    ///
    /// `purpose` is part of the stored format and begins with the crate's name, as in `rights notes`.
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> Key {
        // A label of its own, so that no purpose meets a key that this crate derives.
        let parts: Vec<&[u8]> = std::iter::once(purpose.as_bytes())
            .chain(parts.iter().copied())
            .collect();
        self.tenant_key.derive("purpose of another crate", &parts)
    }

    /// A key for looking up sealed values by equality, for one purpose of a crate above.
    pub fn blind_index(&self, purpose: &str) -> BlindIndexKey {
        BlindIndexKey::derive(&self.derive(purpose, &[]), &[])
    }

    /// Facts that hold for everything this session does in its tenant.
    pub fn facts(&self) -> Facts {
        Facts {
            same_tenant: true,
            contract_in_force: self.contract_in_force,
            key_covers_dataset: true,
            key_covers_name: self.scope.prefixes.is_none() && self.task.is_none(),
            dataset_granted: self.let_in.is_some(),
            root_at_hand: self.is_server,
            ..Facts::default()
        }
    }

    /// Facts about a dataset that SQL has found.
    pub(crate) fn dataset_facts(&self, dataset: DatasetId, granted: bool) -> Facts {
        let into = self.let_in.filter(|access| access.opens(dataset));
        Facts {
            dataset_granted: granted || self.let_in.is_some_and(|access| access.shows(dataset)),
            leased: into.is_some(),
            lease_originals: into.is_some_and(|access| access.originals),
            key_covers_dataset: self.covers(dataset),
            ..self.facts()
        }
    }

    /// Facts about an item of this name, or about a listing of names that begin so.
    pub(crate) fn named_facts(&self, dataset: DatasetId, granted: bool, name: &str) -> Facts {
        Facts {
            key_covers_name: self.covers_name(name),
            ..self.dataset_facts(dataset, granted)
        }
    }

    /// Whether names that begin so are the key's. A key that is bound to a task reaches what is leased, by whatever name.
    pub(crate) fn covers_name(&self, name: &str) -> bool {
        self.task.is_none() && self.scope.covers_name(name)
    }

    /// Whether the key's scope reaches the dataset.
    pub(crate) fn covers(&self, dataset: DatasetId) -> bool {
        self.scope
            .datasets
            .as_ref()
            .is_none_or(|datasets| datasets.contains(&dataset))
    }

    /// The tenant as another member has it with a key of all their rights: to find the facts of what they could do, and for
    /// nothing else.
    pub(crate) fn seen_by(&self, member: MemberId, class: Class) -> Self {
        let home = Home {
            tenant: self.tenant,
            tenant_key: self.tenant_key.duplicate(),
            letterbox: self.letterbox,
            letterbox_sealed: self.letterbox_sealed.clone(),
            slug: self.slug.clone(),
        };
        Self {
            customer_held: self.customer_held,
            contract_in_force: self.contract_in_force,
            purposes: self.purposes.clone(),
            ..Self::with(self.key, member, class, home)
        }
    }

    /// The tenant as the operator has it by an access: to find the facts of what they could do, and for nothing else.
    pub(crate) fn seen_by_access(&self, member: MemberId, access: LetIn) -> Self {
        Self {
            let_in: Some(access),
            ..self.seen_by(member, Class::Operator)
        }
    }

    /// By which the tenant lets the operator in, if it is they.
    pub(crate) fn let_in(&self) -> Option<LetIn> {
        self.let_in
    }

    /// Whoever followed a link, for as long as the act lasts. They have no key of the tenant's: what stands in for it in `home` opens
    /// nothing that is sealed under one.
    pub(crate) fn public(share: ShareId, home: Home) -> Result<Self> {
        Ok(Self {
            share: Some(share),
            ..Self::of_nobody(share.as_bytes(), Class::Public, home)?
        })
    }

    /// The server itself, in whichever tenant it goes on with something.
    pub(crate) fn of_the_server(home: Home) -> Result<Self> {
        let nobody = *home.tenant.as_bytes();
        Ok(Self {
            is_server: true,
            ..Self::of_nobody(&nobody, Class::Operator, home)?
        })
    }

    /// Rows ask what a key and a member may reach; of the id `nobody` there is neither.
    pub(crate) fn of_nobody(nobody: &[u8; 16], class: Class, home: Home) -> Result<Self> {
        let key = KeyId::from_bytes(nobody).map_err(|_| Error::Altered)?;
        let member = MemberId::from_bytes(nobody).map_err(|_| Error::Altered)?;
        Ok(Self::with(key, member, class, home))
    }

    /// Without anything that a credential would narrow or widen: the contract counts as over until somebody has looked.
    fn with(key: KeyId, member: MemberId, class: Class, home: Home) -> Self {
        Self {
            key,
            member,
            class,
            tenant: home.tenant,
            scope: KeyScope::default(),
            customer_held: false,
            contract_in_force: false,
            expires_at: None,
            parent: None,
            task: None,
            fresh_until: None,
            share: None,
            let_in: None,
            is_server: false,
            visit: None,
            purposes: None,
            reasons: Arc::default(),
            slug: home.slug,
            tenant_key: home.tenant_key,
            letterbox: home.letterbox,
            letterbox_sealed: home.letterbox_sealed,
        }
    }

    /// Who acts, by id.
    fn actor(&self) -> Actor {
        match (self.share, &self.visit) {
            (Some(share), _) => Actor::Public { share },
            (None, Some(visited)) => Actor::DataSubject { visit: visited.visit },
            (None, None) => actor(self.key, self.member, self.class, self.let_in),
        }
    }

    /// Whether the caller sees items by lease alone, and nothing else of a dataset.
    pub(crate) fn works_by_lease(&self) -> bool {
        self.class == Class::Worker || self.task.is_some()
    }

    /// Whether what is restricted at a person's request stands in their listings: for who could lift that.
    pub(crate) fn finds_restricted(&self) -> bool {
        matches!(self.class, Class::Owner | Class::Admin | Class::PrivacyOfficer)
    }

    /// The tenant's key.
    pub(crate) fn tenant_key(&self) -> &Key {
        &self.tenant_key
    }

    /// Keys that open this tenant's trail.
    pub(crate) fn trail_keys(&self) -> Result<operation::TrailKeys> {
        let opened = sealing::open(
            &self.tenant_key,
            &contexts::letterbox(self.tenant),
            &self.letterbox_sealed,
        )?;
        let letterbox = LetterboxSecret::from_key(Key::from_slice(&opened)?);
        Ok(operation::TrailKeys {
            key: trail_key(&self.tenant_key),
            letterbox,
        })
    }

    /// What is needed to record a failure after the act, without any key.
    pub(crate) fn witness(&self, action: Action) -> Witness {
        Witness {
            action,
            actor: self.actor(),
            class: self.class,
            tenant: self.tenant,
            letterbox: self.letterbox,
        }
    }
}

/// Who acted, kept beyond the act so that a failure found while streaming can still be recorded.
#[derive(Clone)]
pub(crate) struct Witness {
    /// What they did.
    pub(crate) action: Action,
    actor: Actor,
    class: Class,
    tenant: TenantId,
    letterbox: LetterboxPublic,
}

impl Witness {
    /// The caller again, able to write to the trail and nothing else.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            actor: self.actor,
            tenant: self.tenant,
            subject: Subject {
                class: self.class,
                scope: Scope::default(),
            },
            trail: TrailSeal::Letterbox(self.letterbox),
        }
    }
}
