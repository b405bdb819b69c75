//! JSON and CSV: every value is searched like text, and what the name of its field says counts too.
//!
//! Promises: the structure stays, byte for byte where nothing was found; a field that is called a name, an address, a number
//! of a person or the like is masked whole; the result is read and searched again. Leaves out: what nested fields mean
//! together.

mod csv;
mod fields;
mod json;

#[cfg(test)]
mod tests;

pub use csv::redact as redact_csv;
pub(crate) use json::is_json;
pub use json::redact as redact_json;

use crate::text::{Detector, Found, Kind, Mask, is_whole_mask};
use crate::{Finding, Limits, What};

/// Why records are held back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not JSON.
    #[error("line {line} is not JSON: correct it, or call the file text")]
    NotJson {
        /// Where that was seen.
        line: usize,
    },
    /// Not CSV.
    #[error("row {row} is not CSV in UTF-8: correct it, or call the file text")]
    NotCsv {
        /// Where that was seen.
        row: u64,
    },
    /// The search of the result found something. The findings say what.
    #[error("the masked records were searched again and are not clean: look at the findings")]
    NotClean,
}

/// Lists what was replaced at a place, as long as the list is not full.
fn add(findings: &mut Vec<Finding>, limits: &Limits, place: String, kind: Kind) {
    match findings.len() {
        listed if listed < limits.findings => findings.push(Finding {
            place,
            name: kind.name(),
            what: What::Replaced,
        }),
        listed if listed == limits.findings => findings.push(Finding::more()),
        _ => {}
    }
}

/// What a value becomes, if anything is found in it.
fn masked(
    value: &str,
    field: Option<Kind>,
    detector: &Detector,
    mask: &Mask,
) -> Result<Option<(String, Kind)>, Refused> {
    if value.trim().is_empty() || is_whole_mask(value) {
        return Ok(None);
    }
    if let Some(kind) = field {
        let mut clean = String::new();
        mask.write(kind, value, &mut clean);
        return Ok(Some((clean, kind)));
    }
    let (clean, found) = detector.mask(value, mask).map_err(|_| Refused::NotClean)?;
    Ok(found.first().map(|Found { kind, .. }| (clean, *kind)))
}
