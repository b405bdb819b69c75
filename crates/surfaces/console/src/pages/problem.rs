//! Where something went wrong: what, and what to do.

use maud::{Markup, html};

use crate::kit::{Frame, Head, Light, Look, Place, Width, facts, gate, link_button, page};

/// A page instead of the one that was asked for.
#[derive(Debug, Clone)]
pub struct ProblemPage {
    /// The status of the answer.
    pub status: u16,
    /// What went wrong, in a few words.
    pub title: String,
    /// What to do.
    pub says: String,
    /// The id that finds the cause in the server's log, where it was a fault of ours.
    pub operation: Option<String>,
    /// Where to go: path and words.
    pub way: Option<(String, String)>,
}

/// For somebody signed in.
pub fn problem(frame: &Frame, model: &ProblemPage) -> Markup {
    let head = Head::new(&model.title).lede(&model.says).width(Width::Narrow);
    page(frame, Place::Elsewhere, &head, details(&frame.at(""), model))
}

/// For everybody else.
pub fn problem_outside(light: Light, model: &ProblemPage) -> Markup {
    gate(&model.title, light, &model.says, details("/console", model))
}

fn details(first: &str, model: &ProblemPage) -> Markup {
    let (to, words) = match &model.way {
        Some((to, words)) => (to.as_str(), words.as_str()),
        None => (first, "Go to the first page"),
    };
    html! {
        @if let Some(operation) = &model.operation {
            div.panel.padded {
                (facts([("Operation", html! { code { (operation) } }), ("Status", html! { (model.status) })]))
                p.soft { "Tell it to who runs this server: it finds the cause in the log." }
            }
        }
        div.actions { (link_button(Look::Plain, to, None, words)) }
    }
}
