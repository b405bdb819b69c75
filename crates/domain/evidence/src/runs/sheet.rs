//! Every run as a line of CSV.
//!
//! Promises: one line for each run in the period, oldest first within its check; a cell that a spreadsheet would take for a formula
//! has an apostrophe before it.

use std::io::Write;

use assurance::Assurance;
use assurance::history::Run;
use kernel::Timestamp;

use super::CheckHistory;
use crate::error::Result;
use crate::gather::Gathered;
use crate::table::Table;

const COLUMNS: [&str; 9] = [
    "check",
    "ran_at",
    "took_ms",
    "outcome",
    "reason",
    "control",
    "inputs_sha256",
    "event",
    "log_index",
];

/// Writes all runs, and gives what was kept of each check that there is code for, by its name.
pub(crate) fn write(
    assurance: &Assurance,
    gathered: &Gathered,
    file: &mut dyn Write,
) -> Result<Vec<(String, CheckHistory)>> {
    let (mut table, mut all) = (Table::begin("runs.csv", file, &COLUMNS)?, Vec::new());
    let made_at: Timestamp = gathered.installation.made_at;
    for check in gathered
        .catalogue
        .checks()
        .iter()
        .filter(|check| check.absent.is_none())
    {
        let line = |run: &Run| table.line(&line(run));
        let history = super::read(assurance, check, (&gathered.period, made_at), line)?;
        all.push((check.id.clone(), history));
    }
    table.end()?;
    Ok(all)
}

fn line(run: &Run) -> [String; 9] {
    let (kept, finding) = (&run.kept, &run.kept.finding);
    [
        kept.check.clone(),
        kept.ran_at.to_string(),
        kept.took_ms.to_string(),
        finding.outcome.as_str().to_owned(),
        finding.reason.clone(),
        finding.control.clone(),
        hex::encode(finding.inputs),
        kept.event.to_string(),
        run.index.map_or_else(String::new, |index| index.to_string()),
    ]
}
