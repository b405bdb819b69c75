//! The class table: who may do what, computed from the policies that decide.

use access::{Class, Matrix, Row, Situation};
use maud::{Markup, html};

use crate::kit::{
    Frame, Head, Icon, Place, Problems, Width, class_says, class_word, facts, filters, icon, page, section,
    select,
};

/// The class table.
#[derive(Debug, Clone)]
pub struct ClassesPage {
    /// What stands around it.
    pub frame: Frame,
    /// The table.
    pub matrix: Matrix,
    /// The situation that is shown.
    pub situation: Situation,
}

/// Classes of a team; the operator's staff and the public stand aside.
const SHOWN: [Class; 10] = Class::ALL;

/// The class table.
pub fn classes(model: &ClassesPage) -> Markup {
    let head = Head::new("Who may do what")
        .lede("Computed from the policies that decide each request. What has no mark is refused.")
        .width(Width::Usual);
    let found = model
        .matrix
        .tables
        .iter()
        .find(|table| table.situation == model.situation);
    let rows = found.map(|table| table.rows.as_slice()).unwrap_or_default();
    let content = html! {
        (chooser(model))
        (table(model, rows))
        (section("The classes", None, html! {}, html! {
            div.panel.padded { (facts(SHOWN.map(|class| (class_word(class), html! { (class_says(class)) })))) }
        }))
    };
    page(&model.frame, Place::Rights, &head, content)
}

fn chooser(model: &ClassesPage) -> Markup {
    let names: Vec<(String, &str)> = Situation::ALL
        .iter()
        .map(|situation| (word(*situation), situation.says()))
        .collect();
    let options: Vec<_> = names.iter().map(|(word, says)| (word.as_str(), *says)).collect();
    let chosen = word(model.situation);
    let field = html! {
        div.field.grows { (select("situation", "Situation", &options, &chosen, &Problems::default())) }
    };
    filters("/console/classes", field, model.situation != Situation::Normal)
}

/// The word of a situation in addresses.
pub(crate) fn word(situation: Situation) -> String {
    let place = Situation::ALL.iter().position(|other| *other == situation);
    place.unwrap_or_default().to_string()
}

fn table(model: &ClassesPage, rows: &[Row]) -> Markup {
    let mine = |class: Class| (class == model.frame.class).then_some("mine");
    html! {
        div.table-box tabindex="0" role="region" aria-label="Who may do what" {
            table.table.rights {
                thead { tr {
                    th scope="col" { "May" }
                    @for class in SHOWN { th scope="col" class=[mine(class)] { (class_word(class)) } }
                } }
                tbody {
                    @for (index, row) in rows.iter().enumerate() {
                        @if index == 0 || noun(&rows[index - 1]) != noun(row) {
                            tr.noun { th colspan="10" scope="rowgroup" { (noun_words(noun(row))) } }
                        }
                        tr {
                            th scope="row" { (row.action.says()) }
                            @for (class, allowed) in SHOWN.into_iter().zip(&row.allowed) { (cell(mine(class), *allowed)) }
                        }
                    }
                }
            }
        }
    }
}

fn cell(mine: Option<&str>, allowed: bool) -> Markup {
    html! {
        td class=[mine] {
            @if allowed { span.yes { (icon(Icon::Check)) span.only-read { "yes" } } }
            @else { span.no { "–" span.only-read { " no" } } }
        }
    }
}

fn noun(row: &Row) -> &'static str {
    row.action.as_str().split('.').next().unwrap_or_default()
}

fn noun_words(noun: &str) -> &str {
    match noun {
        "tenant" => "The team",
        "root" => "The root key",
        "contract" => "The contract",
        "recovery" => "Recovery",
        "member" => "Members",
        "key" => "API keys",
        "dataset" => "Datasets",
        "grant" => "Grants",
        "item" => "Items",
        "record" => "Records",
        "subject" => "People the data is about",
        "task" => "Tasks",
        "export" => "Exports",
        "share" => "Sharing with the public",
        "trail" => "The trail",
        "receipt" => "Receipts",
        "access" => "This table",
        other => other,
    }
}
