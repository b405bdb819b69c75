//! The server itself as the caller: on its own machine, with the root key open and no credential.

use access::{Class, Facts, Subject};
use kernel::{Actor, TenantId};
use operation::{Act, Caller, Op, Permit, Resource, TrailSeal};
use sealing::Key;
use store::{Tx, params};

use super::root_trouble;
use super::rows::{self, WrappedKey};
use crate::error::{Error, Result};
use crate::session::trail_key;
use crate::{Roots, contexts};

/// Enters the operation for the tenant whose key this is, and asks for the permit.
pub(super) fn permit<A: Act>(
    op: &mut Op<'_>,
    tenant: TenantId,
    tenant_key: &Key,
    resource: Resource,
) -> Result<Permit<A>> {
    op.enter(caller(tenant, TrailSeal::Key(trail_key(tenant_key))));
    let facts = Facts {
        same_tenant: true,
        root_at_hand: true,
        ..Facts::default()
    };
    Ok(op.permit(resource, &facts)?)
}

/// The server in the operator's place: there is no class of its own for it.
pub(crate) fn caller(tenant: TenantId, trail: TrailSeal) -> Caller {
    Caller {
        actor: Actor::System,
        tenant,
        subject: Subject::of(Class::Operator),
        trail,
    }
}

/// Opens the key of a tenant that a root key wraps.
pub(crate) fn tenant_key(op: &mut Op<'_>, roots: &Roots, tenant: TenantId) -> Result<Key> {
    unwrap(roots, &wrapped_key(op.housekeeping(), tenant)?)
}

/// The key of a tenant as a root key wraps it.
pub(super) fn wrapped_key(tx: &mut Tx, tenant: TenantId) -> Result<WrappedKey> {
    let row = tx
        .optional(rows::WRAPPED_BY, params![tenant])?
        .ok_or(Error::Altered)?;
    Ok(WrappedKey::read(&row)?)
}

/// Opens it. The root key may be far away: better not in a transaction.
pub(super) fn unwrap(roots: &Roots, row: &WrappedKey) -> Result<Key> {
    roots
        .find(Some(&row.root_id))?
        .unwrap(&contexts::tenant_key(row.tenant), &row.wrapped)
        .map_err(root_trouble)
}
