//! Tenants and contracts on the wire.

use custody::tenant;
use kernel::{TenantId, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::keys::IssuedKey;
use crate::members::Member;
use crate::words::{Business, CustodyMode, LawfulBasis};

/// A tenant as its own members see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenant {
    #[schema(value_type = Uuid)]
    pub(super) id: TenantId,
    /// Its short name, unique in the installation.
    slug: String,
    /// Its name in full.
    name: String,
    business: Business,
    custody: CustodyMode,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// What binds the installation to it at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<ContractSummary>,
    /// Where the bytes of its datasets may lie.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Region>,
}

/// A place that datasets may choose for their bytes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "label": "eu", "location": "eu-central-1" }))]
pub(crate) struct Region {
    /// What a dataset names it by.
    label: String,
    /// Where on earth it is, in the operator's words; empty when nobody said.
    location: String,
}

/// A tenant as the operator sees it: nothing of this is sealed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantEntry {
    #[schema(value_type = Uuid)]
    id: TenantId,
    /// Its short name, unique in the installation.
    slug: String,
    business: Business,
    custody: CustodyMode,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

/// What everybody who may see the tenant may know of its contract.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContractSummary {
    /// Counts from 1.
    version: u32,
    /// Where the data is kept.
    region: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Whether it holds now.
    in_force: bool,
}

/// A tenant to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "clinic", "name": "The Clinic", "business": "training-data", "custody": "provider-held",
    "owner": { "name": "Olivia Owner", "email": "olivia@clinic.example" }
}))]
pub(super) struct NewTenant {
    /// 3 to 40 lowercase letters, digits and hyphens, beginning with a letter; unique in the installation.
    slug: String,
    /// Its name in full.
    name: String,
    business: Business,
    /// Cannot be changed later.
    custody: CustodyMode,
    /// A contract that is signed already; the owner can sign one later.
    contract: Option<Contract>,
    owner: NewOwner,
}

/// The first member of a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwner {
    name: String,
    email: String,
}

/// A tenant that was made just now. Its secrets are shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeTenant {
    pub(super) tenant: Tenant,
    owner: Member,
    /// The owner's first key.
    key: IssuedKey,
    /// Customer-held custody: print it and lock it away. Without it and without any key nobody can open the
    /// tenant's data again.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_code: Option<String>,
}

/// The terms under which data is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "owner": "Clinic Holding AG", "purpose": "second opinions", "basis": { "lawful-basis": "consent" },
    "region": "eu-central-1", "retention_days": 365
}))]
pub(super) struct Contract {
    /// The legal name of who owns the data.
    owner: String,
    /// What the data may be used for.
    purpose: String,
    basis: Basis,
    /// Where the data is kept: 2 to 40 lowercase letters, digits and hyphens.
    region: String,
    /// How many days items are kept at most; open when absent.
    retention_days: Option<u32>,
    /// Since when it holds, at most a day ago; from its signing when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// Until when it holds; open when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

/// A signed version of the contract.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedContract {
    /// Counts from 1; only the newest can be in force.
    version: u32,
    #[schema(value_type = String, format = DateTime)]
    signed_at: Timestamp,
    /// The legal name of who owns the data.
    owner: String,
    /// What the data may be used for.
    purpose: String,
    basis: Basis,
    /// Where the data is kept.
    region: String,
    /// How many days items are kept at most; open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// Open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

/// The ground on which personal data is processed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Basis {
    /// The tenant is the controller and names its ground.
    LawfulBasis(LawfulBasis),
    /// The tenant processes for somebody else: the reference of their signed instruction.
    Instruction(String),
}

impl From<tenant::Tenant> for Tenant {
    fn from(tenant: tenant::Tenant) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            business: tenant.business.into(),
            custody: tenant.custody.into(),
            made_at: tenant.made_at,
            contract: tenant.contract.map(ContractSummary::from),
            regions: Vec::new(),
        }
    }
}

impl Tenant {
    /// With the regions that the installation offers it.
    pub(super) fn offered(self, regions: Vec<Region>) -> Self {
        Self { regions, ..self }
    }
}

impl From<custody::dataset::Region> for Region {
    fn from(region: custody::dataset::Region) -> Self {
        Self {
            label: region.label,
            location: region.location,
        }
    }
}

impl From<tenant::TenantEntry> for TenantEntry {
    fn from(tenant: tenant::TenantEntry) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug,
            business: tenant.business.into(),
            custody: tenant.custody.into(),
            made_at: tenant.made_at,
        }
    }
}

impl From<tenant::ContractSummary> for ContractSummary {
    fn from(contract: tenant::ContractSummary) -> Self {
        let tenant::ContractSummary {
            version,
            region,
            starts_at,
            ends_at,
            in_force,
        } = contract;
        Self {
            version,
            region,
            starts_at,
            ends_at,
            in_force,
        }
    }
}

impl From<NewTenant> for tenant::NewTenant {
    fn from(new: NewTenant) -> Self {
        Self {
            slug: new.slug,
            name: new.name,
            business: new.business.into(),
            custody: new.custody.into(),
            contract: new.contract.map(tenant::Contract::from),
            owner: tenant::NewOwner {
                name: new.owner.name,
                email: new.owner.email,
            },
        }
    }
}

impl From<tenant::MadeTenant> for MadeTenant {
    fn from(made: tenant::MadeTenant) -> Self {
        Self {
            tenant: made.tenant.into(),
            owner: made.owner.into(),
            key: made.key.into(),
            recovery_code: made.recovery_code.map(|code| code.expose_secret().to_owned()),
        }
    }
}

impl From<Contract> for tenant::Contract {
    fn from(contract: Contract) -> Self {
        let Contract {
            owner,
            purpose,
            basis,
            region,
            retention_days,
            starts_at,
            ends_at,
        } = contract;
        Self {
            owner,
            purpose,
            basis: basis.into(),
            region,
            retention_days,
            starts_at,
            ends_at,
        }
    }
}

impl From<tenant::SignedContract> for SignedContract {
    fn from(signed: tenant::SignedContract) -> Self {
        let tenant::Contract {
            owner,
            purpose,
            basis,
            region,
            retention_days,
            starts_at,
            ends_at,
        } = signed.contract;
        let (version, signed_at, basis) = (signed.version, signed.signed_at, basis.into());
        Self {
            version,
            signed_at,
            owner,
            purpose,
            basis,
            region,
            retention_days,
            starts_at,
            ends_at,
        }
    }
}

impl From<tenant::Basis> for Basis {
    fn from(basis: tenant::Basis) -> Self {
        match basis {
            tenant::Basis::LawfulBasis(ground) => Self::LawfulBasis(ground.into()),
            tenant::Basis::Instruction(reference) => Self::Instruction(reference),
        }
    }
}

impl From<Basis> for tenant::Basis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::LawfulBasis(ground) => Self::LawfulBasis(ground.into()),
            Basis::Instruction(reference) => Self::Instruction(reference),
        }
    }
}
