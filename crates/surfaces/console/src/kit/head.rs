//! The head of a page: where one is, what it is about, what can be done.

use maud::{Markup, html};

/// A step above the page: its path and name.
pub type Crumb = (String, String);

/// How much room the content takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Width {
    /// Lists and tables.
    #[default]
    Usual,
    /// Forms and text.
    Narrow,
    /// Galleries and viewers.
    Wide,
}

/// The head of a page.
pub struct Head {
    /// What the page is about; also the document's title.
    pub title: String,
    /// Badges beside it.
    pub badges: Markup,
    /// One sentence below it.
    pub lede: Option<String>,
    /// The steps above.
    pub crumbs: Vec<Crumb>,
    /// What can be done.
    pub actions: Markup,
    /// How much room the content takes.
    pub width: Width,
}

impl Head {
    /// A head of a title alone.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            badges: html! {},
            lede: None,
            crumbs: Vec::new(),
            actions: html! {},
            width: Width::Usual,
        }
    }

    /// With a sentence below it.
    #[must_use]
    pub fn lede(mut self, lede: impl Into<String>) -> Self {
        self.lede = Some(lede.into());
        self
    }

    /// With a step above it.
    #[must_use]
    pub fn below(mut self, to: impl Into<String>, name: impl Into<String>) -> Self {
        self.crumbs.push((to.into(), name.into()));
        self
    }

    /// With badges beside it.
    #[must_use]
    pub fn badges(self, badges: Markup) -> Self {
        Self { badges, ..self }
    }

    /// With something that can be done.
    #[must_use]
    pub fn actions(self, actions: Markup) -> Self {
        Self { actions, ..self }
    }

    /// With more or less room.
    #[must_use]
    pub fn width(self, width: Width) -> Self {
        Self { width, ..self }
    }
}

pub(super) fn head_of(head: &Head) -> Markup {
    html! {
        header.head {
            div.head-text {
                @if !head.crumbs.is_empty() {
                    nav aria-label="Above this page" {
                        ol.crumbs { @for (to, name) in &head.crumbs { li { a href=(to) { (name) } } } }
                    }
                }
                h1 { span { (head.title) } (head.badges) }
                @if let Some(lede) = &head.lede { p.lede { (lede) } }
            }
            div.actions { (head.actions) }
        }
    }
}
