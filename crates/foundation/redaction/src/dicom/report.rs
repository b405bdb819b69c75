//! Findings, and where in a data set one stands.
//!
//! Promises: the list is bounded, and says so when it is cut. Leaves out: values.

use std::fmt::Write;

use super::tag::Tag;
use super::vr::known;
use crate::{Finding, Limits, What};

/// Findings so far, and the way to the present place.
#[derive(Debug)]
pub(super) struct Report {
    findings: Vec<Finding>,
    limit: usize,
    is_cut: bool,
    path: Vec<(Tag, usize)>,
}

impl Report {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            findings: Vec::new(),
            limit: limits.findings,
            is_cut: false,
            path: Vec::new(),
        }
    }

    /// Goes into an item of a sequence.
    pub(super) fn enter(&mut self, sequence: Tag, item: usize) {
        self.path.push((sequence, item));
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    pub(super) fn add(&mut self, tag: Tag, what: What) {
        if self.findings.len() >= self.limit {
            self.is_cut = true;
            return;
        }
        let mut place = String::with_capacity(12 + 16 * self.path.len());
        for (sequence, item) in &self.path {
            let _infallible = write!(place, "{sequence}[{item}].");
        }
        let _infallible = write!(place, "{tag}");
        let name = if tag.is_private() {
            ""
        } else {
            known(tag).map_or("", |known| known.name)
        };
        self.findings.push(Finding { place, name, what });
    }

    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.is_cut {
            let place = String::new();
            self.findings.push(Finding {
                place,
                name: "",
                what: What::More,
            });
        }
        self.findings
    }
}
