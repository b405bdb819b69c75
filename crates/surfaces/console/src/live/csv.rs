//! Lists as files of values with commas between them (RFC 4180).
//!
//! Promises: whatever stands in a value is one value, and none is a formula to a program that opens the file.

use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// A file under way.
pub(super) struct Csv(String);

impl Csv {
    /// A file with these names of columns.
    pub(super) fn new(columns: &[&str]) -> Self {
        let mut csv = Self(String::new());
        csv.line(columns);
        csv
    }

    /// One more line.
    pub(super) fn line(&mut self, values: &[&str]) {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.0.push_str(&quoted(value));
        }
        self.0.push_str("\r\n");
    }

    /// The file, under this name.
    pub(super) fn answer(self, name: &str) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
            (CONTENT_DISPOSITION, web::disposition::attachment(name)),
        ];
        (headers, self.0).into_response()
    }
}

/// A value that begins like a formula gets a mark before it, as spreadsheets take it for text then.
fn quoted(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_values_whatever_stands_in_them() {
        let mut csv = Csv::new(&["name", "class"]);
        csv.line(&["Marsh, \"Ada\"", "owner"]);
        csv.line(&["=1+1", "two\nlines"]);
        csv.line(&["", "'"]);
        assert_eq!(
            csv.0,
            "name,class\r\n\"Marsh, \"\"Ada\"\"\",owner\r\n'=1+1,\"two\nlines\"\r\n,'\r\n"
        );
    }
}
