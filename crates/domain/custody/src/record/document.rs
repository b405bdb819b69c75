//! The content of a record's item: values, and beside them where each is from.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::Provenance;
use crate::error::{Error, Result};

/// What is sealed as the item's bytes. Written by the server, or by whoever puts such an item by another door.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// The kind, as in the media type.
    pub(super) kind: String,
    pub(super) values: Map<String, Json>,
    pub(super) provenance: BTreeMap<String, Provenance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Chance, so that nobody who knows the rest of a record tries what a masked field says against the hash of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) salt: Option<String>,
}

impl Document {
    /// From bytes of whoever. No text of them is in the error.
    pub(super) fn parse(content: &[u8]) -> Result<Self> {
        serde_json::from_slice(content).map_err(|error| {
            let problem = format!(
                "a record is an object of kind, values and provenance: look at line {}, column {}",
                error.line(),
                error.column()
            );
            Error::invalid("body", problem)
        })
    }

    /// Where each value is from, of a version that came in then.
    pub(super) fn provenance_at(&self, made_at: Timestamp) -> BTreeMap<String, Provenance> {
        let dated = |(name, from): (&String, &Provenance)| {
            let at = Some(from.at.unwrap_or(made_at));
            (name.clone(), Provenance { at, ..from.clone() })
        };
        self.provenance.iter().map(dated).collect()
    }

    /// Whether the hash of its bytes says nothing of them.
    pub(super) fn is_salted(&self) -> bool {
        let digits = |salt: &String| {
            (32..=128).contains(&salt.len()) && salt.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        self.salt.as_ref().is_some_and(digits)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_error_names_the_place_and_not_the_text() {
        let error = Document::parse(br#"{"kind": "profile", "values": {"email": ann@example.org}}"#);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("line 1, column") && !error.contains("ann"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = Document::parse(&bytes);
        }
    }
}
