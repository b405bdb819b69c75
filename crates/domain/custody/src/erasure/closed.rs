//! Ending things without any key: an item where nothing of the installation's opens its tenant's, and a tenant as a whole.

use kernel::{DatasetId, ItemId, TenantId};
use operation::{Act, Op, Permit};
use serde_json::{Value as Json, json};
use store::objects::Address;
use store::params;

use super::{What, note, rows};
use crate::error::{Error, Result};
use crate::item::{self, LetGo};

/// Removes the item with all its versions and their wrapped keys, and spends the permit. Names are put in order anew when somebody lists
/// with a key; objects in a bucket of the tenant's own stay there.
pub(crate) fn destroy<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    tenant: TenantId,
    item: ItemId,
    because: Json,
) -> Result<LetGo> {
    let row = op
        .find(rows::ITEM, params![tenant, item])?
        .ok_or(Error::Altered)?;
    let dataset: DatasetId = row.get(0)?;
    let objects = op.find_all(rows::OBJECTS_OF_ITEM, params![item])?;
    let objects = objects.iter().map(|row| Address::read(row, 0, 1));
    let objects = objects.collect::<std::result::Result<Vec<_>, _>>()?;
    let let_go = item::discard(op, objects.into_iter().flatten().collect())?;
    let versions = item::remove_rows(op, &permit, tenant, item)?;
    for sql in [rows::FORGET_NAMES, rows::UNPLACE] {
        op.change(&permit, sql, params![tenant, dataset])?;
    }
    note(op, &permit, tenant, What::Item, item.as_bytes())?;
    op.record(
        permit,
        json!({ "keys": "destroyed", "versions": versions, "because": because }),
    )?;
    Ok(let_go)
}

/// Destroys every wrap of a tenant's key, and every wrap of a key below it that is not under it.
pub(crate) fn shred<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, tenant: TenantId) -> Result<()> {
    let now = op.now();
    op.change(permit, rows::SHRED_KEYS, params![tenant])?;
    for sql in [rows::SHRED_LINKS, rows::END_KEYS] {
        op.change(permit, sql, params![tenant, now])?;
    }
    op.change(permit, rows::SHRED, params![tenant])?;
    note(op, permit, tenant, What::Tenant, tenant.as_bytes())
}
