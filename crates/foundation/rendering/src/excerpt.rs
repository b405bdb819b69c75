//! Text, a page at a time: values of records are covered, and shown one by one.
//!
//! Promises: bounded, whatever the file; no value of a record or a table leaves but the one that is asked for; characters that
//! would change how what stands around them is read are taken out.
//!
//! Leaves out: finding what is personal in running text.

use serde_json::Value as Json;

use crate::{Limits, Refused, Sort, guarded};

/// The most fields of a page.
const FIELDS: usize = 500;
/// The most bytes of a record that is taken apart.
const RECORD_BYTES: usize = 8 << 20;
/// The most characters of one value or name.
const VALUE: usize = 2000;

/// A page of a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// What sort of text.
    pub sort: Sort,
    /// What a record or a table holds, value by value.
    pub fields: Vec<Field>,
    /// Running text.
    pub text: Option<String>,
    /// Where the next page begins, if there is one: ask with it.
    pub next: Option<usize>,
}

/// One value of a record or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it stands, as a JSON pointer (RFC 6901). In a table: the row, from 0, and the column's name.
    pub path: String,
    /// What it is: `text`, `number`, `boolean`, `null`, or `list` and `object` for empty ones.
    pub kind: &'static str,
    /// What it says, if that was asked for.
    pub value: Option<String>,
}

/// A page of the text in the bytes, from the place that a page before named. Covers every value but the one at `reveal`.
///
/// # Errors
///
/// When the bytes are no text, or not the kind of it that they claim to be.
pub fn excerpt(
    bytes: &[u8],
    media_type: &str,
    from: usize,
    reveal: Option<&str>,
    limits: &Limits,
) -> Result<Excerpt, Refused> {
    guarded(|| {
        let sort = Sort::of(bytes, media_type);
        let page = Page { from, reveal, limits };
        match sort {
            Sort::Json => page.record(bytes),
            Sort::Table => page.table(bytes),
            Sort::Text => page.running(bytes),
            sort => Err(Refused::NotText { sort }),
        }
    })
}

struct Page<'a> {
    from: usize,
    reveal: Option<&'a str>,
    limits: &'a Limits,
}

impl Page<'_> {
    fn record(&self, bytes: &[u8]) -> Result<Excerpt, Refused> {
        if bytes.len() > RECORD_BYTES {
            return Err(Refused::TooLarge {
                what: "bytes of JSON",
                limit: RECORD_BYTES as u64,
            });
        }
        let record = serde_json::from_slice(bytes).map_err(|_| Refused::Broken { format: "JSON" })?;
        let mut leaves = Leaves {
            page: self,
            passed: 0,
            left: self.limits.text_bytes,
            fields: Vec::new(),
        };
        let whole = leaves.add(&record, &mut String::new());
        self.finished(Sort::Json, leaves.fields, !whole)
    }

    fn table(&self, bytes: &[u8]) -> Result<Excerpt, Refused> {
        let broken = |_| Refused::Broken { format: "table" };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let names = reader.headers().map_err(broken)?.clone();
        let mut leaves = Leaves {
            page: self,
            passed: 0,
            left: self.limits.text_bytes,
            fields: Vec::new(),
        };
        for (number, row) in reader.records().enumerate() {
            for (place, value) in row.map_err(broken)?.iter().enumerate() {
                let name = names.get(place).filter(|name| !name.is_empty());
                let name = name.map_or_else(|| place.to_string(), escaped);
                if !leaves.leaf(&format!("/{number}/{name}"), "text", || value.to_owned()) {
                    return self.finished(Sort::Table, leaves.fields, true);
                }
            }
        }
        self.finished(Sort::Table, leaves.fields, false)
    }

    fn running(&self, bytes: &[u8]) -> Result<Excerpt, Refused> {
        if self.from > bytes.len() {
            return Err(Refused::outside("page", "it lies behind the end"));
        }
        let rest = &bytes[self.from..];
        let cut = rest.get(..self.limits.text_bytes).unwrap_or(rest);
        let valid = match std::str::from_utf8(cut) {
            Ok(_) => cut.len(),
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
            Err(_) => return Err(Refused::Broken { format: "text" }),
        };
        let text = std::str::from_utf8(&cut[..valid]).unwrap_or_default();
        let next = self.from + valid;
        Ok(Excerpt {
            sort: Sort::Text,
            fields: Vec::new(),
            text: Some(plain(text)),
            next: (next < bytes.len()).then_some(next),
        })
    }

    fn finished(&self, sort: Sort, fields: Vec<Field>, more: bool) -> Result<Excerpt, Refused> {
        let revealed = fields.iter().any(|field| field.value.is_some());
        if self.reveal.is_some() && !revealed {
            return Err(Refused::outside(
                "reveal",
                "name a path of this page; the page itself lists them",
            ));
        }
        let next = more.then_some(self.from + fields.len());
        Ok(Excerpt {
            sort,
            fields,
            text: None,
            next,
        })
    }
}

/// Values on their way into a page.
struct Leaves<'a> {
    page: &'a Page<'a>,
    passed: usize,
    left: usize,
    fields: Vec<Field>,
}

impl Leaves<'_> {
    /// Adds what hangs on this value. False when the page is full.
    fn add(&mut self, value: &Json, path: &mut String) -> bool {
        let length = path.len();
        match value {
            Json::Object(members) if !members.is_empty() => members.iter().all(|(name, value)| {
                path.truncate(length);
                path.push('/');
                path.push_str(&escaped(name));
                self.add(value, path)
            }),
            Json::Array(items) if !items.is_empty() => items.iter().enumerate().all(|(place, value)| {
                path.truncate(length);
                path.push_str(&format!("/{place}"));
                self.add(value, path)
            }),
            Json::Object(_) => self.leaf(path, "object", || "{}".into()),
            Json::Array(_) => self.leaf(path, "list", || "[]".into()),
            Json::String(text) => self.leaf(path, "text", || text.clone()),
            Json::Number(number) => self.leaf(path, "number", || number.to_string()),
            Json::Bool(truth) => self.leaf(path, "boolean", || truth.to_string()),
            Json::Null => self.leaf(path, "null", || "null".into()),
        }
    }

    fn leaf(&mut self, path: &str, kind: &'static str, value: impl FnOnce() -> String) -> bool {
        self.passed += 1;
        if self.passed <= self.page.from {
            return true;
        }
        let path = shortened(&plain(path));
        let value = (self.page.reveal == Some(path.as_str())).then(|| shortened(&plain(&value())));
        let cost = path.len() + value.as_ref().map_or(0, String::len);
        if self.fields.len() == FIELDS || cost > self.left && !self.fields.is_empty() {
            return false;
        }
        self.left = self.left.saturating_sub(cost);
        self.fields.push(Field { path, kind, value });
        true
    }
}

/// A name as a part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Without control characters, and without those that turn the direction of what follows.
fn plain(text: &str) -> String {
    let is_harmless = |c: char| match c {
        '\n' | '\t' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => false,
        c => !c.is_control(),
    };
    text.chars()
        .filter(|c| *c != '\r')
        .map(|c| if is_harmless(c) { c } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(bytes: &[u8], media_type: &str, from: usize, reveal: Option<&str>) -> Result<Excerpt, Refused> {
        excerpt(bytes, media_type, from, reveal, &Limits::default())
    }

    const RECORD: &[u8] = br#"{"name":"Bart","visits":[{"a/b":7},{}],"ill":null,"of age":false}"#;

    #[test]
    fn values_of_a_record_are_covered_but_the_one_asked_for() {
        let told = page(RECORD, "application/json", 0, Some("/visits/0/a~1b")).unwrap();
        let mut seen: Vec<_> = told
            .fields
            .iter()
            .map(|field| (field.path.as_str(), field.kind, field.value.as_deref()))
            .collect();
        // The members of an object come in the order of the file or of their names, as the JSON library was built.
        seen.sort_unstable_by_key(|(path, ..)| *path);
        assert_eq!(
            seen,
            [
                ("/ill", "null", None),
                ("/name", "text", None),
                ("/of age", "boolean", None),
                ("/visits/0/a~1b", "number", Some("7")),
                ("/visits/1", "object", None),
            ]
        );
        let covered = page(RECORD, "application/json", 0, None).unwrap();
        assert!(!format!("{covered:?}").contains("Bart"));
        assert!(page(RECORD, "application/json", 0, Some("/no")).is_err());
        assert!(page(b"{\"a\":", "application/json", 0, None).is_err());
    }

    #[test]
    fn a_table_names_rows_and_columns() {
        let table = b"name,e/mail\nBart,b@example.org\n\"Lisa, M.\",l@example.org,more\n";
        let told = page(table, "text/csv", 0, Some("/1/name")).unwrap();
        let paths: Vec<_> = told.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["/0/name", "/0/e~1mail", "/1/name", "/1/e~1mail", "/1/2"]);
        assert_eq!(told.fields[2].value.as_deref(), Some("Lisa, M."));
        assert_eq!(
            told.fields.iter().filter(|field| field.value.is_some()).count(),
            1
        );
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let list = serde_json::to_vec(&(0..1234).collect::<Vec<u32>>()).unwrap();
        let (mut from, mut paths) = (0, Vec::new());
        loop {
            let told = page(&list, "application/json", from, None).unwrap();
            paths.extend(told.fields.into_iter().map(|field| field.path));
            match told.next {
                Some(next) => from = next,
                None => break,
            }
        }
        assert_eq!(
            paths,
            (0..1234).map(|number| format!("/{number}")).collect::<Vec<_>>()
        );
        let text = "äöü\n".repeat(30_000);
        let (mut from, mut whole) = (0, String::new());
        loop {
            let told = page(text.as_bytes(), "text/plain", from, None).unwrap();
            whole.push_str(&told.text.unwrap());
            match told.next {
                Some(next) => from = next,
                None => break,
            }
        }
        assert_eq!(whole, text);
    }

    #[test]
    fn what_turns_text_around_is_taken_out() {
        let told = page("a\u{202e}b\u{1b}[31m\r\nc".as_bytes(), "text/plain", 0, None);
        // Control characters make it no text at all.
        assert!(told.is_err());
        assert_eq!(plain("a\u{202e}b\u{1b}[31m\r\nc"), "a\u{fffd}b\u{fffd}[31m\nc");
    }

    proptest! {
        #[test]
        fn any_bytes_are_shown_within_bounds_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..600), from in 0usize..700,
            kind in proptest::sample::select(vec!["application/json", "text/csv", "text/plain"])
        ) {
            let limits = Limits { text_bytes: 64, ..Limits::default() };
            if let Ok(told) = excerpt(&bytes, kind, from, None, &limits) {
                prop_assert!(told.text.is_none_or(|text| text.len() <= 64 * 3));
                prop_assert!(told.fields.iter().all(|field| field.value.is_none()));
            }
        }
    }
}
