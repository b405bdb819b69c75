//! The catalogue: what is claimed, what checks it, what has to be on file, and which criteria it answers.
//!
//! Promises: a catalogue that was loaded is whole. Every claim has a check or an attestation; every name that it uses
//! exists; every source stands in one place alone; every word in braces of a statement is a fact that one of the claim's
//! checks finds out; nothing is worded so that nobody can be held to it. Leaves out: whether anything holds, which is the business of who runs checks.

mod criteria;
mod load;
mod template;
mod wording;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use criteria::Criteria;
pub use load::{BadCatalogue, Documents};
pub use template::Template;
pub(crate) use wording::unbinding;

/// All of it, in the order in which it is written.
#[derive(Debug, Clone)]
pub struct Catalogue {
    claims: Vec<Claim>,
    checks: Vec<CheckEntry>,
    attestations: Vec<AttestationEntry>,
    criteria: Criteria,
}

/// One sentence that an operator says in public.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its telling name.
    pub id: String,
    /// What it is about, in words for a heading.
    #[serde(skip)]
    pub theme: String,
    /// What makes it true.
    pub kind: Kind,
    /// The sentence; words in braces are filled from state.
    pub statement: Template,
    /// The checks that have to hold.
    #[serde(default)]
    pub checks: Vec<String>,
    /// What has to be on file.
    #[serde(default)]
    pub attestations: Vec<String>,
    /// The requirements it meets, by the ids of where they come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Trust services criteria.
    #[serde(default)]
    pub soc2: Vec<String>,
    /// Articles of the GDPR, with paragraph and letter.
    #[serde(default)]
    pub gdpr: Vec<String>,
    /// Sections of 45 CFR.
    #[serde(default)]
    pub hipaa: Vec<String>,
    /// Controls of Annex A.
    #[serde(default)]
    pub iso27001: Vec<String>,
}

/// What makes a claim true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The software makes breaking it impossible, and a check shows that it still does.
    Enforced,
    /// The software measures it.
    Verified,
    /// Software cannot know: evidence with dates is on file.
    Attested,
    /// It explains, and promises nothing.
    Informational,
}

/// What the catalogue says about a check; the check itself is code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckEntry {
    /// Its telling name.
    pub id: String,
    /// The requirement it comes from.
    pub source: String,
    /// How often it runs at least.
    pub cadence: Cadence,
    /// What it looks at.
    pub scope: Scope,
    /// What it does.
    pub does: String,
    /// The failure that is planted and must be found, or the success that must come through.
    pub control: String,
    /// What it finds out for statements.
    #[serde(default)]
    pub facts: Vec<String>,
    /// Why this version has no such check.
    #[serde(default)]
    pub absent: Option<String>,
}

/// How often a check runs at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cadence {
    /// Twelve times an hour.
    EveryFiveMinutes,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
    /// Once in thirty days.
    Monthly,
}

impl Cadence {
    /// The time between two runs.
    pub const fn period(self) -> Duration {
        Duration::from_secs(match self {
            Self::EveryFiveMinutes => 5 * 60,
            Self::Hourly => 60 * 60,
            Self::Daily => 24 * 60 * 60,
            Self::Weekly => 7 * 24 * 60 * 60,
            Self::Monthly => 30 * 24 * 60 * 60,
        })
    }

    /// The longest time between two runs that counts as on time: a quarter more, so that a busy hour is no alarm, and a minute
    /// more at least.
    pub fn longest_pause(self) -> Duration {
        let period = self.period();
        period + (period / 4).max(Duration::from_secs(60))
    }
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All that is kept, by ids, dates and sealed bytes that stay sealed.
    Installation,
    /// Acts and content of the marked probe teams alone.
    Probe,
    /// The rules in force.
    Policies,
    /// Connections.
    Network,
    /// Registers that people keep.
    Register,
    /// An installation beside this one, made for the check.
    Scratch,
    /// The catalogue itself.
    Catalogue,
}

/// Something that software cannot know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestationEntry {
    /// Its telling name.
    pub id: String,
    /// What counts as evidence.
    pub evidence: String,
    /// Who answers for it.
    pub owner: String,
    /// The register that it stands in, of those of `governance`.
    pub register: String,
    /// Which of its entries count, by the word that the register sorts them by; all, when there is none.
    #[serde(default)]
    pub sorts: Vec<String>,
}

impl AttestationEntry {
    /// Whether entries that are sorted by this word count.
    pub fn takes(&self, sort: Option<&str>) -> bool {
        self.sorts.is_empty() || sort.is_some_and(|sort| self.sorts.iter().any(|taken| taken == sort))
    }
}

impl Catalogue {
    /// The catalogue of this program.
    ///
    /// # Errors
    /// [`BadCatalogue`] never comes of the documents that are built in; a test loads them.
    pub fn load() -> Result<Self, BadCatalogue> {
        Self::of(&Documents::built_in())
    }

    /// Every claim.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The claim of this name.
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// Every check, with those that this version lacks.
    pub fn checks(&self) -> &[CheckEntry] {
        &self.checks
    }

    /// Everything that can be on file.
    pub fn attestations(&self) -> &[AttestationEntry] {
        &self.attestations
    }

    /// The criteria that can be answered.
    pub fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// The check of this name.
    pub fn check(&self, id: &str) -> Option<&CheckEntry> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The attestation of this name.
    pub fn attestation(&self, id: &str) -> Option<&AttestationEntry> {
        self.attestations.iter().find(|attestation| attestation.id == id)
    }
}

impl Claim {
    /// Everything it answers: framework and criterion.
    pub fn criteria(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("soc2", &self.soc2),
            ("gdpr", &self.gdpr),
            ("hipaa", &self.hipaa),
            ("iso27001", &self.iso27001),
        ];
        all.into_iter()
            .flat_map(|(framework, ids)| ids.iter().map(move |id| (framework, id.as_str())))
    }
}
