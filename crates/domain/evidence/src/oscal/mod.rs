//! The state of an installation over a period in NIST's Open Security Controls Assessment Language, as JSON.
//!
//! Four documents that belong together: a catalog of the criteria that claims answer (by id: their texts belong to those who publish them),
//! a component definition (which part answers which), assessment results (every stretch of runs of every check as an observation,
//! a finding for every criterion, a risk for everything that went wrong), and a plan of action and milestones (what is still late or broken).
//! Beside them lies `runs.csv` with every single run, which the results name by its hash.
//!
//! Promises: the same state and the same period give the same bytes; ids are UUIDs of version 5 of stable names, so that the same thing has
//! the same id in every export, and a document has another as soon as it says something else. A criterion is called satisfied only
//! if every claim that answers it held over the whole period and every check behind it ran all the time. Leaves out: system security
//! plans and assessment plans, which somebody has to answer for who knows the company.

mod catalog;
mod component;
mod findings;
mod names;
mod observations;
mod plan;
mod results;

use std::path::Path;

use custody::Credential;
use kernel::Timestamp;
use operation::Request;
use serde_json::{Value as Json, json};

use crate::control::{self, Control};
use crate::error::{Error, Result};
use crate::gather::Gathered;
use crate::pack::{Folder, Nowhere, Pack, Written};
use crate::runs::{CheckHistory, sheet};
use crate::standing::{self, ClaimHistory};
use crate::{Evidence, Period};
use names::Names;

/// The version of the language. What reads 1.1 and later reads these documents.
pub const VERSION: &str = "1.2.1";

/// The file with every run.
pub(crate) const RUNS: &str = "runs.csv";

/// One of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// The criteria.
    Catalog,
    /// What answers them.
    ComponentDefinition,
    /// What was found.
    AssessmentResults,
    /// What is late or broken.
    PlanOfActionAndMilestones,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Catalog,
        Self::ComponentDefinition,
        Self::AssessmentResults,
        Self::PlanOfActionAndMilestones,
    ];

    /// Its name, which is that of its model.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::ComponentDefinition => "component-definition",
            Self::AssessmentResults => "assessment-results",
            Self::PlanOfActionAndMilestones => "plan-of-action-and-milestones",
        }
    }

    /// The document of this name.
    ///
    /// # Errors
    /// [`Error::UnknownDocument`].
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|document| document.as_str() == name);
        found.ok_or_else(|| Error::UnknownDocument(name.to_owned()))
    }

    pub(crate) fn file(self) -> String {
        format!("{}.json", self.as_str())
    }
}

/// What all documents are made of.
pub(crate) struct Material<'a> {
    pub(crate) gathered: &'a Gathered,
    pub(crate) controls: Vec<Control>,
    /// Of the checks that there is code for, in the order of the catalogue.
    pub(crate) checks: &'a [(String, CheckHistory)],
    /// In the order of the catalogue.
    pub(crate) claims: &'a [ClaimHistory],
    /// The file with every run.
    pub(crate) runs: &'a Written,
    names: Names,
}

impl Material<'_> {
    fn check(&self, id: &str) -> Option<&CheckHistory> {
        self.checks
            .iter()
            .find(|(check, _)| check == id)
            .map(|(_, history)| history)
    }

    fn metadata(&self, title: &str) -> Json {
        let period = &self.gathered.period;
        json!({
            "title": format!("{title}, {}", self.gathered.installation.log_origin),
            "last-modified": self.newest().to_string(),
            "version": format!("{}/{}", period.first(), period.last()),
            "oscal-version": VERSION,
            "roles": [{ "id": "provider", "title": "Who runs the installation" }],
            "parties": [{ "uuid": self.party(), "type": "organization", "name": self.gathered.speaker }],
            "responsible-parties": [{ "role-id": "provider", "party-uuids": [self.party()] }],
        })
    }

    fn party(&self) -> String {
        self.names.id("party", &self.gathered.speaker)
    }

    fn component(&self) -> String {
        self.names.id("component", "installation")
    }

    /// The moment of the newest thing that the documents tell of, so that the same state gives the same moment.
    fn newest(&self) -> Timestamp {
        let stretches = self.checks.iter().flat_map(|(_, history)| &history.stretches);
        let versions = self.claims.iter().flat_map(|claim| &claim.versions);
        let files = self.gathered.on_file.values().map(|file| file.approved_at);
        let moments = stretches
            .map(|stretch| stretch.last.at)
            .chain(versions.map(|version| version.began_at))
            .chain(files);
        moments
            .max()
            .unwrap_or_default()
            .max(self.gathered.installation.made_at)
    }

    fn document(&self, document: Document) -> Json {
        let body = match document {
            Document::Catalog => catalog::of(self),
            Document::ComponentDefinition => component::of(self),
            Document::AssessmentResults => results::of(self),
            Document::PlanOfActionAndMilestones => plan::of(self),
        };
        self.names.finish(document.as_str(), body)
    }
}

/// What was kept of checks and claims.
pub(crate) struct Seen {
    pub(crate) checks: Vec<(String, CheckHistory)>,
    pub(crate) claims: Vec<ClaimHistory>,
    pub(crate) runs: Written,
}

impl Seen {
    /// Of one check that there is code for.
    pub(crate) fn check(&self, id: &str) -> Option<&CheckHistory> {
        self.checks
            .iter()
            .find(|(check, _)| check == id)
            .map(|(_, history)| history)
    }

    /// Of one claim.
    pub(crate) fn claim(&self, id: &str) -> Option<&ClaimHistory> {
        self.claims.iter().find(|claim| claim.id == id)
    }
}

impl Evidence {
    /// One document, for somebody who may know what is claimed and what shows it.
    ///
    /// # Errors
    /// As every act; [`Error::Period`].
    pub async fn oscal_for(
        &self,
        credential: &Credential,
        request: Request,
        (period, document): (Period, Document),
    ) -> Result<Vec<u8>> {
        let details = json!({
            "report": "oscal", "document": document.as_str(), "from": period.first().to_string(), "to": period.last().to_string(),
        });
        self.assurance.reads(credential, request, details).await?;
        let (evidence, gathered) = (self.clone(), self.gather(period).await?);
        let make = move || {
            let mut pack = Pack::to(Nowhere);
            let mut made = Vec::new();
            evidence.oscal_into(&gathered, &mut pack, |kind, bytes| {
                if kind == document {
                    made = bytes;
                }
            })?;
            Ok(made)
        };
        tokio::task::spawn_blocking(make).await?
    }

    /// All documents into a folder that is new or empty, for whoever is on the machine.
    ///
    /// # Errors
    /// [`Error::Period`], [`Error::File`].
    pub async fn oscal(&self, period: Period, folder: &Path) -> Result<Vec<Written>> {
        let (evidence, gathered) = (self.clone(), self.gather(period).await?);
        self.record("oscal", &period).await?;
        let folder = folder.to_owned();
        let make = move || {
            let mut pack = Pack::to(Folder::at(&folder)?);
            evidence.oscal_into(&gathered, &mut pack, |_, _| ())?;
            pack.finish()
        };
        tokio::task::spawn_blocking(make).await?
    }

    fn oscal_into(
        &self,
        gathered: &Gathered,
        pack: &mut Pack,
        each: impl FnMut(Document, Vec<u8>),
    ) -> Result<()> {
        let seen = self.read(gathered, pack)?;
        self.oscal_of(gathered, &seen, ("", pack), each)
    }

    /// Every run as a line of a file, and what follows from them.
    pub(crate) fn read(&self, gathered: &Gathered, pack: &mut Pack) -> Result<Seen> {
        let checks = pack.file(RUNS, |file| sheet::write(&self.assurance, gathered, file))?;
        let runs = pack.last().cloned();
        Ok(Seen {
            checks,
            claims: standing::histories(&self.assurance, gathered)?,
            runs: runs.ok_or_else(|| Error::BrokenOff("no file of runs was written".into()))?,
        })
    }

    /// The documents, into a folder of the pack.
    pub(crate) fn oscal_of(
        &self,
        gathered: &Gathered,
        seen: &Seen,
        (folder, pack): (&str, &mut Pack),
        mut each: impl FnMut(Document, Vec<u8>),
    ) -> Result<()> {
        let material = Material {
            gathered,
            controls: control::controls(&gathered.catalogue),
            checks: &seen.checks,
            claims: &seen.claims,
            runs: &seen.runs,
            names: Names::of(&gathered.installation.log_origin),
        };
        for document in Document::ALL {
            let mut bytes = serde_json::to_vec_pretty(&material.document(document))
                .map_err(|error| Error::BrokenOff(error.to_string()))?;
            bytes.push(b'\n');
            pack.add(&format!("{folder}{}", document.file()), &bytes)?;
            each(document, bytes);
        }
        Ok(())
    }
}
