//! The catalogue and what is on file, held against their own rules.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use governance::entry::{Shown, shown};
use kernel::{EntryId, Timestamp};
use store::{Tx, params};

use crate::Site;
use crate::attestation::{Judge, OnFile, Standing, judge, on_file};
use crate::catalogue::{AttestationEntry, Catalogue, Claim};
use crate::check::{Check, Control, Inputs, Observation, Promise, Trouble, planted};

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
        let on_file = on_file(site).await?.into_iter();
        let in_date = on_file.filter(|(_, file)| file.standing == Standing::InDate);
        let files: BTreeSet<String> = in_date.map(|(name, _)| name).collect();
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
                    "{count} of {all} criteria are answered by no check of this version and by nothing on file that is in date: {}",
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

/// Compares everything on file with the time that it covers.
pub struct EvidenceIsInDate {
    /// How it is judged.
    pub judge: Judge,
}

impl Default for EvidenceIsInDate {
    fn default() -> Self {
        Self { judge }
    }
}

#[async_trait]
impl Check for EvidenceIsInDate {
    fn id(&self) -> &'static str {
        "evidence-is-in-date"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let shown = shown_of(site).await?;
        let entries = site.catalogue.attestations();
        let files: Vec<(&AttestationEntry, OnFile)> = entries
            .iter()
            .filter_map(|entry| Some((entry, (self.judge)(entry, &shown)?)))
            .collect();
        let Some((first, _)) = files.first() else {
            return Ok(Observation::out_of_scope("nothing is on file"));
        };
        let mut inputs = Inputs::of(self.id());
        let mut late = Vec::new();
        for (entry, file) in &files {
            look_at(&mut inputs, entry, file);
            if file.standing == Standing::Late {
                late.push(entry.id.as_str());
            }
        }
        let promise = match late.is_empty() {
            true => Promise::Kept,
            false => Promise::Late(format!("not in date any more: {}", late.join(", "))),
        };
        Ok(Observation {
            promise,
            control: control(self.judge, site, first).await?,
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}

/// What the operator's registers show.
pub(super) async fn shown_of(site: &Site) -> Result<Vec<Shown>, Trouble> {
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    Ok(site.governance.shown(installed.operator_tenant).await?)
}

pub(super) fn look_at(inputs: &mut Inputs, entry: &AttestationEntry, file: &OnFile) {
    inputs.add(&entry.id);
    inputs.add(file.approved_at.as_micros().to_be_bytes());
    inputs.add(file.until.map_or(0, Timestamp::as_micros).to_be_bytes());
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ENTRY: &str = "INSERT INTO register_entry \
     (entry_id, tenant_id, register, made_at, newest, approved, valid_until, sort) VALUES ($1, $2, $3, $4, 1, 1, $5, $6)";
const VERSION: &str = "INSERT INTO register_version \
     (entry_id, number, tenant_id, made_at, made_by, approved_at, approved_by, valid_until, sort, body_sealed) \
     VALUES ($1, 1, $2, $3, $4, $3, $4, $5, $6, $7)";

/// In a register of the probe team, an entry that ended yesterday must be late, and one that ends tomorrow in date.
pub(super) async fn control(judge: Judge, site: &Site, entry: &AttestationEntry) -> Result<Control, Trouble> {
    let now = site.now();
    let ended = planted_until(judge, site, entry, now.minus(DAY)).await?;
    let good = planted_until(judge, site, entry, now.plus(DAY)).await?;
    Ok(match (ended, good) {
        (Some(Standing::Late), Some(Standing::InDate)) => {
            Control::AsStated(format!("{} that ended yesterday is late", entry.id))
        }
        _ => Control::Otherwise(format!(
            "what ended yesterday is not told from what ends tomorrow, as {}",
            entry.id
        )),
    })
}

async fn planted_until(
    judge: Judge,
    site: &Site,
    entry: &AttestationEntry,
    until: Timestamp,
) -> Result<Option<Standing>, Trouble> {
    let probes = site.probes().await?;
    let (team, member) = (probes.one.tenant, probes.one.owner.member);
    let (now, id) = (
        site.now(),
        EntryId::make(site.now(), &*site.custody.desk().random),
    );
    let (register, sort) = (entry.register.clone(), entry.sorts.first().cloned());
    let plant = move |tx: &mut Tx| {
        let (register, sort) = (register.as_str(), sort.as_deref());
        tx.execute(ENTRY, params![id, team, register, now, until, sort])?;
        let nothing: &[u8] = &[];
        tx.execute(VERSION, params![id, team, now, member, until, sort, nothing])?;
        Ok(())
    };
    let seen = planted(site.db(), plant, move |tx| shown(tx, team, now)).await?;
    Ok(judge(entry, &seen).map(|file| file.standing))
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
        judge,
    };
    /// The penetration test.
    pub const PENETRATION_TEST: Self = Self {
        id: "penetration-test-is-recent",
        attestation: "penetration-test",
        judge,
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
        let Some(file) = (self.judge)(entry, &shown_of(site).await?) else {
            let reason = format!("no {} is on file", self.attestation);
            return Ok(Observation::out_of_scope(reason));
        };
        let mut inputs = Inputs::of(self.id);
        look_at(&mut inputs, entry, &file);
        let promise = match file.standing {
            Standing::InDate => Promise::Kept,
            Standing::Late => Promise::Late(format!("no approved {} is in date", self.attestation)),
        };
        Ok(Observation {
            promise,
            control: control(self.judge, site, entry).await?,
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}
