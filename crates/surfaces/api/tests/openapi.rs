//! The document is the one in the tree, and holds together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

#[test]
fn the_document_in_the_tree_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let text = api::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == checked_in,
        "the API changed: read the difference after BAILEE_BLESS=1 cargo test -p api --test openapi"
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_and_words() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(operation["summary"].is_string(), "{method} {path} says nothing");
        assert!(operation["tags"].is_array(), "{method} {path} has no place");
    }
    assert!(ids.len() > 40, "{ids:?}");
}

#[test]
fn ids_of_operations_begin_with_actions_of_the_policies() {
    const OTHERS: [&str; 2] = ["health", "openapi"];
    for (_, _, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        let action: String = id.split('.').take(2).collect::<Vec<_>>().join(".");
        assert!(
            OTHERS.contains(&id) || action.parse::<access::Action>().is_ok(),
            "{id}"
        );
    }
}

#[test]
fn every_failure_is_a_problem_and_every_answer_names_its_operation() {
    for (path, method, operation) in operations(&document()) {
        let responses = operation["responses"].as_object().unwrap();
        assert_eq!(
            responses["default"]["$ref"], "#/components/responses/Problem",
            "{method} {path}"
        );
        for (status, response) in responses.iter().filter(|(status, _)| *status != "default") {
            assert!(
                response["headers"]["Bailee-Operation"].is_object(),
                "{method} {path} {status}"
            );
            let is_problem = response["content"]["application/problem+json"].is_object();
            assert_eq!(
                is_problem,
                status.starts_with(['4', '5']),
                "{method} {path} {status}"
            );
        }
    }
}

#[test]
fn every_write_says_that_it_names_its_event() {
    for (path, method, operation) in operations(&document()) {
        let reads = matches!(method.as_str(), "get" | "head");
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let named = response["headers"]["Bailee-Event"].is_object();
            assert!(reads || named, "{method} {path} {status}");
        }
    }
}

/// What is not idempotent by nature takes the header, and what does not take it says why.
#[test]
fn every_post_can_be_repeated_safely() {
    for (path, _, operation) in operations(&document())
        .into_iter()
        .filter(|(path, method, _)| method == "post" && !path.ends_with("/search"))
    {
        let parameters = operation["parameters"].as_array().unwrap();
        let takes_key = parameters
            .iter()
            .any(|parameter| parameter["name"] == "Idempotency-Key");
        let says_why = operation["description"]
            .as_str()
            .is_some_and(|says| says.replace('\n', " ").contains("Needs no `Idempotency-Key`"));
        assert!(takes_key != says_why, "{path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn document() -> Value {
    serde_json::to_value(api::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().iter();
        methods
            .map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => found.push(reference.clone()),
                    member => collect_references(member, found),
                }
            }
        }
        Value::Array(members) => members
            .iter()
            .for_each(|member| collect_references(member, found)),
        _ => {}
    }
}
