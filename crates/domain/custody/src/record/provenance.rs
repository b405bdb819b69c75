//! Where values are from: the source, the time, and the lawful basis.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::tenant::LawfulBasis;

/// The longest source, in bytes.
const LONGEST_SOURCE: usize = 256;

/// Where a value is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Who or what said so: `web form`, `call with the customer`, an import.
    pub source: String,
    /// When it was said. In sealed content it is absent where that was when the version came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// On which ground it is processed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<LawfulBasis>,
}

/// Where a value is from, as whoever brings it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Who or what said so.
    pub source: String,
    /// When it was said; now when absent.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// On which ground it is processed.
    #[serde(default)]
    pub basis: Option<LawfulBasis>,
}

impl Said {
    fn settled(&self, field: &'static str, now: Timestamp) -> Result<Provenance> {
        let source = self.source.trim();
        let fits = (1..=LONGEST_SOURCE).contains(&source.len()) && !source.chars().any(char::is_control);
        if !fits {
            let problem = "say in 1 to 256 bytes where the values are from, such as `web form`";
            return Err(Error::invalid(field, problem));
        }
        if self.at.is_some_and(|at| at > now) {
            let problem = "`at` is when the value was said, which is not in the future; leave it out for now";
            return Err(Error::invalid(field, problem));
        }
        Ok(Provenance {
            source: source.to_owned(),
            at: self.at,
            basis: self.basis,
        })
    }
}

/// Where each of these fields is from: what is said of it, or of all.
pub(super) fn settle<'f>(
    fields: impl Iterator<Item = &'f String>,
    all: &Said,
    each: &BTreeMap<String, Said>,
    now: Timestamp,
) -> Result<BTreeMap<String, Provenance>> {
    let all = all.settled("source", now)?;
    let mut settled = BTreeMap::new();
    for field in fields {
        let provenance = match each.get(field) {
            Some(said) => said.settled("provenance", now)?,
            None => all.clone(),
        };
        settled.insert(field.clone(), provenance);
    }
    if let Some(stranger) = each.keys().find(|field| !settled.contains_key(*field)) {
        let problem =
            format!("`{stranger}` has no value in this request; say where it is from with its value");
        return Err(Error::invalid("provenance", problem));
    }
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str) -> Said {
        Said {
            source: source.into(),
            at: None,
            basis: Some(LawfulBasis::Contract),
        }
    }

    #[test]
    fn a_field_says_for_itself_where_it_is_from_or_all_do() {
        let now = Timestamp::from_micros(5_000_000);
        let fields = ["email".to_owned(), "phone".to_owned()];
        let each = BTreeMap::from([("phone".to_owned(), said("a call"))]);
        let settled = settle(fields.iter(), &said(" web form "), &each, now).unwrap();
        assert_eq!(
            (settled["email"].source.as_str(), settled["phone"].source.as_str()),
            ("web form", "a call")
        );
        assert_eq!(
            (settled["email"].at, settled["email"].basis),
            (None, Some(LawfulBasis::Contract))
        );
        let refused = |all: Said, each| settle(fields.iter(), &all, each, now).unwrap_err().to_string();
        assert!(refused(said(" "), &each).starts_with("source:"));
        let later = Said {
            at: Some(Timestamp::from_micros(5_000_001)),
            ..said("x")
        };
        assert!(refused(later, &each).contains("not in the future"));
        let stranger = BTreeMap::from([("fax".to_owned(), said("a call"))]);
        assert!(refused(said("x"), &stranger).contains("`fax` has no value"));
    }
}
