//! Making a key: its secret, its hash, and for customer-held custody the tenant's key under it; ending all others.

use kernel::{KeyId, MemberId, TaskId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::Key;
use store::params;

use super::{ApiKey, IssuedKey, KeyKind, KeyScope, rows, signing};
use crate::erasure::{self, What};
use crate::error::Result;
use crate::tenant::CustodyMode;
use crate::{Credential, contexts};

/// Whose key it will be.
#[derive(Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) tenant: TenantId,
    pub(crate) member: MemberId,
    /// Who issues it; nobody for the first ones of a tenant.
    pub(crate) made_by: Option<MemberId>,
}

/// What it will be good for.
pub(crate) struct NewSecret<'a> {
    pub(crate) kind: KeyKind,
    pub(crate) label: &'a str,
    pub(crate) scope: &'a KeyScope,
    pub(crate) expires_at: Option<Timestamp>,
    /// The key it is taken of, for a temporary one.
    pub(crate) parent: Option<KeyId>,
    /// The task it is bound to.
    pub(crate) task: Option<TaskId>,
}

/// Adds a key's row and gives its secret.
pub(crate) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    holder: Holder,
    new: &NewSecret<'_>,
    tenant_key: &Key,
    custody: CustodyMode,
) -> Result<IssuedKey> {
    let (id, made_at, label) = (KeyId::make(op.now(), op.random()), op.now(), new.label.trim());
    let credential = Credential::generate(id, op.random());
    let wrapped = credential
        .wrapping_key()
        .filter(|_| custody == CustodyMode::CustomerHeld)
        .map(|key| {
            let context = contexts::tenant_key_by(holder.tenant, id);
            sealing::wrap(&key, &context, tenant_key, op.random())
        });
    let signing_sealed = signing::sealed(op, holder.tenant, &credential, new.kind, tenant_key, custody);
    let label_context = contexts::key_label(holder.tenant, id);
    let label_sealed = sealing::seal(tenant_key, &label_context, label.as_bytes(), op.random());
    let scope_sealed = new.scope.seal(op, holder.tenant, id, tenant_key)?;
    let (kind, hash) = (new.kind.as_str(), credential.hash());
    let (tenant, member, made_by) = (holder.tenant, holder.member, holder.made_by);
    let row = params![
        id,
        tenant,
        member,
        kind,
        scope_sealed,
        label_sealed,
        hash.map(|hash| hash.to_vec()),
        wrapped,
        made_at,
        made_by,
        new.expires_at,
        signing_sealed,
        new.parent,
        new.task,
    ];
    op.change(permit, rows::INSERT, row)?;
    let key = ApiKey {
        id,
        member,
        kind: new.kind,
        label: label.to_owned(),
        scope: new.scope.clone(),
        parent: new.parent,
        task: new.task,
        made_at,
        expires_at: new.expires_at,
        invalidated_at: None,
        last_used_at: None,
    };
    Ok(IssuedKey {
        key,
        secret: credential.to_text(),
        access_key: credential.access_key(),
        signing_secret: credential.signing_secret().unwrap_or_default(),
    })
}

/// Ends every key of the tenant but this one; gives which those were.
pub(crate) fn invalidate_others<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    but: KeyId,
) -> Result<Vec<KeyId>> {
    let found = op.find_all(rows::LIVE, params![tenant, but])?;
    let keys = found.iter().map(|row| Ok(row.get(0)?));
    let keys = keys.collect::<Result<Vec<KeyId>>>()?;
    for key in &keys {
        invalidate(op, permit, tenant, *key)?;
    }
    Ok(keys)
}

/// Ends one key, with what was taken of it. What flows by it is for the caller to end.
pub(crate) fn invalidate<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    key: KeyId,
) -> Result<()> {
    let now = op.now();
    op.change(permit, rows::INVALIDATE, params![tenant, key, now])?;
    erasure::note(op, permit, tenant, What::ApiKey, key.as_bytes())
}
