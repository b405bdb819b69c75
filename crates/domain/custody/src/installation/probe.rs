//! The probe teams: tenants of the installation's own, in which its checks act as people do.
//!
//! Promises: they are made once, carry names that no other tenant can have, and are reached by nobody but by keys that the
//! server issues to itself with the root key, which end by themselves; every such key stands in their trail. Leaves out:
//! what the checks do there.

use access::Class;
use kernel::{MemberId, TenantId, Timestamp};
use operation::acts::{CreateTenant, IssueByRoot};
use operation::{Op, Permit, Request, Resource};
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::params;

use super::{reissue, rows, system};
use crate::error::{Error, Result};
use crate::key;
use crate::tenant::{self, Basis, Business, Contract, CustodyMode, LawfulBasis, NewOwner, Plan};
use crate::{Credential, Custody};

/// Slugs that begin so are no other tenant's.
pub const SLUGS_KEPT: &str = "bailee-probe";

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeTeam {
    /// Where most checks act.
    One,
    /// Another team, with things that the first must not reach.
    Twin,
    /// One that never signed a contract.
    Unsigned,
    /// One whose rules of coming in are changed and put back.
    Joining,
}

/// The owner of a probe team, for a while.
#[derive(Debug, Clone)]
pub struct ProbeOwner {
    /// The team.
    pub tenant: TenantId,
    /// Its owner.
    pub member: MemberId,
    /// A key of theirs that ends by itself.
    pub credential: Credential,
}

impl ProbeTeam {
    /// Its short name.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::One => "bailee-probe",
            Self::Twin => "bailee-probe-twin",
            Self::Unsigned => "bailee-probe-unsigned",
            Self::Joining => "bailee-probe-joining",
        }
    }
}

impl Custody {
    /// A key for the owner of a probe team until then; the team is made if it is not there.
    ///
    /// Fails with [`Error::Conflict`] before the first start.
    pub async fn probe_owner(
        &self,
        request: Request,
        team: ProbeTeam,
        until: Timestamp,
    ) -> Result<ProbeOwner> {
        let custody = self.clone();
        self.desk
            .act(request, move |op| custody.enter_probe(op, team, until))
            .await
    }

    fn enter_probe(&self, op: &mut Op<'_>, team: ProbeTeam, until: Timestamp) -> Result<ProbeOwner> {
        let found = op.find(rows::BY_SLUG, params![team.slug()])?;
        let (tenant, is_new) = match found {
            Some(row) => (row.get(0)?, false),
            None => (self.make_probe(op, team)?, true),
        };
        let tenant_key = system::tenant_key(op, &self.roots, tenant)?;
        let (permit, holder): (Permit<IssueByRoot>, _) =
            reissue::permit(op, tenant, &tenant_key, Class::Owner)?;
        let label = ("checks of the installation", Some(until));
        let issued = reissue::issue_until(op, &permit, holder, label, &tenant_key)?;
        if is_new {
            // The first key of a tenant has no end, and nobody has seen this one.
            key::invalidate_others(op, &permit, tenant, issued.key.id)?;
        }
        let details = json!({ "issued": issued.key.id, "member": holder.member, "probe": true });
        op.record(permit, details)?;
        let credential = Credential::parse(issued.secret.expose_secret());
        Ok(ProbeOwner {
            tenant,
            member: holder.member,
            credential: credential.map_err(|error| Error::Internal(error.to_string()))?,
        })
    }

    fn make_probe(&self, op: &mut Op<'_>, team: ProbeTeam) -> Result<TenantId> {
        let operator = self.operator_tenant(op)?;
        let operator_key = system::tenant_key(op, &self.roots, operator)?;
        let permit: Permit<CreateTenant> = system::permit(op, operator, &operator_key, Resource::tenant())?;
        let tenant = TenantId::make(op.now(), op.random());
        let plan = Plan {
            id: tenant,
            slug: team.slug(),
            name: "Probe of the installation's own checks",
            business: Business::Other,
            custody: CustodyMode::ProviderHeld,
            owner: &NewOwner {
                name: "Probe owner".to_owned(),
                email: "owner@probe.invalid".to_owned(),
            },
            class: Class::Owner,
        };
        let made = tenant::make(op, &permit, &self.roots, &plan)?;
        if team != ProbeTeam::Unsigned {
            tenant::sign(
                op,
                &permit,
                (tenant, &made.tenant_key),
                made.owner.id,
                &contract(),
            )?;
        }
        op.record(permit, json!({ "tenant": tenant, "probe": true }))?;
        Ok(tenant)
    }
}

/// What the probe teams' contract says; it has no end.
fn contract() -> Contract {
    Contract {
        owner: "The operator of this installation".to_owned(),
        purpose: "Checking that the installation keeps its promises".to_owned(),
        basis: Basis::LawfulBasis(LawfulBasis::Contract),
        region: crate::dataset::HOME.to_owned(),
        retention_days: None,
        starts_at: None,
        ends_at: None,
    }
}
