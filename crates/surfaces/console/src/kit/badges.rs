//! Badges: one word about the state of a thing.

use access::Class;
use maud::{Markup, html};

use super::words::class_word;
use super::{Icon, icon};

/// How a badge or a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// In order.
    Good,
    /// Only to be known.
    Note,
    /// Needs care.
    Care,
    /// Wrong, or about to be gone.
    Danger,
    /// Visible to the public.
    Open,
}

impl Tone {
    /// The class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Note => "note",
            Self::Care => "care",
            Self::Danger => "danger",
            Self::Open => "open",
        }
    }
}

/// One word in a box.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone.class()) { (text) } }
}

/// The mark of a dataset that the public can see.
pub fn open_badge() -> Markup {
    html! { span.badge.open title="Shared with the public" { (icon(Icon::Globe)) "OPEN" } }
}

/// What somebody is to the team.
pub fn class_badge(class: Class) -> Markup {
    let tone = match class {
        Class::Owner | Class::Admin => Tone::Good,
        Class::Auditor | Class::PrivacyOfficer => Tone::Note,
        _ => Tone::Plain,
    };
    badge(tone, class_word(class))
}
