//! The page for machines.

use assurance::Catalogue;
use serde_json::{Map, Value as Json, json};

use crate::Settings;
use crate::board::Seen;

/// The same sentences with the same states, as JSON.
pub fn twin(catalogue: &Catalogue, seen: &Seen, settings: &Settings) -> String {
    let claims = seen.claims.iter().zip(catalogue.claims());
    let claims: Vec<_> = claims
        .map(|(claim, entry)| {
            json!({
                "id": claim.id, "theme": entry.theme, "statement": claim.statement, "kind": claim.kind,
                "state": claim.state, "since": claim.since, "checked_at": claim.checked_at, "reason": claim.reason,
                "checks": claim.checks, "attestations": claim.attestations, "page": crate::path_of(&claim.id),
            })
        })
        .collect();
    let results = seen.results.iter().map(|(check, kept)| {
        let said = json!({ "outcome": kept.finding.outcome, "ran_at": kept.ran_at, "event": kept.event });
        (check.clone(), said)
    });
    let results: Map<String, Json> = results.collect();
    let twin = json!({
        "name": settings.name, "as_of": seen.at, "state": seen.worst(), "claims": claims, "results": results,
        "log": { "checkpoint": "/log/checkpoint", "verifier_key": "/log/vkey" },
    });
    format!("{twin}\n")
}
