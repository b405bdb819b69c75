//! What stands around a page: the document, the side with the ways to go, the head.

use access::{Action, Class};
use kernel::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::forms::csrf_field;
use super::words::class_word;
use super::{Flash, Icon, icon, initials, mark, toast};
use crate::assets;

/// Which light somebody chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Light {
    /// As the device has it.
    #[default]
    Device,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Light {
    /// The word in the cookie and in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word; what is none means the device's own.
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Device,
        }
    }

    fn attribute(self) -> Option<&'static str> {
        (self != Self::Device).then_some(self.as_str())
    }
}

/// Which way of the side is the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first page.
    Home,
    /// Datasets and their items.
    Datasets,
    /// Tasks.
    Tasks,
    /// The trail.
    Trail,
    /// Members.
    Team,
    /// API keys.
    Keys,
    /// The class table.
    Rights,
    /// One's own sessions.
    Sessions,
    /// One's own security.
    Security,
    /// None of them.
    Elsewhere,
}

/// What every page of somebody signed in knows.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The team's name.
    pub team: String,
    /// The person's name.
    pub person: String,
    /// What they are to the team.
    pub class: Class,
    /// What their class may do, wherever it may: it settles which ways are shown and never what is done.
    pub may: Vec<Action>,
    /// The value that forms carry.
    pub csrf: String,
    /// Which light they chose.
    pub light: Light,
    /// What was just done.
    pub flash: Option<Flash>,
    /// The moment the page is made.
    pub now: Timestamp,
    /// When the session ends if nothing is done.
    pub ends_at: Timestamp,
}

impl Frame {
    /// Whether the class may do this somewhere.
    pub fn may(&self, action: Action) -> bool {
        self.may.contains(&action)
    }
}

/// A step above the page: its path and name.
pub type Crumb = (String, String);

/// How much room the content takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Width {
    /// Lists and tables.
    #[default]
    Usual,
    /// Forms and text.
    Narrow,
    /// Galleries and viewers.
    Wide,
}

/// The head of a page.
pub struct Head {
    /// What the page is about; also the document's title.
    pub title: String,
    /// Badges beside it.
    pub badges: Markup,
    /// One sentence below it.
    pub lede: Option<String>,
    /// The steps above.
    pub crumbs: Vec<Crumb>,
    /// What can be done.
    pub actions: Markup,
    /// How much room the content takes.
    pub width: Width,
}

impl Head {
    /// A head of a title alone.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            badges: html! {},
            lede: None,
            crumbs: Vec::new(),
            actions: html! {},
            width: Width::Usual,
        }
    }

    /// With a sentence below it.
    #[must_use]
    pub fn lede(mut self, lede: impl Into<String>) -> Self {
        self.lede = Some(lede.into());
        self
    }

    /// With a step above it.
    #[must_use]
    pub fn below(mut self, to: impl Into<String>, name: impl Into<String>) -> Self {
        self.crumbs.push((to.into(), name.into()));
        self
    }

    /// With badges beside it.
    #[must_use]
    pub fn badges(self, badges: Markup) -> Self {
        Self { badges, ..self }
    }

    /// With something that can be done.
    #[must_use]
    pub fn actions(self, actions: Markup) -> Self {
        Self { actions, ..self }
    }

    /// With more or less room.
    #[must_use]
    pub fn width(self, width: Width) -> Self {
        Self { width, ..self }
    }
}

/// A page of somebody signed in.
pub fn page(frame: &Frame, place: Place, head: &Head, content: Markup) -> Markup {
    let room = match head.width {
        Width::Usual => "",
        Width::Narrow => "narrow",
        Width::Wide => "wide",
    };
    let body = html! {
        a.skip href="#content" { "Skip to content" }
        div.app {
            (bar(frame))
            (side(frame, place))
            main.content id="content" tabindex="-1" {
                div.page.(room) {
                    (ending(frame))
                    @if let Some(flash) = &frame.flash { (toast(flash)) }
                    (head_of(head))
                    (content)
                }
            }
        }
    };
    document(&format!("{} · {}", head.title, frame.team), frame.light, body)
}

/// A page for somebody who is not signed in, or of one question.
pub fn gate(title: &str, light: Light, lede: &str, content: Markup) -> Markup {
    let body = html! {
        main.gate {
            div.gate-card {
                header {
                    (mark())
                    h1 { (title) }
                    @if !lede.is_empty() { p.soft { (lede) } }
                }
                (content)
            }
            footer.gate-foot { span { "Bailee" } a href="/log/checkpoint" { "Public log" } }
        }
    };
    document(&format!("{title} · Bailee"), light, body)
}

fn document(title: &str, light: Light, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[light.attribute()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(assets::path("mark.svg"));
                link rel="stylesheet" href=(assets::path("console.css"));
                script type="module" src=(assets::path("console.js")) {}
            }
            body { (body) }
        }
    }
}

fn bar(frame: &Frame) -> Markup {
    html! {
        header.bar {
            button.button.square.bare type="button" popovertarget="side" aria-label="Menu" { (icon(Icon::Menu)) }
            b { (frame.team) }
        }
    }
}

fn side(frame: &Frame, here: Place) -> Markup {
    html! {
        nav.side id="side" popover="auto" aria-label="Console" {
            a.team href="/console" {
                (mark())
                span { b { (frame.team) } span { "Bailee console" } }
            }
            @for (name, ways) in ways(frame) {
                div.ways {
                    @if !name.is_empty() { p.ways-name { (name) } }
                    @for (place, to, sign, text) in ways {
                        a.way href=(to) aria-current=[(place == here).then_some("page")] { (icon(sign)) (text) }
                    }
                }
            }
            div.side-foot {
                (lights(frame))
                (me(frame))
            }
        }
    }
}

type Way = (Place, &'static str, Icon, &'static str);

fn ways(frame: &Frame) -> Vec<(&'static str, Vec<Way>)> {
    let may = |action| frame.may(action);
    let shown = |ways: Vec<(bool, Way)>| -> Vec<Way> {
        let allowed = ways.into_iter().filter(|(allowed, _)| *allowed);
        allowed.map(|(_, way)| way).collect()
    };
    let tasks = may(Action::TaskRequest) || may(Action::TaskAssign);
    let work = shown(vec![
        (true, (Place::Home, "/console", Icon::Home, "Home")),
        (
            may(Action::DatasetList),
            (Place::Datasets, "/console/datasets", Icon::Dataset, "Datasets"),
        ),
        (tasks, (Place::Tasks, "/console/tasks", Icon::Task, "Tasks")),
    ]);
    let account = shown(vec![
        (
            may(Action::MemberList),
            (Place::Team, "/console/team", Icon::Team, "Members"),
        ),
        (
            may(Action::KeyList),
            (Place::Keys, "/console/keys", Icon::Key, "API keys"),
        ),
        (
            may(Action::AccessRead),
            (Place::Rights, "/console/classes", Icon::Rights, "Who may do what"),
        ),
        (
            may(Action::TrailRead),
            (Place::Trail, "/console/trail", Icon::Trail, "Trail"),
        ),
    ]);
    let own = vec![
        (Place::Security, "/console/security", Icon::Shield, "Security"),
        (Place::Sessions, "/console/sessions", Icon::Session, "Sessions"),
    ];
    let groups = vec![("", work), ("Team", account), ("You", own)];
    groups.into_iter().filter(|(_, ways)| !ways.is_empty()).collect()
}

fn lights(frame: &Frame) -> Markup {
    let all = [
        (Light::Device, Icon::Auto, "As the device has it"),
        (Light::Light, Icon::Sun, "Light"),
        (Light::Dark, Icon::Moon, "Dark"),
    ];
    html! {
        form.lights method="post" action="/console/light" role="group" aria-label="Appearance" {
            (csrf_field(frame))
            @for (light, sign, text) in all {
                button type="submit" name="light" value=(light.as_str()) title=(text) aria-label=(text)
                    aria-pressed=(if light == frame.light { "true" } else { "false" }) { (icon(sign)) }
            }
        }
    }
}

fn me(frame: &Frame) -> Markup {
    html! {
        form.me method="post" action="/console/sign-out" {
            (csrf_field(frame))
            span.face aria-hidden="true" { (initials(&frame.person)) }
            div.me-name { b { (frame.person) } span { (class_word(frame.class)) } }
            button.button.square.bare type="submit" title="Sign out" aria-label="Sign out" { (icon(Icon::Leave)) }
        }
    }
}

/// Shown by a script two minutes before the end.
fn ending(frame: &Frame) -> Markup {
    let left = frame.ends_at.as_seconds() - frame.now.as_seconds();
    html! {
        div.notice.care id="session-ends" role="status" hidden data-seconds=(left.max(0)) data-then="/console/sign-in?ended=idle" {
            (icon(Icon::Clock))
            p { b { "Your session ends in " span data-left { "2 minutes" } "." } " What you have not sent is lost." }
            button.button type="button" data-stay="/console/sessions/stay" { "Stay signed in" }
        }
    }
}

fn head_of(head: &Head) -> Markup {
    html! {
        header.head {
            div.head-text {
                @if !head.crumbs.is_empty() {
                    nav aria-label="Above this page" {
                        ol.crumbs { @for (to, name) in &head.crumbs { li { a href=(to) { (name) } } } }
                    }
                }
                h1 { span { (head.title) } (head.badges) }
                @if let Some(lede) = &head.lede { p.lede { (lede) } }
            }
            div.actions { (head.actions) }
        }
    }
}
