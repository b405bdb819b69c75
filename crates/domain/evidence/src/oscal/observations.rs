//! What was seen: an observation for every stretch of runs, for every gap, and for what is on file.

use assurance::attestation::Standing;
use serde_json::{Value as Json, json};

use super::Material;
use super::names::{property, words};
use crate::runs::{Gap, Stretch};

/// All of them.
pub(super) fn all(material: &Material<'_>) -> Vec<Json> {
    let mut all = Vec::new();
    for (check, history) in material.checks {
        all.extend(
            history
                .stretches
                .iter()
                .map(|stretch| of_stretch(material, check, stretch)),
        );
        all.extend(history.gaps.iter().map(|gap| of_gap(material, check, gap)));
    }
    all.extend(
        material
            .gathered
            .on_file
            .keys()
            .filter_map(|attestation| of_file(material, attestation)),
    );
    all
}

/// The ids of the observations of a check.
pub(super) fn ids_of_check(material: &Material<'_>, check: &str) -> Vec<String> {
    let Some(history) = material.check(check) else {
        return Vec::new();
    };
    let stretches = history
        .stretches
        .iter()
        .map(|stretch| stretch_id(material, check, stretch));
    stretches
        .chain(history.gaps.iter().map(|gap| gap_id(material, check, gap)))
        .collect()
}

pub(super) fn stretch_id(material: &Material<'_>, check: &str, stretch: &Stretch) -> String {
    material
        .names
        .id("observation", &format!("{check}/{}", stretch.first.event))
}

pub(super) fn gap_id(material: &Material<'_>, check: &str, gap: &Gap) -> String {
    material.names.id("gap", &format!("{check}/{}", gap.from))
}

pub(super) fn file_id(material: &Material<'_>, attestation: &str) -> String {
    material.names.id("on-file", attestation)
}

pub(super) fn of_stretch(material: &Material<'_>, check: &str, stretch: &Stretch) -> Json {
    let (outcome, runs) = (stretch.outcome.as_str(), stretch.runs);
    let said = match stretch.runs {
        1 => format!("One run came to `{outcome}`."),
        _ => format!("{runs} runs one after the other came to `{outcome}`."),
    };
    let why = words(&stretch.reason, "");
    let control = words(&stretch.control, "none: the check could not look");
    let mut observation = json!({
        "uuid": stretch_id(material, check, stretch),
        "title": format!("{check}: {outcome}"),
        "description": format!("{said} {why} Control case: {control}").replace("  ", " "),
        "props": [
            property("check-id", check), property("outcome", outcome), property("runs", &runs.to_string()),
            property("first-run", &stretch.first.at.to_string()), property("first-entry", &stretch.first.event.to_string()),
            property("last-entry", &stretch.last.event.to_string()),
        ],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": tool(material) }] }],
        "subjects": [{ "subject-uuid": material.component(), "type": "component" }],
        "relevant-evidence": [{ "href": format!("#{}", runs_id(material)), "description": "The lines of this check in the file of all runs." }],
        "collected": stretch.last.at.to_string(),
    });
    if let Some(entry) = material.gathered.catalogue.check(check) {
        observation["expires"] = stretch
            .last
            .at
            .plus(entry.cadence.longest_pause())
            .to_string()
            .into();
    }
    observation
}

pub(super) fn of_gap(material: &Material<'_>, check: &str, gap: &Gap) -> Json {
    let until = gap
        .to
        .map_or_else(|| "the end of the period".to_owned(), |to| to.to_string());
    json!({
        "uuid": gap_id(material, check, gap),
        "title": format!("{check}: not run"),
        "description": format!("It was due at {} and did not run until {until}.", gap.from),
        "props": [property("check-id", check), property("outcome", "not-run")],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": tool(material) }] }],
        "subjects": [{ "subject-uuid": material.component(), "type": "component" }],
        "collected": gap.from.to_string(),
    })
}

pub(super) fn of_file(material: &Material<'_>, attestation: &str) -> Option<Json> {
    let file = material.gathered.on_file.get(attestation)?;
    let entry = material.gathered.catalogue.attestation(attestation)?;
    let outcome = match file.standing {
        Standing::InDate => "in-date",
        Standing::Late => "late",
    };
    let mut observation = json!({
        "uuid": file_id(material, attestation),
        "title": format!("{attestation}: {outcome}"),
        "description": format!(
            "{} of {} approved entries in the register `{}` are past their end when the report is made. Evidence: {}",
            file.past, file.entries, entry.register, entry.evidence
        ),
        "props": [property("attestation-id", attestation), property("outcome", outcome)],
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "origins": [{ "actors": [{ "type": "party", "actor-uuid": material.party() }] }],
        "subjects": [{ "subject-uuid": material.party(), "type": "party" }],
        "collected": file.approved_at.to_string(),
    });
    if let Some(until) = file.until {
        observation["expires"] = until.to_string().into();
    }
    Some(observation)
}

pub(super) fn tool(material: &Material<'_>) -> String {
    material.names.id("component", "checks")
}

pub(super) fn runs_id(material: &Material<'_>) -> String {
    material.names.id("resource", super::RUNS)
}

/// What the documents point to.
pub(super) fn resources(material: &Material<'_>) -> Json {
    json!([
        {
            "uuid": runs_id(material),
            "title": "Every run in the period",
            "rlinks": [{
                "href": format!("./{}", material.runs.path), "media-type": "text/csv",
                "hashes": [{ "algorithm": "SHA-256", "value": material.runs.sha256 }],
            }],
        },
        {
            "uuid": plan_id(material),
            "title": "How it was assessed",
            "description": "By the checks that are built into the software, each with a control case, at the times that its cadence sets, and by \
                what stands approved in the operator's registers. No assessment plan was written by an assessor.",
        },
    ])
}

pub(super) fn plan_id(material: &Material<'_>) -> String {
    material.names.id("resource", "assessment-plan")
}
