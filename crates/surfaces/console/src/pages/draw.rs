//! What is said about a picture: the tools that draw it, and the list of it.
//!
//! The list is there without script. Drawing is not: it is the script's own.

use maud::{Markup, html};

use crate::kit::{Frame, Icon, Look, Tone, badge, count, csrf_field, icon, section};

/// What is said about a version of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Where it is sent.
    pub to: String,
    /// The version that it is about.
    pub version: String,
    /// The state that it was read from; nothing while nothing is said.
    pub basis: String,
    /// All of it, as the script reads it: the JSON of a set of annotations.
    pub set: String,
    /// The same in words, one line each.
    pub rows: Vec<MarkRow>,
    /// Whether the visitor may say something else.
    pub may_draw: bool,
}

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRow {
    /// What it is an example of.
    pub class: String,
    /// Box, polygon, point or tag.
    pub kind: String,
    /// Where it is, in words.
    pub place: String,
    /// Words about it.
    pub text: Option<String>,
}

const TOOLS: [(&str, Icon, &str, &str); 4] = [
    ("move", Icon::Hand, "Move and choose", "V"),
    ("box", Icon::Box, "Box", "B"),
    ("polygon", Icon::Polygon, "Polygon", "P"),
    ("point", Icon::Point, "Point", "K"),
];

/// The tools above the stage. They are shown by the script that they are of.
pub(super) fn tools(frame: &Frame, drawing: &Drawing) -> Markup {
    html! {
        form.draw method="post" action=(drawing.to) data-draw=(drawing.set) data-may[drawing.may_draw] hidden {
            (csrf_field(frame))
            input type="hidden" name="version" value=(drawing.version);
            input type="hidden" name="basis" value=(drawing.basis);
            @if drawing.may_draw { (hands(drawing)) }
        }
    }
}

fn hands(drawing: &Drawing) -> Markup {
    html! {
        div.tools role="group" aria-label="Tools" {
            @for (tool, sign, says, key) in TOOLS {
                button.button.square.bare type="button" data-tool=(tool) aria-pressed=(if tool == "move" { "true" } else { "false" })
                    aria-label=(says) aria-keyshortcuts=(key) title={ (says) " (" (key) ")" } { (icon(sign)) }
            }
        }
        div.tools.class-of {
            label for="mark-class" { "As" }
            input.input id="mark-class" list="mark-classes" maxlength="128" autocomplete="off" placeholder="class" data-class;
            datalist id="mark-classes" { @for class in classes(drawing) { option value=(class) {} } }
            button.button.bare type="button" data-tag title="Say it of the whole picture" { (icon(Icon::Tag)) "Tag" }
        }
        div.tools.keep {
            button.button.square.bare type="button" data-undo disabled aria-label="Undo" title="Undo (Ctrl Z)" { (icon(Icon::Undo)) }
            button.button.square.bare type="button" data-redo disabled aria-label="Redo" title="Redo (Ctrl Shift Z)" { (icon(Icon::Redo)) }
            button.button.(Look::Main.class()) type="submit" data-save disabled { "Save" }
        }
    }
}

fn classes(drawing: &Drawing) -> Vec<&str> {
    let mut classes: Vec<_> = drawing.rows.iter().map(|row| row.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The list of what is said.
pub(super) fn marks(drawing: &Drawing) -> Markup {
    let says = count(drawing.rows.len() as u64, "annotation", "annotations");
    let list = html! {
        ul.panel.rows.marks data-marks data-none="Nothing is said about this picture yet." {
            @for row in &drawing.rows { (row_of(row)) }
            @if drawing.rows.is_empty() { li.none { p.quiet { "Nothing is said about this picture yet." } } }
        }
        @if drawing.may_draw { noscript { p.hint { "Drawing needs a script of this page, which your browser does not run." } } }
    };
    section(
        "Annotations",
        None,
        html! { span.quiet data-count { (says) } },
        list,
    )
}

fn row_of(row: &MarkRow) -> Markup {
    html! {
        li {
            div.row-text {
                b { (row.class) } " " (badge(Tone::Plain, &row.kind))
                p { (row.place) @if let Some(text) = &row.text { " · " (text) } }
            }
        }
    }
}
