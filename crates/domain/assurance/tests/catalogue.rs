//! The catalogue: whole as it is built in, and refused when something is missing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

#[path = "catalogue/profiles.rs"]
mod profiles;

use std::collections::BTreeSet;

use assurance::Catalogue;
use assurance::catalogue::{BadCatalogue, Documents, Kind};

/// The ids of all requirements, 222 of statements and 87 of checks.
const SOURCES: &str = include_str!("sources.txt");

fn sources() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let lines = SOURCES.lines().filter(|line| !line.starts_with('#'));
    lines.partition(|line| !line.starts_with("CK-"))
}

#[test]
fn every_statement_and_every_check_that_is_required_is_bound_once() {
    let catalogue = Catalogue::load().unwrap();
    let (statements, checks) = sources();
    assert_eq!((statements.len(), checks.len()), (222, 87));
    let bound: Vec<&str> = catalogue
        .claims()
        .iter()
        .flat_map(|claim| claim.sources.iter().map(String::as_str))
        .collect();
    assert_eq!(bound.len(), statements.len());
    assert_eq!(bound.into_iter().collect::<BTreeSet<_>>(), statements);
    let bound: BTreeSet<&str> = catalogue
        .checks()
        .iter()
        .map(|check| check.source.as_str())
        .collect();
    assert_eq!(bound, checks);
    assert_eq!(catalogue.checks().len(), 87);
}

#[test]
fn no_claim_is_without_a_check_or_an_attestation() {
    let catalogue = Catalogue::load().unwrap();
    for claim in catalogue.claims() {
        assert!(
            !claim.checks.is_empty() || !claim.attestations.is_empty(),
            "{}",
            claim.id
        );
        assert!(
            claim.kind != Kind::Attested || !claim.attestations.is_empty(),
            "{}",
            claim.id
        );
    }
}

#[test]
fn statements_say_something_and_end_as_sentences() {
    for claim in Catalogue::load().unwrap().claims() {
        let text = claim.statement.fill(&Default::default());
        assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", claim.id);
    }
    for check in Catalogue::load().unwrap().checks() {
        assert!(
            check.does.ends_with('.') && check.control.ends_with('.'),
            "{}",
            check.id
        );
    }
}

#[test]
fn statements_that_say_the_same_share_one_claim() {
    let catalogue = Catalogue::load().unwrap();
    let said: BTreeSet<String> = catalogue
        .claims()
        .iter()
        .map(|claim| claim.statement.fill(&Default::default()).to_lowercase())
        .collect();
    assert_eq!(said.len(), catalogue.claims().len());
    let shared = catalogue.claims().iter().filter(|claim| claim.sources.len() > 1);
    assert!(shared.count() > 20);
}

/// Changes one text and tells what the catalogue says to it.
fn refusal(change: impl FnOnce(&mut Documents)) -> BadCatalogue {
    let mut documents = Documents::built_in();
    change(&mut documents);
    Catalogue::of(&documents).unwrap_err()
}

fn with_claim(text: &str) -> BadCatalogue {
    refusal(|documents| documents.claims.push(("own.toml".into(), text.into())))
}

#[test]
fn what_a_claim_names_has_to_exist() {
    let claim = |rest: &str| {
        with_claim(&format!(
            "[[claim]]\nid = \"ours\"\nkind = \"verified\"\nstatement = \"We say so.\"\n{rest}"
        ))
    };
    let unknown = |what: &'static str, name: &str| BadCatalogue::Unknown {
        claim: "ours".into(),
        what,
        name: name.into(),
    };
    assert_eq!(claim("checks = [\"wishing\"]"), unknown("check", "wishing"));
    assert_eq!(
        claim("attestations = [\"a-word\"]"),
        unknown("attestation", "a-word")
    );
    assert_eq!(claim("checks = []"), BadCatalogue::Unbound("ours".into()));
    for (framework, id) in [
        ("soc2", "CC10.1"),
        ("gdpr", "99"),
        ("gdpr", "28(h)"),
        ("hipaa", "164.999"),
        ("iso27001", "A.9.1"),
    ] {
        let said = claim(&format!("checks = [\"log-verifies\"]\n{framework} = [\"{id}\"]"));
        assert_eq!(said, unknown(framework, id));
    }
}

#[test]
fn a_fact_in_a_statement_comes_from_one_of_the_claims_checks() {
    let said = with_claim(
        "[[claim]]\nid = \"ours\"\nkind = \"verified\"\nstatement = \"In {places}.\"\nchecks = [\"log-verifies\"]",
    );
    assert!(
        matches!(said, BadCatalogue::Unknown { what: "fact", .. }),
        "{said}"
    );
    let broken = with_claim(
        "[[claim]]\nid = \"ours\"\nkind = \"verified\"\nstatement = \"In {places.\"\nchecks = [\"log-verifies\"]",
    );
    assert!(matches!(broken, BadCatalogue::Text { .. }), "{broken}");
}

#[test]
fn an_attested_claim_names_what_is_on_file() {
    let said = with_claim(
        "[[claim]]\nid = \"ours\"\nkind = \"attested\"\nstatement = \"We say so.\"\nchecks = [\"log-verifies\"]",
    );
    assert_eq!(said, BadCatalogue::Unattested("ours".into()));
}

#[test]
fn names_and_sources_stand_in_one_place() {
    let claim = |id: &str, source: &str| {
        with_claim(&format!(
            "[[claim]]\nid = \"{id}\"\nkind = \"verified\"\nstatement = \"We say so.\"\nchecks = [\"log-verifies\"]\nsources = [\"{source}\"]"
        ))
    };
    let twice = claim("closed-by-default", "OWN-1");
    assert_eq!(twice, BadCatalogue::Twice("closed-by-default".into()));
    let source = claim("ours", "V7-61");
    assert!(
        matches!(&source, BadCatalogue::SourceTwice { id, one, other }
        if id == "V7-61" && one == "closed-by-default" && other == "ours"),
        "{source}"
    );
    assert_eq!(claim("Ours", "OWN-1"), BadCatalogue::Name("Ours".into()));
    assert_eq!(
        claim("ours--too", "OWN-1"),
        BadCatalogue::Name("ours--too".into())
    );
}

#[test]
fn a_check_that_no_claim_needs_is_noticed() {
    let said = refusal(|documents| {
        documents.checks.push_str(
            "\n[[check]]\nid = \"idle\"\nsource = \"CK-X-1\"\ncadence = \"daily\"\nscope = \"probe\"\ndoes = \"Nothing.\"\ncontrol = \"None.\"\n",
        )
    });
    assert_eq!(said, BadCatalogue::Unused("idle".into()));
    let misspelt = refusal(|documents| documents.checks.push_str("\n[[checks]]\nid = \"idle\"\n"));
    assert!(matches!(misspelt, BadCatalogue::Text { .. }), "{misspelt}");
}

/// What public pages of others say, in words of ours, and why it is refused here.
#[test]
fn a_sentence_that_nobody_can_be_held_to_does_not_load() {
    let says = |statement: &str| {
        with_claim(&format!(
            "[[claim]]\nid = \"ours\"\nkind = \"verified\"\nstatement = \"{statement}\"\nchecks = [\"log-verifies\"]"
        ))
    };
    for (statement, because) in [
        ("Answers come typically within a month.", "typically"),
        ("Data lies mainly in Europe.", "mainly"),
        ("It may be processed by other services.", "may be processed"),
        ("We encrypt Wherever   Possible.", "wherever possible"),
        ("Access is looked at regularly.", "regularly"),
        ("We are GDPR-compliant.", "compliant"),
        (
            "Single sign-on is part of the Enterprise plan.",
            "enterprise plan",
        ),
        ("This page was changed in August 2023.", "2023"),
        ("These are the measures:", "These are the measures:"),
        (
            "The officers are as in the list",
            "The officers are as in the list",
        ),
    ] {
        match says(statement) {
            BadCatalogue::Wording { words, .. } => assert!(because.ends_with(&words), "{statement}: {words}"),
            other => panic!("{statement}: {other}"),
        }
    }
    let heading = with_claim("theme = \"Individuals' rights\"");
    assert_eq!(heading, BadCatalogue::Empty("own.toml".into()));
}
