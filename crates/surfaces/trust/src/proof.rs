//! The page of one sentence: how it is proved, and how it stood.

use std::time::Duration;

use assurance::catalogue::{AttestationEntry, Cadence, CheckEntry, Claim};
use assurance::check::Outcome;
use assurance::profile::{Said, Words};
use assurance::{ClaimState, ClaimVersion, Kept, State};
use maud::{Markup, html};

use crate::board::Seen;
use crate::page::{badge, document};
use crate::voice::Voice;
use crate::words;

/// What the page is made of.
pub struct Proof<'a> {
    /// Who says it.
    pub voice: Voice<'a>,
    /// What is said.
    pub said: &'a Said,
    /// How it stands.
    pub state: &'a ClaimState,
    /// Its checks.
    pub checks: Vec<&'a CheckEntry>,
    /// What has to be on file.
    pub attestations: Vec<&'a AttestationEntry>,
    /// How it stood, newest first.
    pub versions: &'a [ClaimVersion],
    /// Everything that is known.
    pub seen: &'a Seen,
}

/// The page.
pub fn page(proof: &Proof<'_>) -> Markup {
    let (voice, state, now) = (&proof.voice, proof.state, proof.seen.at);
    let content = html! {
        header {
            p.who { a href=(voice.home()) { (voice.name()) ": all sentences" } }
            h1 { (state.statement) }
            p.state { (badge(state.state)) @if let Some(age) = words::age(state, now) { " " i { (age) } } }
            @if let Some(reason) = &state.reason { p.lead { (reason) } }
        }
        (words_of(&proof.said.words))
        section {
            h2 { "How it is proved" }
            @for check in &proof.checks { (of_check(check, proof.seen)) }
            @for entry in &proof.attestations { (of_attestation(entry)) }
        }
        section {
            h2 { "How it stood" }
            (history(proof.versions))
        }
        (criteria(&proof.said.claim))
    };
    document(
        &format!("{}: {}", voice.name(), state.statement),
        &voice.twin(),
        &content,
    )
}

/// Where the words are the operator's, what they stand for.
fn words_of(words: &Words) -> Markup {
    html! {
        @match words {
            Words::Catalogue => {},
            Words::Own { instead_of } => section {
                h2 { "Whose words these are" }
                p { "The operator's. The catalogue of this software says: “" (instead_of) "” What shows the one shows the other." }
            },
            Words::Added => section {
                h2 { "Whose words these are" }
                p { "The operator's. The catalogue of this software has no such sentence; it is held to what stands below, and to nothing else." }
            },
        }
    }
}

fn of_check(check: &CheckEntry, seen: &Seen) -> Markup {
    html! {
        article {
            h3 { (check.id) }
            p { (check.does) }
            p { "In the same run, to show that it can fail: " (check.control) }
            @match (&check.absent, seen.results.get(&check.id)) {
                (Some(why), _) => p.faint { "Not built: " (why) "." },
                (None, None) => p.faint { "It has never run." },
                (None, Some(kept)) => (last_run(check.cadence, kept, seen)),
            }
        }
    }
}

fn last_run(cadence: Cadence, kept: &Kept, seen: &Seen) -> Markup {
    let finding = &kept.finding;
    html! {
        p { (badge(state_of(finding.outcome))) " "
            i { (words::ago(seen.at, kept.ran_at)) ", " (every(cadence)) ", since " (words::minute(kept.since)) } }
        @if !finding.reason.is_empty() { p { (finding.reason) } }
        p.faint { "Control case: " (finding.control) ". Entry of the trail: " code { (kept.event) }
            ". Hash of what was looked at: " code { (hex::encode(finding.inputs)) } }
    }
}

fn of_attestation(entry: &AttestationEntry) -> Markup {
    html! {
        article {
            h3 { (entry.id) }
            p { (entry.evidence) }
            p.faint { "On file in the register " code { (entry.register) }
                ", approved by somebody else than its author. Answers for it: " (entry.owner) "." }
        }
    }
}

fn history(versions: &[ClaimVersion]) -> Markup {
    html! {
        @if versions.is_empty() { p.faint { "It was never looked at." } }
        @else {
            ol.history {
                @for version in versions {
                    li {
                        (badge(version.state))
                        div {
                            time datetime=(version.began_at) { (words::minute(version.began_at)) }
                            p { (version.statement) }
                            @if let Some(reason) = &version.reason { p.faint { (reason) } }
                            p.faint { "Entry of the trail: " code { (version.event) } }
                        }
                    }
                }
            }
        }
    }
}

fn criteria(claim: &Claim) -> Markup {
    let named: Vec<String> = claim
        .criteria()
        .map(|(framework, id)| format!("{} {id}", name(framework)))
        .collect();
    html! {
        @if !named.is_empty() {
            section {
                h2 { "What it answers" }
                p { (named.join(", ")) }
                p.faint { "This is the operator's reading; no auditor has gone through it." }
            }
        }
    }
}

fn name(framework: &str) -> &str {
    match framework {
        "soc2" => "SOC 2",
        "gdpr" => "GDPR Art.",
        "hipaa" => "45 CFR",
        "iso27001" => "ISO 27001",
        other => other,
    }
}

const fn state_of(outcome: Outcome) -> State {
    match outcome {
        Outcome::Holds => State::Holds,
        Outcome::OutOfScope => State::OutOfScope,
        Outcome::Late => State::Late,
        Outcome::BrokenCheck => State::BrokenCheck,
        Outcome::BrokenPromise => State::BrokenPromise,
    }
}

fn every(cadence: Cadence) -> &'static str {
    let period: Duration = cadence.period();
    match period.as_secs() / 60 {
        0..60 => "every five minutes",
        60..1440 => "every hour",
        1440..10080 => "every day",
        10080..43200 => "every week",
        _ => "every month",
    }
}
