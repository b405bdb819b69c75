//! Personal data in text: found in one pass, and masked.
//!
//! Promises: what has a form and a check is found by both (e-mail addresses, telephone and card numbers, IBANs, national
//! numbers, network addresses, credentials in URLs); names, postal addresses and days of birth by word lists and by what
//! stands beside them. Finds never overlap, lie on character boundaries and say why. Masked text is searched again
//! before it is given out. Time and memory follow the length of the text.
//!
//! Leaves out: understanding. Names that no list knows and nothing announces are not found, nor are people who are
//! described rather than named; a [`Finder`] of the caller's can be plugged in for those. Text in scripts without
//! capital letters is searched for numbers and addresses of machines only.

mod again;
mod announced;
mod birth;
mod context;
mod electronic;
mod electronic_v4;
mod endings;
mod found;
mod identity;
mod lexicon;
mod mask;
mod money;
mod names;
mod national;
mod number;
mod phone;
mod postal;
mod walk;

pub use found::{Found, Kind};
pub use mask::Mask;
pub(crate) use mask::is_whole_mask;

use crate::{Finding, Limits, Outcome, What};

/// Something that finds more than this module does, such as a model.
pub trait Finder: Send + Sync {
    /// What it finds. Ranges are widened to whole characters and may overlap; what lies outside of the text is dropped.
    fn find(&self, text: &str) -> Vec<Found>;
}

/// Why a text is held back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing can be said about bytes that are not text.
    #[error("byte {at} is not UTF-8: save the text as UTF-8")]
    NotUtf8 {
        /// Where the first such byte is.
        at: usize,
    },
    /// The search of the result found something. The findings say what.
    #[error("the masked text was searched again and is not clean: look at the findings")]
    NotClean,
}

/// Finds personal data.
#[derive(Default)]
pub struct Detector {
    kinds: Option<Vec<Kind>>,
    sureness: Option<u8>,
    finders: Vec<Box<dyn Finder>>,
}

/// From this confidence on a find counts, if nothing else is said.
pub const SURE_ENOUGH: u8 = 50;

impl Detector {
    /// Finds every kind, from [`SURE_ENOUGH`] on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds these kinds only.
    #[must_use]
    pub fn only(mut self, kinds: &[Kind]) -> Self {
        self.kinds = Some(kinds.to_vec());
        self
    }

    /// Counts finds from this confidence on (0–100).
    #[must_use]
    pub fn at_least(mut self, confidence: u8) -> Self {
        self.sureness = Some(confidence);
        self
    }

    /// Asks this one as well.
    #[must_use]
    pub fn with(mut self, finder: impl Finder + 'static) -> Self {
        self.finders.push(Box::new(finder));
        self
    }

    /// What is found, in order and without overlaps.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        walk::walk(text, &mut found);
        let again = again::find(text, &found);
        found.extend(again);
        for finder in &self.finders {
            found.extend(finder.find(text).into_iter().filter_map(|it| it.within(text)));
        }
        let least = self.sureness.unwrap_or(SURE_ENOUGH);
        found.retain(|it| {
            it.confidence >= least && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&it.kind))
        });
        found::merge(found)
    }

    /// Masks what is found, and searches the result again, as a mask may give what stands beside it another meaning.
    ///
    /// # Errors
    ///
    /// When something is found again and again.
    pub fn mask(&self, text: &str, mask: &Mask) -> Result<(String, Vec<Found>), Refused> {
        let first = mask::outside_of_masks(text, self.find(text));
        let mut clean = mask.apply(text, &first);
        for _ in 0..ROUNDS {
            let again = mask::outside_of_masks(&clean, self.find(&clean));
            if again.is_empty() {
                return Ok((clean, first));
            }
            clean = mask.apply(&clean, &again);
        }
        Err(Refused::NotClean)
    }
}

/// How often a text is searched before it is given up.
const ROUNDS: usize = 4;

/// Masks a file of text in UTF-8.
pub fn redact(bytes: &[u8], detector: &Detector, mask: &Mask, limits: &Limits) -> Outcome {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            return Outcome::Quarantine(Refused::NotUtf8 { at }.into(), Vec::new());
        }
    };
    match detector.mask(text, mask) {
        Ok((clean, found)) => Outcome::Clean(clean.into_bytes(), listed(text, &found, limits)),
        Err(refused) => Outcome::Quarantine(refused.into(), listed(text, &detector.find(text), limits)),
    }
}

/// Findings for finds: lines and bytes in the line, both from one.
fn listed(text: &str, found: &[Found], limits: &Limits) -> Vec<Finding> {
    let (mut line, mut line_start, mut at) = (1_usize, 0, 0);
    let mut findings = Vec::new();
    for it in found.iter().take(limits.findings) {
        let before = text.get(at..it.range.start).unwrap_or_default();
        line += before.bytes().filter(|&byte| byte == b'\n').count();
        line_start = before.rfind('\n').map_or(line_start, |newline| at + newline + 1);
        at = it.range.start;
        findings.push(Finding {
            place: format!("line {line}, byte {}", at - line_start + 1),
            name: it.kind.name(),
            what: What::Replaced,
        });
    }
    if found.len() > limits.findings {
        findings.push(Finding::more());
    }
    findings
}

#[cfg(test)]
mod tests;
