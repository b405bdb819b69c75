//! Text, records and tables in the viewer. Values are covered; one is shown to who says why.

use maud::{Markup, html};

use crate::kit::{
    Column, Field, Frame, Icon, Pager, Problems, Table, Tone, badge, csrf_field, empty, icon, notice,
};

/// A page of a text, a record or a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TextView {
    /// Running text.
    pub text: Option<String>,
    /// What a record or a table holds.
    pub values: Vec<ValueRow>,
    /// Where the form goes that shows a value.
    pub reveal: String,
    /// What the form carries besides: the version and the page, where they are not the first of theirs.
    pub carried: Vec<(String, String)>,
    /// What was said why, when the form is shown again.
    pub reason: String,
    /// Who looks and when, for who may look and not take.
    pub mark: Option<String>,
    /// Where in the text it is.
    pub pager: Pager,
    /// What was wrong with the form before.
    pub problems: Problems,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// Where it stands, as a JSON pointer.
    pub path: String,
    /// What it is, in a word.
    pub kind: String,
    /// What it says, if that was asked for.
    pub value: Option<String>,
}

const VALUES: [Column; 3] = [Column::main("Where"), Column::text("Value"), Column::action()];

/// The viewer of a text.
pub(super) fn excerpt(frame: &Frame, view: &TextView) -> Markup {
    html! {
        div.reading {
            @if let Some(mark) = &view.mark { p.quiet.line { (icon(Icon::Shield)) span { "Shown to " (mark) } } }
            @match &view.text {
                Some(text) => { pre.paper tabindex="0" aria-label="The text" { (text) } }
                None => (values(frame, view)),
            }
            @if view.pager.first.is_some() || view.pager.next.is_some() { (view.pager.show()) }
        }
    }
}

fn values(frame: &Frame, view: &TextView) -> Markup {
    if view.values.is_empty() {
        return empty(
            Icon::Record,
            "Nothing in it",
            "This record has no values.",
            html! {},
        );
    }
    let table = view
        .values
        .iter()
        .fold(Table::new("Values", &VALUES), |table, row| table.row(cells(row)));
    html! {
        (view.problems.summary())
        form.form.values-form method="post" action=(view.reveal) {
            (csrf_field(frame))
            @for (name, value) in &view.carried { input type="hidden" name=(name) value=(value); }
            @if view.values.iter().all(|row| row.value.is_none()) {
                (notice(Tone::Note, "Values are covered", html! { p { "Say why you need one, then show it. The trail keeps which one and why, and not what it says." } }))
            }
            (Field::text("reason", "Why").value(&view.reason).autocomplete("off").most(256).show(&view.problems))
            (table.show())
        }
    }
}

fn cells(row: &ValueRow) -> [Markup; 3] {
    [
        html! { code.break { (row.path) } },
        match &row.value {
            Some(value) => html! { b.break { (value) } " " (badge(Tone::Care, "shown")) },
            None => html! { span.covered { (row.kind) } },
        },
        html! {
            @if row.value.is_none() {
                button.button.bare type="submit" name="path" value=(row.path) aria-label={ "Show " (row.path) } { "Show" }
            }
        },
    ]
}
