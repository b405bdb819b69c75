//! What follows: a finding for every criterion, and a risk for everything that went wrong.

use assurance::State;
use assurance::attestation::Standing;
use serde_json::{Value as Json, json};

use super::names::{property, words};
use super::{Material, catalog, observations};
use crate::control::Control;
use crate::runs::{Gap, Stretch};

/// Something that went wrong.
pub(super) struct Risk {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: String,
    /// Whether it still is.
    pub(super) open: bool,
    pub(super) observation: String,
    /// The check, or what should be on file.
    pub(super) about: String,
}

impl Risk {
    pub(super) fn as_json(&self) -> Json {
        json!({
            "uuid": self.id, "title": self.title, "description": self.description, "statement": self.description,
            "props": [property("about", &self.about)],
            "status": if self.open { "open" } else { "closed" },
            "related-observations": [{ "observation-uuid": self.observation }],
        })
    }
}

/// All of them, in the order of the catalogue.
pub(super) fn risks(material: &Material<'_>) -> Vec<Risk> {
    let mut all = Vec::new();
    for (check, history) in material.checks {
        all.extend(
            history
                .exceptions()
                .map(|stretch| of_stretch(material, check, stretch)),
        );
        all.extend(history.gaps.iter().map(|gap| of_gap(material, check, gap)));
    }
    let late = material
        .gathered
        .on_file
        .iter()
        .filter(|(_, file)| file.standing == Standing::Late);
    all.extend(late.map(|(attestation, file)| Risk {
        id: material.names.id("risk", &format!("on-file/{attestation}")),
        title: format!("{attestation} is late"),
        description: format!(
            "{} of {} approved entries are past their end.",
            file.past, file.entries
        ),
        open: true,
        observation: observations::file_id(material, attestation),
        about: attestation.clone(),
    }));
    all
}

fn of_stretch(material: &Material<'_>, check: &str, stretch: &Stretch) -> Risk {
    let outcome = stretch.outcome.as_str();
    let healed = stretch.healed.map_or_else(
        || "It was not healed in the period.".to_owned(),
        |run| format!("It was healed at {}.", run.at),
    );
    let why = words(&stretch.reason, "no reason was given");
    Risk {
        id: material
            .names
            .id("risk", &format!("{check}/{}", stretch.first.event)),
        title: format!("{check} came to {outcome}"),
        description: format!("From {} on: {why}. {healed}", stretch.first.at),
        open: stretch.healed.is_none(),
        observation: observations::stretch_id(material, check, stretch),
        about: check.to_owned(),
    }
}

fn of_gap(material: &Material<'_>, check: &str, gap: &Gap) -> Risk {
    let until = gap.to.map_or_else(
        || "It did not run again in the period.".to_owned(),
        |to| format!("It ran again at {to}."),
    );
    Risk {
        id: material
            .names
            .id("risk", &format!("{check}/not-run/{}", gap.from)),
        title: format!("{check} did not run"),
        description: format!("It was due at {}. {until}", gap.from),
        open: gap.to.is_none(),
        observation: observations::gap_id(material, check, gap),
        about: check.to_owned(),
    }
}

/// What follows for each criterion.
pub(super) fn findings(material: &Material<'_>, risks: &[Risk]) -> Vec<Json> {
    let controls = material.controls.iter();
    controls
        .map(|control| finding(material, control, risks))
        .collect()
}

fn finding(material: &Material<'_>, control: &Control, risks: &[Risk]) -> Json {
    let catalogue = &material.gathered.catalogue;
    let claims: Vec<_> = control
        .claims
        .iter()
        .filter_map(|id| catalogue.claim(id))
        .collect();
    let behind: Vec<&String> = claims
        .iter()
        .flat_map(|claim| claim.checks.iter().chain(&claim.attestations))
        .collect();
    let mut seen: Vec<String> = Vec::new();
    for claim in &claims {
        seen.extend(
            claim
                .checks
                .iter()
                .flat_map(|check| observations::ids_of_check(material, check)),
        );
        let files = claim
            .attestations
            .iter()
            .filter(|id| material.gathered.on_file.contains_key(*id));
        seen.extend(files.map(|id| observations::file_id(material, id)));
    }
    seen.sort();
    seen.dedup();
    let (status, remarks) = status(material, control);
    let mut finding = json!({
        "uuid": material.names.id("finding", &control.id),
        "title": format!("{}: {}", control.criterion, status["state"].as_str().unwrap_or_default()),
        "description": remarks,
        "target": { "type": "objective-id", "target-id": format!("{}_obj", control.id), "status": status },
    });
    if !seen.is_empty() {
        finding["related-observations"] = seen.iter().map(|id| json!({ "observation-uuid": id })).collect();
    }
    let related: Vec<Json> = risks
        .iter()
        .filter(|risk| behind.iter().any(|about| **about == risk.about))
        .map(|risk| json!({ "risk-uuid": risk.id }))
        .collect();
    if !related.is_empty() {
        finding["related-risks"] = related.into();
    }
    finding
}

/// Satisfied only if every claim held all the time and every check behind it ran all the time and found nothing.
fn status(material: &Material<'_>, control: &Control) -> (Json, String) {
    let histories = material
        .claims
        .iter()
        .filter(|claim| control.claims.contains(&claim.id));
    let catalogue = &material.gathered.catalogue;
    let (mut failed, mut unknown) = (Vec::new(), Vec::new());
    for history in histories {
        let objective = catalog::objective(control, &history.id);
        let clean = |id: &String| {
            material
                .check(id)
                .is_some_and(crate::runs::CheckHistory::is_clean)
        };
        let checks_are_clean = catalogue
            .claim(&history.id)
            .is_some_and(|claim| claim.checks.iter().all(clean));
        match history.worst() {
            Some(State::Holds) if history.held() && checks_are_clean => {}
            Some(State::Late | State::BrokenCheck | State::BrokenPromise) => failed.push(objective),
            _ => unknown.push(objective),
        }
    }
    let (state, reason) = match (failed.is_empty(), unknown.is_empty()) {
        (true, true) => ("satisfied", "pass"),
        (false, _) => ("not-satisfied", "fail"),
        (true, false) => ("not-satisfied", "other"),
    };
    let said = match reason {
        "pass" => "Every claim that answers it held over the whole period, by checks that ran all the time."
            .to_owned(),
        _ => {
            let list = |objectives: &[String]| match objectives.len() {
                0 => "none".to_owned(),
                _ => objectives.join(", "),
            };
            format!(
                "Late or broken at some time: {}. Not shown for the whole period (not built, nothing on file, or not run all the time): {}.",
                list(&failed),
                list(&unknown)
            )
        }
    };
    (json!({ "state": state, "reason": reason }), said)
}
