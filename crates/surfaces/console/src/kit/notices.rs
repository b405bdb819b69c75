//! What is said on top of a page.

use maud::{Markup, html};

use super::{Icon, Look, Tone, icon};

/// What was just done, said once on the page that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// What was done, in one sentence.
    pub text: String,
    /// Where to read more: a path of the console and what stands on the link.
    pub link: Option<(String, String)>,
}

impl Flash {
    /// Something that went well.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Good,
            text: text.into(),
            link: None,
        }
    }
}

/// Something to know before going on.
pub fn notice(tone: Tone, title: &str, content: Markup) -> Markup {
    let role = matches!(tone, Tone::Danger).then_some("alert");
    html! {
        div.notice.(tone.class()) role=[role] {
            (icon(sign_of(tone)))
            div {
                p { b { (title) } }
                (content)
            }
        }
    }
}

/// The flash of the act before.
pub fn toast(flash: &Flash) -> Markup {
    html! {
        div.notice.toast.(flash.tone.class()) role="status" {
            (icon(sign_of(flash.tone)))
            p {
                (flash.text)
                @if let Some((to, text)) = &flash.link { " " a href=(to) { (text) } }
            }
            button.button.square.close.(Look::Bare.class()) type="button" data-close hidden {
                (icon(Icon::Cross)) span.only-read { "Close" }
            }
        }
    }
}

const fn sign_of(tone: Tone) -> Icon {
    match tone {
        Tone::Good => Icon::Check,
        Tone::Danger | Tone::Care => Icon::Warning,
        Tone::Open => Icon::Globe,
        Tone::Plain | Tone::Note => Icon::Info,
    }
}
