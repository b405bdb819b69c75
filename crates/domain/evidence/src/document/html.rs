//! A document as one page that needs nothing from elsewhere.
//!
//! Promises: works without script and offline, is read by a screen reader in order, follows the light of the device, prints, and is no
//! wider than a phone. The colours are those of the console.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Block, Document, Table};

const STYLE: &str = include_str!("page.css");

/// The page.
pub(crate) fn page(document: &Document) -> String {
    let sections: Vec<&String> = document.blocks.iter().filter_map(section).collect();
    let mut number = 0;
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="robots" content="noindex";
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        h1 { (document.title) }
                        dl { @for (name, value) in &document.about { div { dt { (name) } dd { (value) } } } }
                    }
                    nav aria-label="Contents" {
                        ol { @for (index, title) in sections.iter().enumerate() {
                            li { a href=(format!("#s{}", index + 1)) { (title) } }
                        } }
                    }
                    @for block in &document.blocks { (one(block, &mut number)) }
                }
            }
        }
    };
    whole.into_string()
}

fn section(block: &Block) -> Option<&String> {
    match block {
        Block::Section(title) => Some(title),
        _ => None,
    }
}

fn one(block: &Block, number: &mut usize) -> Markup {
    match block {
        Block::Section(title) => {
            *number += 1;
            html! { h2 id=(format!("s{number}")) { (title) } }
        }
        Block::Part(title) => html! { h3 { (title) } },
        Block::Text(text) => html! { p { (text) } },
        Block::List(points) => html! { ul { @for point in points { li { (point) } } } },
        Block::Table(table) => of_table(table),
    }
}

fn of_table(table: &Table) -> Markup {
    let class = |numbers: bool| numbers.then_some("n");
    html! {
        div.wide tabindex="0" role="region" aria-label="Table" {
            table {
                thead { tr { @for column in &table.columns { th scope="col" class=[class(column.numbers)] { (column.name) } } } }
                tbody {
                    @for row in &table.rows {
                        tr { @for (cell, column) in row.iter().zip(&table.columns) {
                            td class=[class(column.numbers)] { (cell) }
                        } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text_and_nothing_comes_from_elsewhere() {
        let mut document = Document {
            title: "<script>alert(1)</script>".into(),
            ..Document::default()
        };
        document.section("A & B");
        document.table(&[("name", 1), ("#runs", 1)], vec![vec!["<b>".into(), "3".into()]]);
        let page = page(&document);
        assert!(!page.contains("<script>") && !page.contains("<b>") && page.contains("A &amp; B"));
        assert!(page.contains("href=\"#s1\"") && page.contains("id=\"s1\""));
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("url("));
    }
}
