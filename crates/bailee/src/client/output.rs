//! What commands print: tables for people, lines of JSON for programs.
//!
//! Promises: results go to standard output and everything else to standard error; with `--json` every result is
//! one line with one JSON object, as the server sent it; foreign text cannot move the cursor of a terminal or turn
//! the direction of a line.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::BinaryBytes;
use serde_json::Value;

use super::failure::Failure;

/// Where results go.
pub(crate) struct Output {
    json: bool,
    sink: Mutex<Box<dyn Write + Send>>,
}

/// A column of a table: its title, and where its value is in a row (RFC 6901).
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) pointer: &'static str,
    pub(crate) form: Form,
}

/// How a value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Bytes,
}

/// A column of text.
pub(crate) const fn text(title: &'static str, pointer: &'static str) -> Column {
    Column {
        title,
        pointer,
        form: Form::Text,
    }
}

/// A column of sizes in bytes.
pub(crate) const fn bytes(title: &'static str, pointer: &'static str) -> Column {
    Column {
        title,
        pointer,
        form: Form::Bytes,
    }
}

impl Output {
    /// To standard output.
    pub(crate) fn standard(json: bool) -> Self {
        Self::to(json, Box::new(io::stdout()))
    }

    /// To anything.
    pub(crate) fn to(json: bool, sink: Box<dyn Write + Send>) -> Self {
        Self {
            json,
            sink: Mutex::new(sink),
        }
    }

    /// Whether programs read this.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// One line of text.
    pub(crate) fn line(&self, line: impl fmt::Display) -> Result<(), Failure> {
        self.write(format!("{line}\n").as_bytes())
    }

    /// Bytes as they are.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        match sink.write_all(bytes).and_then(|()| sink.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
            other => other.map_err(Failure::file("write to", "standard output".as_ref())),
        }
    }

    /// One result: its JSON for programs, this text for people.
    pub(crate) fn result(&self, value: &Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            self.line(value)
        } else {
            self.line(text())
        }
    }

    /// One result as names and values, one per line.
    pub(crate) fn record(&self, value: &Value, columns: &[Column]) -> Result<(), Failure> {
        if self.json {
            return self.line(value);
        }
        let width = columns.iter().map(|column| column.title.len()).max().unwrap_or(0);
        for column in columns {
            let Some(cell) = column.cell(value) else { continue };
            self.line(format_args!("{:width$}  {cell}", column.title.to_lowercase()))?;
        }
        Ok(())
    }

    /// Results as a table; `first` says whether its head is still to come.
    pub(crate) fn rows(&self, columns: &[Column], rows: &[Value], first: bool) -> Result<(), Failure> {
        if self.json {
            return rows.iter().try_for_each(|row| self.line(row));
        }
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                columns
                    .iter()
                    .map(|column| column.cell(row).unwrap_or_else(|| "-".to_owned()))
                    .collect()
            })
            .collect();
        let width = |at: usize| {
            cells
                .iter()
                .map(|row| row[at].chars().count())
                .chain([columns[at].title.len()])
                .max()
        };
        let widths: Vec<usize> = (0..columns.len()).map(|at| width(at).unwrap_or(0)).collect();
        if first && !rows.is_empty() {
            self.line(aligned(
                columns,
                &widths,
                columns.iter().map(|column| column.title),
            ))?;
        }
        cells
            .iter()
            .try_for_each(|row| self.line(aligned(columns, &widths, row.iter().map(String::as_str))))
    }
}

impl Column {
    fn cell(&self, row: &Value) -> Option<String> {
        let value = row.pointer(self.pointer)?;
        match (self.form, value) {
            (_, Value::Null) => None,
            (Form::Bytes, value) => Some(
                value
                    .as_u64()
                    .map_or_else(|| plain(value), |size| BinaryBytes(size).to_string()),
            ),
            (Form::Text, value) => Some(plain(value)),
        }
    }
}

/// Numbers to the right, text to the left, nothing after the last column.
fn aligned<'a>(columns: &[Column], widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for ((column, width), cell) in columns.iter().zip(widths).zip(cells) {
        line += &match column.form {
            Form::Text => format!("{cell:width$}  "),
            Form::Bytes => format!("{cell:>width$}  "),
        };
    }
    line.truncate(line.trim_end().len());
    line
}

/// A value in a cell: no quotes around text, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text).to_string(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => shown(&other.to_string()).to_string(),
    }
}

/// Foreign text on a terminal: control characters and those that turn the direction of a line are written as escapes.
pub(crate) fn shown(text: &str) -> Shown<'_> {
    Shown(text)
}

/// See [`shown`].
pub(crate) struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            _ if letter.is_control() || turns(letter) => write!(f, "{}", letter.escape_unicode()),
            _ => write!(f, "{letter}"),
        })
    }
}

/// The explicit marks of the Unicode bidirectional algorithm (UAX #9, section 2), and line ends that are no controls.
const fn turns(letter: char) -> bool {
    matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::Arc;

    use super::*;

    /// Keeps what is printed.
    #[derive(Clone, Default)]
    pub(crate) struct Printed(Arc<Mutex<Vec<u8>>>);

    impl Printed {
        /// An output that ends up here.
        pub(crate) fn output(&self, json: bool) -> Output {
            Output::to(json, Box::new(self.clone()))
        }

        /// What was printed so far.
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        /// The lines of JSON that were printed so far.
        pub(crate) fn json(&self) -> Vec<Value> {
            self.text()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        }
    }

    impl Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::Printed;
    use super::*;

    const COLUMNS: [Column; 3] = [
        text("NAME", "/name"),
        bytes("SIZE", "/version/size"),
        text("TAGS", "/tags"),
    ];

    #[test]
    fn people_get_columns_and_programs_get_the_objects() {
        let rows = [
            json!({ "name": "scan.dcm", "version": { "size": 2048 }, "tags": ["a", "b"] }),
            json!({ "name": "x\u{1b}]0;owned\u{7}", "version": { "size": 1 } }),
        ];
        let printed = Printed::default();
        printed.output(false).rows(&COLUMNS, &rows, true).unwrap();
        let text = printed.text();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("2.00 KiB") && text.contains("a,b"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}"), "{text}");
        let printed = Printed::default();
        printed.output(true).rows(&COLUMNS, &rows, true).unwrap();
        assert_eq!(printed.json(), rows);
    }

    #[test]
    fn text_cannot_turn_the_direction_of_a_line() {
        assert_eq!(shown("exe\u{202e}fdp.gpj").to_string(), "exe\\u{202e}fdp.gpj");
        assert_eq!(shown("Zoë — 漢字").to_string(), "Zoë — 漢字");
    }
}
