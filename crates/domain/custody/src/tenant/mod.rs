//! Tenants: customers whose data is kept apart from every other's, and the contracts it is kept under.
//!
//! Promises: a tenant's key exists in clear in memory alone; for customer-held custody nothing of the
//! installation's opens it. Leaves out: ending a tenant with all its data.

mod contract;
mod make;
mod ops;
mod rows;
#[cfg(test)]
mod tests;

use kernel::{MemberId, TenantId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use contract::{Basis, Contract, ContractSummary, LawfulBasis, SignedContract};
pub(crate) use make::{Plan, make, sign};
pub use ops::about;
pub(crate) use ops::newest_contract;

use crate::error::{Error, Result};
use crate::key::IssuedKey;
use crate::member::{self, Member};

/// A tenant as its own members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name, unique in the installation and seen by the operator.
    pub slug: String,
    /// Its name, sealed under its own key.
    pub name: String,
    /// What it does with the data.
    pub business: Business,
    /// Who can open its key.
    pub custody: CustodyMode,
    /// When it was made.
    pub made_at: Timestamp,
    /// What binds the installation to it at present, without the sealed terms.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contract: Option<ContractSummary>,
}

/// A tenant as the operator sees it: nothing of this is sealed, so the listing opens no tenant's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantEntry {
    /// Its id.
    pub id: TenantId,
    /// Its short name.
    pub slug: String,
    /// What it does with the data.
    pub business: Business,
    /// Who can open its key.
    pub custody: CustodyMode,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A tenant to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// 3 to 40 lowercase letters, digits and hyphens, beginning with a letter; unique in the installation.
    pub slug: String,
    /// Its name in full.
    pub name: String,
    /// What it does with the data.
    pub business: Business,
    /// Who can open its key. Cannot be changed later.
    pub custody: CustodyMode,
    /// A contract that is signed already; the owner can sign one later.
    #[serde(default)]
    pub contract: Option<Contract>,
    /// Its first member.
    pub owner: NewOwner,
}

/// The first member of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// What comes of making a tenant. The secrets in it are shown once and cannot be had again.
#[derive(Debug)]
pub struct MadeTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Its owner.
    pub owner: Member,
    /// The owner's first key.
    pub key: IssuedKey,
    /// Customer-held custody: the code to print and lock away. Whoever has it can make an owner's key;
    /// without it and without any key, nobody can open the tenant's data again.
    pub recovery_code: Option<SecretString>,
}

/// What a tenant does with the data, for the questions that are asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Business {
    /// Makes or buys data that models learn from.
    TrainingData,
    /// Keeps relations with customers.
    Crm,
    /// Answers requests with models.
    AiApi,
    /// Checks who people are.
    Identity,
    /// Anything else.
    Other,
}

/// Who can open a tenant's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustodyMode {
    /// The tenant's key is wrapped by the installation's root key: background work can open data.
    ProviderHeld,
    /// The tenant's key is wrapped by its API keys and its recovery code alone: without one of these
    /// secrets in a request nothing can be opened.
    CustomerHeld,
}

impl Business {
    const ALL: [Self; 5] = [
        Self::TrainingData,
        Self::Crm,
        Self::AiApi,
        Self::Identity,
        Self::Other,
    ];

    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TrainingData => "training-data",
            Self::Crm => "crm",
            Self::AiApi => "ai-api",
            Self::Identity => "identity",
            Self::Other => "other",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|business| business.as_str() == word);
        found.ok_or_else(|| Error::Internal(format!("unknown business {word} in a row")))
    }
}

impl CustodyMode {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderHeld => "provider-held",
            Self::CustomerHeld => "customer-held",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "provider-held" => Ok(Self::ProviderHeld),
            "customer-held" => Ok(Self::CustomerHeld),
            other => Err(Error::Internal(format!("unknown custody mode {other} in a row"))),
        }
    }
}

impl NewTenant {
    /// Whether the inputs can be taken, the contract's terms aside.
    fn check(&self) -> Result<()> {
        check_slug(&self.slug)?;
        if self.slug.starts_with(crate::installation::SLUGS_KEPT) {
            let kept = crate::installation::SLUGS_KEPT;
            let problem =
                format!("what begins with {kept} is for the installation's own checks; choose another");
            return Err(Error::invalid("slug", problem));
        }
        member::check_name(&self.name)?;
        member::check_name(&self.owner.name)?;
        member::check_email(&self.owner.email)
    }
}

/// What is sealed in `tenant.profile_sealed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Profile {
    name: String,
}

/// Details of an event that name who was there first.
fn first_of(tenant: TenantId, owner: MemberId, made: &make::Made) -> serde_json::Value {
    serde_json::json!({
        "tenant": tenant,
        "owner": owner,
        "key": made.key.key.id,
        "recovery": made.recovery.as_ref().map(|code| code.key.id),
    })
}

fn check_slug(slug: &str) -> Result<()> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (3..=40).contains(&slug.len())
        && slug.chars().all(letters)
        && slug.starts_with(|c: char| c.is_ascii_lowercase())
        && !slug.ends_with('-');
    if fits {
        return Ok(());
    }
    Err(Error::invalid(
        "slug",
        "use 3 to 40 lowercase letters, digits and hyphens, beginning with a letter",
    ))
}
