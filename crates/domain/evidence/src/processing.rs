//! The register of processing activities as a document that a supervisory authority can be sent (GDPR 30(4)).
//!
//! Promises: it says what the register says, gaps included, in the order of Article 30(1). Leaves out: making it, which governance does.

use governance::activity::{Activity, Controller, Processing};

use crate::document::{Document, page, pdf};
use crate::error::Result;

/// One page that needs nothing from elsewhere.
pub fn as_page(register: &Processing) -> String {
    page(&document(register))
}

/// The same as PDF.
///
/// # Errors
/// Those of writing PDF.
pub fn as_pdf(register: &Processing) -> Result<Vec<u8>> {
    pdf(&document(register))
}

fn document(register: &Processing) -> Document {
    let mut document = Document {
        title: format!("Processing activities of {}", register.controller.name),
        about: about(register),
        ..Document::default()
    };
    missing(&mut document, register);
    for activity in &register.activities {
        one(&mut document, activity);
    }
    measures(&mut document, register);
    rest(&mut document, register);
    document
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn about(register: &Processing) -> Vec<(String, String)> {
    let Controller {
        name,
        known_as,
        contact,
        appointed,
        on_instruction_of,
    } = &register.controller;
    let mut about = vec![
        pair("Record under", "GDPR Article 30(1)"),
        pair("State of", register.made_at.to_string()),
        pair("Controller", name),
    ];
    about.extend(known_as.iter().map(|name| pair("Known as", name)));
    about.extend(contact.iter().map(|contact| pair("Contact", contact)));
    about.extend(
        on_instruction_of
            .iter()
            .map(|owner| pair("On the instruction of", owner)),
    );
    for one in appointed {
        about.push(pair(
            &sentence(&one.office),
            format!("{}, {}", one.name, one.contact),
        ));
    }
    let state = match register.gaps.len() {
        0 => "yes".to_owned(),
        1 => "no: 1 thing is missing".to_owned(),
        many => format!("no: {many} things are missing"),
    };
    about.push(pair("Complete", state));
    about
}

/// `data-protection-officer` as it stands at the beginning of a line.
fn sentence(word: &str) -> String {
    let text = word.replace('-', " ");
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn missing(document: &mut Document, register: &Processing) {
    if register.gaps.is_empty() {
        return;
    }
    document.section("What is missing");
    let rows = register
        .gaps
        .iter()
        .map(|gap| vec![gap.about.clone(), gap.todo.clone()]);
    document.table(&[("About", 1), ("What to do", 3)], rows.collect());
}

fn one(document: &mut Document, activity: &Activity) {
    let said = &activity.said;
    document.section(&activity.name);
    if let Some(description) = &said.description {
        document.text(description.as_str());
    }
    let review = activity
        .review_by
        .map_or_else(String::new, |day| format!(", good until {day}"));
    document.text(format!(
        "Version {}, reviewed on {}{review}.",
        activity.number, activity.reviewed_on
    ));
    part(
        document,
        "Purposes",
        activity.purposes.iter().map(|purpose| {
            let notice = purpose
                .notice
                .map_or_else(String::new, |version| format!(", notice {version}"));
            let ended = purpose
                .ended_at
                .map_or_else(String::new, |at| format!(", ended {at}"));
            let weighing = purpose
                .weighing
                .as_ref()
                .map_or_else(String::new, |text| format!(" Weighed: {text}"));
            format!(
                "{}: {} Basis: {}{notice}{ended}.{weighing}",
                purpose.word,
                purpose.says,
                purpose.basis.as_str()
            )
        }),
    );
    part(document, "Joint controllers", said.joint_controllers.clone());
    part(document, "Data subjects", [said.data_subjects.clone()]);
    part(document, "Categories of personal data", activity.categories());
    part(document, "Special categories", said.special_categories.clone());
    part(
        document,
        "Recipients",
        activity
            .recipients
            .iter()
            .map(|one| format!("{}: {}", one.name, one.says)),
    );
    part(
        document,
        "Transfers to third countries",
        activity.transfers.iter().map(|one| {
            let safeguards = one
                .safeguards
                .as_ref()
                .map_or_else(String::new, |text| format!("; {text}"));
            format!(
                "{}, {}: {}{safeguards}",
                one.to,
                one.region,
                one.basis.replace('-', " ")
            )
        }),
    );
    part(document, "Time limits of erasure", activity.time_limits());
    let assessment = said
        .assessment
        .iter()
        .map(|word| word.replace('-', " "))
        .chain(said.assessment_at.clone());
    part(
        document,
        "Impact assessment",
        [assessment.collect::<Vec<_>>().join(": ")],
    );
}

/// A part with its points; `None.` where there are none, so that a reader sees that nothing was left out.
fn part(document: &mut Document, title: &str, points: impl IntoIterator<Item = String>) {
    let points: Vec<String> = points.into_iter().filter(|point| !point.is_empty()).collect();
    document.part(title);
    match points.is_empty() {
        true => document.text("None."),
        false => document.list(points),
    }
}

fn measures(document: &mut Document, register: &Processing) {
    document.section("Technical and organisational measures");
    let rows = register
        .measures
        .iter()
        .map(|measure| vec![format!("32(1)({})", measure.article), measure.says.clone()]);
    document.table(&[("GDPR", 1), ("What holds", 6)], rows.collect());
}

fn rest(document: &mut Document, register: &Processing) {
    document.section("What was given out");
    let rows: Vec<_> = register
        .disclosures
        .iter()
        .map(|one| vec![one.action.to_owned(), one.last_at.to_string()])
        .collect();
    match rows.is_empty() {
        true => document.text("Nothing, by the trail."),
        false => document.table(&[("Act", 1), ("Last done", 1)], rows),
    }
    if !register.not_said.is_empty() {
        document.section("Datasets of which nothing is said");
        document.text("They neither declare nor show that they are about people.");
        document.list(
            register
                .not_said
                .iter()
                .map(|dataset| dataset.name.clone())
                .collect(),
        );
    }
}
