//! The first page: what there is, what was done lately, what to do next.

use access::Action;
use maud::{Markup, html};

use super::{DatasetRow, EventRow};
use crate::kit::{
    Frame, Head, Icon, Look, Place, empty, figure, link_button, open_badge, page, section, when,
};

/// The first page.
#[derive(Debug, Clone)]
pub struct HomePage {
    /// What stands around it.
    pub frame: Frame,
    /// Figures: path, number, words.
    pub figures: Vec<(String, String, String)>,
    /// The datasets that changed last, where the class may see any.
    pub datasets: Vec<DatasetRow>,
    /// What was done last, where the class may read the trail.
    pub events: Vec<EventRow>,
    /// Something that should be done soon: what, why, path, what stands on the button.
    pub next: Vec<(String, String, String, String)>,
}

/// The first page.
pub fn home(model: &HomePage) -> Markup {
    let frame = &model.frame;
    let first = frame.person.split_whitespace().next().unwrap_or(&frame.person);
    let head = Head::new(format!("Hello, {first}"));
    let content = html! {
        @if !model.next.is_empty() { (next(model)) }
        @if !model.figures.is_empty() {
            div.figures { @for (to, number, says) in &model.figures { (figure(to, number, says)) } }
        }
        @if !frame.may(Action::DatasetList) { (worker(frame)) }
        div.columns {
            @if frame.may(Action::DatasetList) { (datasets(model)) }
            @if frame.may(Action::TrailRead) { (events(model)) }
        }
    };
    page(frame, Place::Home, &head, content)
}

fn next(model: &HomePage) -> Markup {
    html! {
        ul.panel.rows {
            @for (what, why, to, press) in &model.next {
                li {
                    div.row-text { b { (what) } p { (why) } }
                    (link_button(Look::Plain, to, None, press))
                }
            }
        }
    }
}

fn worker(frame: &Frame) -> Markup {
    if !frame.may(Action::TaskRequest) {
        return html! {};
    }
    let says = "You see the items of a task while you hold it, and nothing else. When you give it back or its time runs out, they close.";
    empty(
        Icon::Task,
        "Your work comes as tasks",
        says,
        link_button(Look::Main, "/console/tasks", None, "Go to tasks"),
    )
}

fn datasets(model: &HomePage) -> Markup {
    let all = html! { a href="/console/datasets" { "All datasets" } };
    let content = if model.datasets.is_empty() {
        let make = html! {
            @if model.frame.may(Action::DatasetCreate) {
                (link_button(Look::Main, "/console/datasets/new", Some(Icon::Plus), "New dataset"))
            }
        };
        empty(
            Icon::Dataset,
            "No datasets yet",
            "A dataset is a named collection under a key of its own. S3 clients see it as a bucket.",
            make,
        )
    } else {
        html! {
            ul.panel.rows {
                @for dataset in &model.datasets {
                    li {
                        div.row-text {
                            a href={ "/console/datasets/" (dataset.name) } { b { (dataset.name) } }
                            @if !dataset.description.is_empty() { p { (dataset.description) } }
                        }
                        @if dataset.open { (open_badge()) }
                    }
                }
            }
        }
    };
    section("Datasets", None, all, content)
}

fn events(model: &HomePage) -> Markup {
    let all = html! { a href="/console/trail" { "The whole trail" } };
    let content = html! {
        ul.panel.rows {
            @for event in &model.events {
                li {
                    div.row-text {
                        a href={ "/console/trail/" (event.id) } { b { (event.says) } }
                        p { (event.who) " · " (when(event.at, model.frame.now)) }
                    }
                    (event.outcome_badge())
                }
            }
        }
    };
    section("Lately", None, all, content)
}
