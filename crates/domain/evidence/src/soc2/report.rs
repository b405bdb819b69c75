//! The report as a document: what the page and the PDF say.

use super::lines::{EXCEPTIONS, exceptions};
use super::matrix::{self, FILE as MATRIX};
use super::populations::Population;
use super::registers::Written as Register;
use super::words::{CUSTOMER, VENDORS};
use super::{Material, Receipts, sample};
use crate::document::Document;
use crate::oscal::Seen;

/// The most exceptions that the page shows; the table beside it has all.
const MOST_SHOWN: usize = 300;

pub(super) fn of(
    material: &Material,
    seen: &Seen,
    (populations, registers): (&[Population], &[Register]),
    receipts: Receipts,
) -> Document {
    let mut document = Document {
        title: format!("SOC 2 evidence of {}", material.gathered.speaker),
        about: about(material, seen, receipts),
        ..Document::default()
    };
    read_this(&mut document);
    system(&mut document, material);
    incidents(&mut document, registers);
    criteria(&mut document, material, seen);
    went_wrong(&mut document, seen);
    lists(&mut document, material, populations);
    customers(&mut document);
    vendors(&mut document, registers);
    document
}

fn about(material: &Material, seen: &Seen, receipts: Receipts) -> Vec<(String, String)> {
    let (gathered, period) = (&material.gathered, &material.gathered.period);
    let runs: u64 = seen.checks.iter().map(|(_, history)| history.runs()).sum();
    let until = if period.is_over() {
        ""
    } else {
        " (the last day is not over)"
    };
    let pairs = [
        (
            "Period",
            format!(
                "{} to {}, both included, in UTC{until}",
                period.first(),
                period.last()
            ),
        ),
        ("Installation", gathered.installation.log_origin.clone()),
        (
            "Verifier key of its log",
            gathered.installation.log_verifier.clone(),
        ),
        ("Made", material.made_at.to_string()),
        (
            "Runs of checks",
            format!("{runs} of {} checks, each in runs.csv", seen.checks.len()),
        ),
        (
            "Receipts",
            format!(
                "{} of {}, checked by `bailee verify receipt FILE`",
                receipts.made, receipts.all
            ),
        ),
        (
            "Samples",
            format!(
                "{} lines at most of each population, seed `{}`",
                material.sample, material.seed
            ),
        ),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn read_this(document: &mut Document) {
    document.section("How to read this");
    document.text(
        "This pack is made by the software from what it has kept. It is evidence for an examination and no report of an auditor: nobody has given an \
         opinion on it. What it says about checks and acts stands in the trail of the installation, whose log anybody may verify; what it says \
         about companies and people stands in registers, approved by somebody else than its author.",
    );
    document.text(
        "Which claim answers which criterion is the reading of the engineers who wrote the software. The texts of the criteria belong to \
         those who publish them and are not here.",
    );
}

fn system(document: &mut Document, material: &Material) {
    let system = &material.description;
    document.section("The system");
    document.text("From its state when this pack was made. The boundary is this installation and the services that it uses.");
    document.part("Infrastructure");
    document.list(vec![
        format!("Its log: {}.", system.infrastructure.log),
        format!("Rows are kept in {}.", system.infrastructure.database),
        format!(
            "Places of sealed bytes: {}.",
            system.infrastructure.places.join(", ")
        ),
    ]);
    document.part("Software");
    let software = &system.software;
    document.list(vec![
        format!("{} {}, one program.", software.name, software.version),
        format!(
            "{} checks run in it; {} that the catalogue names are not built.",
            software.checks_built, software.checks_not_built
        ),
    ]);
    document.part("People");
    document.text(format!(
        "{} customers. Accounts by class; staff of the operator are of the class operator:",
        system.people.customers
    ));
    let rows = system.people.accounts.iter();
    let rows = rows
        .map(|of| vec![of.class.clone(), of.state.clone(), of.count.to_string()])
        .collect();
    document.table(&[("class", 3), ("state", 2), ("#accounts", 1)], rows);
    document.part("Procedures");
    let cadences = system.procedures.checks_by_cadence.iter();
    let cadences: Vec<String> = cadences
        .map(|(cadence, checks)| format!("{checks} {cadence}"))
        .collect();
    document.list(vec![
        format!("Automated checks: {}.", cadences.join(", ")),
        format!(
            "{} kinds of evidence are kept in registers by people, each with an owner and an end.",
            system.procedures.attestations
        ),
    ]);
    document.part("Data");
    let regions: Vec<String> = system
        .data
        .datasets_by_region
        .iter()
        .map(|(region, count)| format!("{count} in {region}"))
        .collect();
    let classes: Vec<String> = system
        .data
        .columns_by_class
        .iter()
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    let datasets = if regions.is_empty() {
        "none".to_owned()
    } else {
        regions.join(", ")
    };
    document.list(vec![
        format!("Datasets: {datasets}."),
        format!(
            "Columns of the database by what they hold: {}.",
            classes.join(", ")
        ),
    ]);
}

fn incidents(document: &mut Document, registers: &[Register]) {
    document.section("Incidents in the period");
    let incidents = registers.iter().find(|written| written.register == "incidents");
    let entries: Vec<Vec<String>> = incidents
        .iter()
        .flat_map(|written| &written.shown)
        .filter(|line| line.in_period)
        .map(|line| {
            let value = |name: &str| line.values.get(name).cloned().unwrap_or_default();
            vec![
                value("noticed_on"),
                line.title.clone(),
                value("severity"),
                value("breach"),
                value("lesson"),
            ]
        })
        .collect();
    match entries.is_empty() {
        true => document.text(
            "The register of incidents has no approved entry that was received or approved in the period. That nothing stands in it does not \
             show that nothing happened.",
        ),
        false => document.table(&[("noticed", 2), ("what", 5), ("severity", 2), ("breach", 2), ("learnt", 5)], entries),
    }
}

fn criteria(document: &mut Document, material: &Material, seen: &Seen) {
    document.section("Criteria, claims, checks and results");
    document.text(format!(
        "Each line is something behind a claim that answers the criterion, with how often it ran in the period and what it came to. The same is \
         in {MATRIX}, with the sentences."
    ));
    for control in matrix::criteria(material) {
        document.part(&control.criterion);
        let lines = matrix::lines(material, seen, &control);
        if lines.is_empty() {
            document.text("No claim of the catalogue answers it.");
            continue;
        }
        let rows = lines
            .iter()
            .map(|line| {
                let [runs, holds, .., gaps] = line.counts.unwrap_or_default();
                let wrong: u64 = line.counts.map_or(0, |counts| counts[3..6].iter().sum());
                let number = |count: u64| line.counts.map_or_else(String::new, |_| count.to_string());
                let remark = if line.remark.is_empty() {
                    line.what.to_owned()
                } else {
                    format!("{}: {}", line.what, line.remark)
                };
                vec![
                    line.claim.clone(),
                    line.worst.to_owned(),
                    line.shown_by.clone(),
                    number(runs),
                    number(holds),
                    number(wrong),
                    number(gaps),
                    remark,
                ]
            })
            .collect();
        let columns = [
            ("claim", 5),
            ("worst in period", 3),
            ("shown by", 5),
            ("#runs", 2),
            ("#hold", 2),
            ("#wrong", 2),
            ("#gaps", 2),
            ("remark", 6),
        ];
        document.table(&columns, rows);
    }
}

fn went_wrong(document: &mut Document, seen: &Seen) {
    document.section("Exceptions");
    let all = exceptions(seen);
    if all.is_empty() {
        return document
            .text("Every run of every check in the period found nothing wrong, and none was late.");
    }
    let shown = all.len().min(MOST_SHOWN);
    document.text(format!(
        "{} exceptions; {shown} of them here, all in {EXCEPTIONS}. Times are in UTC.",
        all.len()
    ));
    let short = |moment: &str| moment.get(..16).unwrap_or(moment).replace('T', " ");
    let rows = all.iter().take(MOST_SHOWN).map(|one| {
        let healed = one
            .healed
            .as_deref()
            .map_or_else(|| "not in the period".to_owned(), short);
        vec![
            one.check.clone(),
            one.what.clone(),
            short(&one.from),
            healed,
            one.reason.clone(),
        ]
    });
    document.table(
        &[
            ("check", 4),
            ("what", 3),
            ("from", 3),
            ("healed", 3),
            ("reason", 7),
        ],
        rows.collect(),
    );
}

fn lists(document: &mut Document, material: &Material, populations: &[Population]) {
    document.section("Populations and samples");
    document.text(
        "Each population is every entry of the trails in the period that its last column names, but for acts in the installation's own probe \
         teams. It lies in populations/, its sample in samples/. What an entry says besides ids and moments is its tenant's to open.",
    );
    document.text(format!("The seed is `{}`. {}.", material.seed, sample::METHOD));
    let rows = populations.iter().map(|one| {
        vec![
            one.name.to_owned(),
            one.title.to_owned(),
            one.lines.to_string(),
            one.sampled.to_string(),
            one.made_of.clone(),
        ]
    });
    let columns = [
        ("population", 3),
        ("what", 5),
        ("#lines", 1),
        ("#drawn", 1),
        ("made of", 6),
    ];
    document.table(&columns, rows.collect());
}

fn customers(document: &mut Document) {
    document.section("What customers have to do");
    let rows = CUSTOMER
        .iter()
        .map(|(what, criteria)| vec![(*what).to_owned(), (*criteria).to_owned()]);
    document.table(
        &[("complementary user-entity control", 5), ("criteria", 1)],
        rows.collect(),
    );
}

fn vendors(document: &mut Document, registers: &[Register]) {
    document.section("Sub-service organisations");
    let vendors = registers.iter().find(|written| written.register == "vendors");
    let rows: Vec<Vec<String>> = vendors
        .iter()
        .flat_map(|written| &written.shown)
        .map(|line| {
            let value = |name: &str| line.values.get(name).cloned().unwrap_or_default();
            vec![
                line.title.clone(),
                value("service"),
                value("region"),
                value("has_personal_data"),
                value("rating"),
                line.standing.clone(),
            ]
        })
        .collect();
    match rows.is_empty() {
        true => document.text(
            "The register of vendors has no approved entry. Whoever hosts this installation belongs into it.",
        ),
        false => {
            document.text(
                "By the register of vendors. Their own controls are carved out: these are expected of them.",
            );
            let columns = [
                ("vendor", 3),
                ("service", 4),
                ("region", 2),
                ("personal data", 2),
                ("review", 2),
                ("standing", 2),
            ];
            document.table(&columns, rows);
        }
    }
    let rows = VENDORS
        .iter()
        .map(|(what, criteria)| vec![(*what).to_owned(), (*criteria).to_owned()]);
    document.table(
        &[
            ("complementary control of sub-service organisations", 5),
            ("criteria", 1),
        ],
        rows.collect(),
    );
}
