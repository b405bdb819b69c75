//! One row of an answer.

use crate::{FromValue, StoreError, Value};

/// One row of an answer; columns by position, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Row {
    /// A row of these values, for tests of code that reads rows.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// The column as a `T`. NULL for anything but an `Option`, another kind, or a missing column is an error,
    /// never a default.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, StoreError> {
        let Some(value) = self.0.get(column) else {
            return Err(wrong(column, T::KIND, "no column"));
        };
        match T::from_value(value) {
            Some(found) => Ok(found),
            None if *value == Value::Null => Err(StoreError::Null { column }),
            None => Err(wrong(column, T::KIND, value.kind())),
        }
    }

    /// The values themselves, for those who copy rows without knowing what they say.
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.0.len()
    }
}

fn wrong(position: usize, wanted: &'static str, found: &str) -> StoreError {
    StoreError::Kind {
        position,
        wanted,
        found: found.to_owned(),
    }
}
