//! The public page: every sentence with its state, its age and the way to what shows it.
//!
//! Promises: what a sentence is shown as is what [`assurance`] says and nothing better; nothing on the page comes from elsewhere, and
//! nothing further is asked for. Leaves out: script.

use std::sync::LazyLock;

use assurance::catalogue::Claim;
use assurance::{ClaimState, State};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::board::Seen;
use crate::voice::Voice;
use crate::words;

const STYLE: &str = include_str!("../assets/trust.css");
/// How much of a reason stands on the page; the whole of it on the claim's own.
const LONGEST_REASON: usize = 44;

/// The content security policy of these pages: their own style, known by its hash, and nothing else.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// The page.
pub fn page(voice: &Voice<'_>, seen: &Seen) -> Markup {
    let who = voice.name();
    let content = html! {
        header {
            p.who { (who) }
            h1 { "What we promise, and how it stands" }
            p.lead {
                @if voice.company.is_some() { "We keep what is entrusted to us with " a href="/" { (voice.settings.name) } ". " }
                "Each sentence below is bound to checks that run on the live installation, or to evidence on file with dates. "
                "Nobody can type a state here: it follows from them, and it goes red by itself."
            }
            (counts(seen))
            p.faint {
                "As of " time datetime=(seen.at) { (words::minute(seen.at)) } ". "
                "A sentence that is " em { "out of scope" } " is none that is promised here."
            }
        }
        @for heading in voice.profile.headings() { (section(heading, voice, seen)) }
        (footer(voice))
    };
    document(
        &format!("{who}: what we promise, and how it stands"),
        &voice.twin(),
        &content,
    )
}

/// A whole document around its content; `twin` is where the same is for machines.
pub(crate) fn document(title: &str, twin: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="alternate" type="application/json" href=(twin);
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    }
}

/// The badge of a state: a word, and a colour that says no more than the word.
pub(crate) fn badge(state: State) -> Markup {
    html! { b class=(state.as_str()) { (words::state(state)) } }
}

fn counts(seen: &Seen) -> Markup {
    let shown = State::ALL.into_iter().filter(|state| seen.count(*state) > 0);
    html! {
        dl.counts {
            @for state in shown {
                div class=(state.as_str()) { dt { (words::state(state)) } dd { (seen.count(state)) } }
            }
        }
    }
}

fn section(heading: &str, voice: &Voice<'_>, seen: &Seen) -> Markup {
    let is_here = |(claim, _): &(&Claim, &ClaimState)| claim.theme == heading;
    let claims = voice.profile.claims().zip(&seen.claims).filter(is_here);
    let (out, claimed): (Vec<&ClaimState>, Vec<&ClaimState>) = claims
        .map(|(_, claim)| claim)
        .partition(|claim| claim.state == State::OutOfScope);
    html! {
        section {
            h2 { (heading) }
            @if !claimed.is_empty() {
                ul { @for claim in claimed { (line(claim, voice, seen)) } }
            }
            @if !out.is_empty() {
                details {
                    summary { (out.len()) " out of scope here" }
                    ul { @for claim in out { (line(claim, voice, seen)) } }
                }
            }
        }
    }
}

fn line(claim: &ClaimState, voice: &Voice<'_>, seen: &Seen) -> Markup {
    let age = words::age(claim, seen.at).filter(|_| claim.state != State::OutOfScope);
    html! {
        li {
            (badge(claim.state))
            a href=(voice.path_of(&claim.id)) { (claim.statement) }
            @if let Some(age) = age { i { (age) } }
            @if let Some(reason) = &claim.reason { p { (words::short(reason, LONGEST_REASON)) } }
        }
    }
}

fn footer(voice: &Voice<'_>) -> Markup {
    html! {
        footer {
            p {
                "The state of all sentences "
                a href=(voice.twin()) { "for machines" } " and "
                a href=(voice.badge()) { "as a badge" }
                "; " a href=(crate::processors::PATH) { "who else works on customers' data" }
                "; the " a href="/log/checkpoint" { "head of the public log" } " that results are entries of"
                @if voice.settings.security.is_some() {
                    "; " a href="/.well-known/security.txt" { "whom to tell about a weakness" }
                }
                "."
            }
        }
    }
}
