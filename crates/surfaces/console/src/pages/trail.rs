//! The trail: what was done, by whom, and the proof of it.

use access::Action;
use kernel::{EventId, Timestamp};
use maud::{Markup, html};

use super::Choice;
use super::choice::{Ask, BY_ADDRESS};
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, badge, empty, facts,
    filters, icon, link_button, moment, notice, page, section, select, when,
};

/// An event in a list.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub who: String,
    /// By which way: a key's label, a session.
    pub by: String,
    /// What was done, in words.
    pub says: String,
    /// `noun.verb`.
    pub action: String,
    /// What it was done to: words and a path, where there is one.
    pub object: Option<(String, Option<String>)>,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// Its number in the team's chain, once it has one.
    pub sequence: Option<u64>,
}

impl EventRow {
    /// How it came out; nothing where it was done, which is usual.
    pub(super) fn outcome_badge(&self) -> Markup {
        match self.outcome.as_str() {
            "done" => html! {},
            "refused" => badge(Tone::Care, "Refused"),
            _ => badge(Tone::Danger, "Failed"),
        }
    }
}

/// What was chosen above the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailFilters {
    /// An action, `noun.verb`.
    pub action: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// A member's id.
    pub member: String,
    /// A dataset's name or id.
    pub dataset: String,
    /// An item's id.
    pub item: String,
    /// A day, as `2026-03-02`.
    pub from: String,
    /// A day, included.
    pub to: String,
}

impl TrailFilters {
    /// Whether anything was chosen.
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }
}

/// The trail.
#[derive(Debug, Clone)]
pub struct TrailPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was chosen.
    pub filters: TrailFilters,
    /// Members to choose from.
    pub members: Choice,
    /// The events of this page, newest first.
    pub events: Vec<EventRow>,
    /// What was wrong with what was chosen.
    pub problems: Problems,
    /// Where in the list it is.
    pub pager: Pager,
}

const EVENTS: [Column; 5] = [
    Column::main("What"),
    Column::text("Who"),
    Column::text("To what"),
    Column::text("When"),
    Column::number("Number"),
];

/// The trail.
pub fn trail(model: &TrailPage) -> Markup {
    let frame = &model.frame;
    let lede = "Every act and every refusal, in a chain that nobody can change unseen. Each has a receipt that proves it without this server.";
    let head = Head::new("Trail").lede(lede);
    let table = model
        .events
        .iter()
        .fold(Table::new("Events", &EVENTS), |table, row| {
            table.row(event_cells(row, frame.now))
        });
    let content = html! {
        (model.problems.summary())
        (chooser(model))
        @if model.events.is_empty() {
            (empty(Icon::Search, "No such events", "Nothing that was done fits what you chose.", link_button(Look::Plain, "/console/trail", None, "Show everything")))
        } @else { (table.show()) (model.pager.show()) }
    };
    page(frame, Place::Trail, &head, content)
}

fn chooser(model: &TrailPage) -> Markup {
    let (chosen, none) = (&model.filters, &model.problems);
    let mut actions = vec![("", "Everything")];
    actions.extend(
        Action::ALL
            .iter()
            .map(|action| (action.as_str(), action.as_str())),
    );
    let member = Ask {
        name: "member",
        label: "Who",
        first: Some(("", "Everybody")),
        hint: BY_ADDRESS,
        chosen: &chosen.member,
    };
    let outcomes = [
        ("", "Any"),
        ("done", "Done"),
        ("refused", "Refused"),
        ("failed", "Failed"),
    ];
    let fields = html! {
        (select("action", "What", &actions, &chosen.action, none))
        (model.members.show(&member, none))
        (select("outcome", "Outcome", &outcomes, &chosen.outcome, none))
        (Field::text("from", "From").kind("date").value(&chosen.from).optional().show(none))
        (Field::text("to", "To").kind("date").value(&chosen.to).optional().show(none))
        @if !chosen.dataset.is_empty() { (kept("dataset", "Dataset", &chosen.dataset, none)) }
        @if !chosen.item.is_empty() { (kept("item", "Item", &chosen.item, none)) }
    };
    filters("/console/trail", fields, chosen.is_set())
}

fn kept(name: &str, label: &str, value: &str, problems: &Problems) -> Markup {
    Field::text(name, label)
        .value(value)
        .autocomplete("off")
        .optional()
        .show(problems)
}

fn event_cells(row: &EventRow, now: Timestamp) -> [Markup; 5] {
    [
        html! {
            a href={ "/console/trail/" (row.id) } { (row.says) } " " (row.outcome_badge())
            span.under.mono { (row.action) }
        },
        html! { (row.who) @if !row.by.is_empty() { span.under { (row.by) } } },
        object(row),
        when(row.at, now),
        html! { @if let Some(number) = row.sequence { (number) } @else { span.quiet { "soon" } } },
    ]
}

fn object(row: &EventRow) -> Markup {
    match &row.object {
        None => html! {},
        Some((text, None)) => html! { span.break { (text) } },
        Some((text, Some(to))) => html! { a.break href=(to) { (text) } },
    }
}

/// One event.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// What stands around it.
    pub frame: Frame,
    /// The event.
    pub row: EventRow,
    /// The event as it is committed, indented.
    pub json: String,
}

/// One event.
pub fn event(model: &EventPage) -> Markup {
    let row = &model.row;
    let receipt = html! {
        @if row.sequence.is_some() {
            (link_button(Look::Main, &format!("/console/trail/{}/receipt", row.id), Some(Icon::Download), "Receipt"))
        }
    };
    let head = Head::new(&row.says)
        .below("/console/trail", "Trail")
        .badges(row.outcome_badge())
        .actions(receipt);
    let place = match row.sequence {
        Some(number) => html! { "Number " (number) " of the team's chain" },
        None => html! { "Not yet; it gets one within about a second" },
    };
    let content = html! {
        @if row.outcome != "done" { (outcome_notice(row)) }
        div.panel.padded {
            (facts([
                ("When", moment(row.at)),
                ("Who", html! { (row.who) @if !row.by.is_empty() { span.soft { " · " (row.by) } } }),
                ("What", html! { code { (row.action) } }),
                ("To what", object(row)),
                ("Place in the log", place),
                ("Id", html! { code { (row.id) } }),
            ]))
        }
        (section("As it is committed", Some("The log holds only a hash of this text and a salt. The receipt has both, and the way from there to the signed head of the log."), html! {},
            html! { pre.paper tabindex="0" { (model.json) } }))
        p.soft.line { (icon(Icon::Shield)) span { "Check a receipt anywhere, without asking this server: " code { "bailee verify receipt FILE" } } }
    };
    page(&model.frame, Place::Trail, &head, content)
}

fn outcome_notice(row: &EventRow) -> Markup {
    match row.outcome.as_str() {
        "refused" => notice(
            Tone::Care,
            "It was refused, and nothing was changed or shown",
            html! {},
        ),
        _ => notice(Tone::Danger, "It failed", html! {}),
    }
}
