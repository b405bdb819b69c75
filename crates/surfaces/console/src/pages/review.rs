//! The review of submitted work, and what people have done.

use access::Action;
use kernel::{ItemId, TaskId, Timestamp};
use maud::{Markup, html};

use super::DatasetRow;
use super::gallery::{dataset_tabs, head_of};
use crate::kit::{
    Column, Field, Frame, Icon, Look, Pager, Place, Problems, Table, button, csrf_field, dialog,
    dialog_button, empty, form_foot, link_button, page, section, share_of_time, thousands, when,
};

/// Work that waits for its reviewer.
#[derive(Debug, Clone)]
pub struct SubmittedRow {
    /// The item.
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// The task by which it was worked on.
    pub task: TaskId,
    /// Who submitted it.
    pub member: String,
    /// When.
    pub at: Timestamp,
}

/// The submitted work of a dataset.
#[derive(Debug, Clone)]
pub struct ReviewPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// Whether the dataset's work is reviewed.
    pub reviews: bool,
    /// What waits.
    pub submitted: Vec<SubmittedRow>,
    /// What was wrong with a form before; fields are named after their item.
    pub problems: Problems,
    /// Where in the list it is.
    pub pager: Pager,
}

/// The name of the field for what is to be done again.
pub fn reason_field(item: ItemId) -> String {
    format!("reason-{item}")
}

const SUBMITTED: [Column; 4] = [
    Column::main("Item"),
    Column::text("Submitted by"),
    Column::text("When"),
    Column::action(),
];

/// The submitted work of a dataset.
pub fn review(model: &ReviewPage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let table = model
        .submitted
        .iter()
        .fold(Table::new("Submitted work", &SUBMITTED), |table, row| {
            table.row(cells(model, row))
        });
    let content = html! {
        (dataset_tabs(frame, dataset, "review"))
        (model.problems.summary())
        @if model.submitted.is_empty() { (none(model)) }
        @else {
            p.soft { "What others submitted. Your own work is reviewed by somebody else." }
            (table.show())
            (model.pager.show())
            @for row in &model.submitted { (send_back(model, row)) }
        }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

fn none(model: &ReviewPage) -> Markup {
    if model.reviews {
        let says =
            "Submitted work of others appears here, to be approved or given back with a word about it.";
        return empty(Icon::Check, "Nothing waits for review", says, html! {});
    }
    let settings = html! {
        @if model.frame.may(Action::DatasetChange) {
            (link_button(Look::Plain, &format!("/console/datasets/{}/settings", model.dataset.name), None, "Settings"))
        }
    };
    let says = "What is submitted here is done. Whoever may change the dataset can ask for a review in its settings.";
    empty(Icon::Check, "This work is not reviewed", says, settings)
}

fn dialog_of(row: &SubmittedRow) -> String {
    format!("back-{}", row.item)
}

fn cells(model: &ReviewPage, row: &SubmittedRow) -> [Markup; 4] {
    let at = format!("/console/items/{}", row.item);
    [
        html! { a.break href=(at) { (row.name) } },
        html! { (row.member) },
        when(row.at, model.frame.now),
        html! {
            div.actions {
                (dialog_button(Look::Plain, &dialog_of(row), None, "Give back…"))
                form method="post" action={ "/console/tasks/" (row.task) "/approve" } {
                    (hidden(model, row))
                    (button(Look::Main, "Approve"))
                }
            }
        },
    ]
}

fn hidden(model: &ReviewPage, row: &SubmittedRow) -> Markup {
    html! {
        (csrf_field(&model.frame))
        input type="hidden" name="item" value=(row.item);
        input type="hidden" name="dataset" value=(model.dataset.name);
    }
}

fn send_back(model: &ReviewPage, row: &SubmittedRow) -> Markup {
    let field = reason_field(row.item);
    let form = html! {
        p.soft { (row.member) " gets it again with what you say, and after the time of a task anybody does." }
        form.form method="post" action={ "/console/tasks/" (row.task) "/give-back" } {
            (hidden(model, row))
            (Field::text(&field, "What is to be done").autocomplete("off").most(500).show(&model.problems))
            (form_foot(Look::Main, "Give it back", None))
        }
    };
    dialog(&dialog_of(row), &format!("Give {} back?", row.name), form)
}

/// What somebody has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FiguresRow {
    /// Who; empty for one's own.
    pub member: String,
    /// Items in their hands.
    pub leased: u64,
    /// Items submitted.
    pub submitted: u64,
    /// Of those, approved.
    pub approved: u64,
    /// Of those, given back.
    pub returned: u64,
    /// Items left to others.
    pub skipped: u64,
    /// How long they worked, in seconds.
    pub seconds: u64,
}

impl FiguresRow {
    fn time(&self) -> String {
        match self.seconds {
            0 => "none yet".to_owned(),
            seconds => share_of_time(std::time::Duration::from_secs(seconds)),
        }
    }
}

/// What the people of a dataset have done.
#[derive(Debug, Clone)]
pub struct FiguresPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// A row for each.
    pub figures: Vec<FiguresRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const FIGURES: [Column; 7] = [
    Column::main("Who"),
    Column::number("In hand"),
    Column::number("Submitted"),
    Column::number("Approved"),
    Column::number("Given back"),
    Column::number("Skipped"),
    Column::number("Time"),
];

fn number(number: u64) -> Markup {
    html! { (thousands(number)) }
}

/// What the people of a dataset have done.
pub fn figures(model: &FiguresPage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let table = model
        .figures
        .iter()
        .fold(Table::new("Figures", &FIGURES), |table, row| {
            table.row([
                html! { b { (row.member) } },
                number(row.leased),
                number(row.submitted),
                number(row.approved),
                number(row.returned),
                number(row.skipped),
                html! { (row.time()) },
            ])
        });
    let content = html! {
        (dataset_tabs(frame, dataset, "figures"))
        @if model.figures.is_empty() {
            (empty(Icon::Task, "Nobody has worked here yet", "As soon as somebody takes a task, what they have done is counted here.", html! {}))
        } @else {
            p.soft { "Time is what passed between taking each task and submitting the last of its items." }
            (table.show())
            (model.pager.show())
        }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

/// One's own figures, above one's own tasks.
pub(super) fn own_figures(own: &FiguresRow) -> Markup {
    let all = [
        (own.leased, "in hand"),
        (own.submitted, "submitted"),
        (own.approved, "approved"),
        (own.returned, "given back"),
        (own.skipped, "skipped"),
    ];
    let figures = html! {
        div.figures {
            @for (number, says) in all { div.figure { b { (thousands(number)) } span { (says) } } }
            div.figure { b { (own.time()) } span { "at work" } }
        }
    };
    let says = "Nobody else’s are shown to you. Time is what passed between taking a task and submitting the last of its items.";
    section("What you did", Some(says), html! {}, figures)
}
