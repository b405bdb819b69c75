//! Exceptions, and how every claim stood, as tables.

use super::Material;
use crate::error::Result;
use crate::oscal::Seen;
use crate::pack::Pack;
use crate::table::Table;

pub(super) const EXCEPTIONS: &str = "exceptions.csv";
const CLAIMS: &str = "claims.csv";

/// Something that went wrong.
pub(super) struct Exception {
    pub(super) check: String,
    pub(super) what: String,
    pub(super) from: String,
    pub(super) reason: String,
    pub(super) runs: u64,
    /// When it was healed; nothing if it was not in the period.
    pub(super) healed: Option<String>,
    pub(super) event: String,
    pub(super) healing_event: String,
}

/// All of them, by check and time.
pub(super) fn exceptions(seen: &Seen) -> Vec<Exception> {
    let mut all = Vec::new();
    for (check, history) in &seen.checks {
        all.extend(history.exceptions().map(|stretch| {
            Exception {
                check: check.clone(),
                what: stretch.outcome.as_str().to_owned(),
                from: stretch.first.at.to_string(),
                reason: stretch.reason.clone(),
                runs: stretch.runs,
                healed: stretch.healed.map(|run| run.at.to_string()),
                event: stretch.first.event.to_string(),
                healing_event: stretch
                    .healed
                    .map(|run| run.event.to_string())
                    .unwrap_or_default(),
            }
        }));
        all.extend(history.gaps.iter().map(|gap| Exception {
            check: check.clone(),
            what: "not-run".to_owned(),
            from: gap.from.to_string(),
            reason: "it was due and did not run".to_owned(),
            runs: 0,
            healed: gap.to.map(|to| to.to_string()),
            event: String::new(),
            healing_event: gap.ended_by.map(|run| run.event.to_string()).unwrap_or_default(),
        }));
    }
    all
}

/// Writes both.
pub(super) fn write(material: &Material, seen: &Seen, pack: &mut Pack) -> Result<()> {
    pack.file(EXCEPTIONS, |file| {
        let columns = [
            "check",
            "what",
            "from",
            "reason",
            "runs",
            "healed_at",
            "event",
            "healing_event",
        ];
        let mut table = Table::begin(EXCEPTIONS, file, &columns)?;
        for exception in exceptions(seen) {
            let healed = exception.healed.unwrap_or_default();
            let runs = exception.runs.to_string();
            let Exception {
                check,
                what,
                from,
                reason,
                event,
                healing_event,
                ..
            } = exception;
            table.line(&[check, what, from, reason, runs, healed, event, healing_event])?;
        }
        for (check, history) in &seen.checks {
            let more = history.more_stretches + history.more_gaps;
            if more > 0 {
                let says = format!("{more} further changes are in runs.csv alone");
                table.line(&[check.as_str(), "more", "", &says, "", "", "", ""])?;
            }
        }
        table.end()
    })?;
    pack.file(CLAIMS, |file| {
        let mut table = Table::begin(
            CLAIMS,
            file,
            &["claim", "since", "state", "statement", "reason", "event"],
        )?;
        for claim in material.gathered.catalogue.claims() {
            for version in seen.claim(&claim.id).iter().flat_map(|history| &history.versions) {
                table.line(&[
                    version.claim.clone(),
                    version.began_at.to_string(),
                    version.state.as_str().to_owned(),
                    version.statement.clone(),
                    version.reason.clone().unwrap_or_default(),
                    version.event.to_string(),
                ])?;
            }
        }
        table.end()
    })
}
