//! Who had access to what is about the person.

use maud::{Markup, html};
use rights::package::Disclosure;
use rights::portal::OwnDisclosures;

use super::Frame;
use super::frame::Place;
use crate::words::minute;

/// The page. `next` is the cursor of the one after it.
pub fn access(frame: &Frame, items: &[OwnDisclosures], next: Option<&str>) -> Markup {
    let content = html! {
        @if items.is_empty() { div.panel { p { (frame.named("access.none")) } } }
        @for item in items {
            section.panel {
                h2 { @match &item.name { Some(name) => (name), None => (frame.t("access.unnamed")) } }
                @if item.times.is_empty() { p.soft { (frame.t("access.nobody")) } } @else {
                    ul.times { @for time in &item.times { li { time { (minute(time.at)) } span { (what(frame, time)) } } } }
                }
            }
        }
        @if let Some(next) = next { p { a.button href=(frame.to(&format!("/access?cursor={next}"))) { (frame.t("access.next")) } } }
        p.quiet { (frame.t("access.says")) }
    };
    frame.page(
        Place::Access,
        frame.t("ways.access"),
        &frame.named("access.lede"),
        &content,
    )
}

fn what(frame: &Frame, time: &Disclosure) -> String {
    let act = match time.action.as_str() {
        "item.view" => "access.viewed",
        _ => "access.taken",
    };
    let who = match time.class.as_str() {
        "data-subject" => "access.by.you",
        "operator" => "access.by.operator",
        "public" => "access.by.public",
        _ => "access.by.team",
    };
    format!("{}, {}", frame.t(act), frame.named(who))
}
