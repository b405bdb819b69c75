//! What was taken out of a picture, and why one is held back.

use crate::{Finding, Limits, What};

/// Why a picture is held back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// None of the formats that can be cleaned.
    #[error("this is no JPEG, PNG, WebP, GIF or TIFF: convert it to one of them")]
    Unknown,
    /// It ends before its format says.
    #[error("the picture is cut short at byte {at}: get it again")]
    CutShort {
        /// Where something is missing.
        at: usize,
    },
    /// It is not as its format demands.
    #[error("byte {at} is not as the format demands ({why}): open the picture and save it anew")]
    Broken {
        /// Where.
        at: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// A part of the format that is not understood.
    #[error("the picture uses what cannot be cleaned here ({what}): convert it")]
    Unsupported {
        /// What it uses.
        what: &'static str,
    },
    /// More than the limits allow.
    #[error("the picture has more than {limit} parts")]
    TooMuch {
        /// How many are allowed.
        limit: usize,
    },
    /// Looking at the result again found something. The findings say what.
    #[error("the cleaned picture was looked at again and is not clean: look at the findings")]
    NotClean,
}

/// Findings so far, and how much may still come.
#[derive(Debug)]
pub(super) struct Report {
    findings: Vec<Finding>,
    most: usize,
    is_cut: bool,
    parts: usize,
    limit: usize,
    /// How many bytes something compressed may have.
    pub(super) unpacked: usize,
}

impl Report {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            findings: Vec::new(),
            most: limits.findings,
            is_cut: false,
            parts: 0,
            limit: limits.elements,
            unpacked: limits.unpacked_bytes.min(MOST_PROFILE),
        }
    }

    /// Counts a part of the file.
    pub(super) fn part(&mut self) -> Result<(), Refused> {
        self.parts += 1;
        match self.parts > self.limit {
            true => Err(Refused::TooMuch { limit: self.limit }),
            false => Ok(()),
        }
    }

    /// Something at this byte was taken out.
    pub(super) fn removed(&mut self, at: usize, name: &'static str) {
        self.add(at, name, What::Removed);
    }

    /// Something at this byte stays in part.
    pub(super) fn cleaned(&mut self, at: usize, name: &'static str) {
        self.add(at, name, What::Cleaned);
    }

    /// The file is not as it would be written, and nothing else was found: bytes between the parts.
    pub(super) fn left_over(&mut self) {
        if self.findings.is_empty() {
            self.add(0, "what belongs to no part", What::Removed);
        }
    }

    /// Something at this byte looks like metadata.
    pub(super) fn trace(&mut self, at: usize) {
        self.add(at, "metadata", What::Trace);
    }

    fn add(&mut self, at: usize, name: &'static str, what: What) {
        if self.findings.len() >= self.most {
            self.is_cut = true;
            return;
        }
        let place = format!("byte {at}");
        self.findings.push(Finding { place, name, what });
    }

    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.is_cut {
            self.findings.push(Finding::more());
        }
        self.findings
    }
}

/// No colour profile is larger.
const MOST_PROFILE: usize = 16 << 20;
