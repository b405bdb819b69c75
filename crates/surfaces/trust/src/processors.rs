//! The sub-processors: who else works on tenants' data, who will, and what was announced before; as a page, for machines and as a feed.
//!
//! Promises: everything that was ever published stands there, with when it was announced and from when on it is in force. Leaves out: what a
//! tenant chose, which is the tenant's.

use governance::processor::{NOTICE_DAYS, Notice, Stage};
use kernel::Timestamp;
use maud::{Markup, html};
use serde_json::json;

use crate::page::document;
use crate::{Settings, words};

/// Where the page is.
pub(crate) const PATH: &str = "/trust/sub-processors";
pub(crate) const TWIN: &str = "/trust/sub-processors.json";
pub(crate) const FEED: &str = "/trust/sub-processors.atom";
/// How many announcements the feed has.
const LATEST: usize = 100;

/// The page.
pub fn processors_page(notices: &[Notice], at: Timestamp, settings: &Settings) -> Markup {
    let of = |stages: &[Stage]| -> Vec<&Notice> {
        let mut found: Vec<&Notice> = notices
            .iter()
            .filter(|notice| stages.contains(&notice.stage))
            .collect();
        found.sort_by(|one, other| one.terms.name.cmp(&other.terms.name));
        found
    };
    let (now, soon) = (of(&[Stage::InForce, Stage::Suspended]), of(&[Stage::Announced]));
    let content = html! {
        header {
            p.who { a href="/" { (settings.name) ": all sentences" } }
            h1 { "Who else works on customers' data" }
            p.lead {
                "Each sub-processor, with what it does, for which product, and where. A customer's data goes to none of them before the customer has "
                "chosen it. What changes is announced here " (NOTICE_DAYS) " days before it is in force."
            }
            p.faint {
                "As of " time datetime=(at) { (words::minute(at)) } ". "
                a href=(TWIN) { "For machines" } ", " a href=(FEED) { "as a feed" } "."
            }
        }
        section {
            h2 { "In force" }
            @if now.is_empty() { p { "Nobody: customers' data stays with us." } }
            @for notice in &now { (card(notice)) }
        }
        @if !soon.is_empty() {
            section {
                h2 { "Announced" }
                p.lead { "Customers can object until then; whoever objects, or chooses nothing, is not affected." }
                @for notice in &soon { (card(notice)) }
            }
        }
        (history(notices))
    };
    document(
        &format!("{}: who else works on customers' data", settings.name),
        "/trust.json",
        &content,
    )
}

fn card(notice: &Notice) -> Markup {
    let terms = &notice.terms;
    html! {
        article id=(notice.entry) {
            h3 { (terms.name) ", for " (terms.product) }
            @if notice.stage == Stage::Suspended { p { b.late { "nothing is sent" } " Its review is late." } }
            p { (terms.purpose) ". Gets: " (terms.data_kinds) ". Works in: " (terms.region) " (" (basis(&terms.transfer_basis)) ")." }
            p.faint {
                "Announced on " (words::day(notice.noticed_at)) ", in force from " (words::day(notice.active_at)) ". Agreement of "
                (terms.signed_on) " on file, SHA-256 " code { (terms.agreement) } ". Risk: " (terms.rating.trim_end_matches("-risk"))
                ". Reviewed on " (terms.reviewed_on) ", again by " (terms.review_by) "."
            }
        }
    }
}

fn history(notices: &[Notice]) -> Markup {
    let told = newest(notices);
    html! {
        @if !told.is_empty() {
            section {
                h2 { "What was announced" }
                ol {
                    @for notice in told {
                        li {
                            b { (word(notice.stage)) }
                            span { (notice.terms.name) ", for " (notice.terms.product) ", in " (notice.terms.region) }
                            i { "published " (words::day(notice.published_at)) ", in force from " (words::day(notice.active_at))
                                @if let Some(ended) = notice.ended_at { ", let go on " (words::day(ended)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The same for machines.
pub(crate) fn twin(notices: &[Notice], at: Timestamp, settings: &Settings) -> String {
    let twin = json!({
        "name": settings.name, "as_of": at, "notice_days": NOTICE_DAYS, "sub_processors": notices,
        "page": PATH, "feed": FEED,
    });
    format!("{twin}\n")
}

/// The same as a feed (RFC 4287): an entry for each announcement, the newest first.
pub(crate) fn feed(notices: &[Notice], at: Timestamp, settings: &Settings) -> String {
    let told = newest(notices);
    let updated = told.first().map_or(at, |notice| changed(notice));
    let feed = html! {
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { "urn:bailee:sub-processors" }
            title { (settings.name) ": sub-processors" }
            updated { (updated) }
            author { name { (settings.name) } }
            @for notice in told.iter().take(LATEST) {
                entry {
                    id { "urn:bailee:sub-processor:" (notice.entry) ":" (notice.number) }
                    title { (notice.terms.name) ", for " (notice.terms.product) ": " (word(notice.stage)) }
                    updated { (changed(notice)) }
                    published { (notice.published_at) }
                    content type="text" {
                        (notice.terms.purpose) ". Gets: " (notice.terms.data_kinds) ". Works in: " (notice.terms.region)
                        ". In force from " (words::day(notice.active_at)) "."
                    }
                }
            }
        }
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}\n",
        feed.into_string()
    )
}

fn newest(notices: &[Notice]) -> Vec<&Notice> {
    let mut told: Vec<&Notice> = notices.iter().collect();
    told.sort_by_key(|notice| std::cmp::Reverse((changed(notice), notice.number)));
    told
}

/// The last moment at which something happened to it.
fn changed(notice: &Notice) -> Timestamp {
    notice.ended_at.unwrap_or(notice.published_at)
}

const fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Announced => "announced",
        Stage::InForce => "in force",
        Stage::Suspended => "suspended",
        Stage::Replaced => "replaced",
        Stage::Ended => "let go",
    }
}

fn basis(word: &str) -> String {
    match word {
        "none-needed" => "no transfer to a third country".to_owned(),
        "adequacy" => "by an adequacy decision".to_owned(),
        other => format!("by {}", other.replace('-', " ")),
    }
}
