//! Buttons, and links that look like them.

use maud::{Markup, html};

use super::forms::csrf_field;
use super::{Frame, Icon, icon};

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// One of several.
    Plain,
    /// The one thing to do on the page.
    Main,
    /// Leads to something that takes away.
    Danger,
    /// Takes away.
    DangerMain,
    /// In a row of a table, beside many of its kind.
    Bare,
}

impl Look {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Main => "main",
            Self::Danger => "danger",
            Self::DangerMain => "danger-main",
            Self::Bare => "bare",
        }
    }
}

/// Sends the form it stands in.
pub fn button(look: Look, text: &str) -> Markup {
    html! { button.button.(look.class()) type="submit" { (text) } }
}

/// Goes somewhere.
pub fn link_button(look: Look, to: &str, sign: Option<Icon>, text: &str) -> Markup {
    html! {
        a.button.(look.class()) href=(to) {
            @if let Some(sign) = sign { (icon(sign)) }
            (text)
        }
    }
}

/// A form of one button, for an act that needs nothing else to be said.
pub fn post_button(frame: &Frame, look: Look, to: &str, text: &str) -> Markup {
    html! {
        form method="post" action=(to) { (csrf_field(frame)) (button(look, text)) }
    }
}
