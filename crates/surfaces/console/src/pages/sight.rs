//! Who can see a dataset or an item, and what a member can see: asked of the policies, not of a list of rights.

use access::Class;
use kernel::{ItemId, MemberId};
use maud::{Markup, html};

use super::DatasetRow;
use super::gallery::{dataset_tabs, head_of};
use crate::kit::{
    Column, Frame, Head, Icon, Look, Pager, Place, Table, class_badge, count, empty, link_button, page,
};

/// What the page is about.
#[derive(Debug, Clone)]
pub enum SightAbout {
    /// Who can see this dataset.
    Dataset(DatasetRow),
    /// Who can see this item: the names of its dataset and of itself, for who may know them.
    Item(ItemId, Option<(String, String)>),
    /// What this member can see.
    Member(MemberId, String),
}

/// Somebody, or a dataset, and what can be done.
#[derive(Debug, Clone)]
pub struct SightRow {
    /// The name of the member or the dataset.
    pub name: String,
    /// Its page.
    pub to: String,
    /// What the member is to the team.
    pub class: Option<Class>,
    /// What can be done with the dataset, in a word each.
    pub dataset: Vec<&'static str>,
    /// What can be done with the item, or with every item of the dataset.
    pub items: Vec<&'static str>,
    /// Items of which something else can be done, for a task hands them out.
    pub leased: Vec<SeenItem>,
}

/// An item that a task hands out, and what can be done with it.
#[derive(Debug, Clone)]
pub struct SeenItem {
    /// Which.
    pub id: ItemId,
    /// What can be done, in a word each.
    pub may: Vec<&'static str>,
}

/// Who can see something, or what somebody can see.
#[derive(Debug, Clone)]
pub struct SightPage {
    /// What stands around it.
    pub frame: Frame,
    /// What it is about.
    pub about: SightAbout,
    /// One for each.
    pub rows: Vec<SightRow>,
    /// The path of the whole list as a file.
    pub csv: String,
    /// Where in the list it is.
    pub pager: Pager,
}

const OF_DATASET: [Column; 4] = [
    Column::main("Who"),
    Column::text("Class"),
    Column::text("With the dataset"),
    Column::text("With its items"),
];
const OF_ITEM: [Column; 4] = [
    Column::main("Who"),
    Column::text("Class"),
    Column::text("With the dataset"),
    Column::text("With the item"),
];
const OF_MEMBER: [Column; 3] = [
    Column::main("Dataset"),
    Column::text("With the dataset"),
    Column::text("With its items"),
];

/// Who can see something, or what somebody can see.
pub fn sight(model: &SightPage) -> Markup {
    let frame = &model.frame;
    let content = html! {
        @if let SightAbout::Dataset(dataset) = &model.about { (dataset_tabs(frame, dataset, "access")) }
        div.section-head {
            p.soft { (says(&model.about)) }
            (link_button(Look::Plain, &model.csv, Some(Icon::Download), "All of it as CSV"))
        }
        @if model.rows.is_empty() && model.pager.next.is_none() { (none(&model.about)) }
        @else {
            @if !model.rows.is_empty() { (table(model)) }
            (model.pager.show())
        }
    };
    match &model.about {
        SightAbout::Dataset(dataset) => page(frame, Place::Datasets, &head_of(frame, dataset), content),
        SightAbout::Item(_, None) => page(
            frame,
            Place::Datasets,
            &Head::new("Who can see this item"),
            content,
        ),
        SightAbout::Item(id, Some((dataset, name))) => {
            let head = Head::new(format!("Who can see {name}"))
                .below("/console/datasets", "Datasets")
                .below(format!("/console/datasets/{dataset}"), dataset)
                .below(format!("/console/items/{id}"), name);
            page(frame, Place::Datasets, &head, content)
        }
        SightAbout::Member(id, name) => {
            let head = Head::new(format!("What {name} can see"))
                .below("/console/team", "Members")
                .below(format!("/console/team/{id}"), name);
            page(frame, Place::Team, &head, content)
        }
    }
}

const fn says(about: &SightAbout) -> &'static str {
    match about {
        SightAbout::Dataset(_) | SightAbout::Item(..) => {
            "Everybody who can do something with it now, as the policies decide it. A key that is narrowed does less than its member."
        }
        SightAbout::Member(..) => {
            "Every dataset in which they can do something now, as the policies decide it. A key that is narrowed does less than its member."
        }
    }
}

fn none(about: &SightAbout) -> Markup {
    let (title, says) = match about {
        SightAbout::Member(..) => (
            "Nothing",
            "They can do nothing in any dataset. Workforce managers and workers see what they are given; whoever is shut out sees nothing.",
        ),
        SightAbout::Dataset(_) | SightAbout::Item(..) => (
            "Nobody",
            "No member of the team can do anything with it at present.",
        ),
    };
    empty(Icon::Lock, title, says, html! {})
}

fn table(model: &SightPage) -> Markup {
    let rows = model.rows.iter();
    match &model.about {
        SightAbout::Member(..) => rows
            .fold(Table::new("Datasets", &OF_MEMBER), |table, row| {
                table.row([name(row), words(&row.dataset), items(row)])
            })
            .show(),
        about => {
            let columns = match about {
                SightAbout::Item(..) => &OF_ITEM,
                _ => &OF_DATASET,
            };
            rows.fold(Table::new("Members", columns), |table, row| {
                let class = html! { @if let Some(class) = row.class { (class_badge(class)) } };
                table.row([name(row), class, words(&row.dataset), items(row)])
            })
            .show()
        }
    }
}

fn name(row: &SightRow) -> Markup {
    html! { a.break href=(row.to) { (row.name) } }
}

fn words(all: &[&'static str]) -> Markup {
    html! { @if all.is_empty() { span.quiet { "nothing" } } @else { (all.join(", ")) } }
}

fn items(row: &SightRow) -> Markup {
    html! {
        (words(&row.items))
        @if !row.leased.is_empty() {
            details.leased {
                summary { (count(row.leased.len() as u64, "item by a task", "items by a task")) }
                ul {
                    @for item in &row.leased {
                        li { a.mono href={ "/console/items/" (item.id) } { (item.id) } " " (words(&item.may)) }
                    }
                }
            }
        }
    }
}
