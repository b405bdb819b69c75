//! Which part of the software answers which criterion, as a component definition: a component for each theme of claims.

use assurance::catalogue::{CheckEntry, Claim};
use serde_json::{Value as Json, json};

use super::Material;
use super::names::property;
use crate::control::{Control, SETS};

pub(super) fn of(material: &Material<'_>) -> Json {
    let mut themes: Vec<&str> = Vec::new();
    for claim in material.gathered.catalogue.claims() {
        if !themes.contains(&claim.theme.as_str()) {
            themes.push(&claim.theme);
        }
    }
    let components: Vec<Json> = themes.iter().map(|theme| one(material, theme)).collect();
    json!({ "metadata": material.metadata("What answers the criteria"), "components": components })
}

fn one(material: &Material<'_>, theme: &str) -> Json {
    let catalogue = &material.gathered.catalogue;
    let claims: Vec<&Claim> = catalogue
        .claims()
        .iter()
        .filter(|claim| claim.theme == theme)
        .collect();
    let mut checks: Vec<&CheckEntry> = Vec::new();
    for check in claims
        .iter()
        .flat_map(|claim| &claim.checks)
        .filter_map(|id| catalogue.check(id))
    {
        if !checks.iter().any(|known| known.id == check.id) {
            checks.push(check);
        }
    }
    let implementations: Vec<Json> = SETS
        .iter()
        .filter_map(|(set, title)| implementation(material, (theme, set, title), &claims))
        .collect();
    let mut component = json!({
        "uuid": material.names.id("theme", theme),
        "type": "software",
        "title": theme,
        "description": format!("What keeps the {} claims about: {theme}.", claims.len()),
    });
    if !checks.is_empty() {
        component["props"] = checks.iter().map(|check| about(check)).collect();
    }
    if !implementations.is_empty() {
        component["control-implementations"] = implementations.into();
    }
    component
}

fn about(check: &CheckEntry) -> Json {
    let mut said = property("check-id", &check.id);
    let class = if check.absent.is_some() {
        "not-built"
    } else {
        "automated"
    };
    said["class"] = class.into();
    said["remarks"] = check.does.clone().into();
    said
}

fn implementation(
    material: &Material<'_>,
    (theme, set, title): (&str, &str, &str),
    claims: &[&Claim],
) -> Option<Json> {
    let answers = |control: &&Control| {
        control.set == set && claims.iter().any(|claim| control.claims.contains(&claim.id))
    };
    let answered = material.controls.iter().filter(answers);
    let requirements: Vec<Json> = answered
        .map(|control| requirement(material, (theme, control), claims))
        .collect();
    (!requirements.is_empty()).then(|| {
        json!({
            "uuid": material.names.id("implementation", &format!("{theme}/{set}")),
            "source": format!("./{}", super::Document::Catalog.file()),
            "description": format!("How it answers {title}."),
            "implemented-requirements": requirements,
        })
    })
}

fn requirement(material: &Material<'_>, (theme, control): (&str, &Control), claims: &[&Claim]) -> Json {
    let said: Vec<&&Claim> = claims
        .iter()
        .filter(|claim| control.claims.contains(&claim.id))
        .collect();
    let sentences: Vec<String> = said
        .iter()
        .map(|claim| claim.statement.fill(&std::collections::BTreeMap::new()))
        .collect();
    let props: Vec<Json> = said.iter().map(|claim| property("claim-id", &claim.id)).collect();
    json!({
        "uuid": material.names.id("requirement", &format!("{theme}/{}", control.id)),
        "control-id": control.id,
        "description": sentences.join(" "),
        "props": props,
    })
}
