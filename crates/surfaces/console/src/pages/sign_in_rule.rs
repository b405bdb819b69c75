//! How a team's people sign in: what is asked of them, and the team's own provider.

use access::{Action, Class};
use identity::{Floor, Rule, SecondFactorFor};
use maud::{Markup, html};

use super::Choice;
use super::choice::{Ask, BY_ADDRESS};
use super::keys::once;
use super::team::{team_head, team_tabs};
use crate::kit::{
    Field, Frame, Head, Icon, Look, Place, Problems, Tone, Width, badge, check, choices, class_says,
    class_word, csrf_field, empty, facts, form_foot, link_button, notice, page, section,
};

/// How a team's people sign in.
#[derive(Debug, Clone)]
pub struct SignInRulePage {
    /// What stands around it.
    pub frame: Frame,
    /// What is asked of them.
    pub rule: RuleForm,
    /// Whether the visitor may name a provider: owners alone.
    pub may_provide: bool,
    /// The team's provider; nothing at all where the server has none.
    pub provider: Option<Option<ProviderLine>>,
    /// What was wrong with the form before.
    pub problems: Problems,
}

/// What stands in the form about signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleForm {
    /// The word of a floor.
    pub floor: String,
    /// The word of who needs a second factor.
    pub second: String,
    /// Minutes.
    pub idle: String,
    /// Hours.
    pub hours: String,
}

impl RuleForm {
    /// As it is kept.
    pub fn of(rule: &Rule) -> Self {
        Self {
            floor: rule.password_floor.as_str().to_owned(),
            second: second_word(rule.second_factor).to_owned(),
            idle: rule.idle_minutes.to_string(),
            hours: rule.absolute_hours.to_string(),
        }
    }

    /// As it is to be kept; nothing when a word or a number is none.
    pub fn read(&self) -> Option<Rule> {
        let floor = FLOORS.into_iter().find(|floor| floor.as_str() == self.floor);
        let second = SECONDS.into_iter().find(|who| second_word(*who) == self.second);
        Some(Rule {
            password_floor: floor?,
            second_factor: second?,
            idle_minutes: self.idle.parse().ok()?,
            absolute_hours: self.hours.parse().ok()?,
        })
    }
}

const FLOORS: [Floor; 2] = [Floor::Nist, Floor::EightWithDigit];
const SECONDS: [SecondFactorFor; 3] = [
    SecondFactorFor::Everybody,
    SecondFactorFor::AllButWorkers,
    SecondFactorFor::WhoeverWants,
];

const fn second_word(who: SecondFactorFor) -> &'static str {
    match who {
        SecondFactorFor::Everybody => "everybody",
        SecondFactorFor::AllButWorkers => "all-but-workers",
        SecondFactorFor::WhoeverWants => "whoever-wants",
    }
}

const fn floor_says(floor: Floor) -> (&'static str, &'static str) {
    match floor {
        Floor::Nist => (
            "Long ones",
            "Fifteen characters, or eight beside a second factor. Nothing else is demanded, as NIST advises.",
        ),
        Floor::EightWithDigit => (
            "Eight with a digit",
            "Eight characters with a digit and a lowercase letter. Weaker; for rules that ask for it by the letter.",
        ),
    }
}

const fn second_says(who: SecondFactorFor) -> (&'static str, &'static str) {
    match who {
        SecondFactorFor::Everybody => (
            "Everybody",
            "Whoever has none sets one up the next time they sign in.",
        ),
        SecondFactorFor::AllButWorkers => (
            "All but workers",
            "Workers see one leased item at a time; everybody else needs one.",
        ),
        SecondFactorFor::WhoeverWants => ("Whoever wants one", "Nobody has to."),
    }
}

/// The team's provider in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLine {
    /// What the button says.
    pub name: String,
    /// The provider.
    pub issuer: String,
    /// The domains whose addresses are let in.
    pub domains: Vec<String>,
    /// What people become who are made members as they sign in; nothing where nobody is.
    pub newcomers: Option<Class>,
    /// The one whom a password lets in still; nothing where passwords let everybody in.
    pub alone: Option<String>,
}

/// How a team's people sign in.
pub fn sign_in_rule(model: &SignInRulePage) -> Markup {
    let frame = &model.frame;
    let content = html! {
        (team_tabs(frame, "sign-in"))
        (model.problems.summary())
        @if frame.may(Action::TenantChange) { (rule_form(model)) } @else { (rule_facts(model)) }
        (provider(model))
    };
    page(frame, Place::Team, &team_head(frame), content)
}

fn rule_form(model: &SignInRulePage) -> Markup {
    let typed = &model.rule;
    let floors = FLOORS.map(|floor| {
        let (words, says) = floor_says(floor);
        (floor.as_str(), words, says)
    });
    let seconds = SECONDS.map(|who| {
        let (words, says) = second_says(who);
        (second_word(who), words, says)
    });
    let form = html! {
        form.form.panel.padded method="post" action="/console/team/sign-in" {
            (csrf_field(&model.frame))
            (choices("second", "Who needs a second factor", &seconds, &typed.second))
            (choices("floor", "Passwords", &floors, &typed.floor))
            div.two {
                (Field::text("idle_minutes", "Minutes until an idle session ends").kind("number").value(&typed.idle).hint("30 at most.").show(&model.problems))
                (Field::text("absolute_hours", "Hours until any session ends").kind("number").value(&typed.hours).hint("12 at most.").show(&model.problems))
            }
            (form_foot(Look::Main, "Save", None))
        }
    };
    let says = "Passwords that are there stay good; a second factor is asked for from the next sign-in on.";
    section("What is asked of everybody", Some(says), html! {}, form)
}

fn rule_facts(model: &SignInRulePage) -> Markup {
    let Some(rule) = model.rule.read() else {
        return html! {};
    };
    let (second, _) = second_says(rule.second_factor);
    let (floor, says) = floor_says(rule.password_floor);
    let content = html! {
        div.panel.padded {
            (facts([
                ("Second factor", html! { (second) }),
                ("Passwords", html! { (floor) " – " span.soft { (says) } }),
                ("Idle sessions end", html! { "after " (crate::kit::count(rule.idle_minutes.into(), "minute", "minutes")) }),
                ("All sessions end", html! { "after " (crate::kit::count(rule.absolute_hours.into(), "hour", "hours")) }),
            ]))
        }
    };
    section("What is asked of everybody", None, html! {}, content)
}

const PROVIDER: &str = "Single sign-on";

fn provider(model: &SignInRulePage) -> Markup {
    match &model.provider {
        None => section(
            PROVIDER,
            None,
            html! {},
            html! { p.soft { "This server offers none: its operator has named no providers." } },
        ),
        Some(None) => {
            let set = html! {
                @if model.may_provide { (link_button(Look::Plain, PROVIDER_AT, None, "Set up single sign-on")) }
            };
            let says = match model.may_provide {
                true => {
                    "Let people sign in where they sign in already: at a provider that speaks OpenID Connect."
                }
                false => "An owner can let people sign in at a provider of the team’s own.",
            };
            section(
                PROVIDER,
                None,
                html! {},
                empty(Icon::Shield, "No provider", says, set),
            )
        }
        Some(Some(line)) => provider_facts(model, line),
    }
}

const PROVIDER_AT: &str = "/console/team/sign-in/provider";

fn provider_facts(model: &SignInRulePage, line: &ProviderLine) -> Markup {
    let actions = html! {
        @if model.may_provide {
            div.actions {
                (link_button(Look::Danger, &format!("{PROVIDER_AT}/remove"), None, "Remove…"))
                (link_button(Look::Plain, PROVIDER_AT, None, "Change"))
            }
        }
    };
    let newcomers = line.newcomers.map_or_else(
        || "nobody; members are invited first".to_owned(),
        |class| format!("anybody with such an address, as: {}", class_word(class)),
    );
    let content = html! {
        div.panel.padded {
            (facts([
                ("Provider", html! { (line.name) span.soft { " · " (line.issuer) } }),
                ("Addresses in", html! { (line.domains.join(", ")) }),
                ("Becomes a member", html! { (newcomers) }),
                ("Passwords", html! { @match &line.alone {
                    None => "let people in as well",
                    Some(name) => { (badge(Tone::Care, "Off")) " but for " (name) ", for the day the provider is gone" }
                } }),
            ]))
        }
    };
    section(PROVIDER, None, actions, content)
}

/// What stands in the form about the team's provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderForm {
    /// What the button says.
    pub name: String,
    /// The provider.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// Domains, with blanks between them.
    pub domains: String,
    /// The word of a class.
    pub class: String,
    /// Whether people become members by signing in.
    pub just_in_time: bool,
    /// Whether nothing else lets people in.
    pub enforced: bool,
    /// The owner whom a password lets in still: an id or an address.
    pub break_glass: String,
}

/// The form about the team's provider.
#[derive(Debug, Clone)]
pub struct ProviderPage {
    /// What stands around it.
    pub frame: Frame,
    /// Whether there is one already, whose secret may stay.
    pub known: bool,
    /// What to tell the provider.
    pub callback: String,
    /// Owners to choose from.
    pub owners: Choice,
    /// What people can become.
    pub classes: Vec<Class>,
    /// What stood in the form.
    pub typed: ProviderForm,
    /// What was wrong with it.
    pub problems: Problems,
}

/// The form about the team's provider.
pub fn provider_form(model: &ProviderPage) -> Markup {
    let head = Head::new(PROVIDER)
        .below("/console/team", "Members")
        .below("/console/team/sign-in", "Signing in")
        .lede("Whoever runs the provider can become anybody in the team. Name one that you trust as much.")
        .width(Width::Narrow);
    let (typed, problems) = (&model.typed, &model.problems);
    let secret = match model.known {
        true => Field::text("client_secret", "Client secret")
            .optional()
            .hint("Empty for the one that is there."),
        false => Field::text("client_secret", "Client secret"),
    };
    let content = html! {
        (problems.summary())
        @if !model.callback.is_empty() {
            (notice(Tone::Note, "Tell the provider where people come back to", once("callback", &model.callback)))
        }
        form.form method="post" action=(PROVIDER_AT) {
            (csrf_field(&model.frame))
            (Field::text("name", "What the button says after “Sign in with”").value(&typed.name).autocomplete("off").most(60).focus().show(problems))
            (Field::text("issuer", "Issuer").value(&typed.issuer).kind("url").autocomplete("off").most(500)
                .hint("The address that the provider calls itself by, such as https://login.clinic.example").show(problems))
            div.two {
                (Field::text("client_id", "Client id").value(&typed.client_id).autocomplete("off").most(500).show(problems))
                (secret.kind("password").autocomplete("off").most(1000).show(problems))
            }
            (Field::text("domains", "Domains whose addresses are let in").value(&typed.domains).autocomplete("off").most(4000)
                .hint("All of them must be yours. Several have blanks between them.").show(problems))
            (newcomers(model))
            (doors(model))
            (form_foot(Look::Main, "Save", Some("/console/team/sign-in")))
        }
    };
    page(&model.frame, Place::Team, &head, content)
}

fn newcomers(model: &ProviderPage) -> Markup {
    let options: Vec<_> = model
        .classes
        .iter()
        .map(|class| (class.as_str(), class_word(*class), class_says(*class)))
        .collect();
    html! {
        (check("just_in_time", "Whoever signs in there becomes a member", Some("Otherwise only those who were invited get in."), model.typed.just_in_time))
        (choices("class", "What such people become", &options, &model.typed.class))
    }
}

fn doors(model: &ProviderPage) -> Markup {
    let ask = Ask {
        name: "break_glass",
        label: "An owner whose password lets them in still",
        first: Some(("", "Nobody")),
        hint: BY_ADDRESS,
        chosen: &model.typed.break_glass,
    };
    html! {
        (check("enforced", "Nothing else lets people in", Some("Passwords and passkeys are refused then, but for one owner: for the day the provider is gone."), model.typed.enforced))
        (model.owners.show(&ask, &model.problems))
    }
}
