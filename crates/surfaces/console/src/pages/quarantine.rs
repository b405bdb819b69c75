//! What a dataset holds in quarantine: the list, and letting one thing out.

use access::Action;
use kernel::{ItemId, Timestamp, VersionId};
use maud::{Markup, html};

use super::DatasetRow;
use super::gallery::{dataset_tabs, head_of};
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, bytes,
    csrf_field, empty, facts, form_foot, notice, page, when,
};

/// A version in quarantine.
#[derive(Debug, Clone)]
pub struct HeldRow {
    /// The item.
    pub item: ItemId,
    /// Its version that is held.
    pub version: VersionId,
    /// The item's name.
    pub name: String,
    /// 1 for the item's first version, then counting.
    pub number: u64,
    /// Why it could not be cleaned.
    pub reason: String,
    /// Bytes.
    pub size: u64,
    /// Since when it is held.
    pub since: Timestamp,
}

/// What a dataset holds in quarantine.
#[derive(Debug, Clone)]
pub struct QuarantinePage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// Whether the dataset takes out what identifies people at present.
    pub cleans: bool,
    /// What is held, oldest first.
    pub held: Vec<HeldRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const HELD: [Column; 5] = [
    Column::main("Name"),
    Column::text("Why it is held"),
    Column::number("Size"),
    Column::text("Since"),
    Column::action(),
];

/// What a dataset holds in quarantine.
pub fn quarantine(model: &QuarantinePage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let table = model
        .held
        .iter()
        .fold(Table::new("In quarantine", &HELD), |table, row| {
            table.row(cells(frame, row))
        });
    let content = html! {
        (dataset_tabs(frame, dataset, "quarantine"))
        @if model.held.is_empty() { (none(model)) }
        @else {
            p.soft { "These could not be cleaned of what identifies people. Nobody sees them, in no listing and by no key, until they are released." }
            (table.show())
            (model.pager.show())
        }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

fn none(model: &QuarantinePage) -> Markup {
    let says = match model.cleans {
        true => {
            "This dataset takes out what identifies people. What cannot be cleaned waits here, out of everybody’s sight, until somebody decides."
        }
        false => {
            "This dataset takes things in as they are. Where a dataset cleans what comes in, what cannot be cleaned waits here."
        }
    };
    empty(Icon::Shield, "Nothing is in quarantine", says, html! {})
}

fn cells(frame: &Frame, row: &HeldRow) -> [Markup; 5] {
    let at = |verb: &str| format!("/console/items/{}/quarantine/{}/{verb}", row.item, row.version);
    [
        html! { b.break { (row.name) } @if row.number > 1 { " " (badge(Tone::Plain, &format!("v{}", row.number))) } },
        html! { (row.reason) },
        html! { (bytes(row.size)) },
        when(row.since, frame.now),
        html! {
            div.actions {
                @if frame.may(Action::QuarantineRelease) {
                    a.button href=(at("release")) aria-label={ "Release " (row.name) } { "Release…" }
                }
                @if frame.may(Action::QuarantineDelete) {
                    a.button.danger href=(at("delete")) aria-label={ "Delete " (row.name) } { "Delete…" }
                }
            }
        },
    ]
}

/// Letting something out of quarantine.
#[derive(Debug, Clone)]
pub struct ReleasePage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// What is let out.
    pub held: HeldRow,
    /// What stood in the form.
    pub reason: String,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Letting something out of quarantine.
pub fn release(model: &ReleasePage) -> Markup {
    let (frame, held) = (&model.frame, &model.held);
    let dataset = format!("/console/datasets/{}", model.dataset.name);
    let back = format!("{dataset}/quarantine");
    let head = Head::new(format!("Release {}?", held.name))
        .below("/console/datasets", "Datasets")
        .below(dataset, &model.dataset.name)
        .below(&back, "Quarantine")
        .width(Width::Narrow);
    let to = format!("/console/items/{}/quarantine/{}/release", held.item, held.version);
    let content = html! {
        (model.problems.summary())
        (notice(Tone::Care, "It was not cleaned", html! {
            p { "Whoever may look at the dataset sees it from then on as it came in, with whatever it says about people." }
        }))
        div.panel.padded {
            (facts([
                ("Why it is held", html! { (held.reason) }),
                ("Size", html! { (bytes(held.size)) }),
                ("Held since", when(held.since, frame.now)),
            ]))
        }
        form.form method="post" action=(to) {
            (csrf_field(frame))
            (Field::text("reason", "Why you let it out").value(&model.reason).autocomplete("off").most(500)
                .hint("The trail keeps it.").focus().show(&model.problems))
            (form_foot(Look::Main, "Release", Some(&back)))
        }
    };
    page(frame, Place::Datasets, &head, content)
}
