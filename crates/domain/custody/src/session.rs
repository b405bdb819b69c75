//! From a credential to a caller: the first step of every act, inside its transaction.
//!
//! Promises: the tenant comes from the credential alone; a key that was invalidated, has expired, or whose
//! member was disabled is refused in the same transaction that would have acted, so the next request fails
//! on every node; an attempt with the right secret of a dead key is recorded in its tenant's trail. Wrong
//! secrets are not recorded there: they cost an attacker nothing and would let anybody fill a trail.

use access::{Action, ActionSet, Class, Facts, Reach, Scope, Subject};
use kernel::{Actor, DatasetId, KeyId, MemberId, TenantId, Timestamp};
use operation::{Caller, Op, Resource, TrailSeal};
use sealing::{Key, LetterboxPublic, LetterboxSecret};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, params};

use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::{Custody, contexts};

/// Who is acting, with the tenant's key open for as long as the act lasts.
pub(crate) struct Session {
    pub(crate) key: KeyId,
    pub(crate) member: MemberId,
    pub(crate) class: Class,
    pub(crate) tenant: TenantId,
    pub(crate) scope: KeyScope,
    pub(crate) customer_held: bool,
    pub(crate) contract_in_force: bool,
    tenant_key: Key,
    letterbox: LetterboxPublic,
    letterbox_sealed: Vec<u8>,
}

/// What an API key is narrowed to. Stored as JSON in `api_key.scope`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyScope {
    /// The only actions it may use, as `noun.verb`; all that its class may when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<ActionSet>,
    /// The only datasets it may touch; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<Vec<DatasetId>>,
}

const FIND_KEY: &str = "SELECT k.tenant_id, k.member_id, k.kind, m.class, k.scope, k.secret_hash, k.tenant_key_wrapped, \
     k.expires_at, k.invalidated_at, m.state, t.custody_mode, t.root_id, t.key_wrapped, t.letterbox, \
     t.letterbox_sealed, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = k.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = k.tenant_id)) \
     FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id JOIN member m ON m.member_id = k.member_id \
     WHERE k.key_id = $1";

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
            op.enter(found.caller(TrailSeal::Letterbox(found.letterbox)));
            op.refuse(
                action,
                Resource::key(found.key, Some(found.member)),
                json!({ "reasons": [cause] }),
            )?;
            return Err(Error::Unauthenticated);
        }
        let tenant_key = self.open_tenant_key(credential, &found)?;
        op.enter(found.caller(TrailSeal::Key(trail_key(&tenant_key))));
        Ok(Session {
            key: found.key,
            member: found.member,
            class: found.class,
            tenant: found.tenant,
            scope: found.scope,
            customer_held: found.customer_held,
            contract_in_force: found.contract_in_force,
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

    /// Whether the key's scope reaches the dataset.
    pub(crate) fn covers(&self, dataset: DatasetId) -> bool {
        self.scope
            .datasets
            .as_ref()
            .is_none_or(|datasets| datasets.contains(&dataset))
    }

    /// Whether the caller sees items by lease alone, and nothing else of a dataset.
    pub(crate) fn works_by_lease(&self) -> bool {
        self.class == Class::Worker
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
    recovery: bool,
    class: Class,
    scope: KeyScope,
    wrapped_by_key: Option<Vec<u8>>,
    expires_at: Option<i64>,
    invalidated_at: Option<i64>,
    member_active: bool,
    customer_held: bool,
    root_id: Option<String>,
    wrapped_by_root: Option<Vec<u8>>,
    letterbox: LetterboxPublic,
    letterbox_sealed: Vec<u8>,
    contract_in_force: bool,
}

impl KeyRow {
    fn read(row: &Row, key: KeyId) -> Result<Self> {
        let letterbox: [u8; 32] = row.get::<Vec<u8>>(13)?.try_into().map_err(|_| Error::Altered)?;
        Ok(Self {
            key,
            tenant: TenantId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?,
            member: MemberId::from_bytes(&row.get::<Vec<u8>>(1)?).map_err(|_| Error::Altered)?,
            recovery: row.get::<String>(2)? == "recovery",
            // A key has no class of its own: when its member's class changes, so do the key's rights.
            class: row
                .get::<String>(3)?
                .parse()
                .map_err(|_| Error::Internal("unknown class in a row".into()))?,
            scope: serde_json::from_str(&row.get::<String>(4)?)
                .map_err(|error| Error::Internal(error.to_string()))?,
            wrapped_by_key: row.get(6)?,
            expires_at: row.get(7)?,
            invalidated_at: row.get(8)?,
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
        if self.invalidated_at.is_some() {
            return Some("key-invalidated");
        }
        if self.expires_at.is_some_and(|end| end <= now.as_micros()) {
            return Some("key-expired");
        }
        (!self.member_active).then_some("member-disabled")
    }

    fn caller(&self, trail: TrailSeal) -> Caller {
        let recovery = ActionSet::from_iter([Action::RecoveryUse]);
        let scope = Scope {
            actions: if self.recovery {
                Some(recovery)
            } else {
                self.scope.actions
            },
            reach: if self.scope.datasets.is_some() {
                Reach::ListedDatasets
            } else {
                Reach::Tenant
            },
        };
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
