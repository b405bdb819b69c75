//! Registers of the operator whose entries have a day: incidents, assessments, findings of scans.
//!
//! Looked at are days and approvals alone; what entries say stays sealed.

use std::time::Duration;

use async_trait::async_trait;
use kernel::{EntryId, TenantId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::evidence::{control, look_at, shown_of};
use super::papers::{late_for, operator};
use super::plants::Rule;
use super::rows::{Wrong, number};
use crate::Site;
use crate::attestation::{Judge, OnFile, Standing, judge};
use crate::catalogue::AttestationEntry;
use crate::check::{Cases, Check, Control, Inputs, Observation, Trouble};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// GDPR 33(1): an authority is told within 72 hours, so an incident that nobody has confirmed by then may be late.
const UNCONFIRMED: Duration = Duration::from_secs(72 * 60 * 60);

/// An entry of the probe team, approved, good until tomorrow.
const INCIDENT: Wrong = "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved, valid_until) \
     VALUES ($2, $1, 'incidents', $3, 1, 1, $5)";
const ASSESSMENT: Wrong = "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved, valid_until) \
     VALUES ($2, $1, 'impact-assessments', $3, 1, 1, $5)";
const PAST: Wrong = "UPDATE register_entry SET valid_until = $4 WHERE entry_id = $2";
const UNAPPROVED: Wrong = "UPDATE register_entry SET approved = NULL WHERE entry_id = $2";
const PURPOSE: Wrong = "INSERT INTO purpose (purpose_id, tenant_id, word_blind, basis, made_at, terms_sealed) \
     VALUES ($2, $1, $2, 'consent', $3, $2)";
const NOTICE: Wrong = "INSERT INTO purpose_notice (purpose_id, version, tenant_id, published_at, text_hash, text_sealed) \
     VALUES ($2, 1, $1, $3, $2, $2)";

async fn values(site: &Site) -> Result<Vec<Value>, Trouble> {
    let (now, team) = (site.now(), site.probes().await?.one.tenant);
    let id = EntryId::make(now, &*site.custody.desk().random);
    Ok(params![team, id, now.minus(DAY * 10), now.minus(DAY), now.plus(DAY)].to_vec())
}

/// What the operator has on file for this, and that something too old would be noticed.
async fn on_file(
    site: &Site,
    cases: &mut Cases,
    (judge, entry): (Judge, &AttestationEntry),
) -> Result<Option<OnFile>, Trouble> {
    let found = judge(entry, &shown_of(site).await?);
    if let Some(file) = &found {
        let mut inputs = Inputs::of(&entry.id);
        look_at(&mut inputs, entry, file);
        cases.looked_at(inputs.hash());
    }
    let told = matches!(control(judge, site, entry).await?, Control::AsStated(_));
    cases.control(
        "an entry that ended yesterday is late, and one of tomorrow is not",
        told,
    );
    Ok(found)
}

fn is_late(file: Option<&OnFile>) -> bool {
    file.is_some_and(|file| file.standing == Standing::Late)
}

fn named<'a>(site: &'a Site, name: &str) -> Result<&'a AttestationEntry, Trouble> {
    let entry = site.catalogue.attestation(name);
    entry.ok_or_else(|| Trouble(format!("the catalogue has no {name}")))
}

/// Looks for incidents about which somebody had to be told by now.
pub struct IncidentClocksRun {
    /// What is planted for the control case.
    pub late: Vec<Wrong>,
}

impl Default for IncidentClocksRun {
    fn default() -> Self {
        Self {
            late: vec![INCIDENT, PAST],
        }
    }
}

#[async_trait]
impl Check for IncidentClocksRun {
    fn id(&self) -> &'static str {
        "incident-clocks-run"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let (values, operator) = (values(site).await?, operator(site).await?);
        let told = Rule {
            what: "open incidents whose notice is late",
            count: late_notices,
            team: Some(operator),
            breaks: &self.late,
            keeps: &[INCIDENT],
            values: &values,
        };
        let confirmed = Rule {
            what: "incidents that nobody confirmed in 72 hours",
            count: unconfirmed,
            breaks: &[INCIDENT, UNAPPROVED],
            ..told
        };
        let mut late = Vec::new();
        for rule in [told, confirmed] {
            match rule.count(site, &mut cases).await? {
                0 => {}
                found => late.push(format!("{}: {found}", rule.what)),
            }
        }
        let exercise = on_file(site, &mut cases, (judge, named(site, "incident-exercise")?)).await?;
        if is_late(exercise.as_ref()) {
            late.push("the last exercise is more than a year ago".to_owned());
        }
        let open = site
            .db()
            .read(move |tx| number(tx, INCIDENTS, params![operator]))
            .await?;
        if exercise.is_none() && open == 0 {
            return Ok(Observation::out_of_scope(
                "neither an incident nor an exercise is on file",
            ));
        }
        let year_ago = site.now().minus(DAY * 365);
        let count = site
            .db()
            .read(move |tx| {
                number(
                    tx,
                    &format!("{INCIDENTS} AND e.approved IS NOT NULL AND e.made_at >= $2"),
                    params![operator, year_ago],
                )
            })
            .await?;
        Ok(late_for(cases.seen(), &late).with_fact("incidents", count.to_string()))
    }
}

const INCIDENTS: &str =
    "SELECT count(*) FROM register_entry e WHERE e.tenant_id = $1 AND e.register = 'incidents'";

fn late_notices(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let sql =
        format!("{INCIDENTS} AND e.ended_at IS NULL AND e.approved IS NOT NULL AND e.valid_until <= $2");
    number(tx, &sql, params![team, now])
}

fn unconfirmed(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let sql = format!("{INCIDENTS} AND e.ended_at IS NULL AND e.approved IS NULL AND e.made_at <= $2");
    number(tx, &sql, params![team, now.minus(UNCONFIRMED)])
}

/// Compares the operator's purposes with what it has assessed.
pub struct AssessmentsAreInDate {
    /// What is planted for the control case.
    pub unassessed: Vec<Wrong>,
}

impl Default for AssessmentsAreInDate {
    fn default() -> Self {
        Self {
            unassessed: vec![PURPOSE, NOTICE],
        }
    }
}

#[async_trait]
impl Check for AssessmentsAreInDate {
    fn id(&self) -> &'static str {
        "assessments-are-in-date"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let (values, operator) = (values(site).await?, operator(site).await?);
        let assessed = Rule {
            what: "purposes for which no assessment is in date",
            count: unassessed,
            team: Some(operator),
            breaks: &self.unassessed,
            keeps: &[PURPOSE, NOTICE, ASSESSMENT],
            values: &values,
        };
        let told = Rule {
            what: "purposes of which people are told nothing",
            count: untold,
            breaks: &[PURPOSE],
            keeps: &[PURPOSE, NOTICE],
            ..assessed
        };
        let mut late = Vec::new();
        for rule in [assessed, told] {
            match rule.count(site, &mut cases).await? {
                0 => {}
                found => late.push(format!("{}: {found}", rule.what)),
            }
        }
        let file = on_file(site, &mut cases, (judge, named(site, "impact-assessments")?)).await?;
        if is_late(file.as_ref()) {
            late.push("an assessment is past its date".to_owned());
        }
        let live = site
            .db()
            .read(move |tx| number(tx, PURPOSES, params![operator]))
            .await?;
        if file.is_none() && live == 0 {
            return Ok(Observation::out_of_scope(
                "the operator has neither a purpose nor an assessment on file",
            ));
        }
        Ok(late_for(cases.seen(), &late))
    }
}

const PURPOSES: &str = "SELECT count(*) FROM purpose p WHERE p.tenant_id = $1 AND p.ended_at IS NULL";
const ASSESSED: &str = "SELECT count(*) FROM register_entry e WHERE e.tenant_id = $1 AND e.register = 'impact-assessments' \
     AND e.ended_at IS NULL AND e.approved IS NOT NULL AND (e.valid_until IS NULL OR e.valid_until > $2)";

/// Which assessment is about which purpose is sealed; that there are fewer says enough.
fn unassessed(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let purposes = number(tx, PURPOSES, params![team])?;
    let assessed = number(tx, ASSESSED, params![team, now])?;
    Ok((purposes - assessed).max(0))
}

fn untold(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let sql = format!(
        "{PURPOSES} AND NOT EXISTS (SELECT 1 FROM purpose_notice n WHERE n.purpose_id = p.purpose_id)"
    );
    number(tx, &sql, params![team])
}

/// Looks at the newest scan of dependencies. One with high findings that are open counts for 30 days only: by then another has to show
/// that they are closed.
pub struct WeaknessesAreClosed {
    /// How evidence is judged.
    pub judge: Judge,
}

impl Default for WeaknessesAreClosed {
    fn default() -> Self {
        Self { judge }
    }
}

#[async_trait]
impl Check for WeaknessesAreClosed {
    fn id(&self) -> &'static str {
        "weaknesses-are-closed"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entry = AttestationEntry {
            id: "dependency-scan".to_owned(),
            evidence: "Result of a scan of dependencies.".to_owned(),
            owner: "security lead".to_owned(),
            register: "vulnerability-scans".to_owned(),
            sorts: vec!["dependencies".to_owned()],
        };
        let mut cases = Cases::of(self.id());
        let Some(file) = on_file(site, &mut cases, (self.judge, &entry)).await? else {
            return Ok(Observation::out_of_scope("no scan of dependencies is on file"));
        };
        let late = match file.standing {
            Standing::InDate => Vec::new(),
            Standing::Late => vec!["no approved scan of dependencies is in date".to_owned()],
        };
        Ok(late_for(cases.seen(), &late))
    }
}
