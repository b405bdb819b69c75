//! The catalogue and what is on file, held against their own rules.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use kernel::{EventId, Timestamp};

use crate::Site;
use crate::attestation::{OnFile, Standing};
use crate::catalogue::{AttestationEntry, Catalogue, Claim};
use crate::check::{Check, Control, Inputs, Observation, Promise, Trouble};
use crate::runner::on_file;

/// Looks for criteria that nothing answers which this program can check or has on file.
pub struct CriteriaHaveControls {
    /// Which claims are taken away for the control case, by the criterion that they answer.
    pub taken_away: &'static str,
}

impl Default for CriteriaHaveControls {
    fn default() -> Self {
        Self { taken_away: "CC6.1" }
    }
}

#[async_trait]
impl Check for CriteriaHaveControls {
    fn id(&self) -> &'static str {
        "criteria-have-controls"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let files: BTreeSet<String> = on_file(site).await?.into_keys().collect();
        let catalogue = &site.catalogue;
        let named: BTreeSet<(&str, &str)> = catalogue.claims().iter().flat_map(Claim::criteria).collect();
        let uncovered = uncovered(catalogue, &named, &files, |_| true);
        let kept = |claim: &Claim| !claim.criteria().any(|(_, id)| id == self.taken_away);
        let without = self::uncovered(catalogue, &named, &files, kept);
        let mut inputs = Inputs::of(self.id());
        uncovered.iter().for_each(|(framework, id)| {
            inputs.add(framework);
            inputs.add(id);
        });
        let promise = match uncovered.is_empty() {
            true => Promise::Kept,
            false => {
                let list: Vec<String> = uncovered
                    .iter()
                    .map(|(framework, id)| format!("{framework} {id}"))
                    .collect();
                let (count, all) = (uncovered.len(), named.len());
                Promise::Late(format!(
                    "{count} of {all} criteria are answered by no check of this version and by nothing on file: {}",
                    list.join(", ")
                ))
            }
        };
        let noticed = without.iter().any(|(_, id)| *id == self.taken_away)
            && !uncovered.iter().any(|(_, id)| *id == self.taken_away);
        let control = match noticed {
            true => Control::AsStated(format!("{} without its claims is reported", self.taken_away)),
            false => Control::Otherwise(format!("{} without its claims is not reported", self.taken_away)),
        };
        Ok(Observation {
            promise,
            control,
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}

/// Criteria that no claim answers which counts, of those claims that are kept.
fn uncovered<'a>(
    catalogue: &'a Catalogue,
    named: &BTreeSet<(&'a str, &'a str)>,
    files: &BTreeSet<String>,
    kept: impl Fn(&Claim) -> bool,
) -> Vec<(&'a str, &'a str)> {
    let live = |id: &String| catalogue.check(id).is_some_and(|check| check.absent.is_none());
    let counts = |claim: &&Claim| {
        kept(claim)
            && (claim.checks.iter().any(live) || claim.attestations.iter().any(|id| files.contains(id)))
    };
    let covered: BTreeSet<(&str, &str)> = catalogue
        .claims()
        .iter()
        .filter(counts)
        .flat_map(Claim::criteria)
        .collect();
    named.difference(&covered).copied().collect()
}

/// How evidence stands at a moment.
pub type Judge = fn(&OnFile, &AttestationEntry, Timestamp) -> Standing;

/// Compares everything on file with the time that it covers.
pub struct EvidenceIsInDate {
    /// How it is judged.
    pub judge: Judge,
}

impl Default for EvidenceIsInDate {
    fn default() -> Self {
        Self {
            judge: OnFile::standing,
        }
    }
}

#[async_trait]
impl Check for EvidenceIsInDate {
    fn id(&self) -> &'static str {
        "evidence-is-in-date"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let files = on_file(site).await?;
        if files.is_empty() {
            return Ok(Observation::out_of_scope("nothing is on file"));
        }
        let entries = || site.catalogue.attestations().iter();
        let late: Vec<&str> = entries()
            .filter(|entry| {
                files
                    .get(&entry.id)
                    .is_some_and(|file| is_late(self.judge, site, entry, file))
            })
            .map(|entry| entry.id.as_str())
            .collect();
        let mut inputs = Inputs::of(self.id());
        files.values().for_each(|file| inputs.add(file.event.as_bytes()));
        let promise = match late.is_empty() {
            true => Promise::Kept,
            false => Promise::Late(format!("not in date any more: {}", late.join(", "))),
        };
        Ok(Observation {
            promise,
            control: control(self.judge, site, entries().next()),
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}

fn is_late(judge: Judge, site: &Site, entry: &AttestationEntry, file: &OnFile) -> bool {
    judge(file, entry, site.now()) == Standing::Late
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Evidence of one day too long ago must be late, and of today in date.
fn control(judge: Judge, site: &Site, entry: Option<&AttestationEntry>) -> Control {
    let Some(entry) = entry else {
        return Control::Otherwise("the catalogue has no attestations".to_owned());
    };
    let now = site.now();
    let planted = |days: u32| {
        let covered = now.minus(DAY * days);
        let file = OnFile {
            name: entry.id.clone(),
            recorded_at: now,
            covers_from: covered,
            covers_to: covered,
            valid_until: now.plus(DAY * 10_000),
            event: EventId::make(now, &*site.custody.desk().random),
        };
        is_late(judge, site, entry, &file)
    };
    match (planted(entry.valid_days + 1), planted(0)) {
        (true, false) => Control::AsStated(format!(
            "{} of {} days ago is late",
            entry.id,
            entry.valid_days + 1
        )),
        _ => Control::Otherwise(format!(
            "back-dated evidence for {} is not told from new",
            entry.id
        )),
    }
}

/// Looks at one thing on file.
pub struct OneIsRecent {
    id: &'static str,
    attestation: &'static str,
    judge: Judge,
}

impl OneIsRecent {
    /// The scan from outside.
    pub const OUTSIDE_SCAN: Self = Self {
        id: "outside-scan-is-recent",
        attestation: "external-scan",
        judge: OnFile::standing,
    };
    /// The penetration test.
    pub const PENETRATION_TEST: Self = Self {
        id: "penetration-test-is-recent",
        attestation: "penetration-test",
        judge: OnFile::standing,
    };

    /// The same, with evidence judged otherwise.
    #[must_use]
    pub const fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }
}

#[async_trait]
impl Check for OneIsRecent {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entry = site.catalogue.attestation(self.attestation);
        let entry = entry.ok_or_else(|| Trouble(format!("the catalogue has no {}", self.attestation)))?;
        let files = on_file(site).await?;
        let Some(file) = files.get(self.attestation) else {
            return Ok(Observation::out_of_scope(format!(
                "no {} is on file",
                self.attestation
            )));
        };
        let mut inputs = Inputs::of(self.id);
        inputs.add(file.event.as_bytes());
        let promise = match is_late(self.judge, site, entry, file) {
            false => Promise::Kept,
            true => Promise::Late(format!("the newest is older than {} days", entry.valid_days)),
        };
        Ok(Observation {
            promise,
            control: control(self.judge, site, Some(entry)),
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}
