//! Contracts: who owns the data, what it may be used for, on which ground, where and how long.

use std::time::Duration;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How far back a contract may begin: the paper was signed this morning, the form is filled in this evening.
const LATE_BY: Duration = Duration::from_secs(24 * 60 * 60);

/// The terms of a contract. Nothing is taken in unless one is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The legal name of who owns the data. Sealed.
    pub owner: String,
    /// What the data may be used for. Sealed.
    pub purpose: String,
    /// The ground for processing personal data. Sealed.
    pub basis: Basis,
    /// Where the data is kept: 2 to 40 lowercase letters, digits and hyphens.
    pub region: String,
    /// How many days items are kept at most; open when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retention_days: Option<u32>,
    /// Since when it holds; from its signing when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts_at: Option<Timestamp>,
    /// Until when it holds; open when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends_at: Option<Timestamp>,
}

/// The ground on which personal data is processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The tenant is the controller and names its ground.
    LawfulBasis(LawfulBasis),
    /// The tenant processes for somebody else: the reference of their signed instruction (GDPR Article 28(3)(a)).
    Instruction(String),
}

/// The grounds of GDPR Article 6(1), (a) to (f).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LawfulBasis {
    /// (a) The person agreed.
    Consent,
    /// (b) A contract with the person needs it.
    Contract,
    /// (c) A law demands it.
    LegalObligation,
    /// (d) Somebody's life depends on it.
    VitalInterests,
    /// (e) It is a task in the public interest.
    PublicTask,
    /// (f) Interests that outweigh the person's.
    LegitimateInterests,
}

impl LawfulBasis {
    /// Every ground.
    pub const ALL: [Self; 6] = [
        Self::Consent,
        Self::Contract,
        Self::LegalObligation,
        Self::VitalInterests,
        Self::PublicTask,
        Self::LegitimateInterests,
    ];

    /// The word for it in rows, requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal-obligation",
            Self::VitalInterests => "vital-interests",
            Self::PublicTask => "public-task",
            Self::LegitimateInterests => "legitimate-interests",
        }
    }

    /// What the word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == word)
    }
}

/// One signed version of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedContract {
    /// Counts from 1; only the newest version can be in force.
    pub version: u32,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Its terms.
    #[serde(flatten)]
    pub contract: Contract,
}

/// What everybody who may see the tenant may know of its contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractSummary {
    /// Counts from 1.
    pub version: u32,
    /// Where the data is kept.
    pub region: String,
    /// Since when it holds.
    pub starts_at: Timestamp,
    /// Until when it holds; open when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends_at: Option<Timestamp>,
    /// Whether it holds now.
    pub in_force: bool,
}

/// What is sealed in `contract.terms_sealed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) owner: String,
    pub(super) purpose: String,
    pub(super) basis: Basis,
}

impl Contract {
    /// Whether it can be signed at this moment.
    pub(super) fn check(&self, now: Timestamp) -> Result<()> {
        check_text("owner", &self.owner)?;
        check_text("purpose", &self.purpose)?;
        if let Basis::Instruction(reference) = &self.basis {
            check_text("basis", reference)?;
        }
        check_region(&self.region)?;
        if self
            .retention_days
            .is_some_and(|days| !(1..=36_500).contains(&days))
        {
            return Err(Error::invalid(
                "retention_days",
                "give 1 to 36500 days, or leave it out",
            ));
        }
        self.check_times(now)
    }

    /// Since when it holds if it is signed at this moment.
    pub(super) fn start(&self, now: Timestamp) -> Timestamp {
        self.starts_at.unwrap_or(now)
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            owner: self.owner.clone(),
            purpose: self.purpose.clone(),
            basis: self.basis.clone(),
        }
    }

    fn check_times(&self, now: Timestamp) -> Result<()> {
        let starts_at = self.start(now);
        if starts_at < now.minus(LATE_BY) {
            let problem = "a contract is not signed for the past: begin it at most a day ago";
            return Err(Error::invalid("starts_at", problem));
        }
        let ended = |end: Timestamp| end <= starts_at || end <= now;
        if self.ends_at.is_some_and(ended) {
            return Err(Error::invalid(
                "ends_at",
                "it must lie in the future and after starts_at",
            ));
        }
        Ok(())
    }
}

/// `eu`, `eu-central-1` and the like: 2 to 40 lowercase letters, digits and hyphens.
fn check_region(region: &str) -> Result<()> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (2..=40).contains(&region.len()) && region.chars().all(letters) {
        return Ok(());
    }
    Err(Error::invalid(
        "region",
        "use 2 to 40 lowercase letters, digits and hyphens, such as eu-central-1",
    ))
}

fn check_text(field: &'static str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.len() > 2_000 || text.contains('\0') {
        return Err(Error::invalid(field, "give 1 to 2000 bytes of text"));
    }
    Ok(())
}
