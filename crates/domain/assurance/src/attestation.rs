//! Attestations: what is on file where software cannot know.
//!
//! Promises: what is on file is what the operator's registers show, approved by somebody else than its author and good by its dates;
//! nobody sets a state by hand, and putting old evidence on file today makes nothing fresh. Leaves out: the registers themselves,
//! which are `governance`'s, and what their entries say.

use std::collections::BTreeMap;

use governance::entry::Shown;
use governance::register::{self, About};
use kernel::Timestamp;

use crate::Site;
use crate::catalogue::AttestationEntry;
use crate::check::Trouble;

/// How something on file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    InDate,
    /// It does not count any more.
    Late,
}

/// What is on file for an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnFile {
    /// How it stands.
    pub standing: Standing,
    /// When the last of its entries was approved.
    pub approved_at: Timestamp,
    /// The first moment at which it does not count; never by itself, when absent.
    pub until: Option<Timestamp>,
    /// How many approved entries there are.
    pub entries: u64,
    /// How many of them are past their end.
    pub past: u64,
}

/// How it is judged what is on file.
pub type Judge = fn(&AttestationEntry, &[Shown]) -> Option<OnFile>;

/// What these registers have on file for the attestation. Of what is about the company the best counts, of all else the worst.
pub fn judge(entry: &AttestationEntry, shown: &[Shown]) -> Option<OnFile> {
    let counts = |shown: &&Shown| shown.register == entry.register && entry.takes(shown.sort.as_deref());
    let found: Vec<&Shown> = shown.iter().filter(counts).collect();
    // No end at all is later than any.
    let end = |shown: &&&Shown| shown.until.unwrap_or(Timestamp::from_micros(i64::MAX));
    let decides = match register::find(&entry.register)?.about {
        About::Company => found.iter().max_by_key(end)?,
        About::Person | About::Vendor | About::Thing => found.iter().min_by_key(end)?,
    };
    Some(OnFile {
        standing: match decides.standing.is_good() {
            true => Standing::InDate,
            false => Standing::Late,
        },
        approved_at: found.iter().map(|shown| shown.approved_at).max()?,
        until: decides.until,
        entries: found.iter().map(|shown| shown.entries).sum(),
        past: found.iter().map(|shown| shown.past).sum(),
    })
}

/// What the operator's registers have on file, by the names of attestations.
pub(crate) async fn on_file(site: &Site) -> Result<BTreeMap<String, OnFile>, Trouble> {
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    let shown = site.governance.shown(installed.operator_tenant).await?;
    let entries = site.catalogue.attestations().iter();
    Ok(entries
        .filter_map(|entry| Some((entry.id.clone(), judge(entry, &shown)?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use governance::entry::Standing as Stands;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);

    fn entry(register: &str, sorts: &[&str]) -> AttestationEntry {
        AttestationEntry {
            id: "paper".into(),
            evidence: "A report.".into(),
            owner: "security lead".into(),
            register: register.into(),
            sorts: sorts.iter().map(|sort| (*sort).to_owned()).collect(),
        }
    }

    fn shown(register: &str, sort: Option<&str>, standing: Stands, days: u32) -> Shown {
        Shown {
            register: register.into(),
            sort: sort.map(str::to_owned),
            standing,
            entries: 2,
            past: u64::from(!standing.is_good()),
            until: Some(NOW.plus(std::time::Duration::from_secs(u64::from(days)))),
            approved_at: NOW,
        }
    }

    #[test]
    fn only_the_named_register_and_sort_count() {
        let good = [shown("audits", Some("iso-27001"), Stands::Current, 1)];
        assert_eq!(judge(&entry("audits", &["soc-2-type-2"]), &good), None);
        assert_eq!(judge(&entry("exercises", &[]), &good), None);
        assert!(judge(&entry("audits", &[]), &good).is_some());
        assert!(judge(&entry("audits", &["iso-27001"]), &good).is_some());
        let unsorted = [shown("vulnerability-scans", None, Stands::Current, 1)];
        assert_eq!(
            judge(&entry("vulnerability-scans", &["outside"]), &unsorted),
            None
        );
    }

    #[test]
    fn the_best_counts_about_the_company_and_the_worst_about_everybody_else() {
        let two = |register| {
            [
                shown(register, Some("a"), Stands::Late, 1),
                shown(register, Some("b"), Stands::Due, 2),
            ]
        };
        let standing = |register| judge(&entry(register, &[]), &two(register)).map(|found| found.standing);
        assert_eq!(standing("audits"), Some(Standing::InDate));
        assert_eq!(standing("provider-reports"), Some(Standing::Late));
        let found = judge(&entry("provider-reports", &[]), &two("provider-reports")).unwrap();
        assert_eq!((found.entries, found.past), (4, 1));
    }

    #[test]
    fn days_of_grace_are_for_reminders_and_count_for_nothing() {
        let overdue = [shown("policies", None, Stands::Overdue, 1)];
        let found = judge(&entry("policies", &[]), &overdue).unwrap();
        assert_eq!(found.standing, Standing::Late);
    }
}
