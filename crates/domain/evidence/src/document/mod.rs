//! A document as what it says: headings, paragraphs, tables; drawn as a page and as PDF.
//!
//! Promises: both say the same in the same order. Leaves out: what it says.

mod html;
mod pdf;

pub(crate) use html::page;
pub(crate) use pdf::{BadFont, write as pdf};

/// A document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    pub(crate) title: String,
    /// What stands below the title.
    pub(crate) about: Vec<(String, String)>,
    pub(crate) blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// Begins a section, and is in the list of contents.
    Section(String),
    /// Begins a part of a section.
    Part(String),
    /// A paragraph.
    Text(String),
    /// Points.
    List(Vec<String>),
    /// A table.
    Table(Table),
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its part of the width, against those of the others.
    pub(crate) width: u16,
    /// Whether numbers stand in it, which stand at the right.
    pub(crate) numbers: bool,
}

impl Document {
    pub(crate) fn section(&mut self, title: &str) {
        self.blocks.push(Block::Section(title.to_owned()));
    }

    pub(crate) fn part(&mut self, title: &str) {
        self.blocks.push(Block::Part(title.to_owned()));
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    pub(crate) fn list(&mut self, points: Vec<String>) {
        self.blocks.push(Block::List(points));
    }

    /// A table; a column whose name begins with `#` holds numbers.
    pub(crate) fn table(&mut self, columns: &[(&str, u16)], rows: Vec<Vec<String>>) {
        let column = |(name, width): &(&str, u16)| Column {
            name: name.trim_start_matches('#').to_owned(),
            width: *width,
            numbers: name.starts_with('#'),
        };
        let columns = columns.iter().map(column).collect();
        self.blocks.push(Block::Table(Table { columns, rows }));
    }
}
