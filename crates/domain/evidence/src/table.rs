//! Tables as CSV (RFC 4180), line by line.

use std::io::{self, Write};

use crate::error::{Error, Result};

/// A table on its way out.
pub(crate) struct Table<'a> {
    name: &'static str,
    lines: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Table<'a> {
    /// Writes the names of the columns.
    pub(crate) fn begin(name: &'static str, file: &'a mut dyn Write, columns: &[&str]) -> Result<Self> {
        let mut table = Self {
            name,
            lines: csv::Writer::from_writer(file),
        };
        table.line(columns)?;
        Ok(table)
    }

    /// One line.
    pub(crate) fn line(&mut self, cells: &[impl AsRef<str>]) -> Result<()> {
        let cells = cells.iter().map(|cell| harmless(cell.as_ref()));
        let written = self.lines.write_record(cells);
        written.map_err(|error| failed(self.name, error.into()))
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> Result<()> {
        self.lines.flush().map_err(|error| failed(self.name, error))
    }
}

fn failed(name: &str, source: io::Error) -> Error {
    Error::File {
        path: name.to_owned(),
        source,
    }
}

/// The cell, with an apostrophe before what a spreadsheet would take for a formula.
pub(crate) fn harmless(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        let mut bytes = Vec::new();
        let mut table = Table::begin("t.csv", &mut bytes, &["a", "b"]).unwrap();
        table.line(&["=1+1", "x,\"y\"\nz"]).unwrap();
        table.end().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "a,b\n'=1+1,\"x,\"\"y\"\"\nz\"\n"
        );
    }
}
