//! DICOM files made in memory, and what becomes of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod build;
mod depth;
mod directories;
mod encodings;
mod foreign;
mod looking;
mod options;
mod profile;

use redaction::dicom::{Profile, ProjectKey, redact};
use redaction::{Finding, Limits, Outcome, Reason, What};

/// The key of most tests.
fn key() -> ProjectKey {
    ProjectKey::new(&[7; 32])
}

fn outcome(file: &[u8], profile: &Profile) -> Outcome {
    redact(file, profile, &key(), &Limits::default())
}

/// The clean file; fails when it is held back.
fn clean(file: &[u8], profile: &Profile) -> (Vec<u8>, Vec<Finding>) {
    match outcome(file, profile) {
        Outcome::Clean(bytes, findings) => (bytes, findings),
        Outcome::Quarantine(reason, findings) => panic!("held back: {reason}; {findings:#?}"),
    }
}

/// Why it is held back; fails when it is not.
fn held(file: &[u8], profile: &Profile) -> redaction::dicom::Refused {
    match outcome(file, profile) {
        Outcome::Clean(_, findings) => panic!("not held back: {findings:#?}"),
        Outcome::Quarantine(Reason::Dicom(refused), _) => refused,
        Outcome::Quarantine(other, _) => panic!("held back, but not as DICOM: {other}"),
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// What was done at a place.
fn done(findings: &[Finding], place: &str) -> Option<What> {
    findings
        .iter()
        .find(|finding| finding.place == place)
        .map(|finding| finding.what)
}
