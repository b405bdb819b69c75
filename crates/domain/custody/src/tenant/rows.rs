//! SQL of tenants and contracts.

use kernel::{TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::Row;

use super::contract::Terms;
use super::{Business, Contract, ContractSummary, CustodyMode, Profile, SignedContract, Tenant, TenantEntry};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

pub(super) const INSERT: &str = "INSERT INTO tenant (tenant_id, slug, business, custody_mode, made_at, \
     profile_sealed, root_id, key_wrapped, letterbox, letterbox_sealed) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(super) const FIND: &str = "SELECT tenant_id, slug, business, custody_mode, made_at, profile_sealed \
     FROM tenant WHERE tenant_id = $1";
pub(super) const PAGE: &str = "SELECT tenant_id, slug, business, custody_mode, made_at FROM tenant \
     WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2";

pub(super) const NEWEST_CONTRACT: &str = "SELECT version, signed_at, starts_at, ends_at, region, retention_days, \
     terms_sealed FROM contract WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1";
pub(super) const INSERT_CONTRACT: &str = "INSERT INTO contract (tenant_id, version, signed_at, signed_by, starts_at, \
     ends_at, region, retention_days, terms_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// The columns of [`PAGE`], and the first of [`FIND`].
pub(super) fn entry(row: &Row) -> Result<TenantEntry> {
    Ok(TenantEntry {
        id: row.get(0)?,
        slug: row.get(1)?,
        business: Business::from_row(&row.get::<String>(2)?)?,
        custody: CustodyMode::from_row(&row.get::<String>(3)?)?,
        made_at: row.get(4)?,
    })
}

/// A row of [`FIND`] with its profile opened.
pub(super) fn tenant<A: Act>(
    op: &Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &Row,
    contract: Option<ContractSummary>,
) -> Result<Tenant> {
    let entry = entry(row)?;
    let context = contexts::tenant_profile(entry.id);
    let opened = op.open(permit, session.tenant_key(), &context, &row.get::<Vec<u8>>(5)?)?;
    let profile: Profile =
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))?;
    let (id, slug, business, custody) = (entry.id, entry.slug, entry.business, entry.custody);
    Ok(Tenant {
        id,
        slug,
        name: profile.name,
        business,
        custody,
        made_at: entry.made_at,
        contract,
    })
}

/// What a row of [`NEWEST_CONTRACT`] says in clear.
pub(super) fn summary(row: &Row, now: Timestamp) -> Result<ContractSummary> {
    let (starts_at, ends_at): (Timestamp, Option<Timestamp>) = (row.get(2)?, row.get(3)?);
    let in_force = starts_at <= now && ends_at.is_none_or(|end| end > now);
    Ok(ContractSummary {
        version: row.get(0)?,
        region: row.get(4)?,
        starts_at,
        ends_at,
        in_force,
    })
}

/// A row of [`NEWEST_CONTRACT`] with its terms opened.
pub(super) fn contract<A: Act>(
    op: &Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &Row,
) -> Result<SignedContract> {
    let version: u32 = row.get(0)?;
    let context = contexts::contract(session.tenant, version.into());
    let opened = op.open(permit, session.tenant_key(), &context, &row.get::<Vec<u8>>(6)?)?;
    let terms: Terms = serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))?;
    let contract = Contract {
        owner: terms.owner,
        purpose: terms.purpose,
        basis: terms.basis,
        region: row.get(4)?,
        retention_days: row.get(5)?,
        starts_at: Some(row.get(2)?),
        ends_at: row.get(3)?,
    };
    Ok(SignedContract {
        version,
        signed_at: row.get(1)?,
        contract,
    })
}

/// The cursor of a page of tenants.
pub(super) fn page_key(entry: &TenantEntry) -> Vec<u8> {
    let id: &TenantId = &entry.id;
    id.as_bytes().to_vec()
}
