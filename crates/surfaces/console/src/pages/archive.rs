//! The archived items of a dataset: back into use, or gone for good.

use access::Action;
use kernel::{ItemId, Timestamp};
use maud::{Markup, html};

use super::DatasetRow;
use super::gallery::{dataset_tabs, head_of};
use crate::kit::{
    Column, Frame, Icon, Look, Pager, Place, Table, Tone, badge, bytes, empty, page, post_button, when,
};

/// An archived item.
#[derive(Debug, Clone)]
pub struct ArchivedRow {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Bytes of its newest version.
    pub size: u64,
    /// When it was archived.
    pub archived: Timestamp,
    /// Whether a hold keeps it.
    pub held: bool,
}

/// The list of archived items.
#[derive(Debug, Clone)]
pub struct ArchivePage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// The items of this page.
    pub items: Vec<ArchivedRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const ARCHIVED: [Column; 4] = [
    Column::main("Name"),
    Column::number("Size"),
    Column::text("Archived"),
    Column::action(),
];

/// The archived items.
pub fn archived_items(model: &ArchivePage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let table = model
        .items
        .iter()
        .fold(Table::new("Archived items", &ARCHIVED), |table, row| {
            table.row(cells(frame, row))
        });
    let content = html! {
        (dataset_tabs(frame, dataset, "archived"))
        @if model.items.is_empty() {
            (empty(Icon::Archive, "Nothing is archived", "Archive items instead of deleting them: what is archived can be restored, and only what is archived can be deleted.", html! {}))
        } @else { (table.show()) (model.pager.show()) }
    };
    page(frame, Place::Datasets, &head_of(frame, dataset), content)
}

fn cells(frame: &Frame, row: &ArchivedRow) -> [Markup; 4] {
    [
        html! {
            a href={ "/console/items/" (row.id) } { (row.name) }
            @if row.held { " " (badge(Tone::Care, "On hold")) }
        },
        html! { (bytes(row.size)) },
        when(row.archived, frame.now),
        html! {
            div.actions {
                @if frame.may(Action::ItemRestore) {
                    (post_button(frame, Look::Plain, &format!("/console/items/{}/restore", row.id), "Restore"))
                }
                @if frame.may(Action::ItemDelete) && !row.held {
                    a.button.danger href={ "/console/items/" (row.id) "/delete" } { "Delete…" }
                }
            }
        },
    ]
}
