//! DICOM files by the Basic Application Level Confidentiality Profile and its options (PS3.15, annex E).
//!
//! Promises: attributes are treated at every depth, in sequences of any kind, in directories and in the file's own
//! meta information; unique identifiers, patients and dates get new values that follow from the old ones under a key,
//! the same everywhere; pixels are copied and never decoded; the new file is searched again before it is given out.
//!
//! Leaves out: what is drawn into pixels (suspect files are held back), what compressed pixels carry beside the image,
//! names of files and folders, and judging whether a retained attribute identifies somebody together with others.

mod change;
mod directory;
mod look;
mod method;
mod part10;
mod pixels;
mod profile;
mod reader;
mod refused;
mod report;
mod rewrite;
mod scan;
mod survey;
mod syntax;
mod tag;
mod traces;
mod values;
mod vr;
mod walk;
mod writer;

pub use look::{File, Held, Image};
pub use profile::{Dates, Pixels, Profile, SafePrivate};
pub use refused::Refused;
pub use values::uids::ProjectKey;

use crate::{Finding, Limits, Outcome, What};
use report::Report;
use rewrite::{Job, rewrite};
use traces::{Identifiers, Search};

/// Cleans one file, and searches the result again.
pub fn redact(bytes: &[u8], profile: &Profile, key: &ProjectKey, limits: &Limits) -> Outcome {
    let mut report = Report::new(limits);
    match cleaned(bytes, profile, key, limits, &mut report) {
        Ok(Searched::Clean(clean)) => Outcome::Clean(clean, report.into_findings()),
        Ok(Searched::NotClean(found)) => Outcome::Quarantine(Refused::NotClean.into(), found),
        Err(refused) => Outcome::Quarantine(refused.into(), report.into_findings()),
    }
}

/// Finds every attribute that the profile would have changed, at any depth, and every text in which one of `known`
/// stands: names, numbers or dates that were taken out.
///
/// # Errors
///
/// When the file is not understood: then nothing can be said about it.
pub fn scan(
    bytes: &[u8],
    profile: &Profile,
    known: &[&str],
    limits: &Limits,
) -> Result<Vec<Finding>, Refused> {
    let mut identifiers = Identifiers::default();
    for word in known {
        identifiers.add(word.as_bytes());
    }
    scan::search(bytes, profile, &identifiers.search(), limits)
}

enum Searched {
    Clean(Vec<u8>),
    NotClean(Vec<Finding>),
}

fn cleaned(
    bytes: &[u8],
    profile: &Profile,
    key: &ProjectKey,
    limits: &Limits,
    report: &mut Report,
) -> Result<Searched, Refused> {
    let opened = part10::open(bytes, limits)?;
    let survey = survey::survey(&opened, limits)?;
    pixels::check(profile, &survey)?;
    let attempt = |traces: Option<&Search>, report: &mut Report| -> Result<(Searched, Search), Refused> {
        let job = Job {
            opened: &opened,
            survey: &survey,
            profile,
            key,
            limits,
            traces,
        };
        let (clean, identifiers) = rewrite(job, report)?;
        let search = identifiers.search();
        let found = scan::search(&clean, profile, &search, limits)?;
        let searched = if found.is_empty() {
            Searched::Clean(clean)
        } else {
            Searched::NotClean(found)
        };
        Ok((searched, search))
    };
    let (first, search) = attempt(None, report)?;
    match &first {
        // A name that stands in a text as well: the text goes too.
        Searched::NotClean(found) if found.iter().all(|it| it.what == What::Trace) => {
            *report = Report::new(limits);
            Ok(attempt(Some(&search), report)?.0)
        }
        _ => Ok(first),
    }
}
