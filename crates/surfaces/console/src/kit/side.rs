//! The side with the ways to go, the choice of light, and who one is.

use access::Action;
use identity::Door;
use maud::{Markup, html};

use super::forms::csrf_field;
use super::words::class_word;
use super::{Frame, Icon, Light, Place, icon, initials, mark};

pub(super) fn bar(frame: &Frame) -> Markup {
    html! {
        header.bar {
            button.button.square.bare type="button" popovertarget="side" aria-label="Menu" { (icon(Icon::Menu)) }
            b { (frame.team) }
        }
    }
}

pub(super) fn side(frame: &Frame, here: Place) -> Markup {
    html! {
        nav.side id="side" popover="auto" aria-label="Console" {
            a.team href=(frame.at("")) {
                (mark())
                span { b { (frame.team) } span { "Bailee console" } }
            }
            @for (name, ways) in ways(frame) {
                div.ways {
                    @if !name.is_empty() { p.ways-name { (name) } }
                    @for (place, to, sign, text) in ways {
                        a.way href=(frame.at(to)) aria-current=[(place == here).then_some("page")] { (icon(sign)) (text) }
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

/// The rest of the first page's address.
const FIRST: &str = "";

fn ways(frame: &Frame) -> Vec<(&'static str, Vec<Way>)> {
    let staff = frame.door() == Door::Staff;
    let may = |action| !staff && frame.may(action);
    let shown = |ways: Vec<(bool, Way)>| -> Vec<Way> {
        let allowed = ways.into_iter().filter(|(allowed, _)| *allowed);
        allowed.map(|(_, way)| way).collect()
    };
    let tasks = may(Action::TaskRequest) || may(Action::TaskAssign);
    let work = shown(vec![
        (!staff, (Place::Home, FIRST, Icon::Home, "Home")),
        (staff, (Place::Staff, FIRST, Icon::Team, "Staff")),
        (
            may(Action::DatasetList),
            (Place::Datasets, "/datasets", Icon::Dataset, "Datasets"),
        ),
        (tasks, (Place::Tasks, "/tasks", Icon::Task, "Tasks")),
    ]);
    let account = shown(vec![
        (
            may(Action::MemberList),
            (Place::Team, "/team", Icon::Team, "Members"),
        ),
        (
            may(Action::KeyList),
            (Place::Keys, "/keys", Icon::Key, "API keys"),
        ),
        (
            may(Action::AccessRead),
            (Place::Rights, "/classes", Icon::Rights, "Who may do what"),
        ),
        (
            may(Action::OperatorAccessList),
            (
                Place::OperatorAccess,
                "/operator-access",
                Icon::Lock,
                "Operator access",
            ),
        ),
        (
            may(Action::HoldList),
            (Place::Holds, "/holds", Icon::Lock, "Legal holds"),
        ),
        (
            may(Action::TrailRead),
            (Place::Trail, "/trail", Icon::Trail, "Trail"),
        ),
    ]);
    let own = vec![
        (Place::Security, "/security", Icon::Shield, "Security"),
        (Place::Sessions, "/sessions", Icon::Session, "Sessions"),
        (Place::Admission, "/admission", Icon::Check, "Asked of you"),
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
        form.lights method="post" action=(frame.at("/light")) role="group" aria-label="Appearance" {
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
        form.me method="post" action=(frame.at("/sign-out")) {
            (csrf_field(frame))
            span.face aria-hidden="true" { (initials(&frame.person)) }
            div.me-name { b { (frame.person) } span { (class_word(frame.class)) } }
            button.button.square.bare type="submit" title="Sign out" aria-label="Sign out" { (icon(Icon::Leave)) }
        }
    }
}
