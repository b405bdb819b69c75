//! The matrix of criteria, claims, checks and results.

use assurance::attestation::Standing;
use assurance::check::Outcome;

use super::Material;
use crate::control::{self, Control};
use crate::error::Result;
use crate::oscal::Seen;
use crate::pack::Pack;
use crate::table::Table;

pub(super) const FILE: &str = "matrix.csv";

const COLUMNS: [&str; 16] = [
    "criterion",
    "claim",
    "statement",
    "kind",
    "worst_in_period",
    "state_at_end",
    "shown_by",
    "what",
    "runs",
    "holds",
    "out_of_scope",
    "late",
    "broken_check",
    "broken_promise",
    "gaps",
    "remark",
];

/// A line: something behind a claim that answers a criterion.
pub(super) struct Line {
    pub(super) criterion: String,
    pub(super) claim: String,
    pub(super) statement: String,
    pub(super) kind: &'static str,
    pub(super) worst: &'static str,
    pub(super) last: &'static str,
    pub(super) shown_by: String,
    pub(super) what: &'static str,
    /// Runs, and how many came to what, in the order of the columns, then gaps; nothing for what is on file.
    pub(super) counts: Option<[u64; 7]>,
    pub(super) remark: String,
}

/// Every criterion of the trust services criteria, with the claims that answer it; those that none answers have none.
pub(super) fn criteria(material: &Material) -> Vec<Control> {
    control::all_of(&material.gathered.catalogue, "soc2")
}

/// All lines of a criterion.
pub(super) fn lines(material: &Material, seen: &Seen, control: &Control) -> Vec<Line> {
    let catalogue = &material.gathered.catalogue;
    let mut lines = Vec::new();
    for claim in control.claims.iter().filter_map(|id| catalogue.claim(id)) {
        let history = seen.claim(&claim.id);
        let word = |state: Option<assurance::State>| state.map_or("not looked at", assurance::State::as_str);
        let said = material.gathered.claims.iter().find(|state| state.id == claim.id);
        let line = |shown_by: &str, what, counts, remark: String| Line {
            criterion: control.criterion.clone(),
            claim: claim.id.clone(),
            statement: said.map(|state| state.statement.clone()).unwrap_or_default(),
            kind: kind(claim.kind),
            worst: word(history.and_then(crate::standing::ClaimHistory::worst)),
            last: word(history.and_then(crate::standing::ClaimHistory::last)),
            shown_by: shown_by.to_owned(),
            what,
            counts,
            remark,
        };
        for id in &claim.checks {
            let absent = catalogue.check(id).and_then(|check| check.absent.clone());
            match (absent, seen.check(id)) {
                (Some(why), _) => lines.push(line(id, "check, not built", None, why)),
                (None, Some(history)) => {
                    let count = |outcome| history.count(outcome);
                    let counts = [
                        history.runs(),
                        count(Outcome::Holds),
                        count(Outcome::OutOfScope),
                        count(Outcome::Late),
                        count(Outcome::BrokenCheck),
                        count(Outcome::BrokenPromise),
                        history.gaps.len() as u64 + history.more_gaps,
                    ];
                    lines.push(line(id, "check", Some(counts), String::new()));
                }
                (None, None) => {}
            }
        }
        for id in &claim.attestations {
            let remark = match material.gathered.on_file.get(id) {
                None => "nothing is on file".to_owned(),
                Some(file) => {
                    let stands = if file.standing == Standing::InDate {
                        "in date"
                    } else {
                        "late"
                    };
                    format!(
                        "{stands}: {} approved entries, {} past their end",
                        file.entries, file.past
                    )
                }
            };
            lines.push(line(id, "on file", None, remark));
        }
    }
    lines
}

fn kind(kind: assurance::catalogue::Kind) -> &'static str {
    use assurance::catalogue::Kind;
    match kind {
        Kind::Enforced => "enforced",
        Kind::Verified => "verified",
        Kind::Attested => "attested",
        Kind::Informational => "informational",
    }
}

/// Writes the matrix.
pub(super) fn write(material: &Material, seen: &Seen, pack: &mut Pack) -> Result<()> {
    pack.file(FILE, |file| {
        let mut table = Table::begin(FILE, file, &COLUMNS)?;
        for control in criteria(material) {
            let lines = lines(material, seen, &control);
            if lines.is_empty() {
                let mut cells = vec![String::new(); COLUMNS.len()];
                cells[0] = control.criterion;
                cells[COLUMNS.len() - 1] = "no claim of the catalogue answers it".to_owned();
                table.line(&cells)?;
            }
            for line in lines {
                table.line(&line.cells())?;
            }
        }
        table.end()
    })
}

impl Line {
    fn cells(self) -> Vec<String> {
        let said = [self.criterion, self.claim, self.statement];
        let words = [self.kind, self.worst, self.last].map(str::to_owned);
        let shown = [self.shown_by, self.what.to_owned()];
        let counts = match self.counts {
            Some(counts) => counts.map(|count| count.to_string()),
            None => Default::default(),
        };
        said.into_iter()
            .chain(words)
            .chain(shown)
            .chain(counts)
            .chain([self.remark])
            .collect()
    }
}
