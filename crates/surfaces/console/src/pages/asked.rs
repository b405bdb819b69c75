//! What a team asks of everybody before they see anything: the steps, who waits, and how one member stands.

use access::Action;
use custody::admission::StepKind;
use kernel::{AdmissionStepId, MemberId, Timestamp};
use maud::{Markup, html};

use super::team::{team_head, team_tabs};
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, button,
    csrf_field, date, empty, form_foot, link_button, notice, page, section, select,
};

/// A step that is asked for.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Its id.
    pub id: AdmissionStepId,
    /// What it is.
    pub kind: StepKind,
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where it is to be found, if that was said.
    pub place: String,
    /// How long it is good for; for ever when absent.
    pub days: Option<u32>,
}

/// Somebody who is not let in.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// What is missing, by title.
    pub missing: Vec<String>,
}

/// What stands in the form of a step.
#[derive(Debug, Clone, Default)]
pub struct StepForm {
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where it is to be found.
    pub place: String,
    /// How many days it is good for.
    pub days: String,
}

/// What is asked of everybody.
#[derive(Debug, Clone)]
pub struct AskedPage {
    /// What stands around it.
    pub frame: Frame,
    /// Every step.
    pub steps: Vec<StepRow>,
    /// Who waits.
    pub waiting: Vec<WaitingRow>,
    /// Where in that list it is.
    pub pager: Pager,
    /// What stands in the form of a new step.
    pub typed: StepForm,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Changing a step.
#[derive(Debug, Clone)]
pub struct StepPage {
    /// What stands around it.
    pub frame: Frame,
    /// Which.
    pub id: AdmissionStepId,
    /// What stands in the form.
    pub typed: StepForm,
    /// What was wrong with it.
    pub problems: Problems,
}

/// A step, and how a member stands with it.
#[derive(Debug, Clone)]
pub struct DoneRow {
    /// The step.
    pub step: StepRow,
    /// Whether it opens the door now.
    pub good: bool,
    /// When they did it, until when it is good, who says so, and where the evidence lies.
    pub done: Option<(Timestamp, Option<Timestamp>, String, Option<String>)>,
}

/// How a member stands.
#[derive(Debug, Clone)]
pub struct StandingPage {
    /// What stands around it.
    pub frame: Frame,
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Every step.
    pub rows: Vec<DoneRow>,
    /// The step whose form was sent back, and what stood in it: the day and the evidence.
    pub typed: Option<(AdmissionStepId, String, String)>,
    /// What was wrong with it.
    pub problems: Problems,
}

const STEPS: [Column; 4] = [
    Column::main("What"),
    Column::text("Version"),
    Column::text("Good for"),
    Column::action(),
];
const WAITING: [Column; 2] = [Column::main("Member"), Column::text("Is missing")];
const PATH: &str = "/console/team/admission";

/// A kind of step in a word.
const fn kind_word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Policy => "Policy",
        StepKind::Confidentiality => "Confidentiality agreement",
        StepKind::Training => "Training",
        StepKind::Screening => "Screening",
    }
}

/// What is asked of everybody.
pub fn asked(model: &AskedPage) -> Markup {
    let frame = &model.frame;
    let content = html! {
        (team_tabs(frame, "admission"))
        (model.problems.summary())
        (waiting(model))
        (steps(model))
        @if frame.may(Action::AdmissionRule) { (new_step(model)) }
    };
    page(frame, Place::Team, &team_head(frame), content)
}

fn waiting(model: &AskedPage) -> Markup {
    let table = model
        .waiting
        .iter()
        .fold(Table::new("Who waits", &WAITING), |table, row| {
            table.row([
                html! { a href={ "/console/team/" (row.member) "/admission" } { (row.name) } },
                html! { @for title in &row.missing { div { (title) } } },
            ])
        });
    let content = html! {
        @if model.waiting.is_empty() && model.pager.first.is_none() {
            (empty(Icon::Check, "Nobody waits", "Everybody has done what is asked of them.", html! {}))
        } @else {
            (table.show())
            (model.pager.show())
        }
    };
    let says = "These see nothing, at a browser and by any key, until it is done.";
    section("Who waits", Some(says), html! {}, content)
}

fn steps(model: &AskedPage) -> Markup {
    let frame = &model.frame;
    let table = model
        .steps
        .iter()
        .fold(Table::new("What is asked", &STEPS), |table, row| {
            table.row(step_cells(frame, row))
        });
    let content = html! {
        @if model.steps.is_empty() {
            (empty(Icon::Check, "Nothing is asked", "A policy to accept, an agreement to sign, a training to have: what is added here is asked of everybody before they see anything.", html! {}))
        } @else {
            (table.show())
        }
    };
    section("What is asked of everybody", None, html! {}, content)
}

fn step_cells(frame: &Frame, row: &StepRow) -> [Markup; 4] {
    [
        html! { b { (row.title) } div.soft { (kind_word(row.kind)) @if !row.place.is_empty() { ", " (row.place) } } },
        html! { (row.version) },
        html! { @match row.days { Some(days) => { (days) " days" }, None => "ever" } },
        html! {
            @if frame.may(Action::AdmissionRule) {
                a.button.bare href={ (PATH) "/step?step=" (row.id) } aria-label={ "Change " (row.title) } { "Change" }
                form method="post" action={ (PATH) "/remove" } {
                    (csrf_field(frame))
                    input type="hidden" name="step" value=(row.id);
                    button.button type="submit" aria-label={ "Take away " (row.title) } { "Take away" }
                }
            }
        },
    ]
}

fn new_step(model: &AskedPage) -> Markup {
    let form = html! {
        form.form method="post" action={ (PATH) "/add" } {
            (csrf_field(&model.frame))
            (kinds(&model.typed, &model.problems))
            (fields(&model.typed, &model.problems))
            (form_foot(Look::Main, "Ask everybody for it", None))
        }
    };
    let says = "It is asked of everybody at once, you included. Owners and admins can still come here and record it.";
    section("Ask for something more", Some(says), html! {}, form)
}

fn kinds(typed: &StepForm, problems: &Problems) -> Markup {
    let options = StepKind::ALL.map(|kind| (kind.as_str(), kind_word(kind)));
    select("kind", "Kind", &options, &typed.kind, problems)
}

fn fields(typed: &StepForm, problems: &Problems) -> Markup {
    html! {
        div.two {
            (Field::text("title", "What it is called").value(&typed.title).most(100).autocomplete("off").show(problems))
            (Field::text("version", "Version").value(&typed.version).most(40).autocomplete("off").hint("Where it changes, everybody has to do it anew.").show(problems))
        }
        div.two {
            (Field::text("place", "Where it is to be found").value(&typed.place).most(500).autocomplete("off").optional().show(problems))
            (Field::text("good_for_days", "Good for so many days").kind("number").value(&typed.days).optional().hint("For ever when empty.").show(problems))
        }
    }
}

/// Changing a step.
pub fn step(model: &StepPage) -> Markup {
    let head = Head::new("Change what is asked")
        .below(PATH, "Asked of everybody")
        .lede("Where the version is another, everybody has to do it anew. Another title or place is nothing new.")
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        form.form method="post" action={ (PATH) "/change" } {
            (csrf_field(&model.frame))
            input type="hidden" name="step" value=(model.id);
            input type="hidden" name="kind" value=(model.typed.kind);
            (fields(&model.typed, &model.problems))
            (form_foot(Look::Main, "Change", Some(PATH)))
        }
    };
    page(&model.frame, Place::Team, &head, content)
}

/// How a member stands.
pub fn standing(model: &StandingPage) -> Markup {
    let frame = &model.frame;
    let open = model.rows.iter().all(|row| row.good);
    let back = link_button(Look::Plain, PATH, None, "Asked of everybody");
    let head = Head::new(&model.name)
        .below(format!("/console/team/{}", model.member), &model.name)
        .lede("What is asked before they see anything, and what there is about it.")
        .actions(back)
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        @match (model.rows.is_empty(), open) {
            (true, _) => (empty(Icon::Check, "Nothing is asked", "Your team asks for nothing before anybody begins.", html! {})),
            (_, true) => (notice(Tone::Good, "They are let in", html! { p { "All that is asked is done." } })),
            (_, false) => (notice(Tone::Care, "They are not let in", html! { p { "Something is missing, or has run out." } })),
        }
        @for row in &model.rows { (stands(model, row)) }
    };
    page(frame, Place::Team, &head, content)
}

fn stands(model: &StandingPage, row: &DoneRow) -> Markup {
    let state = match (row.good, row.done.is_some()) {
        (true, _) => badge(Tone::Good, "Done"),
        (false, true) => badge(Tone::Danger, "Not good any more"),
        (false, false) => badge(Tone::Care, "Missing"),
    };
    let says = format!("{}, version {}", kind_word(row.step.kind), row.step.version);
    let content = html! {
        @if let Some((at, until, by, evidence)) = &row.done {
            dl.facts {
                dt { "Done" } dd { (date(*at)) @if let Some(until) = until { ", good until " (date(*until)) } }
                dt { "Said by" } dd { (by) }
                @if let Some(evidence) = evidence { dt { "Evidence" } dd { (evidence) } }
            }
        }
        @if model.frame.may(Action::AdmissionRecord) { (word(model, row)) }
    };
    section(&row.step.title, Some(&says), state, content)
}

/// The field for the day of a step: each step has a form of its own on the page.
pub fn done_name(step: AdmissionStepId) -> String {
    format!("done-{step}")
}

/// The field for where the evidence of a step lies.
pub fn evidence_name(step: AdmissionStepId) -> String {
    format!("evidence-{step}")
}

/// What whoever looks may say about it: nobody accepts a policy for somebody else.
fn word(model: &StandingPage, row: &DoneRow) -> Markup {
    let to = format!("/console/team/{}/admission", model.member);
    let typed = model.typed.iter().find(|(step, ..)| *step == row.step.id);
    let (day, evidence) = typed.map_or(("", ""), |(_, day, evidence)| (day.as_str(), evidence.as_str()));
    let (none, of_this) = (Problems::default(), typed.is_some());
    let problems = if of_this { &model.problems } else { &none };
    html! {
        @if row.done.is_some() {
            form method="post" action={ (to) "/withdraw" } {
                (csrf_field(&model.frame))
                input type="hidden" name="step" value=(row.step.id);
                (button(Look::Plain, "Take back"))
            }
        }
        @if row.step.kind == StepKind::Policy {
            @if !row.good { p.soft { "They accept it themselves: their console leads them there." } }
        } @else if !row.good {
            form.form method="post" action={ (to) "/record" } {
                (csrf_field(&model.frame))
                input type="hidden" name="step" value=(row.step.id);
                input type="hidden" name="version" value=(row.step.version);
                div.two {
                    (Field::text(&done_name(row.step.id), "The day it was done").kind("date").value(day).show(problems))
                    (Field::text(&evidence_name(row.step.id), "Where the evidence lies").value(evidence).most(500).autocomplete("off").show(problems))
                }
                (form_foot(Look::Main, "Record it", None))
            }
        }
    }
}
