//! What went wrong, in words that say what to do.

use maud::{Markup, html};
use rights::portal::Language;

use super::Frame;
use super::frame::{Place, document};
use crate::style::Style;
use crate::words::words;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is nothing here, or not for them.
    Nothing,
    /// The form is too old or not of this page.
    Form,
    /// Too many codes from this network.
    TooMany,
    /// It cannot be done as things stand.
    Conflict,
    /// It was offered for a time that is over.
    Over,
    /// Not at present.
    Unavailable,
}

impl Trouble {
    /// The word in the keys of messages.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Form => "form",
            Self::TooMany => "too-many",
            Self::Conflict => "conflict",
            Self::Over => "over",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The page of a trouble at a tenant's page.
pub fn trouble(frame: &Frame, trouble: Trouble) -> Markup {
    let word = trouble.word();
    let content = html! { p { a href=(frame.to("")) { (frame.t("trouble.back")) } } };
    let (title, says) = (format!("trouble.{word}"), format!("trouble.{word}.says"));
    frame.page(Place::Elsewhere, frame.t(&title), &frame.named(&says), &content)
}

/// Where no tenant has an open page: it says nothing about whether there is such a tenant.
pub fn nowhere(language: Language) -> Markup {
    let words = words(language);
    let body = html! {
        main id="content" {
            header.head { h1 { (words.get("nowhere")) } p.lede { (words.get("nowhere.says")) } }
        }
    };
    document(language, words.get("nowhere"), &Style::default(), &body)
}
