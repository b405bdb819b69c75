//! The page for machines.

use std::collections::BTreeSet;

use assurance::profile::Words;
use serde_json::{Map, Value as Json, json};

use crate::board::Seen;
use crate::voice::Voice;

/// The same sentences with the same states, as JSON.
pub fn twin(voice: &Voice<'_>, seen: &Seen) -> String {
    let claims = seen.claims.iter().zip(voice.profile.said());
    let claims: Vec<_> = claims
        .map(|(claim, said)| {
            json!({
                "id": claim.id, "theme": said.claim.theme, "statement": claim.statement, "kind": claim.kind,
                "state": claim.state, "since": claim.since, "checked_at": claim.checked_at, "reason": claim.reason,
                "checks": claim.checks, "attestations": claim.attestations, "page": voice.path_of(&claim.id),
                "words": words(&said.words),
            })
        })
        .collect();
    // What stands behind no sentence of this page is none of its business.
    let behind: BTreeSet<&String> = voice.profile.claims().flat_map(|claim| &claim.checks).collect();
    let results = seen.results.iter().filter(|(check, _)| behind.contains(check));
    let results = results.map(|(check, kept)| {
        let said = json!({ "outcome": kept.finding.outcome, "ran_at": kept.ran_at, "event": kept.event });
        (check.clone(), said)
    });
    let results: Map<String, Json> = results.collect();
    let twin = json!({
        "name": voice.name(), "profile": voice.profile.name(), "as_of": seen.at, "state": seen.worst(), "claims": claims, "results": results,
        "log": { "checkpoint": "/log/checkpoint", "verifier_key": "/log/vkey" },
    });
    format!("{twin}\n")
}

/// Whose words a sentence is in.
const fn words(words: &Words) -> &'static str {
    match words {
        Words::Catalogue => "catalogue",
        Words::Own { .. } => "own",
        Words::Added => "added",
    }
}
