//! What stands around a page: the document, and what every page knows.

use access::{Action, Class};
use identity::Door;
use kernel::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::head::head_of;
use super::side::{bar, side};
use super::{Flash, Head, Icon, Light, Width, at, icon, mark, toast};
use crate::assets;

/// Which way of the side is the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first page.
    Home,
    /// Datasets and their items.
    Datasets,
    /// Tasks.
    Tasks,
    /// The trail.
    Trail,
    /// Members.
    Team,
    /// Staff of the installation.
    Staff,
    /// API keys.
    Keys,
    /// The class table.
    Rights,
    /// What the operator asked for.
    OperatorAccess,
    /// Legal holds.
    Holds,
    /// What is asked of oneself.
    Admission,
    /// One's own sessions.
    Sessions,
    /// One's own security.
    Security,
    /// None of them.
    Elsewhere,
}

/// What every page of somebody signed in knows.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The team's name.
    pub team: String,
    /// The person's name.
    pub person: String,
    /// What they are to the team.
    pub class: Class,
    /// What their class may do, wherever it may: it settles which ways are shown and never what is done.
    pub may: Vec<Action>,
    /// The value that forms carry.
    pub csrf: String,
    /// Which light they chose.
    pub light: Light,
    /// What was just done.
    pub flash: Option<Flash>,
    /// The moment the page is made.
    pub now: Timestamp,
    /// When the session ends if nothing is done.
    pub ends_at: Timestamp,
}

impl Frame {
    /// Whether the class may do this somewhere.
    pub fn may(&self, action: Action) -> bool {
        self.may.contains(&action)
    }

    /// The door that they came in by.
    pub fn door(&self) -> Door {
        match self.class {
            Class::Operator => Door::Staff,
            _ => Door::Team,
        }
    }

    /// The address of a page behind that door.
    pub fn at(&self, rest: &str) -> String {
        at(self.door(), rest)
    }
}

/// A page of somebody signed in.
pub fn page(frame: &Frame, place: Place, head: &Head, content: Markup) -> Markup {
    let room = match head.width {
        Width::Usual => "",
        Width::Narrow => "narrow",
        Width::Wide => "wide",
    };
    let body = html! {
        a.skip href="#content" { "Skip to content" }
        div.app {
            (bar(frame))
            (side(frame, place))
            main.content id="content" tabindex="-1" {
                div.page.(room) {
                    (ending(frame))
                    @if let Some(flash) = &frame.flash { (toast(flash)) }
                    (head_of(head))
                    (content)
                }
            }
        }
    };
    document(&format!("{} · {}", head.title, frame.team), frame.light, body)
}

/// A page for somebody who is not signed in, or of one question.
pub fn gate(title: &str, light: Light, lede: &str, content: Markup) -> Markup {
    let body = html! {
        main.gate {
            div.gate-card {
                header {
                    (mark())
                    h1 { (title) }
                    @if !lede.is_empty() { p.soft { (lede) } }
                }
                (content)
            }
            footer.gate-foot { span { "Bailee" } a href="/log/checkpoint" { "Public log" } }
        }
    };
    document(&format!("{title} · Bailee"), light, body)
}

/// A page for the public, which has no account and no ways but those on the page.
pub fn public_page(light: Light, head: &Head, content: Markup) -> Markup {
    let body = html! {
        a.skip href="#content" { "Skip to content" }
        main.content id="content" tabindex="-1" { div.page { (head_of(head)) (content) } }
        footer.gate-foot { span { "Bailee" } a href="/log/checkpoint" { "Public log" } }
    };
    document(&format!("{} · Bailee", head.title), light, body)
}

fn document(title: &str, light: Light, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[light.attribute()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(assets::path("mark.svg"));
                link rel="stylesheet" href=(assets::path("console.css"));
                script type="module" src=(assets::path("console.js")) {}
            }
            body { (body) }
        }
    }
}

/// Shown by a script two minutes before the end.
fn ending(frame: &Frame) -> Markup {
    let left = frame.ends_at.as_seconds() - frame.now.as_seconds();
    html! {
        div.notice.care id="session-ends" role="status" hidden data-seconds=(left.max(0)) data-then=(frame.at("/sign-in?ended=idle")) {
            (icon(Icon::Clock))
            p { b { "Your session ends in " span data-left { "2 minutes" } "." } " What you have not sent is lost." }
            button.button type="button" data-stay=(frame.at("/sessions/stay")) { "Stay signed in" }
        }
    }
}
