//! A document as PDF: A4, one column, tables that go on over pages with their heads repeated.
//!
//! Promises: every word is in it, broken over lines and pages but never cut off; the fonts come with it; the same document gives the same
//! bytes. Leaves out: letters that the font does not have, which are drawn as boxes, and scripts that have to be shaped.

mod layout;
mod letters;

use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};

use super::{Block, Document};
use crate::error::{Error, Result};
use layout::{Layout, Sheet};
use letters::Letters;

/// The fonts that come with the program cannot be used: a fault of the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fonts that come with the program cannot be used")]
pub struct BadFont;

/// The bytes of the PDF.
pub(crate) fn write(document: &Document) -> Result<Vec<u8>> {
    let letters = Letters::load()?;
    let mut layout = Layout::over(&letters);
    layout.title(&document.title);
    for (name, value) in &document.about {
        layout.pair(name, value);
    }
    for block in &document.blocks {
        match block {
            Block::Section(title) => layout.section(title),
            Block::Part(title) => layout.part(title),
            Block::Text(text) => layout.text(text),
            Block::List(points) => points.iter().for_each(|point| layout.point(point)),
            Block::Table(table) => layout.table(table),
        }
    }
    let (sheets, sections) = layout.finish();
    drawn(document, &letters, &sheets, &sections)
}

fn drawn(
    document: &Document,
    letters: &Letters,
    sheets: &[Sheet],
    sections: &[(String, usize, f32)],
) -> Result<Vec<u8>> {
    let mut pdf = Pdf::new_with(SerializeSettings::default());
    for (index, sheet) in sheets.iter().enumerate() {
        sheet.draw(&mut pdf, letters, (&document.title, index + 1, sheets.len()));
    }
    let mut outline = Outline::new();
    for (title, page, y) in sections {
        let place = XyzDestination::new(*page, Point::from_xy(0.0, *y));
        outline.push_child(OutlineNode::new(title.clone(), place));
    }
    pdf.set_outline(outline);
    pdf.set_metadata(
        Metadata::new()
            .title(document.title.clone())
            .language("en".to_owned()),
    );
    pdf.finish()
        .map_err(|error| Error::BrokenOff(format!("the PDF cannot be written: {error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let mut document = Document {
            title: "A report".into(),
            about: vec![("Period".into(), "2026".into())],
            ..Document::default()
        };
        document.section("One");
        document.text("word ".repeat(2_000));
        document.text("x".repeat(5_000));
        let rows = (0..300)
            .map(|row| vec![format!("row {row}"), "long ".repeat(row % 40), "\u{1F980}".into()])
            .collect();
        document.table(&[("name", 1), ("what", 3), ("#n", 1)], rows);
        document
    }

    #[test]
    fn long_words_long_tables_and_unknown_letters_make_pages_and_the_same_each_time() {
        let bytes = write(&document()).unwrap();
        assert!(bytes.starts_with(b"%PDF-") && bytes.len() > 10_000);
        assert_eq!(bytes, write(&document()).unwrap());
    }
}
