//! What the checks found over the period, as assessment results.

use serde_json::{Value as Json, json};

use super::names::property;
use super::{Material, findings, observations};

pub(super) fn of(material: &Material<'_>) -> Json {
    json!({
        "metadata": material.metadata("Results of checks"),
        "import-ap": { "href": format!("#{}", observations::plan_id(material)) },
        "results": [result(material)],
        "back-matter": { "resources": observations::resources(material) },
    })
}

fn result(material: &Material<'_>) -> Json {
    let period = &material.gathered.period;
    let risks = findings::risks(material);
    let runs: u64 = material.checks.iter().map(|(_, history)| history.runs()).sum();
    let listed = |control: &crate::control::Control| json!({ "control-id": control.id });
    let controls: Vec<Json> = material.controls.iter().map(listed).collect();
    let mut result = json!({
        "uuid": material.names.id("result", &format!("{}/{}", period.first(), period.last())),
        "title": format!("{} to {}", period.first(), period.last()),
        "description": format!("{runs} runs of {} checks, and what stands approved in the operator's registers.", material.checks.len()),
        "start": period.from().to_string(),
        "props": [property("runs", &runs.to_string())],
        "local-definitions": definitions(material),
        "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
        "findings": findings::findings(material, &risks),
    });
    let observations = observations::all(material);
    if !observations.is_empty() {
        result["observations"] = observations.into();
    }
    if !risks.is_empty() {
        result["risks"] = risks.iter().map(findings::Risk::as_json).collect();
    }
    if period.is_over() {
        result["end"] = period.to().to_string().into();
    }
    let more: u64 = material
        .checks
        .iter()
        .map(|(_, history)| history.more_stretches + history.more_gaps)
        .sum();
    result["remarks"] = match (more, period.is_over()) {
        (0, true) => "Every run is counted.".to_owned(),
        (0, false) => "Every run so far is counted; the last day is not over.".to_owned(),
        _ => format!("Every run is counted; {more} further observations of checks that changed all the time are in the file of runs alone."),
    }
    .into();
    result
}

fn definitions(material: &Material<'_>) -> Json {
    let operational = json!({ "state": "operational" });
    json!({
        "components": [{
            "uuid": material.component(), "type": "software", "title": "Bailee",
            "description": format!("The installation whose log is {}.", material.gathered.installation.log_origin),
            "status": operational,
        }],
        "assessment-assets": {
            "components": [{
                "uuid": observations::tool(material), "type": "software", "title": "Checks",
                "description": "The checks that are built into the software, each with a control case in the same run.",
                "status": operational,
            }],
            "assessment-platforms": [{
                "uuid": material.names.id("platform", "checks"), "title": "The installation itself",
                "uses-components": [{ "component-uuid": observations::tool(material) }],
            }],
        },
    })
}
