//! How the criteria of a set stand now: which claims answer each, and how those stand.
//!
//! Promises: every criterion of the set is listed, also those that no claim answers; how one stands follows from the worst of its claims.
//! Leaves out: whether a criterion is met, which is an auditor's to say.

use std::io::Write;

use assurance::{Catalogue, ClaimState, State};
use custody::Credential;
use operation::Request;
use serde::Serialize;
use serde_json::json;

use crate::Evidence;
use crate::control::{self, Control, SETS};
use crate::error::{Error, Result};
use crate::table::Table;

/// A criterion, and how it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Criterion {
    /// As its publisher writes it.
    pub criterion: String,
    /// The worst of its claims; nothing where no claim answers it.
    pub state: Option<State>,
    /// The claims that answer it.
    pub claims: Vec<ClaimState>,
}

impl Evidence {
    /// The sets of criteria, with what people call them.
    pub fn sets() -> impl Iterator<Item = (&'static str, &'static str)> {
        SETS.into_iter()
    }

    /// How the criteria of a set stand, for whoever is on the machine.
    ///
    /// # Errors
    /// [`Error::UnknownSet`].
    pub async fn criteria(&self, set: &str) -> Result<Vec<Criterion>> {
        let set = known(set)?;
        let claims = self.assurance.claims().await?;
        let catalogue = self.assurance.catalogue();
        let state = |id: &String| claims.iter().find(|claim| claim.id == *id).cloned();
        let criterion = |control: Control| {
            let claims: Vec<ClaimState> = control.claims.iter().filter_map(state).collect();
            Criterion {
                criterion: control.criterion,
                state: claims.iter().map(|claim| claim.state).max(),
                claims,
            }
        };
        Ok(control::all_of(catalogue, set)
            .into_iter()
            .map(criterion)
            .collect())
    }

    /// The claims as answers to a questionnaire, as CSV, for whoever is on the machine.
    ///
    /// # Errors
    /// [`Error::File`].
    pub async fn questionnaire(&self, file: &mut (dyn Write + Send)) -> Result<()> {
        let claims = self.assurance.claims().await?;
        write_questionnaire(&claims, self.assurance.catalogue(), file)
    }

    /// As [`Evidence::criteria`], for somebody who may know.
    ///
    /// # Errors
    /// As every act; [`Error::UnknownSet`].
    pub async fn criteria_for(
        &self,
        credential: &Credential,
        request: Request,
        set: &str,
    ) -> Result<Vec<Criterion>> {
        // What there is not stands in no trail.
        let details = json!({ "criteria": known(set).ok() });
        self.assurance.reads(credential, request, details).await?;
        self.criteria(set).await
    }
}

/// The criteria as CSV: a line for each claim that answers one.
///
/// # Errors
/// [`Error::File`].
pub fn write_csv(criteria: &[Criterion], file: &mut dyn Write) -> Result<()> {
    let columns = [
        "criterion",
        "claim",
        "state",
        "since",
        "checked_at",
        "statement",
        "reason",
    ];
    let mut table = Table::begin("criteria", file, &columns)?;
    for criterion in criteria {
        let name = criterion.criterion.as_str();
        if criterion.claims.is_empty() {
            table.line(&[name, "", "", "", "", "", "no claim of the catalogue answers it"])?;
        }
        for claim in &criterion.claims {
            let moment = |at: Option<kernel::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
            table.line(&[
                name,
                &claim.id,
                claim.state.as_str(),
                &moment(claim.since),
                &moment(claim.checked_at),
                &claim.statement,
                claim.reason.as_deref().unwrap_or_default(),
            ])?;
        }
    }
    table.end()
}

/// The claims as answers to a questionnaire: a question for each, an answer from its state, and what shows it.
///
/// # Errors
/// [`Error::File`].
pub fn write_questionnaire(claims: &[ClaimState], catalogue: &Catalogue, file: &mut dyn Write) -> Result<()> {
    let columns = [
        "id",
        "question",
        "answer",
        "explanation",
        "shown_by",
        "checked_at",
        "soc2",
        "iso27001",
        "hipaa",
        "gdpr",
    ];
    let mut table = Table::begin("questionnaire", file, &columns)?;
    for state in claims {
        let Some(claim) = catalogue.claim(&state.id) else {
            continue;
        };
        let shown: Vec<&str> = state
            .checks
            .iter()
            .chain(&state.attestations)
            .map(String::as_str)
            .collect();
        table.line(&[
            state.id.clone(),
            format!("Is this so: {}", state.statement),
            answer(state.state).to_owned(),
            state.reason.clone().unwrap_or_default(),
            shown.join("; "),
            state.checked_at.map(|at| at.to_string()).unwrap_or_default(),
            claim.soc2.join("; "),
            claim.iso27001.join("; "),
            claim.hipaa.join("; "),
            claim.gdpr.join("; "),
        ])?;
    }
    table.end()
}

/// Yes is said only of what is shown now.
fn answer(state: State) -> &'static str {
    match state {
        State::Holds => "yes",
        State::Partly => "partly",
        State::OutOfScope => "not shown",
        State::Late | State::BrokenCheck | State::BrokenPromise => "not now",
    }
}

fn known(set: &str) -> Result<&'static str> {
    let found = SETS.into_iter().find(|(name, _)| *name == set);
    found
        .map(|(name, _)| name)
        .ok_or_else(|| Error::UnknownSet(set.to_owned()))
}
