//! What data is processed for, and what the person said about it: to take back is one button, as to agree is.

use maud::{Markup, html};
use rights::consent::Standing;
use rights::portal::OwnPurpose;
use rights::purpose::Basis;

use super::Frame;
use super::frame::Place;
use crate::words::day;

/// The page.
pub fn consent(frame: &Frame, purposes: &[OwnPurpose], said: bool) -> Markup {
    let content = html! {
        @if said { div.notice.good role="status" { p { (frame.t("consent.said")) } } }
        @if purposes.is_empty() { div.panel { p { (frame.named("consent.none")) } } }
        @for own in purposes { (purpose(frame, own)) }
        p.quiet { (frame.t("consent.free")) }
    };
    frame.page(
        Place::Consent,
        frame.t("ways.consent"),
        &frame.named("consent.lede"),
        &content,
    )
}

fn purpose(frame: &Frame, own: &OwnPurpose) -> Markup {
    let (purpose, standing) = (&own.purpose, own.standing);
    let word = &purpose.terms.word;
    html! {
        section.panel aria-labelledby=(format!("purpose-{word}")) {
            h2 id=(format!("purpose-{word}")) { (word) }
            p { (purpose.terms.says) }
            dl.facts {
                dt { (frame.t("consent.basis")) } dd { (frame.t(&format!("basis.{}", purpose.basis.as_str()))) }
                dt { (frame.t("consent.stands")) }
                dd {
                    (frame.t(&format!("standing.{}", standing.as_str())))
                    @if let Some(at) = own.said_at { " (" time { (day(at)) } ")" }
                }
            }
            @if let (Some(notice), Some(version)) = (&own.notice, &purpose.notice) {
                details {
                    summary { (frame.with("consent.notice", &[("version", &version.version.to_string()), ("day", &day(version.published_at))])) }
                    p.letter { (notice) }
                }
            }
            @if own.notice_has_changed { p.soft { (frame.t("consent.changed")) } }
            @if let Some((key, given)) = offered(own) {
                form method="post" action=(frame.to("/consent")) {
                    (frame.guard())
                    input type="hidden" name="purpose" value=(purpose.id);
                    @if let Some(version) = given { input type="hidden" name="notice" value=(version); }
                    button.button type="submit" { (frame.t(key)) }
                }
            }
        }
    }
}

/// The one thing that can be said next: the key of its button, and for agreeing the version that is agreed to.
fn offered(own: &OwnPurpose) -> Option<(&'static str, Option<u32>)> {
    let version = own.purpose.notice.as_ref().map(|notice| notice.version);
    match (own.purpose.basis, own.standing) {
        (_, Standing::Ended) => None,
        (Basis::Consent, Standing::Given) => Some(("consent.take-back", None)),
        // Restricted: nothing is done with it, and nothing new is agreed to.
        (Basis::Consent, Standing::Restricted) => None,
        (Basis::Consent, _) => version.map(|version| ("consent.give", Some(version))),
        (_, Standing::OtherBasis) => Some(("consent.object", None)),
        _ => None,
    }
}
