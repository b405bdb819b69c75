//! What is late or broken at the end of the period, as a plan of action and milestones.
//!
//! What heals an item is the check that finds nothing wrong again, or evidence that somebody else than its author approves: there is nothing to
//! type.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::findings::{self, Risk};
use super::names::property;
use super::{Material, observations};

pub(super) fn of(material: &Material<'_>) -> Json {
    let open: Vec<Risk> = findings::risks(material)
        .into_iter()
        .filter(|risk| risk.open)
        .collect();
    let items: Vec<Json> = match open.is_empty() {
        // The language has no plan without an item.
        true => vec![json!({
            "uuid": material.names.id("item", "none"),
            "title": "Nothing is open",
            "description": "At the end of the period nothing was late or broken.",
        })],
        false => open.iter().map(|risk| item(material, risk)).collect(),
    };
    let wanted: BTreeSet<&str> = open.iter().map(|risk| risk.observation.as_str()).collect();
    // Again, for this document points to nothing in another.
    let mut seen = observations::all(material);
    seen.retain(|observation| observation["uuid"].as_str().is_some_and(|id| wanted.contains(id)));
    let mut plan = json!({
        "metadata": material.metadata("What is late or broken"),
        "system-id": { "identifier-type": "http://ietf.org/rfc/rfc4122", "id": material.component() },
        "poam-items": items,
        "back-matter": { "resources": observations::resources(material) },
    });
    if !open.is_empty() {
        plan["local-definitions"] = definitions(material);
        plan["risks"] = open.iter().map(Risk::as_json).collect();
    }
    if !seen.is_empty() {
        plan["observations"] = seen.into();
    }
    plan
}

fn item(material: &Material<'_>, risk: &Risk) -> Json {
    json!({
        "uuid": material.names.id("item", &risk.id),
        "title": risk.title,
        "description": risk.description,
        "props": [property("about", &risk.about)],
        "related-observations": [{ "observation-uuid": risk.observation }],
        "related-risks": [{ "risk-uuid": risk.id }],
    })
}

fn definitions(material: &Material<'_>) -> Json {
    let operational = json!({ "state": "operational" });
    json!({ "components": [
        {
            "uuid": material.component(), "type": "software", "title": "Bailee",
            "description": "The installation.", "status": operational,
        },
        {
            "uuid": observations::tool(material), "type": "software", "title": "Checks",
            "description": "The checks that are built into the software.", "status": operational,
        },
    ] })
}
