//! The criteria that claims answer, as a catalog: each with the claims as its objectives.

use serde_json::{Value as Json, json};

use super::Material;
use crate::control::{Control, SETS};

pub(super) fn of(material: &Material<'_>) -> Json {
    let groups: Vec<Json> = SETS
        .iter()
        .map(|(set, title)| {
            let controls = material.controls.iter().filter(|control| control.set == *set);
            let controls: Vec<Json> = controls.map(|control| one(material, control)).collect();
            json!({ "id": set, "title": title, "controls": controls })
        })
        .filter(|group| {
            group["controls"]
                .as_array()
                .is_some_and(|controls| !controls.is_empty())
        })
        .collect();
    json!({ "metadata": material.metadata("Criteria that claims answer"), "groups": groups })
}

fn one(material: &Material<'_>, control: &Control) -> Json {
    let catalogue = &material.gathered.catalogue;
    let claims = control.claims.iter().filter_map(|id| catalogue.claim(id));
    let objectives: Vec<Json> = claims
        .map(|claim| {
            json!({
                "id": objective(control, &claim.id), "name": "assessment-objective",
                "prose": claim.statement.fill(&std::collections::BTreeMap::new()),
            })
        })
        .collect();
    json!({
        "id": control.id,
        "title": control.criterion,
        "parts": [
            {
                "id": format!("{}_smt", control.id), "name": "statement",
                "prose": format!("{}, by its id: the text belongs to those who publish it.", control.criterion),
            },
            {
                "id": format!("{}_obj", control.id), "name": "assessment-objective",
                "prose": "Each of the claims that answer it held.", "parts": objectives,
            },
        ],
    })
}

/// The objective of a claim at a criterion.
pub(super) fn objective(control: &Control, claim: &str) -> String {
    format!("{}_obj.{claim}", control.id)
}
