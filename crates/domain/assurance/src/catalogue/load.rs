//! Reading the documents of the catalogue, and refusing what is not whole.

use std::collections::{BTreeMap, BTreeSet};

use governance::register;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{AttestationEntry, Catalogue, CheckEntry, Claim, Kind, wording};

macro_rules! claims {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../catalogue/claims/", $file)))),*]
    };
}

const CLAIMS: &[(&str, &str)] = claims![
    "01-organisation.toml",
    "02-sealing.toml",
    "03-transport.toml",
    "04-places.toml",
    "05-vendors.toml",
    "06-people.toml",
    "07-access.toml",
    "08-sharing.toml",
    "09-work.toml",
    "10-life-cycle.toml",
    "11-rights.toml",
    "12-consent.toml",
    "13-contract.toml",
    "14-trail.toml",
    "15-watching.toml",
    "16-operations.toml",
    "17-change.toml",
    "18-de-identification.toml",
    "19-public-page.toml",
];

/// The texts of a catalogue.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Claims by the names of their files.
    pub claims: Vec<(String, String)>,
    /// `checks.toml`.
    pub checks: String,
    /// `attestations.toml`.
    pub attestations: String,
    /// `criteria.toml`.
    pub criteria: String,
}

/// Why a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCatalogue {
    /// A document cannot be read.
    #[error("{file} cannot be read: {problem}")]
    Text {
        /// Its name.
        file: String,
        /// What the parser says.
        problem: String,
    },
    /// A name is no telling one.
    #[error("`{0}` is no name: use words of lower-case letters and digits with hyphens between them")]
    Name(String),
    /// Two things of one kind have the same name.
    #[error("there are two of the name `{0}`: give each its own")]
    Twice(String),
    /// Two things have the same source.
    #[error("the source {id} stands with `{one}` and with `{other}`: it belongs to one of them")]
    SourceTwice {
        /// The source.
        id: String,
        /// Who has it.
        one: String,
        /// Who has it too.
        other: String,
    },
    /// A claim names something that there is not.
    #[error("the claim `{claim}` names the {what} `{name}`, and there is none of that name")]
    Unknown {
        /// The claim.
        claim: String,
        /// What kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Nothing stands behind a claim.
    #[error("nothing stands behind the claim `{0}`: give it a check or an attestation")]
    Unbound(String),
    /// Words that nobody can be held to.
    #[error("the claim `{claim}` says “{words}”, which {why}")]
    Wording {
        /// The claim.
        claim: String,
        /// The words.
        words: String,
        /// What is wrong with them.
        why: &'static str,
    },
    /// A heading with nothing under it.
    #[error("{0} has no claim: a heading promises something, so say it, or remove the file")]
    Empty(String),
    /// Software cannot know it, and nothing is to be on file.
    #[error("the claim `{0}` is attested and names no attestation")]
    Unattested(String),
    /// Nothing that stands in a register of this version could ever count.
    #[error("the attestation `{id}` names {problem}, which no register of this version has")]
    Register {
        /// The attestation.
        id: String,
        /// What there is not.
        problem: String,
    },
    /// Nobody needs it.
    #[error("no claim needs `{0}`: remove it, or bind a claim to it")]
    Unused(String),
}

impl Documents {
    /// Those of this program.
    pub fn built_in() -> Self {
        Self {
            claims: CLAIMS
                .iter()
                .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
                .collect(),
            checks: include_str!("../../catalogue/checks.toml").to_owned(),
            attestations: include_str!("../../catalogue/attestations.toml").to_owned(),
            criteria: include_str!("../../catalogue/criteria.toml").to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    claim: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    check: Vec<CheckEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attestations {
    attestation: Vec<AttestationEntry>,
}

impl Catalogue {
    /// The catalogue of these documents.
    ///
    /// # Errors
    /// [`BadCatalogue`] says what to mend.
    pub fn of(documents: &Documents) -> Result<Self, BadCatalogue> {
        let mut claims = Vec::new();
        for (file, text) in &documents.claims {
            let Claims { theme, claim } = read(file, text)?;
            if claim.is_empty() {
                return Err(BadCatalogue::Empty(file.clone()));
            }
            let themed = |claim| Claim {
                theme: theme.clone(),
                ..claim
            };
            claims.extend(claim.into_iter().map(themed));
        }
        let catalogue = Self {
            claims,
            checks: read::<Checks>("checks.toml", &documents.checks)?.check,
            attestations: read::<Attestations>("attestations.toml", &documents.attestations)?.attestation,
            criteria: read("criteria.toml", &documents.criteria)?,
        };
        catalogue.check_names()?;
        catalogue.check_sources()?;
        catalogue
            .claims
            .iter()
            .try_for_each(|claim| catalogue.check_claim(claim))?;
        catalogue.attestations.iter().try_for_each(check_register)?;
        catalogue.check_use()?;
        Ok(catalogue)
    }

    fn check_names(&self) -> Result<(), BadCatalogue> {
        unique(self.claims.iter().map(|claim| &claim.id))?;
        unique(self.checks.iter().map(|check| &check.id))?;
        unique(self.attestations.iter().map(|attestation| &attestation.id))
    }

    fn check_sources(&self) -> Result<(), BadCatalogue> {
        let of_claims = self
            .claims
            .iter()
            .flat_map(|claim| claim.sources.iter().map(move |source| (source, &claim.id)));
        let of_checks = self.checks.iter().map(|check| (&check.source, &check.id));
        let mut seen = BTreeMap::new();
        for (source, holder) in of_claims.chain(of_checks) {
            if let Some(one) = seen.insert(source, holder) {
                return Err(BadCatalogue::SourceTwice {
                    id: source.clone(),
                    one: one.clone(),
                    other: holder.clone(),
                });
            }
        }
        Ok(())
    }

    /// Looks at a claim that this catalogue does not have.
    pub(crate) fn check_new(&self, claim: &Claim) -> Result<(), BadCatalogue> {
        let ids = self.claims.iter().map(|claim| &claim.id);
        unique(ids.chain([&claim.id]))?;
        self.check_claim(claim)
    }

    /// Looks at a claim as it is worded: what it names, what it is bound to, and its words.
    pub(crate) fn check_claim(&self, claim: &Claim) -> Result<(), BadCatalogue> {
        if claim.checks.is_empty() && claim.attestations.is_empty() {
            return Err(BadCatalogue::Unbound(claim.id.clone()));
        }
        if claim.kind == Kind::Attested && claim.attestations.is_empty() {
            return Err(BadCatalogue::Unattested(claim.id.clone()));
        }
        wording::check(claim)?;
        self.known(claim, "check", &claim.checks, |id| self.check(id).is_some())?;
        self.known(claim, "attestation", &claim.attestations, |id| {
            self.attestation(id).is_some()
        })?;
        let facts: Vec<String> = claim.statement.facts().map(str::to_owned).collect();
        self.known(claim, "fact", &facts, |name| self.finds(claim, name))?;
        let mut criteria = claim.criteria();
        match criteria.find(|(framework, id)| !self.criteria.has(framework, id)) {
            None => Ok(()),
            Some((framework, id)) => Err(unknown(claim, framework, id)),
        }
    }

    fn known(
        &self,
        claim: &Claim,
        what: &'static str,
        names: &[String],
        known: impl Fn(&str) -> bool,
    ) -> Result<(), BadCatalogue> {
        match names.iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(name) => Err(unknown(claim, what, name)),
        }
    }

    /// Whether one of the claim's checks finds out this fact.
    fn finds(&self, claim: &Claim, fact: &str) -> bool {
        let mut checks = claim.checks.iter().filter_map(|id| self.check(id));
        checks.any(|check| check.facts.iter().any(|name| name == fact))
    }

    fn check_use(&self) -> Result<(), BadCatalogue> {
        let needed: BTreeSet<&String> = self
            .claims
            .iter()
            .flat_map(|claim| claim.checks.iter().chain(&claim.attestations))
            .collect();
        let checks = self.checks.iter().map(|check| &check.id);
        let mut all = checks.chain(self.attestations.iter().map(|attestation| &attestation.id));
        match all.find(|id| !needed.contains(id)) {
            None => Ok(()),
            Some(id) => Err(BadCatalogue::Unused(id.clone())),
        }
    }
}

/// The register is there, and has each of the words as a choice of the field that sorts it.
fn check_register(entry: &AttestationEntry) -> Result<(), BadCatalogue> {
    let bad = |problem| BadCatalogue::Register {
        id: entry.id.clone(),
        problem,
    };
    let register = register::find(&entry.register);
    let register = register.ok_or_else(|| bad(format!("the register `{}`", entry.register)))?;
    let sorting = register.fields.iter().find(|field| field.sorts);
    let has = |sort: &String| sorting.is_some_and(|field| field.choices.contains(sort));
    match entry.sorts.iter().find(|sort| !has(sort)) {
        None => Ok(()),
        Some(sort) => Err(bad(format!(
            "entries `{sort}` of the register `{}`",
            entry.register
        ))),
    }
}

fn unknown(claim: &Claim, what: &'static str, name: &str) -> BadCatalogue {
    BadCatalogue::Unknown {
        claim: claim.id.clone(),
        what,
        name: name.to_owned(),
    }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>) -> Result<(), BadCatalogue> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !is_name(id) {
            return Err(BadCatalogue::Name(id.clone()));
        }
        if !seen.insert(id) {
            return Err(BadCatalogue::Twice(id.clone()));
        }
    }
    Ok(())
}

fn is_name(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.split('-').all(word)
}

fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, BadCatalogue> {
    toml::from_str(text).map_err(|error| BadCatalogue::Text {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}
