//! Forms: what is asked for, whose address it is, and the code that shows it.

use maud::{Markup, html};
use rights::portal::CODE_MINUTES;
use rights::request::Kind;

use super::Frame;
use super::frame::Place;

/// What was filled in, to be shown again with what is wrong.
#[derive(Debug, Clone)]
pub struct AskPage {
    /// What is asked for.
    pub kind: Kind,
    /// As it was typed.
    pub address: String,
    /// As it was typed.
    pub name: String,
    /// As it was typed.
    pub words: String,
    /// The field that is wrong.
    pub wrong: Option<&'static str>,
}

impl AskPage {
    /// The form as it is at first.
    pub fn empty(kind: Kind) -> Self {
        Self {
            kind,
            address: String::new(),
            name: String::new(),
            words: String::new(),
            wrong: None,
        }
    }
}

/// The same of the form for an address alone.
#[derive(Debug, Clone, Default)]
pub struct SignInPage {
    /// As it was typed.
    pub address: String,
    /// Where to go afterwards, below the tenant's page.
    pub then: String,
    /// Whether the address is none.
    pub wrong: bool,
    /// Whether a visit has just ended.
    pub ended: bool,
}

/// What somebody asks for, in their words.
pub fn ask(frame: &Frame, model: &AskPage) -> Markup {
    let kind = model.kind.as_str();
    let content = html! {
        @if model.wrong.is_some() { (problem(frame.t("wrong"))) }
        form.panel method="post" action=(frame.to(&format!("/ask/{kind}"))) novalidate {
            (frame.guard())
            (address(frame, &model.address, model.wrong == Some("address")))
            div.field {
                label for="name" { (frame.t("ask.name")) " " span.optional { (frame.t("optional")) } }
                input id="name" name="name" type="text" autocomplete="name" maxlength="200" value=(model.name)
                    aria-invalid=[(model.wrong == Some("name")).then_some("true")];
                @if model.wrong == Some("name") { p.wrong { (frame.t("wrong.name")) } }
            }
            div.field {
                label for="words" { (frame.t("ask.words")) }
                p.hint id="words-hint" { (frame.t(&format!("ask.words.{kind}"))) }
                textarea id="words" name="words" rows="5" maxlength="4000" required aria-describedby="words-hint"
                    aria-invalid=[(model.wrong == Some("words")).then_some("true")] { (model.words) }
                @if model.wrong == Some("words") { p.wrong { (frame.t("wrong.words")) } }
            }
            button.button.main type="submit" { (frame.t("ask.send")) }
            p.quiet { (frame.t("ask.next")) }
        }
    };
    let (title, says) = (format!("kind.{kind}"), format!("kind.{kind}.says"));
    frame.page(Place::Elsewhere, frame.t(&title), frame.t(&says), &content)
}

/// Which address somebody asked from.
pub fn sign_in(frame: &Frame, model: &SignInPage) -> Markup {
    let content = html! {
        @if model.ended { div.notice role="status" { p { (frame.t("sign-in.ended")) } } }
        @if model.wrong { (problem(frame.t("wrong"))) }
        form.panel method="post" action=(frame.to("/sign-in")) novalidate {
            (frame.guard())
            input type="hidden" name="then" value=(model.then);
            (address(frame, &model.address, model.wrong))
            button.button.main type="submit" { (frame.t("sign-in.send")) }
            p.quiet { (frame.t("sign-in.same")) }
        }
    };
    frame.page(
        Place::Elsewhere,
        frame.t("sign-in.title"),
        frame.t("sign-in.lede"),
        &content,
    )
}

/// The code. `left` is how many tries are left after a wrong one.
pub fn code(frame: &Frame, then: &str, left: Option<u32>) -> Markup {
    let tries = left.unwrap_or_default().to_string();
    let says = match left {
        None => String::new(),
        Some(0) => frame.t("code.none").to_owned(),
        Some(_) => frame.with("code.wrong", &[("left", &tries)]),
    };
    let minutes = CODE_MINUTES.to_string();
    let content = html! {
        @if !says.is_empty() { (problem(&says)) }
        form.panel method="post" action=(frame.to("/code")) novalidate {
            (frame.guard())
            input type="hidden" name="then" value=(then);
            div.field {
                label for="code" { (frame.t("code.label")) }
                input.code id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required
                    aria-invalid=[left.map(|_| "true")];
            }
            button.button.main type="submit" { (frame.t("code.send")) }
        }
        p.quiet { (frame.t("code.no-letter")) " " a href=(frame.to("/sign-in")) { (frame.t("code.again")) } }
    };
    let lede = frame.with("code.lede", &[("minutes", &minutes)]);
    frame.page(Place::Elsewhere, frame.t("code.title"), &lede, &content)
}

fn address(frame: &Frame, value: &str, wrong: bool) -> Markup {
    html! {
        div.field {
            label for="address" { (frame.t("address")) }
            p.hint id="address-hint" { (frame.t("address.hint")) }
            input id="address" name="address" type="email" autocomplete="email" maxlength="254" required value=(value)
                aria-describedby="address-hint" aria-invalid=[wrong.then_some("true")];
            @if wrong { p.wrong { (frame.t("wrong.address")) } }
        }
    }
}

/// What is wrong, on top of a form.
pub(super) fn problem(says: &str) -> Markup {
    html! { div.notice.danger role="alert" { p { (says) } } }
}
