//! Coming in: the sign-in, the second factor, the invitation.

use identity::Door;
use maud::{Markup, html};

use super::passkey::{MADE, PROOF, PasskeyAsk, ask};
use super::security::{AppOffer, app_offer, app_values};
use crate::kit::{Field, Icon, Light, Look, Problems, Tone, at, button, gate, icon, notice};

/// The page for who is not signed in.
#[derive(Debug, Clone, Default)]
pub struct SignInPage {
    /// The door that they come in by.
    pub door: Door,
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// The team's short name, where it is known.
    pub team: String,
    /// What stood in the address field.
    pub email: String,
    /// Why they are here again, if they are: what the page says and whether it is bad.
    pub says: Option<(Tone, String)>,
    /// Where to go afterwards.
    pub then: Option<String>,
    /// Whether there are passkeys here.
    pub passkeys: bool,
    /// What the team's own provider is called, where the team is known and has one.
    pub provider: Option<String>,
    /// Whether teams may have providers here.
    pub by_provider: bool,
}

/// Signing in.
pub fn sign_in(model: &SignInPage) -> Markup {
    let none = Problems::default();
    let team = Field::text("team", "Team")
        .value(&model.team)
        .autocomplete("organization")
        .most(40);
    let email = Field::text("email", "E-mail address")
        .kind("email")
        .value(&model.email)
        .autocomplete("username");
    let password = Field::text("password", "Password")
        .kind("password")
        .autocomplete("current-password")
        .most(256);
    // Typing begins at the first field that is empty.
    let staff = model.door == Door::Staff;
    let (team, email, password) = match (model.team.is_empty() && !staff, model.email.is_empty()) {
        (true, _) => (team.focus(), email, password),
        (false, true) => (team, email.focus(), password),
        (false, false) => (team, email, password.focus()),
    };
    let content = html! {
        @if let Some((tone, says)) = &model.says { (notice(*tone, says, html! {})) }
        @if let Some(provider) = &model.provider {
            a.button.main.wide href=(begin_at_provider(&model.team, model.then.as_deref())) { "Sign in with " (provider) }
            p.soft { "Or, if your team lets you in by password:" }
        }
        form.form method="post" action=(at(model.door, "/sign-in")) {
            (hidden(&model.csrf, model.then.as_deref()))
            @if !staff { (team.show(&none)) }
            (email.show(&none)) (password.show(&none))
            button.button.main.wide type="submit" { "Sign in" }
            @if model.passkeys {
                // It needs the team alone, so the other fields are not asked for.
                button.button.wide type="submit" formaction=(at(model.door, "/sign-in/passkey/begin")) formnovalidate { (icon(Icon::Key)) "Sign in with a passkey" }
            }
        }
        @if model.by_provider && model.provider.is_none() {
            p.quiet { "Does your team have a sign-in of its own? " a href="/console/oidc" { "Use that" } "." }
        }
        @if staff {
            p.quiet { "No password yet? Open the link of your invitation. Who has the operator's key makes one with " code { "bailee staff invite" } "." }
            p.quiet { "Not on the staff of this server? " a href="/console/sign-in" { "Sign in to your team" } "." }
        }
        @else { p.quiet { "No password yet? Open the link of your invitation, or " a href="/console/begin" { "begin with an owner's API key" } "." } }
    };
    let (title, lede) = match model.door {
        Door::Team => ("Sign in", "Continue to your team's data."),
        Door::Staff => (
            "Staff sign-in",
            "For who runs this server. Your second factor is asked for next.",
        ),
    };
    gate(title, model.light, lede, content)
}

fn begin_at_provider(team: &str, then: Option<&str>) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let then = then
        .map(|then| format!("?then={}", encode(then)))
        .unwrap_or_default();
    format!("/console/oidc/begin/{}{then}", encode(team))
}

/// Asks for the team, to find its provider.
pub fn to_provider(light: Light) -> Markup {
    let team = Field::text("team", "Team")
        .autocomplete("organization")
        .most(40)
        .focus();
    let content = html! {
        form.form method="get" action="/console/sign-in" {
            (team.show(&Problems::default()))
            (button(Look::Main, "Continue"))
        }
        p.soft { a href="/console/sign-in" { "Back to sign-in" } }
    };
    gate(
        "Your team's own sign-in",
        light,
        "Say which team, and its way in is shown.",
        content,
    )
}

/// Somebody came back from their team's provider and is in.
pub fn back_from_provider(light: Light, to: &str) -> Markup {
    let content = html! { a.button.main.wide href=(to) { "Continue" } };
    gate(
        "You are signed in",
        light,
        "This page leads on by itself.",
        content,
    )
}

/// The page for an owner who has an API key and no password yet.
#[derive(Debug, Clone, Default)]
pub struct BeginPage {
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// What was wrong with the key.
    pub problems: Problems,
}

/// Beginning with an API key: it makes its owner an invitation.
pub fn begin(model: &BeginPage) -> Markup {
    let hint = "It is used once, to make you an invitation, and is not kept.";
    let key = Field::text("key", "Your API key")
        .kind("password")
        .autocomplete("off")
        .placeholder("bailee_…");
    let content = html! {
        form.form method="post" action="/console/begin" {
            (hidden(&model.csrf, None))
            (key.hint(hint).focus().show(&model.problems))
            button.button.main.wide type="submit" { "Choose a password" }
        }
        p.soft { a href="/console/sign-in" { "Back to sign-in" } }
    };
    let lede =
        "The first owner of a team has an API key and nothing else. Use it to set up how you sign in here.";
    gate("Begin", model.light, lede, content)
}

fn hidden(csrf: &str, then: Option<&str>) -> Markup {
    html! {
        input type="hidden" name="csrf" value=(csrf);
        @if let Some(then) = then { input type="hidden" name="then" value=(then); }
    }
}

/// The page that sets up a second factor before the first session.
#[derive(Debug, Clone)]
pub struct FirstFactorPage {
    /// The door that they come in by.
    pub door: Door,
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// What the app is to know.
    pub offer: AppOffer,
    /// What the browser is asked for a passkey instead; nothing where the server has none.
    pub passkey: Option<PasskeyAsk>,
    /// What was wrong with the code, or the passkey.
    pub problems: Problems,
    /// Where to go afterwards.
    pub then: Option<String>,
}

/// Setting up a second factor before the first session.
pub fn first_factor(model: &FirstFactorPage) -> Markup {
    let content = html! {
        @if let Some(passkey) = &model.passkey { (first_passkey(model, passkey)) }
        (app_offer(&model.offer))
        form.form method="post" action=(at(model.door, "/sign-in/app")) {
            (hidden(&model.csrf, model.then.as_deref()))
            (app_values(&model.offer))
            (Field::text("code", "The six digits it shows").code().most(6).show(&model.problems))
            button.button.(if model.passkey.is_some() { "" } else { "main" }).wide type="submit" { "Turn on and sign in" }
        }
    };
    let lede = match (model.door, &model.passkey) {
        (Door::Team, Some(_)) => {
            "Your team asks for more than a password. A passkey is the easiest; an authenticator app does as well."
        }
        (Door::Team, None) => {
            "Your team asks for a second factor. Scan the code with an authenticator app, or type the key into it."
        }
        (Door::Staff, Some(_)) => {
            "Staff always sign in with more than a password. A passkey is the easiest; an authenticator app does as well."
        }
        (Door::Staff, None) => {
            "Staff always sign in with a second factor. Scan the code with an authenticator app, or type the key into it."
        }
    };
    gate("Set up a second factor", model.light, lede, content)
}

fn first_passkey(model: &FirstFactorPage, passkey: &PasskeyAsk) -> Markup {
    html! {
        form.form method="post" action=(at(model.door, "/sign-in/app/passkey")) data-passkey="create" data-options=(passkey.options) {
            (hidden(&model.csrf, model.then.as_deref()))
            (app_values(&model.offer))
            (wrong(&model.problems, "passkey"))
            (ask(passkey, MADE, Look::Main, "Make a passkey on this device"))
        }
        p.or { span { "or an authenticator app" } }
    }
}

/// What is wrong with something that is no field.
fn wrong(problems: &Problems, name: &str) -> Markup {
    html! { @if let Some(says) = problems.of(name) { (notice(Tone::Danger, says, html! {})) } }
}

/// The recovery codes of a second factor that was set up before the first session.
pub fn first_codes(door: Door, light: Light, codes: &[String]) -> Markup {
    let content = html! {
        ol.codes id="codes" { @for code in codes { li { (code) } } }
        a.button.main.wide href=(at(door, "")) { "I have them" }
    };
    let lede = "Write these recovery codes down now: they cannot be shown again. Each lets you in once when the phone is gone.";
    gate("You are signed in", light, lede, content)
}

/// The page after the password.
#[derive(Debug, Clone, Default)]
pub struct SecondFactorPage {
    /// The door that they come in by.
    pub door: Door,
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// Whether a recovery code is asked for instead of one of the app.
    pub recovery: bool,
    /// What the browser is asked for a passkey, if they have one.
    pub passkey: Option<PasskeyAsk>,
    /// Whether they have an app.
    pub app: bool,
    /// What was wrong with the code before.
    pub problems: Problems,
    /// Where to go afterwards.
    pub then: Option<String>,
}

/// The second factor.
pub fn second_factor(model: &SecondFactorPage) -> Markup {
    let (lede, field, other, other_says) = match model.recovery {
        false => (
            "Enter the six digits that your authenticator app shows now.",
            Field::text("code", "Code").code().most(6),
            if model.app {
                "/sign-in/code?recovery=yes"
            } else {
                "/sign-in/code?recovery=yes&app=no"
            },
            "Use a recovery code",
        ),
        true => (
            "Enter one of the codes you wrote down. It works once.",
            Field::text("recovery", "Recovery code").autocomplete("off"),
            if model.app {
                "/sign-in/code"
            } else {
                "/sign-in/code?app=no&passkey=yes"
            },
            if model.app {
                "Use the app instead"
            } else {
                "Use the passkey instead"
            },
        ),
    };
    let content = html! {
        @if let Some(passkey) = &model.passkey { (second_passkey(model, passkey)) }
        @if model.app || model.recovery {
            form.form method="post" action=(at(model.door, "/sign-in/code")) {
                (hidden(&model.csrf, model.then.as_deref()))
                (field.focus().show(&model.problems))
                button.button.(if model.passkey.is_some() { "" } else { "main" }).wide type="submit" { "Continue" }
            }
        }
        p.soft { a href=(at(model.door, other)) { (other_says) } }
    };
    let lede = match (&model.passkey, model.recovery) {
        (Some(_), false) => "Use your passkey.",
        _ => lede,
    };
    gate("Second factor", model.light, lede, content)
}

fn second_passkey(model: &SecondFactorPage, passkey: &PasskeyAsk) -> Markup {
    html! {
        form.form method="post" action=(at(model.door, "/sign-in/code")) data-passkey="get" data-options=(passkey.options) data-at-once {
            (hidden(&model.csrf, model.then.as_deref()))
            (wrong(&model.problems, "passkey"))
            (ask(passkey, PROOF, Look::Main, "Use a passkey"))
        }
        @if model.app { p.or { span { "or a code" } } }
    }
}

/// The page that an invitation leads to.
#[derive(Debug, Clone)]
pub struct InvitationPage {
    /// The door that they come in by.
    pub door: Door,
    /// Which light they chose.
    pub light: Light,
    /// The value the form carries.
    pub csrf: String,
    /// The invitation; nothing when it has run out or was used.
    pub offer: Option<Offer>,
    /// The fewest characters of a password.
    pub shortest: u32,
    /// What was wrong with the password before.
    pub problems: Problems,
}

/// What an invitation says.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The secret of the invitation, as it stood in the address.
    pub token: String,
    /// The team's short name.
    pub team: String,
    /// The person's name.
    pub person: String,
    /// The address it was sent to.
    pub email: String,
}

/// Accepting an invitation.
pub fn invitation(model: &InvitationPage) -> Markup {
    let Some(offer) = &model.offer else {
        let says = "This invitation has been used, has run out or was withdrawn. Ask the person who invited you for a new one.";
        let content = html! { a.button href=(at(model.door, "/sign-in")) { "Go to sign-in" } };
        return gate(
            "This invitation does not work any more",
            model.light,
            says,
            content,
        );
    };
    let hint = format!(
        "At least {} characters. A few words in a row are good; nobody asks for digits or signs.",
        model.shortest
    );
    let content = html! {
        (model.problems.summary())
        form.form method="post" action=(at(model.door, "/invitation")) {
            (hidden(&model.csrf, None))
            input type="hidden" name="token" value=(offer.token);
            (Field::text("email", "Your e-mail address").kind("email").value(&offer.email).autocomplete("username").fixed().show(&model.problems))
            (Field::text("password", "Choose a password").kind("password").autocomplete("new-password").most(256).hint(&hint).focus().show(&model.problems))
            (Field::text("again", "The same again").kind("password").autocomplete("new-password").most(256).show(&model.problems))
            (button(Look::Main, if model.door == Door::Staff { "Continue" } else { "Join the team" }))
        }
    };
    let (title, lede) = match model.door {
        Door::Team => (
            format!("Join {}", offer.team),
            format!("{}, you are invited to work with {}.", offer.person, offer.team),
        ),
        Door::Staff => (
            "Join the staff".to_owned(),
            format!(
                "{}, you are invited to run this server. A second factor comes next.",
                offer.person
            ),
        ),
    };
    gate(&title, model.light, &lede, content)
}
