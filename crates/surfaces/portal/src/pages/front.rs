//! The first page: what can be asked for, and the way back to what was.

use maud::{Markup, html};

use super::Frame;
use super::frame::Place;

/// The page.
pub fn front(frame: &Frame) -> Markup {
    let portal = &frame.portal;
    let content = html! {
        section {
            h2 { (frame.t("front.ask")) }
            ul.choices {
                @for kind in &portal.kinds {
                    li {
                        a href=(frame.to(&format!("/ask/{}", kind.as_str()))) {
                            b { (frame.t(&format!("kind.{}", kind.as_str()))) }
                            span { (frame.t(&format!("kind.{}.says", kind.as_str()))) }
                        }
                    }
                }
            }
        }
        section {
            h2 { (frame.t("front.back")) }
            ul.choices {
                li { a href=(frame.to("/requests")) { b { (frame.t("ways.requests")) } span { (frame.t("front.requests")) } } }
                @if portal.consent {
                    li { a href=(frame.to("/consent")) { b { (frame.t("ways.consent")) } span { (frame.t("front.consent")) } } }
                }
                @if portal.disclosures {
                    li { a href=(frame.to("/access")) { b { (frame.t("ways.access")) } span { (frame.t("front.access")) } } }
                }
            }
        }
        section.plain {
            h2 { (frame.t("front.how")) }
            ol {
                li { (frame.t("front.how.code")) }
                li { (frame.named("front.how.answer")) }
                li { (frame.t("front.how.free")) }
            }
            p.quiet { (frame.t("front.cookies")) }
        }
    };
    frame.page(
        Place::Elsewhere,
        &frame.named("front.title"),
        &frame.named("front.lede"),
        &content,
    )
}
