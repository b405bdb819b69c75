//! Datasets: the list, and making one.

use access::Action;
use kernel::Timestamp;
use maud::{Markup, html};

use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, csrf_field,
    date, empty, form_foot, link_button, open_badge, page, textarea,
};

/// A dataset in a list.
#[derive(Debug, Clone)]
pub struct DatasetRow {
    /// Its name, which is also its path.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether the public can see it.
    pub open: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Where its bytes lie.
    pub region: String,
    /// Whether it hands out tasks.
    pub hands_out: bool,
    /// When it was made.
    pub made: Timestamp,
}

/// The list of datasets.
#[derive(Debug, Clone)]
pub struct DatasetsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The datasets of this page.
    pub datasets: Vec<DatasetRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const DATASETS: [Column; 4] = [
    Column::main("Name"),
    Column::text("State"),
    Column::text("Region"),
    Column::text("Made"),
];

/// The datasets.
pub fn datasets(model: &DatasetsPage) -> Markup {
    let frame = &model.frame;
    let make = html! {
        @if frame.may(Action::DatasetCreate) {
            (link_button(Look::Main, "/console/datasets/new", Some(Icon::Plus), "New dataset"))
        }
    };
    let head = Head::new("Datasets").actions(make.clone());
    let table = model
        .datasets
        .iter()
        .fold(Table::new("Datasets", &DATASETS), |table, row| {
            table.row_over(row.archived, dataset_cells(row))
        });
    let content = html! {
        @if model.datasets.is_empty() { (none(frame, make)) }
        @else { (table.show()) (model.pager.show()) }
    };
    page(frame, Place::Datasets, &head, content)
}

fn none(frame: &Frame, make: Markup) -> Markup {
    let (title, says) = if frame.may(Action::DatasetCreate) {
        (
            "No datasets yet",
            "A dataset is a named collection of files and records under a key of its own. S3 clients see it as a bucket.",
        )
    } else {
        (
            "No dataset was given to you yet",
            "An admin of the team gives datasets to those who lead work in them.",
        )
    };
    empty(Icon::Dataset, title, says, make)
}

fn dataset_cells(row: &DatasetRow) -> [Markup; 4] {
    [
        html! {
            a href={ "/console/datasets/" (row.name) } { (row.name) }
            @if !row.description.is_empty() { span.under { (row.description) } }
        },
        html! {
            span.actions {
                @if row.open { (open_badge()) }
                @if row.archived { (badge(Tone::Plain, "Archived")) }
                @if row.hands_out { (badge(Tone::Note, "Hands out tasks")) }
                @if !row.open && !row.archived && !row.hands_out { (badge(Tone::Plain, "Closed")) }
            }
        },
        html! { (row.region) },
        html! { (date(row.made)) },
    ]
}

/// The form that makes a dataset.
#[derive(Debug, Clone)]
pub struct NewDatasetPage {
    /// What stands around it.
    pub frame: Frame,
    /// Places its bytes can lie in, the usual one first.
    pub regions: Vec<String>,
    /// What stood in the form.
    pub name: String,
    /// What stood in the form.
    pub description: String,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Making a dataset.
pub fn new_dataset(model: &NewDatasetPage) -> Markup {
    let head = Head::new("New dataset")
        .below("/console/datasets", "Datasets")
        .lede("It gets a key of its own, and is closed to the public.")
        .width(Width::Narrow);
    let hint = "3 to 63 lowercase letters, digits, hyphens and dots. It is also the name of its bucket.";
    let regions: Vec<_> = model
        .regions
        .iter()
        .map(|region| (region.as_str(), region.as_str()))
        .collect();
    let content = html! {
        (model.problems.summary())
        form.form method="post" action="/console/datasets/new" {
            (csrf_field(&model.frame))
            (Field::text("name", "Name").value(&model.name).autocomplete("off").hint(hint).most(63).focus().show(&model.problems))
            (textarea("description", "What it is for", &model.description, None, &model.problems))
            @if model.regions.len() > 1 {
                (crate::kit::select("region", "Where its bytes lie", &regions, "", &model.problems))
            }
            (form_foot(Look::Main, "Make the dataset", Some("/console/datasets")))
        }
    };
    page(&model.frame, Place::Datasets, &head, content)
}
