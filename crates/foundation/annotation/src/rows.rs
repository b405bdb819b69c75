//! What foreign files are made of: one row for each picture.

use crate::check::Fault;
use crate::{Annotation, Set, Size};

/// The most faults that one row tells of.
const MOST_FAULTS: usize = 20;

/// The annotations of one item, by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The item's name.
    pub name: String,
    /// What is said about it.
    pub set: Set,
}

/// One picture of a foreign file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The item's name, as far as the file says one.
    pub name: Option<String>,
    /// What is said about it, or what is wrong with the row.
    pub set: Result<Set, Vec<Fault>>,
}

/// A file of which no row can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(crate) String);

impl Unreadable {
    /// Says where the JSON is wrong, without quoting any of it.
    pub(crate) fn json(error: &serde_json::Error, form: &str) -> Self {
        let (line, column) = (error.line(), error.column());
        Self(format!("this is not {form}: see line {line}, column {column}"))
    }
}

/// A row that is being put together.
#[derive(Default)]
pub(crate) struct RowInMaking {
    pub(crate) name: Option<String>,
    pub(crate) size: Option<Size>,
    annotations: Vec<Annotation>,
    faults: Vec<Fault>,
    faults_left_out: usize,
}

impl RowInMaking {
    pub(crate) fn fault(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(place, problem));
        } else {
            self.faults_left_out += 1;
        }
    }

    /// Takes an annotation from this place of the file, if it keeps the bounds.
    pub(crate) fn take(&mut self, place: &str, annotation: Annotation) {
        match annotation.check(self.size) {
            Ok(()) => self.annotations.push(annotation),
            Err((field, problem)) => self.fault(format!("{place}.{field}"), problem),
        }
    }

    pub(crate) fn finish(mut self) -> Row {
        let set = Set {
            size: self.size,
            annotations: self.annotations,
        };
        if self.faults.is_empty() {
            self.faults.extend(set.check().err());
        }
        if self.faults_left_out > 0 {
            let problem = format!("there are {} more faults in this row", self.faults_left_out);
            self.faults.push(Fault::new("", problem));
        }
        Row {
            name: self.name,
            set: match self.faults.is_empty() {
                true => Ok(set),
                false => Err(self.faults),
            },
        }
    }
}

/// The size that a file says, where 0 is as good as nothing.
pub(crate) fn size_of(width: Option<f64>, height: Option<f64>) -> Result<Option<Size>, &'static str> {
    let side = |value: f64| {
        let whole = value.fract() == 0.0 && value >= 0.0 && value <= f64::from(u32::MAX);
        whole.then_some(value as u32)
    };
    match (width, height) {
        (None, None) => Ok(None),
        (Some(width), Some(height)) => match (side(width), side(height)) {
            (Some(0), Some(0)) => Ok(None),
            (Some(width), Some(height)) => Ok(Some(Size { width, height })),
            _ => Err("width and height are whole numbers of pixels"),
        },
        _ => Err("say both width and height, or neither"),
    }
}
