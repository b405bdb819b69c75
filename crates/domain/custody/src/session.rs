//! From a credential to a caller: the first step of every act, inside its transaction.
//!
//! Promises: the tenant comes from the credential alone; a key that was invalidated, has expired, or whose
//! member was disabled is refused in the same transaction that would have acted, so the next request fails
//! on every node; an attempt with the right secret of a dead key is recorded in its tenant's trail. Wrong
//! secrets are not recorded there: they cost an attacker nothing and would let anybody fill a trail.

use std::net::IpAddr;

use access::{Action, ActionSet, Class, Facts, Reach, Scope, Subject};
use kernel::{Actor, DatasetId, KeyId, MemberId, TaskId, TenantId, Timestamp};
use operation::{Caller, Op, Resource, TrailSeal};
use sealing::{Key, LetterboxPublic, LetterboxSecret};
use serde_json::json;
use store::{Row, params};

use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::key::{KeyKind, KeyScope};
use crate::{Custody, contexts, task};

/// Who is acting, with the tenant's key open for as long as the act lasts.
pub(crate) struct Session {
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
    tenant_key: Key,
    letterbox: LetterboxPublic,
    letterbox_sealed: Vec<u8>,
}

const FIND_KEY: &str = "SELECT k.tenant_id, k.member_id, k.kind, m.class, k.scope_sealed, k.secret_hash, k.tenant_key_wrapped, \
     k.expires_at, k.invalidated_at, m.state, t.custody_mode, t.root_id, t.key_wrapped, t.letterbox, \
     t.letterbox_sealed, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = k.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = k.tenant_id)), \
     k.parent_key, p.key_id, p.invalidated_at, p.expires_at, k.task_id \
     FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id JOIN member m ON m.member_id = k.member_id \
     LEFT JOIN api_key p ON p.key_id = k.parent_key WHERE k.key_id = $1";

impl Custody {
    /// Resolves the credential and enters the operation. `action` is what the caller is about to try.
    pub(crate) fn enter(&self, op: &mut Op<'_>, credential: &Credential, action: Action) -> Result<Session> {
        let now = op.now();
        let found = op.find(FIND_KEY, params![credential.key, now])?;
        let row = found.ok_or(Error::Unauthenticated)?;
        if !credential.matches(&row.get::<Vec<u8>>(5)?) {
            return Err(Error::Unauthenticated);
        }
        let found = KeyRow::read(&row, credential.key)?;
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
        let seal = TrailSeal::Key(trail_key(&tenant_key));
        op.enter(found.caller(found.policy_scope(&scope), seal));
        Ok(Session {
            key: found.key,
            member: found.member,
            class: found.class,
            tenant: found.tenant,
            scope,
            customer_held: found.customer_held,
            contract_in_force: found.contract_in_force,
            expires_at: found.expires_at,
            parent: found.parent.as_ref().map(|parent| parent.key),
            task: found.task,
            tenant_key,
            letterbox: found.letterbox,
            letterbox_sealed: found.letterbox_sealed,
        })
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

/// The trail key of a tenant.
pub(crate) fn trail_key(tenant_key: &Key) -> Key {
    tenant_key.derive("trail", &[])
}

impl Session {
    /// Facts that hold for everything this session does in its tenant.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            same_tenant: true,
            contract_in_force: self.contract_in_force,
            key_covers_dataset: true,
            key_covers_name: self.scope.prefixes.is_none() && self.task.is_none(),
            ..Facts::default()
        }
    }

    /// Facts about a dataset that SQL has found.
    pub(crate) fn dataset_facts(&self, dataset: DatasetId, granted: bool) -> Facts {
        Facts {
            dataset_granted: granted,
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

    /// Whether the caller sees items by lease alone, and nothing else of a dataset.
    pub(crate) fn works_by_lease(&self) -> bool {
        self.class == Class::Worker || self.task.is_some()
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
    pub(crate) fn witness(&self) -> Witness {
        Witness {
            key: self.key,
            member: self.member,
            class: self.class,
            tenant: self.tenant,
            letterbox: self.letterbox,
        }
    }
}

/// Who acted, kept beyond the act so that a failure found while streaming can still be recorded.
#[derive(Clone)]
pub(crate) struct Witness {
    key: KeyId,
    member: MemberId,
    class: Class,
    tenant: TenantId,
    letterbox: LetterboxPublic,
}

impl Witness {
    /// The caller again, able to write to the trail and nothing else.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            actor: actor(self.key, self.member, self.class),
            tenant: self.tenant,
            subject: Subject {
                class: self.class,
                scope: Scope::default(),
            },
            trail: TrailSeal::Letterbox(self.letterbox),
        }
    }
}

fn actor(key: KeyId, member: MemberId, class: Class) -> Actor {
    if class == Class::Operator {
        Actor::Operator { key }
    } else {
        Actor::Key { key, member }
    }
}

struct KeyRow {
    key: KeyId,
    tenant: TenantId,
    member: MemberId,
    kind: KeyKind,
    class: Class,
    scope_sealed: Vec<u8>,
    wrapped_by_key: Option<Vec<u8>>,
    expires_at: Option<Timestamp>,
    invalidated: bool,
    parent: Option<Parent>,
    task: Option<TaskId>,
    member_active: bool,
    customer_held: bool,
    root_id: Option<String>,
    wrapped_by_root: Option<Vec<u8>>,
    letterbox: LetterboxPublic,
    letterbox_sealed: Vec<u8>,
    contract_in_force: bool,
}

/// The key that a temporary credential was taken of.
struct Parent {
    key: KeyId,
    /// Its row is there, not invalidated, with this end.
    live: Option<Option<Timestamp>>,
}

impl Parent {
    fn read(row: &Row) -> Result<Option<Self>> {
        let Some(key) = row.get::<Option<KeyId>>(16)? else {
            return Ok(None);
        };
        let (found, invalidated_at): (Option<KeyId>, Option<Timestamp>) = (row.get(17)?, row.get(18)?);
        let live = match (found, invalidated_at) {
            (Some(_), None) => Some(row.get(19)?),
            _ => None,
        };
        Ok(Some(Self { key, live }))
    }

    fn is_dead(&self, now: Timestamp) -> bool {
        self.live.is_none_or(|end| end.is_some_and(|end| end <= now))
    }
}

impl KeyRow {
    fn read(row: &Row, key: KeyId) -> Result<Self> {
        let letterbox: [u8; 32] = row.get::<Vec<u8>>(13)?.try_into().map_err(|_| Error::Altered)?;
        Ok(Self {
            key,
            tenant: TenantId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?,
            member: MemberId::from_bytes(&row.get::<Vec<u8>>(1)?).map_err(|_| Error::Altered)?,
            kind: KeyKind::from_row(&row.get::<String>(2)?)?,
            // A key has no class of its own: when its member's class changes, so do the key's rights.
            class: row
                .get::<String>(3)?
                .parse()
                .map_err(|_| Error::Internal("unknown class in a row".into()))?,
            scope_sealed: row.get(4)?,
            wrapped_by_key: row.get(6)?,
            expires_at: row.get(7)?,
            invalidated: row.get::<Option<Timestamp>>(8)?.is_some(),
            parent: Parent::read(row)?,
            task: row.get(20)?,
            member_active: row.get::<String>(9)? == "active",
            customer_held: row.get::<String>(10)? == "customer-held",
            root_id: row.get(11)?,
            wrapped_by_root: row.get(12)?,
            letterbox: LetterboxPublic(letterbox),
            letterbox_sealed: row.get(14)?,
            contract_in_force: row.get::<i64>(15)? > 0,
        })
    }

    /// Why the key cannot be used any more, if so.
    fn dead(&self, now: Timestamp) -> Option<&'static str> {
        if self.invalidated {
            return Some("key-invalidated");
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Some("key-expired");
        }
        if self.parent.as_ref().is_some_and(|parent| parent.is_dead(now)) {
            return Some("parent-key-ended");
        }
        (!self.member_active).then_some("member-disabled")
    }

    /// Whether the task that the key is bound to is live and its member's, if it is bound to one.
    fn is_task_live(&self, op: &mut Op<'_>) -> Result<bool> {
        let Some(task) = self.task else {
            return Ok(true);
        };
        let now = op.now();
        let live = task::live(op, self.tenant, task, now)?;
        Ok(live.is_some_and(|live| live.member == self.member))
    }

    /// Records that somebody came with the key and could not use it. Only a letter can be left in the trail by then.
    fn turned_away(&self, op: &mut Op<'_>, action: Action, cause: &'static str) -> Result<Error> {
        op.enter(self.caller(Scope::default(), TrailSeal::Letterbox(self.letterbox)));
        let resource = Resource::key(self.key, Some(self.member));
        op.refuse(action, resource, json!({ "reasons": [cause] }))?;
        Ok(Error::Unauthenticated)
    }

    /// What the policies see of the key's scope.
    fn policy_scope(&self, scope: &KeyScope) -> Scope {
        let lend = [Action::KeyLend];
        let actions = match self.kind {
            KeyKind::Recovery => Some(ActionSet::from_iter([Action::RecoveryUse])),
            // Whatever a key is for, to narrow it further is no further right.
            KeyKind::Api | KeyKind::Temporary => scope.actions.map(|own| own.iter().chain(lend).collect()),
        };
        Scope {
            actions,
            reach: match self.task {
                Some(_) => Reach::ListedNames,
                None => scope.reach(),
            },
            bound: scope.addresses.is_some(),
            temporary: self.kind == KeyKind::Temporary,
        }
    }

    fn caller(&self, scope: Scope, trail: TrailSeal) -> Caller {
        Caller {
            actor: actor(self.key, self.member, self.class),
            tenant: self.tenant,
            subject: Subject {
                class: self.class,
                scope,
            },
            trail,
        }
    }
}

/// Where the request came from, if that is known.
fn address_of(op: &Op<'_>) -> Option<IpAddr> {
    let address = op.client().and_then(|client| client.address.as_deref());
    address.and_then(|address| address.parse().ok())
}
