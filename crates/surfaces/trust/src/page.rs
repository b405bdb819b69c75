//! The public page: every sentence with its state, its age and the way to what shows it.
//!
//! Promises: what a sentence is shown as is what [`assurance`] says and nothing better; nothing on the page comes from elsewhere, and
//! nothing further is asked for. Leaves out: script.

use std::sync::LazyLock;

use assurance::catalogue::{Catalogue, Claim};
use assurance::{ClaimState, State};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::board::Seen;
use crate::{Settings, words};

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
pub fn page(catalogue: &Catalogue, seen: &Seen, settings: &Settings) -> Markup {
    let who = settings.name.as_str();
    let content = html! {
        header {
            p.who { (who) }
            h1 { "What we promise, and how it stands" }
            p.lead {
                "Each sentence below is bound to checks that run on the live installation, or to evidence on file with dates. "
                "Nobody can type a state here: it follows from them, and it goes red by itself."
            }
            (counts(seen))
            p.faint {
                "As of " time datetime=(seen.at) { (words::minute(seen.at)) } ". "
                "A sentence that is " em { "out of scope" } " is none that is promised here."
            }
        }
        @for theme in themes(catalogue) { (section(theme, catalogue, seen)) }
        (footer(settings))
    };
    document(&format!("{who}: what we promise, and how it stands"), &content)
}

/// A whole document around its content.
pub(crate) fn document(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="alternate" type="application/json" href="/trust.json";
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

/// The themes, in the order of the catalogue.
fn themes(catalogue: &Catalogue) -> Vec<&str> {
    let mut themes: Vec<&str> = catalogue
        .claims()
        .iter()
        .map(|claim| claim.theme.as_str())
        .collect();
    themes.dedup();
    themes
}

fn section(theme: &str, catalogue: &Catalogue, seen: &Seen) -> Markup {
    let of_theme = |(entry, _): &(&Claim, &ClaimState)| entry.theme == theme;
    let claims = catalogue.claims().iter().zip(&seen.claims).filter(of_theme);
    let (out, claimed): (Vec<&ClaimState>, Vec<&ClaimState>) = claims
        .map(|(_, claim)| claim)
        .partition(|claim| claim.state == State::OutOfScope);
    html! {
        section {
            h2 { (theme) }
            @if !claimed.is_empty() {
                ul { @for claim in claimed { (line(claim, seen)) } }
            }
            @if !out.is_empty() {
                details {
                    summary { (out.len()) " out of scope here" }
                    ul { @for claim in out { (line(claim, seen)) } }
                }
            }
        }
    }
}

fn line(claim: &ClaimState, seen: &Seen) -> Markup {
    let age = words::age(claim, seen.at).filter(|_| claim.state != State::OutOfScope);
    html! {
        li {
            (badge(claim.state))
            a href=(crate::path_of(&claim.id)) { (claim.statement) }
            @if let Some(age) = age { i { (age) } }
            @if let Some(reason) = &claim.reason { p { (words::short(reason, LONGEST_REASON)) } }
        }
    }
}

fn footer(settings: &Settings) -> Markup {
    html! {
        footer {
            p {
                "The state of all sentences "
                a href="/trust.json" { "for machines" } " and "
                a href="/trust/badge.svg" { "as a badge" }
                "; " a href=(crate::processors::PATH) { "who else works on customers' data" }
                "; the " a href="/log/checkpoint" { "head of the public log" } " that results are entries of"
                @if settings.security.is_some() {
                    "; " a href="/.well-known/security.txt" { "whom to tell about a weakness" }
                }
                "."
            }
        }
    }
}
