//! Passkeys on pages: the button that asks the browser, the list of one's own, the form that makes one.

use identity::Door;
use kernel::Timestamp;
use maud::{Markup, html};

use crate::assets;
use crate::kit::{
    Field, Frame, Head, Icon, Light, Look, Place, Problems, Width, csrf_field, gate, icon, link_button, page,
    when,
};

/// What the browser is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyAsk {
    /// Names the ceremony.
    pub ticket: String,
    /// What `navigator.credentials` takes, as JSON.
    pub options: String,
}

/// A passkey of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Names it for the form that removes it.
    pub id: String,
    /// What its person calls it.
    pub label: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
}

/// The names of the two fields in which an answer comes.
pub(crate) const PROOF: (&str, &str) = ("passkey-ticket", "passkey-answer");
/// The same of a passkey that was made.
pub(crate) const MADE: (&str, &str) = ("made-ticket", "made-answer");

/// The part of a form that asks the browser. The form says what for: `data-passkey` and `data-options`.
pub(super) fn ask(ask: &PasskeyAsk, names: (&str, &str), look: Look, says: &str) -> Markup {
    html! {
        input type="hidden" name=(names.0) value=(ask.ticket);
        input type="hidden" name=(names.1) data-passkey-answer;
        div.passkey {
            button.button.(look.class()) type="button" data-passkey-go hidden { (icon(Icon::Key)) (says) }
            p.hint role="status" data-passkey-says {}
            noscript { p.hint { "Passkeys need a script of this page, which your browser does not run." } }
        }
        script type="module" src=(assets::path("passkey.js")) {}
    }
}

/// The page that asks for a passkey in place of everything else.
#[derive(Debug, Clone)]
pub struct PasskeyPage {
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// The team.
    pub team: String,
    /// What the browser is asked.
    pub ask: PasskeyAsk,
    /// Where to go afterwards.
    pub then: Option<String>,
}

/// Signing in by a passkey alone.
pub fn passkey_sign_in(model: &PasskeyPage) -> Markup {
    let content = html! {
        form.form method="post" action="/console/sign-in/passkey" data-passkey="get" data-options=(model.ask.options) data-at-once {
            input type="hidden" name="csrf" value=(model.csrf);
            input type="hidden" name="team" value=(model.team);
            @if let Some(then) = &model.then { input type="hidden" name="then" value=(then); }
            (ask(&model.ask, PROOF, Look::Main, "Use a passkey"))
        }
        p.soft { a href="/console/sign-in" { "Use a password instead" } }
    };
    let lede = format!(
        "Your device asks for your finger, face or number, and lets you in to {}.",
        model.team
    );
    gate("Sign in with a passkey", model.light, &lede, content)
}

/// What is said of one's passkeys among one's own security.
pub(super) fn list(frame: &Frame, passkeys: &[PasskeyRow]) -> Markup {
    html! {
        li {
            div.row-text {
                b { "Passkeys" }
                p { "In a phone, a password manager or a stick. " (what_for(frame.door())) " cannot be talked out of anybody." }
            }
            form method="post" action=(frame.at("/security/passkeys")) {
                (csrf_field(frame)) button.button type="submit" { "Add a passkey" }
            }
        }
        @for passkey in passkeys { li.under { (row(frame, passkey)) } }
    }
}

const fn what_for(door: Door) -> &'static str {
    match door {
        Door::Team => "They sign you in alone, and",
        Door::Staff => "They go with your password, and",
    }
}

fn row(frame: &Frame, passkey: &PasskeyRow) -> Markup {
    html! {
        (icon(Icon::Key))
        div.row-text {
            b { (passkey.label) }
            p {
                "Made " (when(passkey.made, frame.now))
                @match passkey.used {
                    Some(used) => { ", last used " (when(used, frame.now)) }
                    None => ", not used yet",
                }
            }
        }
        form method="post" action=(frame.at("/security/passkeys/remove")) {
            (csrf_field(frame))
            input type="hidden" name="passkey" value=(passkey.id);
            button.button.bare type="submit" aria-label={ "Remove " (passkey.label) } { "Remove" }
        }
    }
}

/// The page that makes a passkey.
#[derive(Debug, Clone)]
pub struct NewPasskeyPage {
    /// What stands around it.
    pub frame: Frame,
    /// What the browser is asked.
    pub ask: PasskeyAsk,
    /// What it is to be called.
    pub label: String,
    /// What was wrong before.
    pub problems: Problems,
}

/// Making a passkey.
pub fn new_passkey(model: &NewPasskeyPage) -> Markup {
    let head = Head::new("Add a passkey")
        .below(model.frame.at("/security"), "Security")
        .lede("Your device keeps it and asks for your finger, face or number.")
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        form.form method="post" action=(model.frame.at("/security/passkeys/new")) data-passkey="create" data-options=(model.ask.options) {
            (csrf_field(&model.frame))
            (label(&model.label, &model.problems))
            (ask(&model.ask, MADE, Look::Main, "Make the passkey"))
            div.form-foot { (link_button(Look::Bare, &model.frame.at("/security"), None, "Cancel")) }
        }
    };
    page(&model.frame, Place::Security, &head, content)
}

/// What a passkey is called; the browser it is made at is a good beginning.
pub(super) fn label(value: &str, problems: &Problems) -> Markup {
    let hint = "For yourself, to know it among others.";
    Field::text("label", "Name")
        .value(value)
        .autocomplete("off")
        .most(100)
        .hint(hint)
        .show(problems)
}
