//! Before something dangerous: what will happen, and a fresh proof of who asks.

use maud::{Markup, html};

use crate::kit::{
    Field, Frame, Head, Look, Place, Problems, Tone, Width, csrf_field, form_foot, notice, page,
};

/// What somebody is asked to prove themselves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Proved a moment ago: only the question is left.
    Fresh,
    /// Their password, in the field `proof-password`.
    Password,
    /// A code of their app, in the field `proof-code`.
    Code,
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
        form.form method="post" action=(model.to) {
            (csrf_field(&model.frame))
            @for (name, value) in &model.values { input type="hidden" name=(name) value=(value); }
            (proof(model))
            (form_foot(if model.mild { Look::Main } else { Look::DangerMain }, &model.press, Some(&model.back)))
        }
    };
    page(&model.frame, model.place, &head, content)
}

fn proof(model: &ConfirmPage) -> Markup {
    match model.proof {
        Proof::Fresh => html! {},
        Proof::Password => Field::text("proof-password", "Your password")
            .kind("password")
            .autocomplete("current-password")
            .hint("Asked again, so that nobody can do this at a screen you left.")
            .focus()
            .show(&model.problems),
        Proof::Code => Field::text("proof-code", "The six digits your app shows now")
            .code()
            .most(6)
            .focus()
            .show(&model.problems),
    }
}
