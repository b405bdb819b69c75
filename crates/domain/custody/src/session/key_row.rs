//! A key's row: all that an act asks about the key it came with.
//!
//! One statement finds it with its tenant, its member and the key it was taken of, so that the end of any of them is
//! seen by the next act.

use std::net::IpAddr;
use std::sync::LazyLock;

use access::{Action, ActionSet, Class, Reach, Scope, Subject};
use kernel::{Actor, KeyId, MemberId, TaskId, TenantId, Timestamp};
use operation::{Caller, Op, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::Row;

use crate::admission::MISSES;
use crate::duty::COUNT;
use crate::error::{Error, Result};
use crate::key::{KeyKind, KeyScope};
use crate::operator_access::{self, LetIn};
use crate::task;

/// The key with id $1 at moment $2.
pub(super) static FIND_KEY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT k.tenant_id, k.member_id, k.kind, m.class, k.scope_sealed, k.secret_hash, k.tenant_key_wrapped, \
     k.expires_at, k.invalidated_at, m.state, t.custody_mode, t.root_id, t.key_wrapped, t.letterbox, \
     t.letterbox_sealed, \
     (SELECT count(*) FROM contract c WHERE c.tenant_id = k.tenant_id AND c.starts_at <= $2 \
        AND (c.ends_at IS NULL OR c.ends_at > $2) \
        AND c.version = (SELECT max(n.version) FROM contract n WHERE n.tenant_id = k.tenant_id)), \
     k.parent_key, p.key_id, p.invalidated_at, p.expires_at, k.task_id, k.fresh_until, t.slug, {MISSES}, {COUNT} \
     FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id JOIN member m ON m.member_id = k.member_id \
     LEFT JOIN api_key p ON p.key_id = k.parent_key WHERE k.key_id = $1"
    )
});

/// Why a key cannot be used any more whose time is over.
const EXPIRED: &str = "key-expired";

/// The row of the key that somebody came with.
pub(super) struct KeyRow {
    pub(super) key: KeyId,
    pub(super) tenant: TenantId,
    pub(super) member: MemberId,
    pub(super) kind: KeyKind,
    pub(super) class: Class,
    pub(super) scope_sealed: Vec<u8>,
    pub(super) wrapped_by_key: Option<Vec<u8>>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) invalidated: bool,
    pub(super) parent: Option<Parent>,
    pub(super) task: Option<TaskId>,
    /// For a session at a browser: until when its last proof is fresh.
    pub(super) fresh_until: Option<Timestamp>,
    pub(super) slug: String,
    pub(super) member_active: bool,
    pub(super) customer_held: bool,
    pub(super) root_id: Option<String>,
    pub(super) wrapped_by_root: Option<Vec<u8>>,
    pub(super) letterbox: LetterboxPublic,
    pub(super) letterbox_sealed: Vec<u8>,
    pub(super) contract_in_force: bool,
    /// How many steps the member has not done that their tenant asks for.
    pub(super) missing_steps: i64,
    /// How many duties and pairs of duties their tenant has.
    pub(super) duties: i64,
    /// For the operator in a tenant: by which it lets them in.
    pub(super) let_in: Option<LetIn>,
}

/// The key that a temporary credential was taken of.
pub(super) struct Parent {
    pub(super) key: KeyId,
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
    pub(super) fn read(row: &Row, key: KeyId) -> Result<Self> {
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
            fresh_until: row.get(21)?,
            slug: row.get(22)?,
            member_active: row.get::<String>(9)? == "active",
            customer_held: row.get::<String>(10)? == "customer-held",
            root_id: row.get(11)?,
            wrapped_by_root: row.get(12)?,
            letterbox: LetterboxPublic(letterbox),
            letterbox_sealed: row.get(14)?,
            contract_in_force: row.get::<i64>(15)? > 0,
            missing_steps: row.get(23)?,
            duties: row.get(24)?,
            let_in: None,
        })
    }

    /// With the access that the key was taken of, if the operator comes with it.
    pub(super) fn with_access(self, op: &mut Op<'_>) -> Result<Self> {
        let let_in = match self.class {
            Class::Operator => operator_access::of_key(op, self.key)?,
            _ => None,
        };
        Ok(Self { let_in, ..self })
    }

    /// Why the key cannot be used any more, if so.
    pub(super) fn dead(&self, now: Timestamp) -> Option<&'static str> {
        if self.invalidated {
            return Some("key-invalidated");
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Some(EXPIRED);
        }
        if self.parent.as_ref().is_some_and(|parent| parent.is_dead(now)) {
            return Some("parent-key-ended");
        }
        if self
            .let_in
            .is_some_and(|access| !access.is_live(self.tenant, now))
        {
            return Some("operator-access-ended");
        }
        (!self.member_active).then_some("member-disabled")
    }

    /// Whether the task that the key is bound to is live and its member's, if it is bound to one.
    pub(super) fn is_task_live(&self, op: &mut Op<'_>) -> Result<bool> {
        let Some(task) = self.task else {
            return Ok(true);
        };
        let now = op.now();
        let live = task::live(op, self.tenant, task, now)?;
        Ok(live.is_some_and(|live| live.member == self.member))
    }

    /// Records that somebody came with the key and could not use it. Only a letter can be left in the trail by then.
    pub(super) fn turned_away(&self, op: &mut Op<'_>, action: Action, cause: &'static str) -> Result<Error> {
        op.enter(self.caller(Scope::default(), TrailSeal::Letterbox(self.letterbox)));
        let resource = Resource::key(self.key, Some(self.member));
        op.refuse(action, resource, json!({ "reasons": [cause] }))?;
        Ok(match (self.kind, cause) {
            (KeyKind::Temporary, EXPIRED) => Error::Expired,
            _ => Error::Unauthenticated,
        })
    }

    /// Records that somebody tried the key from another page than its own. Everybody knows such a key, so it is no secret that
    /// there is one.
    pub(super) fn refused_page(&self, op: &mut Op<'_>, action: Action) -> Result<Error> {
        let reasons = vec!["key-for-other-origins".to_owned()];
        op.enter(self.caller(Scope::default(), TrailSeal::Letterbox(self.letterbox)));
        let resource = Resource::key(self.key, Some(self.member));
        op.refuse(action, resource, json!({ "reasons": reasons }))?;
        Ok(Error::Forbidden { action, reasons })
    }

    /// What the policies see of the key's scope.
    pub(super) fn policy_scope(&self, scope: &KeyScope, now: Timestamp) -> Scope {
        let lend = [Action::KeyLend];
        let actions = match self.kind {
            KeyKind::Recovery => Some(ActionSet::from_iter([Action::RecoveryUse])),
            // Whatever a key is for, to narrow it further is no further right.
            KeyKind::Api | KeyKind::Temporary | KeyKind::Session if scope.origins.is_none() => {
                scope.actions.map(|own| own.iter().chain(lend).collect())
            }
            KeyKind::Api | KeyKind::Temporary | KeyKind::Session => scope.actions,
        };
        Scope {
            actions,
            reach: match self.task {
                Some(_) => Reach::ListedNames,
                None => scope.reach(),
            },
            bound: scope.addresses.is_some(),
            temporary: self.kind == KeyKind::Temporary,
            by_key: self.kind != KeyKind::Session,
            barred: ActionSet::NONE,
            stale: self.kind == KeyKind::Session && self.fresh_until.is_none_or(|until| until <= now),
        }
    }

    pub(super) fn caller(&self, scope: Scope, trail: TrailSeal) -> Caller {
        Caller {
            actor: actor(self.key, self.member, self.class, self.let_in),
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
pub(super) fn address_of(op: &Op<'_>) -> Option<IpAddr> {
    let address = op.client().and_then(|client| client.address.as_deref());
    address.and_then(|address| address.parse().ok())
}

/// The page that a request comes from, as its browser says.
pub(super) fn origin_of<'a>(op: &'a Op<'_>) -> Option<&'a str> {
    op.client().and_then(|client| client.origin.as_deref())
}

/// Who acts, by id.
pub(super) fn actor(key: KeyId, member: MemberId, class: Class, let_in: Option<LetIn>) -> Actor {
    if class == Class::Operator {
        let access = let_in.map(|access| access.id);
        Actor::Operator { key, member, access }
    } else {
        Actor::Key { key, member }
    }
}
