//! The settings of a dataset: its words, its work, who was given it, sharing, its end.

use access::{Action, Class};
use kernel::Timestamp;
use maud::{Markup, html};

use super::choice::{Ask, BY_ADDRESS};
use super::gallery::{dataset_tabs, head_of};
use super::sharing::shares;
use super::{Choice, DatasetRow, ShareRow};
use crate::kit::{
    Column, Field, Frame, Icon, Look, Pager, Place, Problems, Table, Tone, badge, check, class_badge,
    csrf_field, date, empty, form_foot, link_button, page, section, textarea, when,
};

/// How a dataset hands out work, as the form has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkSettings {
    /// Whether it does.
    pub on: bool,
    /// The most items of one task.
    pub batch: String,
    /// How long a task is leased, in minutes.
    pub minutes: String,
    /// How many live tasks one member may hold.
    pub open: String,
    /// Whether the lease gives original bytes.
    pub originals: bool,
    /// Whether somebody else looks at what is submitted.
    pub review: bool,
}

/// Somebody who was given the dataset.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Their id, for the form that ends it.
    pub member: String,
    /// Their name.
    pub name: String,
    /// What they are.
    pub class: Class,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// The settings.
#[derive(Debug, Clone)]
pub struct DatasetPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// How it hands out work.
    pub work: WorkSettings,
    /// Who was given it.
    pub grants: Vec<GrantRow>,
    /// Where in the list of those it is.
    pub grants_pager: Pager,
    /// The words of which whoever reads says one, one a line, and whether more may be said.
    pub reasons: (String, bool),
    /// Whom it can be given to.
    pub candidates: Choice,
    /// How it is shared and was, newest first; nothing for who may not see that.
    pub sharing: Option<Vec<ShareRow>>,
    /// What was wrong with a form before.
    pub problems: Problems,
}

/// The settings.
pub fn dataset_settings(model: &DatasetPage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let content = html! {
        (dataset_tabs(frame, dataset, "settings"))
        (model.problems.summary())
        @if frame.may(Action::DatasetChange) { (words(model)) (work(model)) (reading(model)) }
        (kept(model))
        @if frame.may(Action::GrantList) { (grants(model)) }
        @if let Some(sharing) = &model.sharing { (shares(frame, &dataset.name, sharing)) }
        @if frame.may(Action::DatasetArchive) { (end(model)) }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

fn at(model: &DatasetPage, end: &str) -> String {
    format!("/console/datasets/{}/{end}", model.dataset.name)
}

fn words(model: &DatasetPage) -> Markup {
    let form = html! {
        form.form.panel.padded method="post" action=(at(model, "settings")) {
            (csrf_field(&model.frame))
            (Field::text("name", "Name").value(&model.dataset.name).autocomplete("off").most(63).show(&model.problems))
            (textarea("description", "What it is for", &model.dataset.description, None, &model.problems))
            (form_foot(Look::Plain, "Save", None))
        }
    };
    section("Name", None, html! {}, form)
}

fn work(model: &DatasetPage) -> Markup {
    let work = &model.work;
    let number = |name, label, value| Field::text(name, label).kind("number").value(value);
    let form = html! {
        form.form.panel.padded method="post" action=(at(model, "work")) {
            (csrf_field(&model.frame))
            (check("on", "Hand out the items of this dataset as tasks", None, work.on))
            div.two {
                (number("batch", "Items in a task", &work.batch).show(&model.problems))
                (number("minutes", "Minutes a task is leased for", &work.minutes).show(&model.problems))
                (number("open", "Tasks one worker may hold", &work.open).show(&model.problems))
            }
            (check("originals", "Workers may take the original bytes", Some("Otherwise they only see what the server renders."), work.originals))
            (check("review", "Somebody else reviews what is submitted", Some("It is approved, or given back with a word about it."), work.review))
            (form_foot(Look::Plain, "Save", None))
        }
    };
    section(
        "Tasks",
        Some("Workers see an item only while a task hands it to them."),
        html! {},
        form,
    )
}

fn reading(model: &DatasetPage) -> Markup {
    let (reasons, note) = &model.reasons;
    let hint = "One a line, of small letters and hyphens: care, second-opinion. Empty: nobody is asked.";
    let form = html! {
        form.form.panel.padded method="post" action=(at(model, "reading")) {
            (csrf_field(&model.frame))
            (textarea("reasons", "Reasons", reasons, Some(hint), &model.problems))
            (check("note", "More may be said beside the reason", Some("A case, a ticket. It is sealed, and stands in the trail."), *note))
            (form_foot(Look::Plain, "Save", None))
        }
    };
    section(
        "Why it is read",
        Some(
            "Where there are reasons, whoever looks or downloads says one of them, and it stands in the trail with each read. Workers need not: their task says why.",
        ),
        html! {},
        form,
    )
}

fn kept(model: &DatasetPage) -> Markup {
    let way = link_button(
        Look::Plain,
        &at(model, "retention"),
        Some(Icon::Clock),
        "Retention",
    );
    let says = "How long what lies here is kept, what would go and when, and the legal holds on it.";
    section("How long it is kept", Some(says), way, html! {})
}

const GRANTS: [Column; 5] = [
    Column::main("Member"),
    Column::text("Class"),
    Column::text("Since"),
    Column::text("Until"),
    Column::action(),
];

fn grants(model: &DatasetPage) -> Markup {
    let table = model
        .grants
        .iter()
        .fold(Table::new("Given to", &GRANTS), |table, row| {
            let over = row.until.is_some_and(|until| until <= model.frame.now);
            table.row_over(over, grant_cells(model, row, over))
        });
    let content = html! {
        @if model.grants.is_empty() {
            (empty(Icon::Team, "Given to nobody", "Users, admins and owners work in all datasets. Workforce managers and workers see only those they were given.", html! {}))
        } @else { (table.show()) @if model.grants_pager.next.is_some() || model.grants_pager.first.is_some() { (model.grants_pager.show()) } }
        @if model.frame.may(Action::GrantGive) && !model.candidates.is_empty() { (give(model)) }
    };
    section(
        "Given to",
        Some("Workforce managers and workers need a grant; it ends by itself if you say when."),
        html! {},
        content,
    )
}

fn grant_cells(model: &DatasetPage, row: &GrantRow, over: bool) -> [Markup; 5] {
    let now = model.frame.now;
    [
        html! { b { (row.name) } },
        class_badge(row.class),
        html! { (date(row.since)) },
        html! {
            @match row.until {
                Some(until) if over => { (badge(Tone::Plain, "Ended")) " " (when(until, now)) }
                Some(until) => (when(until, now)),
                None => span.quiet { "taken back" },
            }
        },
        html! {
            @if model.frame.may(Action::GrantEnd) && !over {
                form method="post" action=(at(model, "grants/end")) {
                    (csrf_field(&model.frame))
                    input type="hidden" name="member" value=(row.member);
                    button.button.bare type="submit" aria-label={ "Take back from " (row.name) } { "Take back" }
                }
            }
        },
    ]
}

fn give(model: &DatasetPage) -> Markup {
    let member = Ask {
        name: "member",
        label: "Give to",
        first: None,
        hint: BY_ADDRESS,
        chosen: "",
    };
    html! {
        form.filters method="post" action=(at(model, "grants")) {
            (csrf_field(&model.frame))
            (model.candidates.show(&member, &model.problems))
            (Field::text("until", "Until").kind("date").optional().show(&model.problems))
            button.button type="submit" { "Give" }
        }
    }
}

fn end(model: &DatasetPage) -> Markup {
    let archived = model.dataset.archived;
    let (title, says, verb, path) = match archived {
        false => (
            "Archive the dataset",
            "It and all its items go out of use, and can be restored. Nothing is deleted.",
            "Archive",
            "archive",
        ),
        true => (
            "Restore the dataset",
            "It and its items come back into use.",
            "Restore",
            "restore",
        ),
    };
    let form = html! {
        form method="post" action=(at(model, path)) { (csrf_field(&model.frame)) button.button type="submit" { (verb) } }
    };
    html! {
        (section(title, Some(says), form, html! {}))
        @if archived && model.frame.may(Action::DatasetDelete) {
            (section("Delete for good", Some("Destroys its key and removes its bytes. Only an empty, archived dataset can be deleted."),
                link_button(Look::Danger, &at(model, "delete"), None, "Delete…"), html! {}))
        }
    }
}
