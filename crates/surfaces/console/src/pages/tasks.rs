//! Tasks: one's own, those of a crowd, and one with its items.

use access::Action;
use kernel::{ItemId, TaskId, Timestamp};
use maud::{Markup, html};

use super::gallery::{dataset_tabs, head_of};
use super::review::own_figures;
use super::{DatasetRow, Face, FiguresRow};
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, badge, count, csrf_field,
    dialog, dialog_button, empty, form_foot, icon, link_button, page, progress, section, when,
};

/// A task in a list.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// Its id.
    pub id: TaskId,
    /// The dataset's name, where the caller may know it.
    pub dataset: String,
    /// Who holds it; empty in one's own list.
    pub member: String,
    /// Live, returned, ended or finished.
    pub state: String,
    /// Whether it is live.
    pub live: bool,
    /// How many items wait.
    pub waiting: u32,
    /// How many were submitted.
    pub submitted: u32,
    /// How many were skipped.
    pub skipped: u32,
    /// When it ends, or ended.
    pub ends: Timestamp,
}

/// A dataset that hands out tasks to the caller.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// How requests name it.
    pub dataset: String,
    /// In words: how many items a task has, and for how long.
    pub says: String,
}

/// The tasks of one person, or of a dataset.
#[derive(Debug, Clone)]
pub struct TasksPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset whose crowd this is; nothing for one's own tasks.
    pub dataset: Option<DatasetRow>,
    /// Where a task can be asked for.
    pub offers: Vec<OfferRow>,
    /// Whether the caller asks by the name they were told, since they may not list datasets.
    pub by_name: bool,
    /// What the caller has done, if they ever had a task.
    pub figures: Option<FiguresRow>,
    /// The tasks of this page.
    pub tasks: Vec<TaskRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const OWN: [Column; 4] = [
    Column::main("Dataset"),
    Column::text("Progress"),
    Column::text("State"),
    Column::text("Ends"),
];

const CROWD: [Column; 4] = [
    Column::main("Held by"),
    Column::text("Progress"),
    Column::text("State"),
    Column::text("Ends"),
];

/// The tasks.
pub fn tasks(model: &TasksPage) -> Markup {
    let frame = &model.frame;
    let columns = if model.dataset.is_some() { &CROWD } else { &OWN };
    let table = model
        .tasks
        .iter()
        .fold(Table::new("Tasks", columns), |table, row| {
            table.row_over(!row.live, task_cells(row, model.dataset.is_some(), frame.now))
        });
    let list = html! {
        @if model.tasks.is_empty() { (none(model)) } @else { (table.show()) (model.pager.show()) }
    };
    match &model.dataset {
        Some(dataset) => {
            let content = html! { (dataset_tabs(frame, dataset, "tasks")) (list) };
            page(frame, Place::Datasets, &head_of(frame, dataset), content)
        }
        None => {
            let head = Head::new("Tasks")
                .lede("A task hands you some items for a while. You see them as long as you hold it.");
            let content = html! { (offers(model)) (section("Your tasks", None, html! {}, list)) @if let Some(own) = &model.figures { (own_figures(own)) } };
            page(frame, Place::Tasks, &head, content)
        }
    }
}

fn offers(model: &TasksPage) -> Markup {
    html! {
        @if model.by_name {
            form.filters method="post" action="/console/tasks" {
                (csrf_field(&model.frame))
                @let label = if model.frame.may(Action::DatasetList) { "Another dataset, by its name" } else { "Dataset, as your manager calls it" };
                div.field.grows { (Field::text("dataset", label).autocomplete("off").most(63).show(&Problems::default())) }
                button.button.main type="submit" { "Request a task" }
            }
        }
        @if !model.offers.is_empty() {
            ul.panel.rows {
                @for offer in &model.offers {
                    li {
                        div.row-text { b { (offer.dataset) } p { (offer.says) } }
                        form method="post" action="/console/tasks" {
                            (csrf_field(&model.frame))
                            input type="hidden" name="dataset" value=(offer.dataset);
                            button.button.main type="submit" { "Request a task" }
                        }
                    }
                }
            }
        }
    }
}

fn none(model: &TasksPage) -> Markup {
    let (title, says) = match (&model.dataset, model.offers.is_empty() && !model.by_name) {
        (Some(_), _) => (
            "No tasks yet",
            "They appear here as workers request them, with how far each is.",
        ),
        (None, false) => (
            "You hold no task",
            "Request one above. It is yours until you finish it, give it back, or its time runs out.",
        ),
        (None, true) => (
            "No work was given to you yet",
            "Your workforce manager gives you a dataset; then you can request tasks here.",
        ),
    };
    empty(Icon::Task, title, says, html! {})
}

fn task_cells(row: &TaskRow, crowd: bool, now: Timestamp) -> [Markup; 4] {
    let name = match (crowd, row.dataset.as_str()) {
        (true, _) => row.member.as_str(),
        (false, "") => "Task",
        (false, dataset) => dataset,
    };
    let all = row.waiting + row.submitted + row.skipped;
    let says = format!("{} of {all} done", row.submitted + row.skipped);
    [
        html! { a href={ "/console/tasks/" (row.id) } { (name) } },
        progress(
            "Progress",
            u64::from(row.submitted + row.skipped),
            u64::from(all),
            &says,
        ),
        state_badge(row),
        when(row.ends, now),
    ]
}

fn state_badge(row: &TaskRow) -> Markup {
    badge(if row.live { Tone::Good } else { Tone::Plain }, &row.state)
}

/// An item of a task.
#[derive(Debug, Clone)]
pub struct TaskItemRow {
    /// The item.
    pub id: ItemId,
    /// Its name, where the caller may see it now.
    pub name: String,
    /// What it looks like.
    pub face: Face,
    /// Leased, submitted or skipped.
    pub state: String,
    /// Whether it waits to be worked on.
    pub waiting: bool,
    /// Why it was skipped.
    pub reason: Option<String>,
}

/// One task.
#[derive(Debug, Clone)]
pub struct TaskPage {
    /// What stands around it.
    pub frame: Frame,
    /// The task.
    pub task: TaskRow,
    /// Whether the caller holds it.
    pub own: bool,
    /// Whether the caller may end it for somebody else.
    pub may_end: bool,
    /// Its items.
    pub items: Vec<TaskItemRow>,
    /// What was wrong with a form before.
    pub problems: Problems,
}

/// One task.
pub fn task(model: &TaskPage) -> Markup {
    let (frame, row) = (&model.frame, &model.task);
    let title = match model.own {
        true if row.dataset.is_empty() => "Your task".to_owned(),
        true => format!("Task in {}", row.dataset),
        false => format!("Task of {}", row.member),
    };
    let lede = format!(
        "{} waiting, {} submitted, {} skipped.",
        count(u64::from(row.waiting), "item", "items"),
        row.submitted,
        row.skipped
    );
    let head = Head::new(title)
        .below("/console/tasks", "Tasks")
        .badges(state_badge(row))
        .lede(lede)
        .actions(task_actions(model));
    let content = html! {
        (model.problems.summary())
        @if row.live { p.soft.line { (icon(Icon::Clock)) span { "Its items close " (when(row.ends, frame.now)) "." } } }
        ul.panel.rows { @for item in &model.items { li { (item_row(model, item)) } } }
        @if row.live && (model.own || model.may_end) { (end_dialog(model)) }
    };
    page(frame, Place::Tasks, &head, content)
}

fn task_actions(model: &TaskPage) -> Markup {
    html! {
        @if model.task.live && model.own { (dialog_button(Look::Plain, "end", None, "Give it back…")) }
        @else if model.task.live && model.may_end { (dialog_button(Look::Danger, "end", None, "End it…")) }
    }
}

fn item_row(model: &TaskPage, item: &TaskItemRow) -> Markup {
    let works = model.own && model.task.live && item.waiting;
    html! {
        div.row-text {
            @if works { a href={ "/console/items/" (item.id) "?task=" (model.task.id) } { b { (item.name) } } } @else { b { (item.name) } }
            @if let Some(reason) = &item.reason { p { "Skipped: " (reason) } }
        }
        @if works { (item_actions(model, item)) } @else { (badge(Tone::Plain, &item.state)) }
    }
}

fn item_actions(model: &TaskPage, item: &TaskItemRow) -> Markup {
    let to = |verb: &str| format!("/console/tasks/{}/{verb}", model.task.id);
    html! {
        div.actions {
            (link_button(Look::Plain, &format!("/console/items/{}?task={}", item.id, model.task.id), None, "Look"))
            form method="post" action=(to("skip")) {
                (csrf_field(&model.frame)) input type="hidden" name="item" value=(item.id);
                button.button.bare type="submit" { "Skip" }
            }
            form method="post" action=(to("submit")) {
                (csrf_field(&model.frame)) input type="hidden" name="item" value=(item.id);
                button.button.main type="submit" { "Submit" }
            }
        }
    }
}

fn end_dialog(model: &TaskPage) -> Markup {
    let (title, says, verb, path) = match model.own {
        true => (
            "Give this task back?",
            "What you submitted stays. The rest goes to somebody else, and closes for you at once.",
            "Give it back",
            "return",
        ),
        false => (
            "End this task?",
            "Its items close for who holds it within a second, and go to somebody else.",
            "End it",
            "end",
        ),
    };
    let form = html! {
        p.soft { (says) }
        form.form method="post" action={ "/console/tasks/" (model.task.id) "/" (path) } {
            (csrf_field(&model.frame))
            @if !model.own { (Field::text("reason", "Why").most(256).show(&model.problems)) }
            (form_foot(Look::Main, verb, None))
        }
    };
    dialog("end", title, form)
}
