//! Exports of a dataset: what there is, and making the next.

use access::Action;
use kernel::Timestamp;
use maud::{Markup, html};

use super::DatasetRow;
use super::gallery::{dataset_tabs, head_of};
use crate::kit::{
    Column, Field, Frame, Icon, Look, Pager, Place, Problems, Table, Tone, badge, bytes, csrf_field, date,
    empty, form_foot, page, section, select,
};

/// An export in a list.
#[derive(Debug, Clone)]
pub struct ExportRow {
    /// Its number.
    pub number: u64,
    /// Whether it is whole.
    pub whole: bool,
    /// When it was begun.
    pub made: Timestamp,
    /// How many items it names.
    pub items: u64,
    /// Their bytes together.
    pub size: u64,
    /// The format in which annotations go along.
    pub format: Option<&'static str>,
}

/// The exports of a dataset.
#[derive(Debug, Clone)]
pub struct ExportsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// Its exports.
    pub exports: Vec<ExportRow>,
    /// Where in the list it is.
    pub pager: Pager,
    /// What was wrong with the form before.
    pub problems: Problems,
}

const COLUMNS: [Column; 6] = [
    Column::main("Export"),
    Column::number("Items"),
    Column::number("Size"),
    Column::text("Made"),
    Column::text("Annotations"),
    Column::action(),
];

/// The exports.
pub fn exports(model: &ExportsPage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let table = model
        .exports
        .iter()
        .fold(Table::new("Exports", &COLUMNS), |table, row| {
            table.row(cells(model, row))
        });
    let says = "An export names one version of each item and never changes. It holds no copy: what is deleted is gone from it.";
    let content = html! {
        (dataset_tabs(frame, dataset, "exports"))
        (model.problems.summary())
        @if model.exports.is_empty() {
            (empty(Icon::Download, "No exports yet", says, html! {}))
        } @else { (table.show()) (model.pager.show()) }
        @if frame.may(Action::ExportCreate) && !dataset.archived { (make(model)) }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

fn cells(model: &ExportsPage, row: &ExportRow) -> [Markup; 6] {
    let (frame, at) = (
        &model.frame,
        format!("/console/datasets/{}/exports", model.dataset.name),
    );
    [
        html! { b { "Export " (row.number) } @if !row.whole { " " (badge(Tone::Care, "Unfinished")) } },
        html! { (row.items) },
        html! { (bytes(row.size)) },
        html! { (date(row.made)) },
        html! { @match row.format { Some(format) => (format), None => span.quiet { "none" } } },
        html! {
            @if frame.may(Action::ExportDelete) {
                a.button.bare href={ (at) "/" (row.number) "/delete" } aria-label={ "Delete export " (row.number) } { "Delete…" }
            }
        },
    ]
}

fn make(model: &ExportsPage) -> Markup {
    let formats = [
        ("", "No annotations"),
        ("coco", "COCO"),
        ("darwin", "Darwin JSON"),
    ];
    let form = html! {
        form.form.panel.padded method="post" action={ "/console/datasets/" (model.dataset.name) "/exports" } {
            (csrf_field(&model.frame))
            div.two {
                (Field::text("prefix", "Names that begin with").optional().most(1024).show(&model.problems))
                (Field::text("class", "About which is said").optional().hint("A class of annotations.").most(128).show(&model.problems))
                (select("format", "What is said about them", &formats, "", &model.problems))
            }
            (form_foot(Look::Plain, "Make an export", None))
        }
    };
    let says = "Of all active items that fit. What is restricted or in quarantine is left out.";
    section("The next export", Some(says), html! {}, form)
}
