//! One's own security: password, second factor, recovery codes.

use kernel::Timestamp;
use maud::{Markup, PreEscaped, html};

use super::passkey::{PasskeyRow, list};
use crate::kit::{
    Field, Frame, Head, Icon, Look, Place, Problems, Tone, Width, badge, csrf_field, form_foot, icon,
    link_button, notice, page, when,
};

/// The state of one's own security.
#[derive(Debug, Clone)]
pub struct SecurityPage {
    /// What stands around it.
    pub frame: Frame,
    /// When the password was changed last; nothing for who signs in without one.
    pub password_changed: Option<Timestamp>,
    /// Whether an app gives codes.
    pub app: bool,
    /// Their passkeys; nothing where the server has none.
    pub passkeys: Option<Vec<PasskeyRow>>,
    /// How many recovery codes are left.
    pub codes_left: u32,
    /// Whether the team demands a second factor of the class.
    pub demanded: bool,
}

impl SecurityPage {
    /// Whether something besides the password is asked for.
    fn has_second(&self) -> bool {
        self.app
            || self
                .passkeys
                .as_ref()
                .is_some_and(|passkeys| !passkeys.is_empty())
    }
}

/// One's own security.
pub fn security(model: &SecurityPage) -> Markup {
    let head = Head::new("Security")
        .lede("How you prove that it is you.")
        .width(Width::Narrow);
    let content = html! {
        @if model.demanded && !model.has_second() {
            (notice(Tone::Care, "Your class needs a second factor", html! { p { "Set one up to go on. It takes a minute." } }))
        }
        ul.panel.rows {
            li { (password(model)) }
            @if let Some(passkeys) = &model.passkeys { (list(&model.frame, passkeys)) }
            li { (app(model)) }
            li { (codes(model)) }
        }
    };
    page(&model.frame, Place::Security, &head, content)
}

fn password(model: &SecurityPage) -> Markup {
    html! {
        div.row-text {
            b { "Password" }
            p { @match model.password_changed {
                Some(at) => { "Changed " (when(at, model.frame.now)) }
                None => "You sign in without one.",
            } }
        }
        (link_button(Look::Plain, &model.frame.at("/security/password"), None, "Change"))
    }
}

fn app(model: &SecurityPage) -> Markup {
    let says = match model.app {
        true => "Its code is asked for after the password.",
        false => "A code from your phone, beside the password.",
    };
    html! {
        div.row-text { b { "Authenticator app" } p { (says) } }
        @if model.app { (badge(Tone::Good, "On")) }
        form method="post" action=(model.frame.at("/security/app")) {
            (csrf_field(&model.frame))
            button.button.(if model.has_second() { "" } else { "main" }) type="submit" { (if model.app { "Replace" } else { "Set up" }) }
        }
        @if model.app && (!model.demanded || model.passkeys.as_ref().is_some_and(|passkeys| !passkeys.is_empty())) {
            form method="post" action=(model.frame.at("/security/app/remove")) {
                (csrf_field(&model.frame)) button.button.danger type="submit" { "Remove" }
            }
        }
    }
}

fn codes(model: &SecurityPage) -> Markup {
    let tone = if model.codes_left < 3 {
        Tone::Care
    } else {
        Tone::Plain
    };
    html! {
        div.row-text {
            b { "Recovery codes" }
            p { "For the day the phone is gone. Each works once." }
        }
        @if model.has_second() {
            (badge(tone, &format!("{} left", model.codes_left)))
            form method="post" action=(model.frame.at("/security/codes")) {
                (csrf_field(&model.frame)) button.button type="submit" { "Make new ones" }
            }
        }
    }
}

/// The form that changes the password.
#[derive(Debug, Clone)]
pub struct PasswordPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Changing the password.
pub fn change_password(model: &PasswordPage) -> Markup {
    let head = Head::new("Change the password")
        .below(model.frame.at("/security"), "Security")
        .width(Width::Narrow);
    let hint = "A few words in a row are good. What is known from leaks is refused.";
    let secret = |name, label, auto| {
        Field::text(name, label)
            .kind("password")
            .autocomplete(auto)
            .most(256)
    };
    let content = html! {
        (model.problems.summary())
        form.form method="post" action=(model.frame.at("/security/password")) {
            (csrf_field(&model.frame))
            (secret("password", "The new one", "new-password").focus().hint(hint).show(&model.problems))
            (secret("again", "The new one again", "new-password").show(&model.problems))
            (form_foot(Look::Main, "Change", Some(&model.frame.at("/security"))))
        }
        p.soft { "Your other sessions end." }
    };
    page(&model.frame, Place::Security, &head, content)
}

/// What an authenticator app is to know.
#[derive(Debug, Clone)]
pub struct AppOffer {
    /// Names the offer.
    pub ticket: String,
    /// The secret, in base32.
    pub secret: String,
    /// The address that apps open (`otpauth:`).
    pub address: String,
    /// The address as a QR code: the path of an SVG of one unit for each module, and how many there are on a side.
    pub qr: Option<(String, u32)>,
}

/// The page that sets up an authenticator app.
#[derive(Debug, Clone)]
pub struct EnrolPage {
    /// What stands around it.
    pub frame: Frame,
    /// What the app is to know.
    pub offer: AppOffer,
    /// What was wrong with the code.
    pub problems: Problems,
}

/// Setting up an authenticator app.
pub fn enrol(model: &EnrolPage) -> Markup {
    let head = Head::new("Set up an authenticator app")
        .below(model.frame.at("/security"), "Security")
        .lede("Scan the code with the app, or type the key into it. Then enter what the app shows.")
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        (app_offer(&model.offer))
        form.form method="post" action=(model.frame.at("/security/app/code")) {
            (csrf_field(&model.frame))
            (app_values(&model.offer))
            (Field::text("code", "The six digits it shows").code().most(6).show(&model.problems))
            (form_foot(Look::Main, "Turn on", Some(&model.frame.at("/security"))))
        }
    };
    page(&model.frame, Place::Security, &head, content)
}

/// The offer, to be scanned or typed.
pub(super) fn app_offer(offer: &AppOffer) -> Markup {
    let letters: Vec<char> = offer.secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    html! {
        div.panel.padded {
            @if let Some((path, side)) = &offer.qr { (qr(path, *side)) }
            div.section { p.label { "Key" } (super::keys::once("app-key", &groups.join(" "))) }
            p { a href=(offer.address) { "Open in an app on this device" } }
        }
    }
}

/// The offer as values of a form, for the page to be shown again after a wrong code.
pub(super) fn app_values(offer: &AppOffer) -> Markup {
    html! {
        input type="hidden" name="ticket" value=(offer.ticket);
        input type="hidden" name="secret" value=(offer.secret);
        input type="hidden" name="address" value=(offer.address);
    }
}

fn qr(path: &str, side: u32) -> Markup {
    // Four modules of quiet around it, as ISO/IEC 18004 asks.
    let room = side + 8;
    html! {
        svg.qr viewBox=(format!("-4 -4 {room} {room}")) role="img" aria-label="The key as a QR code" {
            (PreEscaped(format!("<path class=\"ground\" d=\"M-4-4h{room}v{room}h-{room}z\"/>")))
            path d=(path) {}
        }
    }
}

/// The page that shows recovery codes, once.
#[derive(Debug, Clone)]
pub struct CodesPage {
    /// What stands around it.
    pub frame: Frame,
    /// The codes.
    pub codes: Vec<String>,
}

/// Recovery codes.
pub fn recovery_codes(model: &CodesPage) -> Markup {
    let head = Head::new("Recovery codes")
        .below(model.frame.at("/security"), "Security")
        .width(Width::Narrow);
    let content = html! {
        (notice(Tone::Care, "Write them down now: they cannot be shown again", html! { p { "Each lets you in once when the app is gone. Codes made before these do not work any more." } }))
        ol.codes id="codes" { @for code in &model.codes { li { (code) } } }
        div.actions {
            (link_button(Look::Main, &model.frame.at("/security"), None, "I have them"))
            button.button type="button" data-copy="codes" hidden { (icon(Icon::Copy)) span { "Copy" } }
        }
    };
    page(&model.frame, Place::Security, &head, content)
}
