//! Before something dangerous: what will happen, and a fresh proof of who asks.

use maud::{Markup, html};

use super::passkey::{PROOF, PasskeyAsk, ask};
use crate::kit::{
    Field, Frame, Head, Look, Place, Problems, Tone, Width, csrf_field, form_foot, link_button, notice, page,
};

/// What somebody is asked to prove themselves with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Proved a moment ago: only the question is left.
    Fresh,
    /// Their password, in the field `proof-password`.
    Password,
    /// A code of their app, in the field `proof-code`, or a passkey where they have one.
    Code(Option<PasskeyAsk>),
    /// One of their passkeys.
    Passkey(PasskeyAsk),
    /// What their team's provider says, on a way there and back.
    Provider,
}

/// The question before a dangerous act.
#[derive(Debug, Clone)]
pub struct ConfirmPage {
    /// What stands around it.
    pub frame: Frame,
    /// Which way of the side it belongs to.
    pub place: Place,
    /// The question.
    pub title: String,
    /// The steps above.
    pub crumbs: Vec<(String, String)>,
    /// What will happen, one sentence each.
    pub consequences: Vec<String>,
    /// Whether nothing is taken away: the question is calm then.
    pub mild: bool,
    /// Where the form goes.
    pub to: String,
    /// Values that the form carries.
    pub values: Vec<(String, String)>,
    /// What the button says.
    pub press: String,
    /// The way back.
    pub back: String,
    /// What is asked for.
    pub proof: Proof,
    /// What was wrong before.
    pub problems: Problems,
}

/// The question before a dangerous act.
pub fn confirm(model: &ConfirmPage) -> Markup {
    let head = model
        .crumbs
        .iter()
        .fold(Head::new(&model.title), |head, (to, name)| head.below(to, name))
        .width(Width::Narrow);
    let list = html! { ul { @for line in &model.consequences { li { (line) } } } };
    let content = html! {
        (model.problems.summary())
        @if model.mild { (notice(Tone::Note, "Before you go on", list)) }
        @else { (notice(Tone::Danger, "What will happen", list)) }
        @if model.proof == Proof::Provider { (at_provider(model)) }
        @else {
            form.form method="post" action=(model.to) data-passkey=[model.proof.asks().map(|_| "get")]
                data-options=[model.proof.asks().map(|ask| ask.options.as_str())] {
                (csrf_field(&model.frame))
                @for (name, value) in &model.values { input type="hidden" name=(name) value=(value); }
                (proof(model))
                @match &model.proof {
                    Proof::Passkey(_) => { div.form-foot { (link_button(Look::Bare, &model.back, None, "Cancel")) } }
                    _ => (form_foot(main_look(model), &model.press, Some(&model.back))),
                }
            }
        }
    };
    page(&model.frame, model.place, &head, content)
}

impl Proof {
    /// What the browser is asked, if it is.
    const fn asks(&self) -> Option<&PasskeyAsk> {
        match self {
            Self::Passkey(ask) => Some(ask),
            Self::Code(ask) => ask.as_ref(),
            Self::Fresh | Self::Password | Self::Provider => None,
        }
    }
}

const fn main_look(model: &ConfirmPage) -> Look {
    if model.mild { Look::Main } else { Look::DangerMain }
}

/// The form does not go along to the provider: it is filled in again afterwards, and asks for nothing then.
fn at_provider(model: &ConfirmPage) -> Markup {
    let then: String = form_urlencoded::byte_serialize(model.back.as_bytes()).collect();
    html! {
        p { "Prove it at your team's sign-in. You come back to where you were, and do it again from there." }
        (link_button(Look::Main, &format!("/console/oidc/prove?then={then}"), None, "Prove it there"))
    }
}

fn proof(model: &ConfirmPage) -> Markup {
    match &model.proof {
        Proof::Fresh | Proof::Provider => html! {},
        Proof::Password => Field::text("proof-password", "Your password")
            .kind("password")
            .autocomplete("current-password")
            .hint("Asked again, so that nobody can do this at a screen you left.")
            .focus()
            .show(&model.problems),
        Proof::Code(passkey) => html! {
            (Field::text("proof-code", "The six digits your app shows now").code().most(6).focus().show(&model.problems))
            @if let Some(passkey) = passkey { (ask(passkey, PROOF, Look::Plain, "Use a passkey instead")) }
        },
        Proof::Passkey(passkey) => html! {
            (ask(passkey, PROOF, main_look(model), &format!("{} with a passkey", model.press)))
        },
    }
}
