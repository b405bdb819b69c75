//! Sections, lists, and where there is nothing.

use maud::{Markup, html};

use super::{Icon, icon};

/// A part of a page under a heading.
pub fn section(title: &str, says: Option<&str>, action: Markup, content: Markup) -> Markup {
    html! {
        section.section {
            div.section-head {
                div { h2 { (title) } @if let Some(says) = says { p { (says) } } }
                (action)
            }
            (content)
        }
    }
}

/// Where there is nothing yet: what would be here, and what to do for it.
pub fn empty(sign: Icon, title: &str, says: &str, actions: Markup) -> Markup {
    html! {
        div.empty {
            (icon(sign))
            h2 { (title) }
            p { (says) }
            div.actions { (actions) }
        }
    }
}

/// Names and values.
pub fn facts<'a>(pairs: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in pairs { dt { (name) } dd { (value) } }
        }
    }
}

/// One figure of the first page.
pub fn figure(to: &str, number: &str, says: &str) -> Markup {
    html! { a.figure href=(to) { b { (number) } span { (says) } } }
}

/// Views of one thing side by side: path, name, and whether it is this one.
pub fn tabs(name: &str, all: &[(String, &str, bool)]) -> Markup {
    html! {
        nav.tabs aria-label=(name) {
            @for (to, text, here) in all {
                a href=(to) aria-current=[here.then_some("page")] { (text) }
            }
        }
    }
}

/// The form above a list. It answers to a GET, so what was chosen stands in the address.
pub fn filters(to: &str, fields: Markup, clear: bool) -> Markup {
    html! {
        form.filters method="get" action=(to) role="search" data-at-once {
            (fields)
            button.button type="submit" { "Filter" }
            @if clear { a.button.bare href=(to) { "Clear" } }
        }
    }
}

/// Where in a long list this page is. Lists are read forwards, from one cursor to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// How many are shown, in words: "50 items".
    pub shown: String,
    /// The path of the beginning, if this is not it.
    pub first: Option<String>,
    /// The path of the page after this.
    pub next: Option<String>,
}

impl Pager {
    /// The line below a list.
    pub fn show(&self) -> Markup {
        html! {
            nav.pager aria-label="Pages" {
                span { (self.shown) }
                div.actions {
                    @if let Some(first) = &self.first { a.button href=(first) { "First page" } }
                    @if let Some(next) = &self.next { a.button href=(next) rel="next" { "Next page" } }
                }
            }
        }
    }
}
