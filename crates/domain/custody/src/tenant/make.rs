//! Making a tenant: its keys, its first member, that member's first key.

use access::Class;
use kernel::{MemberId, TenantId};
use operation::{Act, Op, Permit};
use sealing::{Key, LetterboxSecret};
use store::params;

use super::contract::{Contract, SignedContract};
use super::{Business, CustodyMode, NewOwner, Profile, Tenant, rows};
use crate::error::{Error, Result};
use crate::key::KeyScope;
use crate::key::{self, Holder, IssuedKey, KeyKind, NewSecret};
use crate::member::{self, Member};
use crate::{Roots, contexts};

/// A tenant to be made, its inputs checked.
pub(crate) struct Plan<'a> {
    pub(crate) id: TenantId,
    pub(crate) slug: &'a str,
    pub(crate) name: &'a str,
    pub(crate) business: Business,
    pub(crate) custody: CustodyMode,
    pub(crate) owner: &'a NewOwner,
    pub(crate) class: Class,
}

/// A tenant that was made in this operation, its key open.
pub(crate) struct Made {
    pub(crate) tenant: Tenant,
    pub(crate) tenant_key: Key,
    pub(crate) owner: Member,
    pub(crate) key: IssuedKey,
    pub(crate) recovery: Option<IssuedKey>,
}

/// Makes all rows of a tenant's beginning.
pub(crate) fn make<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    roots: &Roots,
    plan: &Plan<'_>,
) -> Result<Made> {
    let tenant_key = Key::generate(op.random());
    insert(op, permit, roots, plan, &tenant_key)?;
    let owner = member::insert(op, permit, (plan.id, &tenant_key), plan.owner, plan.class)?;
    let mut issue = |kind, label| {
        let holder = Holder {
            tenant: plan.id,
            member: owner.id,
            made_by: None,
        };
        let secret = NewSecret {
            kind,
            label,
            scope: &KeyScope::default(),
            expires_at: None,
            parent: None,
            task: None,
        };
        key::insert(op, permit, holder, &secret, &tenant_key, plan.custody)
    };
    let first = issue(KeyKind::Api, "first key")?;
    let recovery = match plan.custody {
        CustodyMode::ProviderHeld => None,
        CustodyMode::CustomerHeld => Some(issue(KeyKind::Recovery, "recovery code")?),
    };
    let tenant = Tenant {
        id: plan.id,
        slug: plan.slug.to_owned(),
        name: plan.name.to_owned(),
        business: plan.business,
        custody: plan.custody,
        made_at: op.now(),
        contract: None,
    };
    Ok(Made {
        tenant,
        tenant_key,
        owner,
        key: first,
        recovery,
    })
}

/// Adds a version of the contract.
pub(crate) fn sign<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: (TenantId, &Key),
    signed_by: MemberId,
    contract: &Contract,
) -> Result<SignedContract> {
    let (tenant, tenant_key) = tenant;
    let before = op.find(rows::NEWEST_CONTRACT, params![tenant])?;
    let version = before.map_or(Ok(0), |row| row.get::<u32>(0))? + 1;
    let now = op.now();
    let starts_at = contract.start(now);
    let terms = serde_json::to_vec(&contract.terms()).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = sealing::seal(
        tenant_key,
        &contexts::contract(tenant, version.into()),
        &terms,
        op.random(),
    );
    let (ends_at, retention) = (contract.ends_at, contract.retention_days);
    let row = params![
        tenant,
        version,
        now,
        signed_by,
        starts_at,
        ends_at,
        &contract.region,
        retention,
        sealed
    ];
    op.change(permit, rows::INSERT_CONTRACT, row)?;
    let contract = Contract {
        starts_at: Some(starts_at),
        ..contract.clone()
    };
    Ok(SignedContract {
        version,
        signed_at: now,
        contract,
    })
}

fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    roots: &Roots,
    plan: &Plan<'_>,
    tenant_key: &Key,
) -> Result<()> {
    let (tenant, random) = (plan.id, op.random());
    let profile = Profile {
        name: plan.name.to_owned(),
    };
    let profile = serde_json::to_vec(&profile).map_err(|error| Error::Internal(error.to_string()))?;
    let profile = sealing::seal(tenant_key, &contexts::tenant_profile(tenant), &profile, random);
    let letterbox = LetterboxSecret::generate(random);
    let letter_key = letterbox.as_key().expose();
    let letterbox_sealed = sealing::seal(tenant_key, &contexts::letterbox(tenant), letter_key, random);
    let (root_id, wrapped) = match plan.custody {
        CustodyMode::ProviderHeld => {
            let root = roots.current();
            let wrapped = root.wrap(&contexts::tenant_key(tenant), tenant_key, random);
            (
                Some(root.id().to_string()),
                Some(wrapped.map_err(crate::installation::root_trouble)?),
            )
        }
        // Wrapped by API keys and the recovery code alone.
        CustodyMode::CustomerHeld => (None, None),
    };
    let (business, custody) = (plan.business.as_str(), plan.custody.as_str());
    let public = letterbox.public().0;
    let now = op.now();
    let row = params![
        tenant,
        plan.slug,
        business,
        custody,
        now,
        profile,
        root_id,
        wrapped,
        public,
        letterbox_sealed
    ];
    op.change(permit, rows::INSERT, row).map_err(slug_taken)?;
    Ok(())
}

fn slug_taken(error: store::StoreError) -> Error {
    if error.is_unique() {
        return Error::Conflict("there is a tenant of this slug already; choose another slug".into());
    }
    error.into()
}
