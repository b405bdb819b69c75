//! Tables, which fold into one card per row on a phone.

use maud::{Markup, html};

/// A column: what it holds, and how it stands.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    class: &'static str,
}

impl Column {
    /// What the row is about.
    pub const fn main(name: &'static str) -> Self {
        Self {
            name,
            class: "of-main",
        }
    }

    /// Something else about it.
    pub const fn text(name: &'static str) -> Self {
        Self { name, class: "" }
    }

    /// A number, to be compared with those above and below.
    pub const fn number(name: &'static str) -> Self {
        Self {
            name,
            class: "of-number",
        }
    }

    /// What can be done about it; the name is read out, not shown.
    pub const fn action() -> Self {
        Self {
            name: "",
            class: "of-action",
        }
    }
}

/// A table under way.
pub struct Table<'a> {
    name: &'a str,
    columns: &'a [Column],
    rows: Vec<Markup>,
}

impl<'a> Table<'a> {
    /// A table of this name, which is read out and not shown.
    pub const fn new(name: &'a str, columns: &'a [Column]) -> Self {
        Self {
            name,
            columns,
            rows: Vec::new(),
        }
    }

    /// One more row: a cell for each column.
    #[must_use]
    pub fn row<const N: usize>(self, cells: [Markup; N]) -> Self {
        self.styled_row("", cells)
    }

    /// A row about something that is over: disabled, invalidated, ended.
    #[must_use]
    pub fn row_over<const N: usize>(self, over: bool, cells: [Markup; N]) -> Self {
        self.styled_row(if over { "over" } else { "" }, cells)
    }

    fn styled_row<const N: usize>(mut self, class: &str, cells: [Markup; N]) -> Self {
        self.rows.push(html! {
            tr.(class) {
                @for (column, cell) in self.columns.iter().zip(&cells) {
                    td.(column.class) data-label=(column.name) { div { (cell) } }
                }
            }
        });
        self
    }

    /// The table.
    pub fn show(&self) -> Markup {
        html! {
            div.table-box tabindex="0" role="region" aria-label=(self.name) {
                table.table.folds {
                    thead { tr { @for column in self.columns { (heading(*column)) } } }
                    tbody { @for row in &self.rows { (row) } }
                }
            }
        }
    }
}

fn heading(column: Column) -> Markup {
    html! {
        th.(column.class) scope="col" {
            @if column.name.is_empty() { span.only-read { "Actions" } } @else { (column.name) }
        }
    }
}
