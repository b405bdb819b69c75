//! Acts on tenants and contracts.

use access::{Action, Class, Scope, Subject};
use kernel::{Page, PageRequest, TenantId};
use operation::acts::{CreateTenant, ListTenants, SignContract, ViewContract, ViewTenant};
use operation::{Act, Caller, Op, Permit, Request, Resource, TrailSeal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::make::{self, Made, Plan, sign};
use super::{
    Contract, ContractSummary, MadeTenant, NewTenant, SignedContract, Tenant, TenantEntry, first_of, rows,
};
use crate::error::{Error, Result};
use crate::session::{Session, trail_key};
use crate::{Credential, Custody, IdempotencyKey, replay};

/// What is kept of the answer for an idempotency key: no secret, not even sealed, because the operator's key
/// would open it.
#[derive(Serialize, Deserialize)]
struct Kept {
    tenant: TenantId,
}

impl Custody {
    /// Makes a tenant with an owner, the owner's first key and, for customer-held custody, a recovery code.
    /// For the operator.
    ///
    /// The act stands in the operator's trail, and is the first entry of the tenant's own. Secrets are shown
    /// once: a repeated request is refused with [`Error::Conflict`], which names the tenant that was made.
    pub async fn create_tenant(
        &self,
        credential: &Credential,
        request: Request,
        new: NewTenant,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<MadeTenant> {
        new.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                if let Some(contract) = &new.contract {
                    contract.check(op.now())?;
                }
                let session = custody.enter(op, &credential, Action::TenantCreate)?;
                let permit: Permit<CreateTenant> = op.permit(Resource::tenant(), &session.facts())?;
                if let Some(Kept { tenant }) = replay::find(op, &session, idempotency.as_ref())? {
                    return Err(made_before(tenant));
                }
                let (made, permit) = custody.make_tenant(op, permit, &session, &new)?;
                replay::keep(
                    op,
                    &session,
                    idempotency.as_ref(),
                    &Kept {
                        tenant: made.tenant.id,
                    },
                )?;
                let details = first_of(made.tenant.id, made.owner.id, &made);
                op.record(permit, &details)?;
                begin_trail(op, &session, &made, details)?;
                let recovery_code = made.recovery.map(|code| code.secret);
                Ok(MadeTenant {
                    tenant: made.tenant,
                    owner: made.owner,
                    key: made.key,
                    recovery_code,
                })
            })
            .await
    }

    /// One page of all tenants, oldest first. For the operator, who sees no more of them than this.
    pub async fn list_tenants(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<TenantEntry>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantList)?;
                let permit: Permit<ListTenants> = op.permit(Resource::tenant(), &session.facts())?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let found = op.list(&permit, rows::PAGE, params![after, i64::from(page.limit) + 1])?;
                let found = found.iter().map(rows::entry).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(found, page.limit, rows::page_key);
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// The caller's tenant.
    pub async fn tenant(&self, credential: &Credential, request: Request) -> Result<Tenant> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantView)?;
                let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &session.facts())?;
                let contract = summary(op, &session)?;
                let row = op
                    .find(rows::FIND, params![session.tenant])?
                    .ok_or(Error::NotFound("tenant"))?;
                let tenant = rows::tenant(op, &permit, &session, &row, contract)?;
                op.record(permit, json!(null))?;
                Ok(tenant)
            })
            .await
    }

    /// The newest version of the contract, if one was ever signed; see [`ContractSummary::in_force`].
    pub async fn contract(
        &self,
        credential: &Credential,
        request: Request,
    ) -> Result<Option<SignedContract>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ContractView)?;
                let permit: Permit<ViewContract> = op.permit(Resource::tenant(), &session.facts())?;
                let row = op.find(rows::NEWEST_CONTRACT, params![session.tenant])?;
                let contract = row
                    .map(|row| rows::contract(op, &permit, &session, &row))
                    .transpose()?;
                op.record(
                    permit,
                    json!({ "version": contract.as_ref().map(|signed| signed.version) }),
                )?;
                Ok(contract)
            })
            .await
    }

    /// Signs a new version of the contract, which takes the place of the one before.
    pub async fn sign_contract(
        &self,
        credential: &Credential,
        request: Request,
        contract: Contract,
    ) -> Result<SignedContract> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                contract.check(op.now())?;
                let session = custody.enter(op, &credential, Action::ContractSign)?;
                let permit: Permit<SignContract> = op.permit(Resource::tenant(), &session.facts())?;
                let tenant = (session.tenant, session.tenant_key());
                let signed = sign(op, &permit, tenant, session.member, &contract)?;
                op.record(permit, json!({ "version": signed.version }))?;
                Ok(signed)
            })
            .await
    }

    fn make_tenant(
        &self,
        op: &mut Op<'_>,
        permit: Permit<CreateTenant>,
        session: &Session,
        new: &NewTenant,
    ) -> Result<(Made, Permit<CreateTenant>)> {
        let plan = Plan {
            id: TenantId::make(op.now(), op.random()),
            slug: &new.slug,
            name: &new.name,
            business: new.business,
            custody: new.custody,
            owner: &new.owner,
            class: Class::Owner,
        };
        let mut made = make::make(op, &permit, &self.roots, &plan)?;
        if let Some(contract) = &new.contract {
            // The operator put it on record, and the row says so; the paper is between the two companies.
            sign(op, &permit, (plan.id, &made.tenant_key), session.member, contract)?;
            let row = op.find(rows::NEWEST_CONTRACT, params![plan.id])?;
            made.tenant.contract = row.map(|row| rows::summary(&row, op.now())).transpose()?;
        }
        Ok((made, permit))
    }
}

/// The tenant's own trail begins with its making, so that it is whole.
fn begin_trail(op: &mut Op<'_>, session: &Session, made: &Made, details: serde_json::Value) -> Result<()> {
    op.enter(Caller {
        actor: kernel::Actor::Operator {
            key: session.key,
            access: None,
            member: session.member,
        },
        tenant: made.tenant.id,
        subject: Subject {
            class: session.class,
            scope: Scope::default(),
        },
        trail: TrailSeal::Key(trail_key(&made.tenant_key)),
    });
    let permit: Permit<CreateTenant> = op.permit(Resource::tenant(), &session.facts())?;
    op.record(permit, details)?;
    Ok(())
}

/// What the people that the data is about are told of whoever keeps it: the tenant's name, and the newest contract.
pub fn about<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
) -> Result<(String, Option<SignedContract>)> {
    let row = op.find(rows::FIND, params![session.tenant])?;
    let row = row.ok_or(Error::NotFound("tenant"))?;
    let name = rows::tenant(op, permit, session, &row, None)?.name;
    let newest = op.find(rows::NEWEST_CONTRACT, params![session.tenant])?;
    let contract = newest.map(|row| rows::contract(op, permit, session, &row));
    Ok((name, contract.transpose()?))
}

/// The newest contract with its terms, if one was ever signed.
pub(crate) fn newest_contract<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
) -> Result<Option<SignedContract>> {
    let newest = op.find(rows::NEWEST_CONTRACT, params![session.tenant])?;
    newest
        .map(|row| rows::contract(op, permit, session, &row))
        .transpose()
}

fn summary(op: &mut Op<'_>, session: &Session) -> Result<Option<ContractSummary>> {
    let row = op.find(rows::NEWEST_CONTRACT, params![session.tenant])?;
    row.map(|row| rows::summary(&row, op.now())).transpose()
}

fn made_before(tenant: TenantId) -> Error {
    Error::Conflict(format!(
        "this request made tenant {tenant} before, and its secrets were shown then; use a new idempotency key for a new tenant"
    ))
}
