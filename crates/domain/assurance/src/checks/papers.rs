//! Whether people have accepted what they have to, and have learnt what they have to.
//!
//! Looked at: the operator's register; who of the operator's people misses a step of admission; and who did something with content in the
//! last 26 hours, in any team, while missing one. What a step says stays sealed.

use std::time::Duration;

use async_trait::async_trait;
use kernel::{AdmissionStepId, TenantId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::evidence::{control, look_at, shown_of};
use super::ledger::first_id_at;
use super::plants::Rule;
use super::rows::{Count, Wrong, narrowed, number};
use crate::Site;
use crate::attestation::{Standing, judge};
use crate::check::{Cases, Check, Control, Inputs, Observation, Promise, Trouble};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the operator's people may take for a step that is new, or for which they are new. Meanwhile they are not let in.
const GRACE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const LOOKED_BACK: Duration = Duration::from_secs(26 * 60 * 60);

/// Looks at steps of one kind, and at the register beside them.
pub struct StepsAreDone {
    id: &'static str,
    kind: &'static str,
    attestation: &'static str,
    waiting: Count,
    acting: Count,
    missing: Vec<Wrong>,
}

/// A step of the probe team, whose people are no newcomers.
const STEP: Wrong = "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, changed_by) \
     VALUES ($2, $1, $5, 2, $2, $3, $4)";
const OLD_HANDS: Wrong = "UPDATE member SET made_at = $3 WHERE tenant_id = $1";
const ACTS: Wrong = "INSERT INTO event (event_id, tenant_id, happened_at, member_id, action, outcome, sealed, commitment) \
     VALUES ($2, $1, $6, $4, 'item.download', 'done', $2, $2)";
const DONE: Wrong = "INSERT INTO admission_done (step_id, member_id, tenant_id, revision, done_at, recorded_at, recorded_by) \
     SELECT s.step_id, m.member_id, m.tenant_id, s.revision, s.changed_at, s.changed_at, m.member_id \
     FROM member m JOIN admission_step s ON s.tenant_id = m.tenant_id WHERE m.tenant_id = $1 AND s.step_id = $2";
/// Of the version before.
const OUTDATED: Wrong = "UPDATE admission_done SET revision = 1 WHERE step_id = $2";

impl StepsAreDone {
    /// Policies that are to be accepted.
    pub fn policies() -> Self {
        Self {
            id: "policies-are-accepted",
            kind: "policy",
            attestation: "policies-reviewed",
            waiting: |tx, team, now| waiting(tx, team, now, "policy"),
            acting: |tx, team, now| acting(tx, team, now, "policy"),
            missing: vec![OLD_HANDS, STEP, DONE, OUTDATED, ACTS],
        }
    }

    /// Courses that are to be taken.
    pub fn training() -> Self {
        Self {
            id: "training-is-in-date",
            kind: "training",
            attestation: "training",
            waiting: |tx, team, now| waiting(tx, team, now, "training"),
            acting: |tx, team, now| acting(tx, team, now, "training"),
            missing: vec![OLD_HANDS, STEP, DONE, RUN_OUT, ACTS],
        }
    }

    /// The same, with this planted for the control case.
    #[must_use]
    pub fn planting(self, missing: Vec<Wrong>) -> Self {
        Self { missing, ..self }
    }

    async fn values(&self, site: &Site) -> Result<Vec<Value>, Trouble> {
        let (now, team) = (site.now(), &site.probes().await?.one);
        let id = AdmissionStepId::make(now, &*site.custody.desk().random);
        let long_ago = now.minus(DAY * 40);
        Ok(params![team.tenant, id, long_ago, team.owner.member, self.kind, now].to_vec())
    }
}

const RUN_OUT: Wrong = "UPDATE admission_done SET good_until = $3 WHERE step_id = $2";

#[async_trait]
impl Check for StepsAreDone {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entry = site.catalogue.attestation(self.attestation);
        let entry = entry.ok_or_else(|| Trouble(format!("the catalogue has no {}", self.attestation)))?;
        let on_file = judge(entry, &shown_of(site).await?);
        let kind = self.kind;
        let is_asked = site.db().read(move |tx| is_asked(tx, kind)).await?;
        if on_file.is_none() && !is_asked {
            let reason = format!(
                "no {} is on file, and nobody asks for a step of that kind",
                self.attestation
            );
            return Ok(Observation::out_of_scope(reason));
        }
        let mut cases = Cases::of(self.id);
        let mut late = Vec::new();
        if let Some(file) = &on_file {
            let mut inputs = Inputs::of(self.id);
            look_at(&mut inputs, entry, file);
            cases.looked_at(inputs.hash());
            if file.standing == Standing::Late {
                late.push(format!(
                    "{} of {} entries of {} are past their date",
                    file.past, file.entries, entry.register
                ));
            }
        }
        let told = matches!(control(judge, site, entry).await?, Control::AsStated(_));
        cases.control(
            "an entry that ended yesterday is late, and one of tomorrow is not",
            told,
        );
        let values = self.values(site).await?;
        let operator = operator(site).await?;
        let rule = |what, count, team| Rule {
            what,
            count,
            team,
            breaks: &self.missing,
            keeps: &[OLD_HANDS, STEP, DONE, ACTS],
            values: &values,
        };
        let acting = rule("acts on content by people who miss a step", self.acting, None);
        let found = acting.count(site, &mut cases).await?;
        cases.must(&format!("{}: 0, and not {found}", acting.what), found == 0);
        let waiting = rule(
            "people of the operator who miss a step",
            self.waiting,
            Some(operator),
        );
        match waiting.count(site, &mut cases).await? {
            0 => {}
            found => late.push(format!(
                "{found} times somebody of the operator misses a step of kind {}",
                self.kind
            )),
        }
        Ok(late_for(cases.seen(), &late))
    }
}

/// The same, late where nothing worse is to be said.
pub(super) fn late_for(mut seen: Observation, late: &[String]) -> Observation {
    if seen.promise == Promise::Kept && !late.is_empty() {
        seen.promise = Promise::Late(late.join("; "));
    }
    seen
}

/// The operator's own tenant.
pub(super) async fn operator(site: &Site) -> Result<TenantId, Trouble> {
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    Ok(installed.operator_tenant)
}

fn is_asked(tx: &mut Tx, kind: &str) -> Result<bool, StoreError> {
    let found = tx.optional(
        "SELECT 1 FROM admission_step WHERE kind = $1 LIMIT 1",
        params![kind],
    )?;
    Ok(found.is_some())
}

/// Active people of a team who have long missed a step of the kind.
fn waiting(tx: &mut Tx, team: Option<TenantId>, now: Timestamp, kind: &str) -> Result<i64, StoreError> {
    let mut values = params![kind, now.minus(GRACE), now].to_vec();
    let sql = "SELECT count(*) FROM member m JOIN admission_step s ON s.tenant_id = m.tenant_id \
         WHERE s.kind = $1 AND m.state = 'active' AND m.made_at <= $2 AND s.changed_at <= $2 AND NOT EXISTS \
         (SELECT 1 FROM admission_done d WHERE d.step_id = s.step_id AND d.member_id = m.member_id \
          AND d.revision = s.revision AND (d.good_until IS NULL OR d.good_until > $3))";
    number(tx, &narrowed(sql, "m.tenant_id", team, &mut values), &values)
}

/// What was done with content by people who at that moment missed a step of the kind that had been there before.
fn acting(tx: &mut Tx, team: Option<TenantId>, now: Timestamp, kind: &str) -> Result<i64, StoreError> {
    if !is_asked(tx, kind)? {
        return Ok(0);
    }
    let mut values = params![first_id_at(now.minus(LOOKED_BACK)), kind].to_vec();
    let sql = "SELECT count(*) FROM event e JOIN member m ON m.member_id = e.member_id \
         JOIN admission_step s ON s.tenant_id = m.tenant_id WHERE e.event_id >= $1 AND s.kind = $2 AND e.outcome = 'done' \
         AND (e.action LIKE 'item.%' OR e.action LIKE 'record.%' OR e.action LIKE 'export.%') \
         AND s.changed_at < e.happened_at AND NOT EXISTS \
         (SELECT 1 FROM admission_done d WHERE d.step_id = s.step_id AND d.member_id = m.member_id \
          AND d.revision = s.revision AND (d.good_until IS NULL OR d.good_until > e.happened_at))";
    number(tx, &narrowed(sql, "m.tenant_id", team, &mut values), &values)
}
